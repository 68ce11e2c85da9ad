"""Limits over all the dossiers of a call: an amount or a share by group (territory, status), at least or at most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

from avenant.domain.money import ZERO
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.findings import Effect, Finding, Outcome
from avenant.domain.rules.kinds.base import Rule
from avenant.domain.rules.parameters import Unit
from avenant.domain.rules.paths import Operand
from avenant.domain.rules.tables import Table
from avenant.domain.rules.work import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio(Rule):
    """For each group of dossiers (``by``), its aids together are at least or at most an amount or a share of the whole."""

    kind: ClassVar[str] = "portfolio"
    phase: ClassVar[str] = "portfolio"
    scope: ClassVar[str] = "dossier"
    effects: ClassVar[tuple[Effect, ...]] = (Effect.WARNS, Effect.REFUSES)
    fields: ClassVar[str] = "by (fait) ; limits (paramètre : euros ou parts par code) ; side (at_least, at_most)"

    by: Operand
    limits: Operand
    side: str

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(
            **common,
            by=table.fact("by"),
            limits=table.parameter("limits", Unit.EUROS_BY, Unit.PERCENT_BY),
            side=table.one_of("side", ("at_least", "at_most"), "at_most"),
        )

    @property
    def given(self) -> Mapping[str, Any] | None:
        """The limits by code; None while they are to be fixed."""
        limits: Mapping[str, Any] | None = self.limits.read(Sheet(Facts(), []))
        return limits

    def run(self, dossier: Sheet) -> Iterable[Finding]:
        """A single dossier says nothing of a portfolio."""
        return ()

    def judge_all(self, awards: Iterable[tuple[Facts, Decimal]]) -> list[Finding]:
        """The findings over dossiers and their aids, one a group that has a limit, by code."""
        sums: dict[Any, Decimal] = defaultdict(lambda: ZERO)
        total, unknown = ZERO, 0
        for facts, amount in awards:
            key = self.by.read(Sheet(facts, []))
            total += amount
            if key is None:
                unknown += 1
            else:
                sums[key] += amount
        everything = Sheet(Facts(), [])
        limits = self.given
        if limits is None or unknown:
            return [self.lacking(everything, (self.limits.name if limits is None else self.by.name,))]
        return [self._judge(everything, code, sums[code], limit, total) for code, limit in sorted(limits.items())]

    def _judge(self, sheet: Sheet, code: str, got: Decimal, limit: Any, total: Decimal) -> Finding:
        exact = Fraction(total) * limit if isinstance(limit, Fraction) else Fraction(limit)
        met = Fraction(got) >= exact if self.side == "at_least" else Fraction(got) <= exact
        side = "au moins" if self.side == "at_least" else "au plus"
        values = {"group": self.names.get(code, code), "got": got, "limit": limit, "side": side}
        words = "{label} : {group} reçoit {got}, pour {limit} {side}."
        amounts = (("got", got),)
        if met:
            return self.found(sheet, Outcome.PASS, words, amounts=amounts, **values)
        return self.unmet(sheet, words, "Déplacez des aides entre les groupes.", amounts=amounts, **values)
