"""What a service notes of its actions, and the indicator values that its notes propose.

A proposal is never a declaration: the service reads it beside the field and states what it decides. A register with
nothing on a subject proposes nothing, since an empty register is not a zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from avenant.domain.periods import Period


class ActionKind(StrEnum):
    """What was done, received or noted."""

    AGREEMENT_SIGNED = "agreement_signed"
    PROFESSIONALS_INFORMED = "professionals_informed"
    FIPU_ADVICE = "fipu_advice"
    ENTERPRISE_SHEET = "enterprise_sheet"
    RISK_DOCUMENT = "risk_document"
    WORKSHOP = "workshop"
    SAFETY_REFERENT = "safety_referent"
    MEMBER_ENTERPRISES = "member_enterprises"
    DUERP_RECEIVED = "duerp_received"
    DUERP_SUPPORT = "duerp_support"
    PATHWAY = "pathway"
    PDP_ACTION = "pdp_action"
    CAMPAIGN_RELAYED = "campaign_relayed"
    PARTNER_REQUEST = "partner_request"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def names_enterprise(self) -> bool:
        """Is it counted by enterprise, so that its SIRET is needed."""
        return self in _OF_ENTERPRISE

    @property
    def needs_headcount(self) -> bool:
        """Does the headcount of the enterprise decide whether it counts."""
        return self in _OF_TARGET

    @property
    def needs_count(self) -> bool:
        """Is its number what is counted: professionals, member enterprises."""
        return self in _COUNTED

    @property
    def lasts(self) -> bool:
        """Does it go on after its day, until an end that may be unknown: a pathway, a referent."""
        return self in _LASTING

    @property
    def has_levels(self) -> bool:
        """Does it say which levels of prevention it addresses."""
        return self is ActionKind.PDP_ACTION

    @property
    def has_partner(self) -> bool:
        """Is it done with somebody, who is named: an institution, an association, professionals of a territory."""
        return self in _WITH_PARTNER


class Level(StrEnum):
    """The level of prevention that an action addresses: several for one action."""

    PRIMARY = "primaire"
    SECONDARY = "secondaire"
    TERTIARY = "tertiaire"

    @property
    def label(self) -> str:
        return self.value

    @property
    def when(self) -> str:
        """When it comes: before a sick leave, or for the return from a long or repeated one."""
        return {
            "primaire": "avant l’arrêt de travail",
            "secondaire": "avant l’arrêt de travail, détection",
            "tertiaire": "arrêt long ou répété, retour à l’emploi",
        }[self.value]


class PartnerKind(StrEnum):
    """With whom a service works."""

    INSTITUTION = "institution"
    ASSOCIATION = "association"
    MEDICAL = "medical"

    @property
    def label(self) -> str:
        return {"institution": "institutionnel", "association": "associatif", "medical": "médical"}[self.value]


class Quality(StrEnum):
    """What a partnership improves. CPOM Guadeloupe 2025-2030, volet 1."""

    DETECTION = "detection"
    SERVICE = "service"
    SCHEMES = "schemes"

    @property
    def label(self) -> str:
        return {
            "detection": "qualité des détections",
            "service": "qualité de l’offre de service",
            "schemes": "déploiement des dispositifs",
        }[self.value]


_LABELS: Final = {
    ActionKind.AGREEMENT_SIGNED: "Convention signée",
    ActionKind.PROFESSIONALS_INFORMED: "Professionnels de santé informés",
    ActionKind.FIPU_ADVICE: "Conseil dans le cadre du FIPU",
    ActionKind.ENTERPRISE_SHEET: "Fiche d’entreprise",
    ActionKind.RISK_DOCUMENT: "Document unique (DU)",
    ActionKind.WORKSHOP: "Atelier de sensibilisation",
    ActionKind.SAFETY_REFERENT: "Référent sécurité identifié",
    ActionKind.MEMBER_ENTERPRISES: "Entreprises adhérentes (nombre au 31 décembre)",
    ActionKind.DUERP_RECEIVED: "DUERP reçu",
    ActionKind.DUERP_SUPPORT: "Accompagnement au DUERP",
    ActionKind.PATHWAY: "Parcours personnalisé de prévention",
    ActionKind.PDP_ACTION: "Action de prévention de la désinsertion professionnelle",
    ActionKind.CAMPAIGN_RELAYED: "Message de santé publique relayé",
    ActionKind.PARTNER_REQUEST: "Sollicitation de partenaire extérieur",
}
_OF_TARGET: Final = frozenset({ActionKind.ENTERPRISE_SHEET, ActionKind.RISK_DOCUMENT})
_OF_ENTERPRISE: Final = _OF_TARGET | {
    ActionKind.FIPU_ADVICE,
    ActionKind.SAFETY_REFERENT,
    ActionKind.DUERP_RECEIVED,
    ActionKind.DUERP_SUPPORT,
    ActionKind.PATHWAY,
}
_COUNTED: Final = frozenset({ActionKind.PROFESSIONALS_INFORMED, ActionKind.MEMBER_ENTERPRISES})
_LASTING: Final = frozenset({ActionKind.SAFETY_REFERENT, ActionKind.PATHWAY})
_WITH_PARTNER: Final = frozenset(
    {ActionKind.AGREEMENT_SIGNED, ActionKind.PARTNER_REQUEST, ActionKind.PROFESSIONALS_INFORMED}
)

TARGET_HEADCOUNT: Final = 10
"""An enterprise is a target below this number of employees (« TPE <10 »)."""


@dataclass(frozen=True, slots=True)
class Action:
    """One line of the register. ``enterprise`` is a SIREN; ``until`` the last day of what lasts, None if it goes on."""

    kind: ActionKind
    on: date
    until: date | None = None
    enterprise: str = ""
    headcount: int | None = None
    count: int | None = None

    @property
    def number(self) -> int:
        """How many the line stands for: one, when it does not say."""
        return 1 if self.count is None else self.count

    def runs_in(self, year: int) -> bool:
        """Was it so on one day of ``year`` at least."""
        last = self.until or date.max if self.kind.lasts else self.on
        days = Period.of_year(year)
        return self.on <= days.last_day and last >= days.start

    def holds_on(self, day: date) -> bool:
        """Was it so on ``day``."""
        return self.on <= day and (self.until is None or self.until >= day)


Register = Mapping[ActionKind, tuple[Action, ...]]
Computation = Callable[[Register, int], int | None]


def acts(kind: ActionKind) -> Computation:
    """How many acts were done in the year: two supports for one enterprise are two."""
    return lambda register, year: _if_any(_during(register, kind, year), lambda found: sum(one.number for one in found))


def enterprises(kind: ActionKind) -> Computation:
    """How many enterprises (SIREN) it concerned in the year, each counted once."""
    return lambda register, year: _if_any(
        _during(register, kind, year), lambda found: len({one.enterprise for one in found})
    )


def acts_in_targets(kind: ActionKind) -> Computation:
    """How many acts were done in enterprises of less than 10 employees: 9 counts, 10 does not."""

    def compute(register: Register, year: int) -> int | None:
        return _if_any(
            _during(register, kind, year),
            lambda found: sum(
                one.number for one in found if one.headcount is not None and one.headcount < TARGET_HEADCOUNT
            ),
        )

    return compute


def referents_held(register: Register, year: int) -> int | None:
    """How many safety referents the register holds on 31 December."""
    held = _referents(register, year)
    return sum(one.number for one in held) if ActionKind.SAFETY_REFERENT in register else None


def enterprises_without_referent(register: Register, year: int) -> int | None:
    """Member enterprises of the year less those with at least one referent on 31 December; None below zero."""
    known = [one for one in register.get(ActionKind.MEMBER_ENTERPRISES, ()) if one.on.year == year]
    if not known or ActionKind.SAFETY_REFERENT not in register:
        return None
    members = max(known, key=lambda one: one.on).number
    without = members - len({one.enterprise for one in _referents(register, year)})
    return without if without >= 0 else None


@dataclass(frozen=True, slots=True)
class ProposalRule:
    """Which indicator a computation proposes, for which part of its value, from which reference year to which."""

    code: str
    compute: Computation
    component: str = "total"
    first_year: int = 2025
    last_year: int | None = None

    def applies_to(self, year: int) -> bool:
        return self.first_year <= year and (self.last_year is None or year <= self.last_year)


RULES: Final = (
    ProposalRule("satdl-1.3.2", acts(ActionKind.CAMPAIGN_RELAYED)),
    ProposalRule("satdl-1.3.3", acts(ActionKind.PARTNER_REQUEST)),
    ProposalRule("satdl-1.3.4", acts(ActionKind.AGREEMENT_SIGNED)),
    ProposalRule("satdl-1.3.5", acts(ActionKind.PROFESSIONALS_INFORMED)),
    ProposalRule("satdl-2.1.3", enterprises(ActionKind.FIPU_ADVICE)),
    ProposalRule("satdl-2.2.1", acts_in_targets(ActionKind.ENTERPRISE_SHEET)),
    ProposalRule("satdl-2.2.2", acts_in_targets(ActionKind.RISK_DOCUMENT)),
    ProposalRule("satdl-2.3.1", acts(ActionKind.WORKSHOP)),
    ProposalRule("satdl-3.1.2", referents_held),
    ProposalRule("satdl-3.1.3", enterprises_without_referent),
    ProposalRule("satdl-3.2.1", enterprises(ActionKind.DUERP_RECEIVED)),
    ProposalRule("satdl-3.2.2", acts(ActionKind.DUERP_SUPPORT)),
    ProposalRule("satdl-3.2.3", enterprises(ActionKind.PATHWAY)),
)


def propose(
    actions: Iterable[Action], year: int, *, rules: Iterable[ProposalRule] = RULES
) -> dict[str, dict[str, int]]:
    """The values that a register proposes for a reference year, by code of indicator then by part of its value."""
    register = _by_kind(actions)
    found: dict[str, dict[str, int]] = {}
    for rule in rules:
        value = rule.compute(register, year) if rule.applies_to(year) else None
        if value is not None:
            found.setdefault(rule.code, {})[rule.component] = value
    return found


def _by_kind(actions: Iterable[Action]) -> Register:
    sorted_out: dict[ActionKind, list[Action]] = {}
    for action in actions:
        sorted_out.setdefault(action.kind, []).append(action)
    return {kind: tuple(found) for kind, found in sorted_out.items()}


def _during(register: Register, kind: ActionKind, year: int) -> tuple[Action, ...]:
    return tuple(one for one in register.get(kind, ()) if one.runs_in(year))


def _referents(register: Register, year: int) -> Iterator[Action]:
    last_day = Period.of_year(year).last_day
    return (one for one in register.get(ActionKind.SAFETY_REFERENT, ()) if one.holds_on(last_day))


def _if_any(found: tuple[Action, ...], compute: Callable[[tuple[Action, ...]], int]) -> int | None:
    return compute(found) if found else None


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step of a structure accompanied in the FACT action: reached or not, and what is known or still awaited."""

    label: str
    validated: bool
    sentence: str


START: Final = "Démarrage"
TRANSFORMATION: Final = "Démarche QVCT"


def milestones_of(grid: int | None, *, transformed: bool) -> tuple[Milestone, Milestone]:
    """The milestones of a structure from the newest version of its grid (None: no state of play) and its deliverable.

    At the start each structure gets an internal state of play whose measured indicators build a grid of the workload:
    version 1 of the grid validates the start. CPOM PACA 2025-2029, strand 2, FACT.
    """
    start = (
        Milestone(START, True, f"État des lieux fait, grille en version {grid}.")
        if grid
        else Milestone(START, False, "L’état des lieux initial et sa grille d’indicateurs sont attendus.")
    )
    sentence = (
        "La démarche QVCT est prise en compte dans le projet de transformation."
        if transformed
        else "La prise en compte de la démarche QVCT dans le projet de transformation est attendue."
    )
    return start, Milestone(TRANSFORMATION, transformed, sentence)


def steps_of(text: str) -> tuple[str, ...]:
    """The steps that the text of an objective lists, a dash each: « Repérage du salarié », « Organisation du suivi »."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(line.removeprefix("-").strip(" ,;.") for line in lines if line.startswith("- "))
