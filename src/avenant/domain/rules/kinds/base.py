"""What every kind of rule shares: identity, effect, condition, and how it writes a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from avenant.domain.french import enumerate_in_words
from avenant.domain.rules.conditions import Condition
from avenant.domain.rules.findings import Effect, Finding, Outcome
from avenant.domain.rules.tables import Table
from avenant.domain.rules.work import LABELS, Operand, ProjectWork, Sheet

PHASES = ("lines", "base", "amounts", "checks", "terms", "portfolio")
MISSING = "{label} : il manque {missing}."
SUPPLY = "Renseignez {missing}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a call. ``effect`` is what it does when it is not met; ``when`` is the condition of its use."""

    kind: ClassVar[str]
    phase: ClassVar[str]
    effects: ClassVar[tuple[Effect, ...]]
    scope: ClassVar[str] = "project"
    fields: ClassVar[str] = ""

    id: str
    label: str
    article: str
    effect: Effect
    when: Condition | None
    position: int
    names: Mapping[str, str]

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        """The rule of a table of a rulebook; takes from it the fields proper to the kind."""
        raise NotImplementedError

    @property
    def level(self) -> str:
        """What the rule looks at: the dossier or each project."""
        return self.scope

    def sheets(self, dossier: Sheet) -> Iterable[Sheet]:
        """The subjects of this rule: the dossier, or each of its projects."""
        if self.level == "dossier":
            return (dossier,)
        return (Sheet(dossier.facts, dossier.projects, one) for one in dossier.projects)

    def run(self, dossier: Sheet) -> Iterator[Finding]:
        """The findings on a dossier, the condition looked at first."""
        if self.level != "dossier" and dossier.facts.projects is None:
            yield self.lacking(dossier, ("projects",))
            return
        for sheet in self.sheets(dossier):
            if self.when is not None:
                holds, missing = self.when.holds(sheet)
                if holds is None:
                    self.unknown(sheet, missing)
                    yield self.lacking(sheet, missing)
                    continue
                if not holds:
                    yield self.found(sheet, Outcome.NOT_APPLICABLE, "{label} : sans objet pour ce dossier.")
                    continue
            yield from self.check(sheet)

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        raise NotImplementedError

    def unknown(self, sheet: Sheet, missing: tuple[str, ...]) -> None:
        """What an unanswered condition does to the amounts: nothing, but for the rules that make them."""

    def found(
        self,
        sheet: Sheet,
        outcome: Outcome,
        words: str,
        advice: str = "",
        *,
        amounts: tuple[tuple[str, Decimal], ...] = (),
        missing: tuple[str, ...] = (),
        **values: Any,
    ) -> Finding:
        values["label"] = self.label
        return Finding(
            rule=self.id,
            kind=self.kind,
            effect=self.effect,
            outcome=outcome,
            subject=sheet.subject,
            article=self.article,
            words=words,
            advice=advice,
            values=values,
            amounts=amounts,
            missing=missing,
        )

    def unmet(self, sheet: Sheet, words: str, advice: str, **values: Any) -> Finding:
        """The rule is not met: a refusal, or a warning when the rule only cuts or warns."""
        outcome = Outcome.FAIL if self.effect is Effect.REFUSES else Outcome.WARNING
        return self.found(sheet, outcome, words, advice, **values)

    def lacking(self, sheet: Sheet, missing: tuple[str, ...]) -> Finding:
        missing = tuple(dict.fromkeys(missing))
        return Finding(
            rule=self.id,
            kind=self.kind,
            effect=self.effect,
            outcome=Outcome.UNDETERMINED,
            subject=sheet.subject,
            article=self.article,
            words=MISSING,
            advice=SUPPLY,
            values={"label": self.label, "missing": self.named(missing)},
            missing=missing,
        )

    def named(self, missing: tuple[str, ...]) -> str:
        return enumerate_in_words([f"« {self._name(one)} »" for one in missing])

    def _name(self, missing: str) -> str:
        if missing.startswith("parameter:"):
            label = self.names.get(missing.removeprefix("parameter:"), missing.removeprefix("parameter:"))
            return f"paramètre à fixer : {label}"
        return LABELS.get(missing) or self.names.get(missing.rpartition(".")[2], missing)


def values_of(sheet: Sheet, *operands: Operand | None) -> tuple[list[Any], tuple[str, ...]]:
    """The values of these operands (None for an absent one) and the names of those that are missing."""
    values, missing = [], []
    for operand in operands:
        value = None if operand is None else operand.read(sheet)
        if operand is not None and value is None:
            missing.append(operand.name)
        values.append(value)
    return values, tuple(missing)


def base_gaps(project: ProjectWork, base: Operand) -> tuple[str, ...]:
    """Why the base of an aid is unknown: the facts that its lines lack."""
    if project.lines is None:
        return ("project.expenses",)
    tax = "incl_tax" if base.name.endswith("incl_tax") else "excl_tax"
    gaps = [name for line in project.lines for name in line.missing]
    gaps += [f"line.{tax}" for line in project.lines if getattr(line.facts, tax) is None]
    return tuple(dict.fromkeys(gaps)) or (base.name,)
