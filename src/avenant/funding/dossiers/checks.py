"""What the rules say of a dossier as it stands: findings by section, the pieces, what is missing, the amounts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.urls import reverse

from avenant.domain.decision import Finding as Shown
from avenant.domain.decision import Severity
from avenant.domain.french import enumerate_in_words, typeset
from avenant.domain.rules.evaluation import evaluate
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.findings import Effect, Evaluation, Finding, Outcome, ProjectAmounts
from avenant.domain.rules.kinds.checks import EachAction
from avenant.domain.rules.kinds.pieces import RequiredPiece
from avenant.domain.rules.reading import read
from avenant.domain.rules.rulebook import Rulebook
from avenant.funding.dossiers.facts import Content, content_of, facts_of, is_refused
from avenant.funding.dossiers.models import Dialogue, Dossier, KeptFacts, Piece, Project
from avenant.funding.dossiers.said import plain

ESTABLISHMENT, DIAGNOSIS, PROJECT, ACTIONS, EXPENSES, PLAN, PIECES, CONTRACT = (
    "etablissement", "diagnostic", "projet", "actions", "depenses", "financement", "pieces", "contrat",
)  # fmt: skip
TITLES = {
    ESTABLISHMENT: "Établissement",
    DIAGNOSIS: "Diagnostic",
    PROJECT: "Projet",
    ACTIONS: "Actions et indicateurs",
    EXPENSES: "Dépenses",
    PLAN: "Plan de financement",
    PIECES: "Pièces",
    CONTRACT: "Contrat local",
}
_BY_KIND = {
    "body": ESTABLISHMENT,
    "start": PROJECT,
    "shares": PROJECT,
    "each_action": ACTIONS,
    "plan": PLAN,
    "public_aid": PLAN,
    "line_aid": PLAN,
    "request": PLAN,
    "piece": PIECES,
}
_MONEY = {"rate", "cap", "floor", "lump_sum", "bonus", "excluded_expense", "eligible_part", "line_start",
          "line_deadline", "unit_cap", "share_cap"}  # fmt: skip
SHARED_STRAND = "4"
TERMS = frozenset({"instalments", "interim", "advance", "consumption", "report", "recovery", "portfolio"})


@dataclass(frozen=True, slots=True)
class Gap:
    """A field of the form that is still empty: its name, the section and project where it is filled."""

    label: str
    section: str
    position: int = 0


@dataclass(frozen=True, slots=True)
class PieceLine:
    """One line of the list of pieces: is it there, since when, and what to do.

    ``known`` is False while the dossier does not yet say whether the piece is needed, or fits.
    """

    rule: str
    label: str
    article: str
    kinds: tuple[str, ...]
    done: bool
    on: date | None
    known: bool
    sentence: str
    page: str
    pieces: tuple[Piece, ...]

    @property
    def asked(self) -> str:
        """The kind that one joins first: the one held, for another try, or the first that would do."""
        return self.pieces[0].kind if self.pieces else next(iter(self.kinds), "")


@dataclass(frozen=True, slots=True)
class Missing:
    """What still stands before the deposit, and the page where it is settled."""

    sentence: str
    article: str
    page: str
    section: str


class Standing:
    """A dossier, its rows, the rulebook it is judged by, and what the rules say at an instant."""

    def __init__(self, content: Content, book: Rulebook, facts: Facts, *, at: datetime) -> None:
        self.content, self.book, self.facts, self.at = content, book, facts, at
        self.dossier = content.dossier

    @cached_property
    def evaluation(self) -> Evaluation:
        """What the rules say of the facts."""
        return evaluate(self.book, self.facts)

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """The fields of the form that are still empty."""
        return tuple(form_gaps(self.content))

    @cached_property
    def blocking(self) -> tuple[Finding, ...]:
        """What refuses the deposit: a rule not met, or a fact without which a refusing or cutting rule cannot say."""
        return tuple(
            one
            for one in self.evaluation.findings
            if one.kind not in TERMS
            and (
                one.outcome is Outcome.FAIL or (one.outcome is Outcome.UNDETERMINED and one.effect is not Effect.WARNS)
            )
        )

    @cached_property
    def warnings(self) -> tuple[Finding, ...]:
        """What the examiner will read, without refusing the deposit."""
        return tuple(
            one for one in self.evaluation.findings if one.outcome is Outcome.WARNING and one.kind not in TERMS
        )

    @property
    def ready(self) -> bool:
        """Nothing stands before the deposit."""
        return not self.blocking and not self.gaps

    def amounts(self, position: int) -> ProjectAmounts | None:
        """The amounts of a project."""
        return next((one for one in self.evaluation.projects if one.code == f"P{position}"), None)

    def missing(self) -> list[Missing]:
        """« Ce qui manque », each with the page where it is settled; what lacks is told once, whatever rules ask it."""
        found: dict[object, Missing] = {}
        for gap in self.gaps:
            sentence = f"{gap.label}{self._of_project(gap.position)} : à remplir."
            found[sentence] = Missing(sentence, "", self._page(gap.section, gap.position), gap.section)
        for one in self.blocking:
            if one.kind == "deadline" or (one.rule == "form" and self.gaps):
                continue  # the hour is no piece to bring; each empty field is named
            section, position = place_of(one)
            unknown = one.outcome is Outcome.UNDETERMINED
            key: object = (one.subject, section, one.missing) if unknown else one.sentence
            if section == PLAN and (unknown or one.kind == "piece"):
                key = (position, section)
            words = _lacking([one]) if unknown else one.sentence
            words = f"{words.removesuffix('.')}{self._of_project(project_of(one))}."
            found.setdefault(key, Missing(words, one.article, self._page(section, position), section))
        return list(found.values())

    def _of_project(self, position: int) -> str:
        return f" (projet {position})" if position and len(self.content.projects) > 1 else ""

    def shown(self, section: str, position: int = 0) -> list[Shown]:
        """The findings of a section, worst first, as pages show them; what lacks is told once, with the rules that wait."""
        order = (Severity.BLOCKING, Severity.TO_JUSTIFY, Severity.INFORMATION)
        here = [
            one
            for one in self.evaluation.findings
            if one.outcome in {Outcome.FAIL, Outcome.WARNING, Outcome.UNDETERMINED} and one.kind not in TERMS
            and place_of(one) == (section, position if section in _OF_PROJECT else 0)
        ]  # fmt: skip
        waiting: dict[tuple[str, ...], list[Finding]] = {}
        for one in here:
            if one.outcome is Outcome.UNDETERMINED:
                waiting.setdefault(one.missing, []).append(one)
        told = [_shown(one) for one in here if one.outcome is not Outcome.UNDETERMINED]
        told += [_shown_waiting(found) for found in waiting.values()]
        return sorted(dict.fromkeys(told), key=lambda one: order.index(one.severity))

    def of_line(self, position: int, code: str) -> list[Shown]:
        """The findings of one expense line."""
        subject = f"P{position}/{code}"
        return [
            _shown(one)
            for one in self.evaluation.findings
            if one.subject == subject and one.outcome in {Outcome.FAIL, Outcome.WARNING, Outcome.UNDETERMINED}
        ]

    def pieces(self) -> list[PieceLine]:
        """The pieces that this dossier must hold, those that do not apply left out; a project's letter is named."""
        lines = []
        for rule in self.book.rules:
            if not isinstance(rule, RequiredPiece | EachAction) or rule.effect is Effect.WARNS:
                continue
            found = [one for one in self.evaluation.of(rule.id) if one.outcome is not Outcome.NOT_APPLICABLE]
            if found:
                lines.append(self._piece_line(rule, found))
        return lines

    def _piece_line(self, rule: RequiredPiece | EachAction, found: list[Finding]) -> PieceLine:
        failing = next((one for one in found if one.outcome is not Outcome.PASS), None)
        kinds: tuple[str, ...] = tuple(one.piece for one in rule.one_of) if isinstance(rule, RequiredPiece) else ()
        held = tuple(one for kind in kinds for one in self.content.pieces_of(kind))
        section, position = place_of(failing or found[0])
        known = failing is None or failing.outcome is not Outcome.UNDETERMINED
        told = (failing.remedy if known else "") or failing.sentence if failing else ""
        bare = told.removeprefix(typeset(f"{rule.label} : "))
        if known and section != PIECES:
            bare = "Se remplit en ligne, dans sa section."
        return PieceLine(
            rule.id, rule.label, rule.article, kinds, failing is None,
            max((one.on or one.added_at.date() for one in held if not is_refused(one)), default=None),
            known, f"{bare[:1].upper()}{bare[1:]}", self._page(section, position), held,
        )  # fmt: skip

    def _page(self, section: str, position: int) -> str:
        return section_page(self.dossier, section, position)


