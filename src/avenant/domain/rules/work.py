"""The work sheet of one evaluation: what is known so far of each project and line, and how a rule reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from avenant.domain.money import ZERO, share, split
from avenant.domain.rules.facts import Action, Aid, Applicant, Expense, Facts, Project
from avenant.domain.rules.findings import LineAmounts, ProjectAmounts, Step
from avenant.domain.rules.parameters import Unit

PUBLIC: Final = frozenset({"requested", "public"})


class LineWork:
    """One expense: its amounts, what of them is eligible so far, and the facts that lack to say it."""

    __slots__ = ("eligible_excl_tax", "eligible_incl_tax", "facts", "missing", "reasons")

    def __init__(self, facts: Expense) -> None:
        self.facts = facts
        self.eligible_excl_tax = facts.excl_tax
        self.eligible_incl_tax = facts.incl_tax
        self.reasons: list[str] = []
        self.missing: list[str] = []

    def exclude(self, rule: str) -> None:
        self.eligible_excl_tax = self.eligible_incl_tax = ZERO
        self.reasons.append(rule)

    def keep(self, rule: str, at_most: Decimal) -> None:
        """Keep at most this amount excluding tax; the amount with tax follows in proportion."""
        before = self.eligible_excl_tax
        if before is None or before <= at_most:
            return
        if self.eligible_incl_tax is not None:
            self.eligible_incl_tax = share(self.eligible_incl_tax, Fraction(at_most) / Fraction(before))
        self.eligible_excl_tax = at_most
        self.reasons.append(rule)

    def amounts(self) -> LineAmounts:
        unknown = bool(self.missing)
        return LineAmounts(
            code=self.facts.code,
            eligible_excl_tax=None if unknown else self.eligible_excl_tax,
            eligible_incl_tax=None if unknown else self.eligible_incl_tax,
            reasons=tuple(self.reasons),
        )


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    total = ZERO
    for value in values:
        if value is None:
            return None
        total += value
    return total


class ProjectWork:
    """One project: its lines, and its aid as the rules of amounts build and cut it."""

    __slots__ = ("facts", "grant", "lines", "missing", "opened", "steps")

    def __init__(self, facts: Project) -> None:
        self.facts = facts
        self.lines = None if facts.expenses is None else [LineWork(one) for one in facts.expenses]
        self.grant: Decimal | None = None
        self.opened = False
        self.missing: list[str] = []
        self.steps: list[Step] = []

    def _total(self, of: Callable[[LineWork], Decimal | None], *, sure: bool) -> Decimal | None:
        if self.lines is None or (sure and any(line.missing for line in self.lines)):
            return None
        return _sum(map(of, self.lines))

    @property
    def total_excl_tax(self) -> Decimal | None:
        return self._total(lambda line: line.facts.excl_tax, sure=False)

    @property
    def total_incl_tax(self) -> Decimal | None:
        return self._total(lambda line: line.facts.incl_tax, sure=False)

    @property
    def eligible_excl_tax(self) -> Decimal | None:
        return self._total(lambda line: line.eligible_excl_tax, sure=True)

    @property
    def eligible_incl_tax(self) -> Decimal | None:
        return self._total(lambda line: line.eligible_incl_tax, sure=True)

    def aids(self, natures: frozenset[str]) -> Decimal | None:
        """The sum of the plan's aids of these natures; None while the plan or an amount is missing."""
        if self.facts.plan is None:
            return None
        return _sum(aid.amount for aid in self.facts.plan if aid.nature in natures)

    @property
    def public_aid(self) -> Decimal | None:
        return self.aids(PUBLIC)

    @property
    def plan_total(self) -> Decimal | None:
        return None if self.facts.plan is None else _sum(aid.amount for aid in self.facts.plan)

    @property
    def other_public_aid(self) -> Decimal | None:
        return self.aids(frozenset({"public"}))

    @property
    def third_party_aid(self) -> Decimal | None:
        return self.aids(frozenset({"public", "private"}))

    def add(self, rule: str, amount: Decimal, words: str, **values: Any) -> None:
        """Add to the aid, with the words of the step."""
        before = self.grant if self.opened else None
        self.opened = True
        if not self.missing:
            self.grant = (before or ZERO) + amount
            self.steps.append(Step(rule, words, {**values, "amount": amount}, before, self.grant))

    def cut(self, rule: str, to: Decimal, words: str, **values: Any) -> None:
        """Bring the aid down to an amount."""
        before, self.grant = self.grant, to
        self.steps.append(Step(rule, words, {**values, "amount": to}, before, to))

    def lose(self, missing: Iterable[str]) -> None:
        """The aid cannot be told: these are missing."""
        self.opened, self.grant = True, None
        self.missing.extend(missing)

    def amounts(self) -> ProjectAmounts:
        return ProjectAmounts(
            code=self.facts.code,
            lines=tuple(line.amounts() for line in self.lines or ()),
            total_excl_tax=self.total_excl_tax,
            total_incl_tax=self.total_incl_tax,
            eligible_excl_tax=self.eligible_excl_tax,
            eligible_incl_tax=self.eligible_incl_tax,
            requested=self.facts.requested,
            grant=self.grant,
            missing=tuple(dict.fromkeys(self.missing)),
            steps=tuple(self.steps),
        )


