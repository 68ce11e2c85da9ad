"""The work sheet of one evaluation: what is known so far of each project and line."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from operator import attrgetter
from typing import Any

from avenant.domain.money import ZERO, share, split
from avenant.domain.rules.facts import Action, Aid, Expense, Facts, Project
from avenant.domain.rules.findings import LineAmounts, ProjectAmounts, Step


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
        """Nothing of this expense is eligible."""
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

    def lack(self, names: Iterable[str]) -> None:
        """These facts are missing to say what is eligible."""
        self.missing.extend(name for name in names if name not in self.missing)

    def amounts(self) -> LineAmounts:
        unknown = bool(self.missing)
        return LineAmounts(
            self.facts.code,
            None if unknown else self.eligible_excl_tax,
            None if unknown else self.eligible_incl_tax,
            tuple(self.reasons),
        )


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    total = ZERO
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _by_nature(plan: Iterable[Aid]) -> dict[str, Decimal | None]:
    sums: dict[str, Decimal | None] = {}
    for aid in plan:
        sums[aid.nature] = _sum((sums.get(aid.nature, ZERO), aid.amount))
    return sums


_EXCL_TAX, _INCL_TAX = attrgetter("facts.excl_tax"), attrgetter("facts.incl_tax")
_ELIGIBLE_EXCL_TAX, _ELIGIBLE_INCL_TAX = attrgetter("eligible_excl_tax"), attrgetter("eligible_incl_tax")


class ProjectWork:
    """One project: its lines, and its aid as the rules of amounts build and cut it.

    Sums of the declared amounts are made once; those of the eligible amounts once the lines are closed.
    """

    __slots__ = ("_eligible", "_plan", "facts", "grant", "lines", "missing", "opened", "steps", "total_excl_tax",
                 "total_incl_tax")  # fmt: skip

    def __init__(self, facts: Project) -> None:
        self.facts = facts
        self.lines = None if facts.expenses is None else [LineWork(one) for one in facts.expenses]
        self.total_excl_tax = None if self.lines is None else _sum(map(_EXCL_TAX, self.lines))
        self.total_incl_tax = None if self.lines is None else _sum(map(_INCL_TAX, self.lines))
        self._plan = None if facts.plan is None else _by_nature(facts.plan)
        self._eligible: tuple[Decimal | None, Decimal | None] | None = None
        self.grant: Decimal | None = None
        self.opened = False
        self.missing: list[str] = []
        self.steps: list[Step] = []

    def close_lines(self) -> None:
        """No rule changes a line from now on."""
        self._eligible = self._sums()

    def _sums(self) -> tuple[Decimal | None, Decimal | None]:
        if self.lines is None or any(line.missing for line in self.lines):
            return None, None
        return _sum(map(_ELIGIBLE_EXCL_TAX, self.lines)), _sum(map(_ELIGIBLE_INCL_TAX, self.lines))

    @property
    def eligible_excl_tax(self) -> Decimal | None:
        return (self._eligible or self._sums())[0]

    @property
    def eligible_incl_tax(self) -> Decimal | None:
        return (self._eligible or self._sums())[1]

    def _aids(self, *natures: str) -> Decimal | None:
        """The sum of the plan's aids of these natures; None while the plan or an amount is missing."""
        return None if self._plan is None else _sum(self._plan.get(nature, ZERO) for nature in natures)

    @property
    def public_aid(self) -> Decimal | None:
        return self._aids("requested", "public")

    @property
    def requested_aid(self) -> Decimal | None:
        return self._aids("requested")

    @property
    def other_public_aid(self) -> Decimal | None:
        return self._aids("public")

    @property
    def third_party_aid(self) -> Decimal | None:
        return self._aids("public", "private")

    @property
    def plan_total(self) -> Decimal | None:
        return self._aids(*(self._plan or ()))

    def gaps(self, amount: str) -> tuple[str, ...]:
        """The facts that lack to know an amount of the project, or the amount itself when none is known to lack."""
        gaps: list[str] = []
        if amount == "grant":
            gaps = self.missing
        elif amount.endswith(("excl_tax", "incl_tax")):
            if self.lines is None:
                return ("project.expenses",)
            tax = amount[-8:]
            for line in self.lines:
                gaps += line.missing if amount.startswith("eligible") else ()
                gaps += () if getattr(line.facts, tax) is not None else (f"line.{tax}",)
        elif amount.endswith("aid") or amount == "plan_total":
            gaps = ["project.plan"]
        return tuple(dict.fromkeys(gaps)) or (f"project.{amount}",)

    def add(self, rule: str, amount: Decimal, words: str, **values: Any) -> None:
        """Add to the aid, with the words of the step."""
        before = self.grant if self.opened else None
        self.opened = True
        if not self.missing:
            self.grant = (before or ZERO) + amount
            self.steps.append(Step(rule, words, {**values, "amount": amount}, before, self.grant))

    def cut(self, rule: str, to: Decimal, words: str) -> None:
        """Bring the aid down to an amount."""
        before, self.grant = self.grant, to
        self.steps.append(Step(rule, words, {"amount": to}, before, to))

    def lose(self, missing: Iterable[str]) -> None:
        """The aid cannot be told: these are missing."""
        self.opened, self.grant = True, None
        self.missing.extend(missing)

    def amounts(self) -> ProjectAmounts:
        return ProjectAmounts(
            code=self.facts.code,
            lines=tuple([line.amounts() for line in self.lines or ()]),
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
    """Where a rule stands: the dossier, or one of its projects, or a line or an action of it.

    ``subject`` names the place in a finding. ``inner`` are the sheets of the projects of a dossier, or of the lines of
    a project: made once for all the rules.
    """

    __slots__ = ("action", "facts", "inner", "line", "project", "projects", "subject")

    def __init__(
        self,
        facts: Facts,
        projects: list[ProjectWork],
        project: ProjectWork | None = None,
        line: LineWork | None = None,
        action: Action | None = None,
    ) -> None:
        self.facts, self.projects, self.project, self.line, self.action = facts, projects, project, line, action
        self.inner: list[Sheet] = []
        self.subject = ""
        if project is not None:
            code = line.facts.code if line else action.code if action else ""
            self.subject = f"{project.facts.code}/{code}" if code else project.facts.code

    @property
    def grant(self) -> Decimal | None:
        """The aid of the whole dossier; None while one project's is unknown."""
        return None if self.facts.projects is None else _sum(one.grant for one in self.projects)

    def grant_gaps(self) -> tuple[str, ...]:
        """Why the aid of the dossier is unknown."""
        if self.facts.projects is None:
            return ("projects",)
        return tuple(name for one in self.projects for name in one.missing) or ("grant",)

    def cut_all(self, rule: str, to: Decimal, words: str) -> None:
        """Bring the dossier's aid down to an amount, each project in proportion."""
        parts = split(to, [Fraction(one.grant or ZERO) for one in self.projects])
        for one, part in zip(self.projects, parts, strict=True):
            one.cut(rule, part, words)


def sheet_of(facts: Facts) -> Sheet:
    """The sheet of a dossier, with those of its projects and of their lines."""
    works = [ProjectWork(one) for one in facts.projects or ()]
    dossier = Sheet(facts, works)
    for work in works:
        sheet = Sheet(facts, works, work)
        sheet.inner = [Sheet(facts, works, work, line) for line in work.lines or ()]
        dossier.inner.append(sheet)
    return dossier


def project_of(sheet: Sheet) -> ProjectWork:
    """The project that a sheet looks at. Raises TypeError on the sheet of a dossier."""
    if sheet.project is None:
        raise TypeError("this rule looks at a project")
    return sheet.project


def line_of(sheet: Sheet) -> LineWork:
    """The line that a sheet looks at. Raises TypeError on any other sheet."""
    if sheet.line is None:
        raise TypeError("this rule looks at a line")
    return sheet.line