_OF_PROJECT = frozenset({PROJECT, ACTIONS, EXPENSES, PLAN})


def section_page(dossier: Dossier, section: str, position: int = 0) -> str:
    """The address of a section."""
    if section in _OF_PROJECT:
        return reverse(f"dossiers:{section}", args=[dossier.pk, position or 1])
    return reverse(f"dossiers:{section}", args=[dossier.pk])


def place_of(finding: Finding) -> tuple[str, int]:
    """The section, and the project when it is one of a project, where a finding is settled."""
    section = _section_of(finding)
    return (section, project_of(finding) or 1) if section in _OF_PROJECT else (section, 0)


def project_of(finding: Finding) -> int:
    """The project that a finding is about, zero when it is about the dossier."""
    project = finding.subject.partition("/")[0]
    return int(project[1:]) if project[1:].isdigit() else 0


_BY_FACT = {
    "applicant": ESTABLISHMENT,
    "measures": ESTABLISHMENT,
    "line": EXPENSES,
    "projects": PROJECT,
    "project.expenses": EXPENSES,
    "project.plan": PLAN,
    "project.requested": PLAN,
    "project.plan_total": PLAN,
    "project.public_aid": PLAN,
    "project.other_public_aid": PLAN,
    "project.third_party_aid": PLAN,
    "project.actions": ACTIONS,
    "project.starts_on": PROJECT,
    "project.ends_on": PROJECT,
    "project.strands": PROJECT,
    "project.in_scope": PROJECT,
}
_BY_RULE = {"action-plan": ACTIONS, "funding-plan": PLAN}