class Sheet:
    """Where a rule stands: the dossier, and the project, line or action that it looks at."""

    __slots__ = ("action", "facts", "line", "project", "projects")

    def __init__(
        self,
        facts: Facts,
        projects: list[ProjectWork],
        project: ProjectWork | None = None,
        line: LineWork | None = None,
        action: Action | None = None,
    ) -> None:
        self.facts, self.projects, self.project, self.line, self.action = facts, projects, project, line, action

    @property
    def subject(self) -> str:
        if self.project is None:
            return ""
        inner = self.line.facts.code if self.line else self.action.code if self.action else ""
        return f"{self.project.facts.code}/{inner}" if inner else self.project.facts.code

    def at(self, *, line: LineWork | None = None, action: Action | None = None) -> Sheet:
        return Sheet(self.facts, self.projects, self.project, line, action)

    @property
    def grant(self) -> Decimal | None:
        """The aid of the whole dossier; None while one project's is unknown."""
        return None if self.facts.projects is None else _sum(one.grant for one in self.projects)

    def cut_all(self, rule: str, to: Decimal, words: str, **values: Any) -> None:
        """Bring the dossier's aid down to an amount, each project in proportion."""
        parts = split(to, [Fraction(one.grant or ZERO) for one in self.projects])
        for one, part in zip(self.projects, parts, strict=True):
            one.cut(rule, part, words, **values)


@dataclass(frozen=True, slots=True)
class Operand:
    """What a rule reads: a fact by its path, or a parameter. ``name`` is how it is called when it is missing."""

    name: str
    label: str
    read: Callable[[Sheet], Any]
    unit: Unit | None = None


