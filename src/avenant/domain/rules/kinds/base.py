"""What every kind of rule shares: identity, effect, condition, and how it writes a finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from avenant.domain.rules.conditions import Condition
from avenant.domain.rules.findings import Effect, Finding, Outcome
from avenant.domain.rules.paths import LABELS, Operand
from avenant.domain.rules.tables import Table
from avenant.domain.rules.work import Sheet

PHASES = ("lines", "base", "amounts", "checks", "terms", "portfolio")
LACKING = "{label} : il manque {named}."
SUPPLY = "Renseignez {named}."
PIECE_FIELDS = {"on": "date", "signed": "signature"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a call. ``effect`` is what it does when it is not met; ``when`` is the condition of its use.

    ``scope`` is the dossier or each project; ``inside``, what a rule of projects goes through in each: line, action.
    """

    kind: ClassVar[str]
    phase: ClassVar[str]
    effects: ClassVar[tuple[Effect, ...]]
    scope: ClassVar[str] = "project"
    inside: ClassVar[str] = ""
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

    def run(self, dossier: Sheet) -> Iterable[Finding]:
        """The findings on a dossier, the condition looked at first."""
        if self.level == "dossier":
            return self.judge(dossier)
        if dossier.facts.projects is None:
            return (self.lacking(dossier, ("projects",)),)
        return [finding for sheet in dossier.inner for finding in self.judge(sheet)]

    def judge(self, sheet: Sheet) -> Iterable[Finding]:
        """The findings on one subject, the condition looked at first."""
        if self.when is not None:
            holds, missing = self.when(sheet)
            if holds is None:
                self.unknown(sheet, missing)
                return (self.lacking(sheet, missing),)
            if not holds:
                return (self.found(sheet, Outcome.NOT_APPLICABLE, "{label} : sans objet pour ce dossier."),)
        return self.check(sheet)

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
            self.id,
            self.kind,
            self.effect,
            outcome,
            sheet.subject,
            self.article,
            words,
            advice,
            values,
            amounts,
            missing,
        )

    def unmet(self, sheet: Sheet, words: str, advice: str, **values: Any) -> Finding:
        """The rule is not met: a refusal, or a warning when the rule only cuts or warns."""
        outcome = Outcome.FAIL if self.effect is Effect.REFUSES else Outcome.WARNING
        return self.found(sheet, outcome, words, advice, **values)

    def lacking(self, sheet: Sheet, missing: tuple[str, ...]) -> Finding:
        missing = tuple(dict.fromkeys(missing))
        named = tuple(self._named(one) for one in missing)
        return self.found(sheet, Outcome.UNDETERMINED, LACKING, SUPPLY, missing=missing, named=named)

    def _named(self, missing: str) -> str:
        if missing.startswith("parameter:"):
            label = self.names.get(missing.removeprefix("parameter:"), missing.removeprefix("parameter:"))
            return f"« paramètre à fixer : {label} »"
        head, _, field = missing.rpartition(".")
        if head.startswith("pieces."):
            piece = head.removeprefix("pieces.")
            return f"« {self.names.get(piece, piece)} : {PIECE_FIELDS[field]} »"
        return f"« {LABELS.get(missing) or self.names.get(field, missing)} »"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Rule):
    """A rule that changes no amount."""

    phase: ClassVar[str] = "checks"
    effects: ClassVar[tuple[Effect, ...]] = (Effect.REFUSES, Effect.WARNS)


def values_of(sheet: Sheet, *operands: Operand | None) -> tuple[list[Any], tuple[str, ...]]:
    """The values of these operands (None for an absent one) and the names of those that are missing."""
    values, missing = [], []
    for operand in operands:
        value = None if operand is None else operand.read(sheet)
        if operand is not None and value is None:
            missing.append(operand.name)
        values.append(value)
    return values, tuple(missing)


def gaps_of(sheet: Sheet, fact: Operand) -> tuple[str, ...]:
    """Why a fact is missing: for an amount of the project, the facts of its lines that lack; else the fact itself."""
    if sheet.project is None or not fact.name.startswith("project."):
        return (fact.name,)
    return sheet.project.gaps(fact.name.removeprefix("project."))