def _section_of(finding: Finding) -> str:
    for name in finding.missing:
        if name.startswith("project.measures."):
            return PROJECT
        found = _BY_FACT.get(name) or _BY_FACT.get(name.partition(".")[0])
        if found:
            return found
    if finding.rule in _BY_RULE:
        return _BY_RULE[finding.rule]
    if finding.kind in _MONEY:
        return EXPENSES
    return _BY_KIND.get(finding.kind) or (PROJECT if finding.subject else ESTABLISHMENT)


def _lacking(found: Sequence[Finding]) -> str:
    """« Il manque « plan de financement » : Aides publiques cumulées et Co-financement obligatoire. »; a rule that waits
    alone is not named."""
    labels = list(dict.fromkeys(str(one.values["label"]) for one in found))
    rules = f" : {enumerate_in_words(labels)}" if len(labels) > 1 else ""
    return typeset(f"Il manque {enumerate_in_words(found[0].values['named'])}{rules}.")


def _shown_waiting(found: Sequence[Finding]) -> Shown:
    """What several rules wait for, with their articles."""
    blocks = any(one.effect is not Effect.WARNS for one in found)
    basis = typeset(" ; ".join(dict.fromkeys(one.article for one in found)))
    return Shown(found[0].rule, Severity.BLOCKING if blocks else Severity.TO_JUSTIFY, _lacking(found), basis)


def _shown(one: Finding) -> Shown:
    blocks = one.outcome is Outcome.FAIL or (one.outcome is Outcome.UNDETERMINED and one.effect is not Effect.WARNS)
    excluded = one.kind in {"excluded_expense", "eligible_part", "request", "cap"} and one.outcome is Outcome.WARNING
    severity = Severity.BLOCKING if blocks else Severity.INFORMATION if excluded else Severity.TO_JUSTIFY
    sentence = f"{one.sentence} {one.remedy}".strip() if one.outcome is Outcome.FAIL else one.sentence
    return Shown(one.rule, severity, sentence, one.article)