LABELS: Final[Mapping[str, str]] = {
    "submitted_at": "instant du dépôt",
    "channel": "voie du dépôt",
    "notified_on": "date de notification",
    "signed_on": "date de signature de la convention",
    "dossiers": "nombre de dossiers de l'établissement",
    "projects": "projets",
    "projects.count": "nombre de projets portés",
    "grant": "aide calculée du dossier",
    "pieces": "pièces du dossier",
    "earlier_aids": "aides antérieures",
    "applicant.status": "statut du demandeur",
    "applicant.sectors": "secteur d'activité du demandeur",
    "applicant.category": "catégorie d'établissement",
    "applicant.territory": "territoire du demandeur",
    "project.expenses": "dépenses du projet",
    "project.plan": "plan de financement",
    "project.actions": "actions du projet",
    "project.pieces": "pièces du projet",
    "project.requested": "aide demandée",
    "project.starts_on": "date de début du projet",
    "project.ends_on": "date de fin du projet",
    "project.strands": "volets du projet",
    "project.in_scope": "périmètre du projet",
    "project.partners": "établissements du projet",
    "project.partners.count": "nombre d'établissements du projet",
    "project.total_excl_tax": "coût total hors taxes",
    "project.total_incl_tax": "coût total toutes taxes comprises",
    "project.eligible_excl_tax": "coût éligible hors taxes",
    "project.eligible_incl_tax": "coût éligible toutes taxes comprises",
    "project.grant": "aide calculée",
    "project.public_aid": "aides publiques du plan de financement",
    "project.other_public_aid": "autres aides publiques",
    "project.third_party_aid": "aides d'autres financeurs",
    "project.plan_total": "total du plan de financement",
    "line.kind": "nature de la dépense",
    "line.excl_tax": "montant hors taxes de la dépense",
    "line.incl_tax": "montant toutes taxes comprises de la dépense",
    "line.quantity": "nombre d'unités de la dépense",
    "line.recurrent": "caractère récurrent de la dépense",
    "line.engagement": "nature de l'engagement",
    "line.refundable_by": "autre prise en charge de la dépense",
    "line.funded_elsewhere": "financement hors du plan de la dépense",
    "line.ordered_on": "date de commande de la dépense",
    "line.paid_on": "date d'acquittement de la dépense",
    "line.deadline": "dernier jour propre à la dépense",
    "action.indicators": "indicateurs de suivi de l'action",
    "action.risks": "risques que traite l'action",
}
_DERIVED: Final = {
    "total_excl_tax", "total_incl_tax", "eligible_excl_tax", "eligible_incl_tax",
    "grant", "public_aid", "other_public_aid", "third_party_aid", "plan_total",
}  # fmt: skip
_RECORDS: Final = {"applicant": Applicant, "project": Project, "line": Expense, "action": Action, "": Facts}
_DOSSIER: Final[dict[str, Callable[[Sheet], Any]]] = {
    "projects.count": lambda sheet: None if sheet.facts.projects is None else len(sheet.facts.projects),
    "grant": lambda sheet: sheet.grant,
}


def reader_of(path: str) -> Callable[[Sheet], Any] | None:
    """How the fact of this path is read on a sheet; None when no such fact exists.

    ``measures.x``, ``applicant.measures.x``, ``project.measures.x`` and ``line.measures.x`` are open: the rulebook's
    vocabulary declares them.
    """
    if path in _DOSSIER:
        return _DOSSIER[path]
    head, _, rest = path.partition(".")
    if head == "measures" and rest:
        return lambda sheet: sheet.facts.measures.get(rest)
    if head not in _RECORDS:
        head, rest = "", path
    record = _RECORDS[head]
    where = _PLACES[head]
    if rest.startswith("measures."):
        name = rest.removeprefix("measures.")
        return None if record is Action else lambda sheet: where(sheet).measures.get(name)
    if head == "project" and rest in _DERIVED:
        return lambda sheet: getattr(sheet.project, rest)
    if path == "project.partners.count":
        return lambda sheet: len(where(sheet).partners)
    if rest not in {one.name for one in fields(record)}:
        return None
    return lambda sheet: getattr(where(sheet), rest)


_PLACES: Final[dict[str, Callable[[Sheet], Any]]] = {
    "": lambda sheet: sheet.facts,
    "applicant": lambda sheet: sheet.facts.applicant,
    "project": lambda sheet: sheet.project and sheet.project.facts,
    "line": lambda sheet: sheet.line and sheet.line.facts,
    "action": lambda sheet: sheet.action,
}


def local_day(moment: datetime | None) -> Any:
    """The day of an instant in its own zone."""
    return None if moment is None else moment.date()


def aids_of_line(plan: Iterable[Aid], code: str) -> list[Aid]:
    """The aids of a plan that name one expense."""
    return [aid for aid in plan if aid.line == code]