def standing_of(dossier: Dossier, *, at: datetime) -> Standing:
    """Where a dossier stands, by the facts that its last write kept."""
    kept: KeptFacts | None = getattr(dossier, "kept", None)
    if kept is None:
        return read_afresh(dossier, at=at)
    facts = dataclasses.replace(read(Facts, kept.facts), submitted_at=dossier.submitted_at or at)
    return Standing(Content(dossier), _book_of(dossier), facts, at=at)


def read_afresh(dossier: Dossier, *, at: datetime) -> Standing:
    """The same from its rows: what a write keeps, and what the deposit and its completeness are judged by."""
    content, book = content_of(dossier), _book_of(dossier)
    gaps = any(True for _ in form_gaps(content))
    return Standing(content, book, facts_of(content, book, at=at, gaps=gaps), at=at)


def keep_facts(standing: Standing) -> None:
    """Keep the facts just read from the rows of a dossier."""
    dossier = standing.dossier
    dossier.kept, _ = KeptFacts.objects.update_or_create(
        dossier=dossier,
        defaults={"circle_id": dossier.circle_id, "facts": plain(standing.facts), "at": standing.at},
    )


def _book_of(dossier: Dossier) -> Rulebook:
    """The call's rules while it is a draft, those of its deposit afterwards."""
    if dossier.state in {"draft", "withdrawn"}:
        return dossier.call.book()
    submission = getattr(dossier, "submission", None)
    return submission.book() if submission else dossier.call.book()


def form_gaps(content: Content) -> Iterator[Gap]:
    """The fields that the application form asks for and that are empty, in the order of the sections.

    None when the model filled in is joined instead; amounts, actions and pieces are still asked by the rules.
    """
    if content.form_joined:
        return
    yield from _gaps_of_establishment(content.dossier)
    if not any(one.kind == Dialogue.Kind.DEBATE and one.on and one.body for one in content.dialogue):
        yield Gap("Débat sur le diagnostic : instance et date", DIAGNOSIS)
    if not any(one.value is not None for one in content.hr):
        yield Gap("Indicateurs de ressources humaines", DIAGNOSIS)
    if not content.projects:
        yield Gap("Projet", PROJECT, 1)
    for project in content.projects:
        yield from _gaps_of_project(project)


def _gaps_of_establishment(dossier: Dossier) -> Iterator[Gap]:
    head: Mapping[str, tuple[Any, str]] = {
        "Nombre d’agents de l’établissement": (dossier.agents, ""),
        "Masse salariale annuelle": (dossier.payroll, ""),
        "Interlocuteur": (dossier.contact, ""),
        "Adresse de l’interlocuteur": (dossier.contact_email, ""),
        "Démarche d’amélioration des conditions de travail": (dossier.answers.get("approach"), "approach"),
        "Complémentarité avec les crédits d’investissement courant": (
            dossier.answers.get("complementarity"), "complementarity",
        ),
    }  # fmt: skip
    wanted = dossier.call.book().vocabulary.measures
    yield from (
        Gap(label, ESTABLISHMENT)
        for label, (value, measure) in head.items()
        if not value and (not measure or measure in wanted)
    )


def _gaps_of_project(project: Project) -> Iterator[Gap]:
    told: dict[str, Any] = {
        "Intitulé du projet": project.title,
        "Ce que le projet change": project.summary,
        "Nature du projet": project.nature,
        "Début du projet": project.starts_on,
        "Fin du projet": project.ends_on,
        "Agents concernés": project.agents,
    }
    if SHARED_STRAND in project.strands:
        told["Équipe mutualisée, structures membres"] = any(one.left_on is None for one in project.partners.all())
        told["Équipe mutualisée, rythme"] = project.team.get("rhythm")
    yield from (Gap(label, PROJECT, project.position) for label, value in told.items() if not value)
