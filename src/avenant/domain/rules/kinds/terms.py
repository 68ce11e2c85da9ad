"""The terms of an award: instalments, interim payments, advances and loans, consumption, reports, recovery, penalties.

They are read by ``domain/funding`` when money is paid and recovered; here they say what the aid would become.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

from avenant.domain.french import format_date
from avenant.domain.funding.loans import LoanTerms, plan_repayments
from avenant.domain.money import share, split
from avenant.domain.rules.findings import Effect, Finding, Outcome
from avenant.domain.rules.kinds.base import Rule, values_of
from avenant.domain.rules.parameters import Unit
from avenant.domain.rules.paths import Operand
from avenant.domain.rules.tables import Table
from avenant.domain.rules.work import Sheet

NO_SHEET: Any = None
"""Parameters are read without a dossier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term(Rule):
    """A term of the award: undetermined while its parameter is blank or the aid unknown."""

    phase: ClassVar[str] = "terms"
    scope: ClassVar[str] = "dossier"
    effects: ClassVar[tuple[Effect, ...]] = (Effect.WARNS,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalments(Term):
    """The aid is paid in parts; the last is what remains, so that no cent is lost. ``after`` names each part's trigger."""

    kind: ClassVar[str] = "instalments"
    fields: ClassVar[str] = "parts (paramètre, parts qui font 100 %) ; after (déclencheur de chaque part)"

    parts: Operand
    after: tuple[str, ...]

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(**common, parts=table.parameter("parts", Unit.PERCENTS), after=table.codes("after"))

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        parts: tuple[Fraction, ...] | None = self.parts.read(sheet)
        grant = sheet.grant
        if parts is None or grant is None:
            gaps = sheet.grant_gaps() if grant is None else ()
            return [self.lacking(sheet, (*((self.parts.name,) if parts is None else ()), *gaps))]
        amounts = in_parts(grant, parts)
        named = tuple((f"instalment_{rank}", one) for rank, one in enumerate(amounts, 1))
        return [self.found(sheet, Outcome.PASS, "{label} : {parts}.", parts=tuple(amounts), amounts=named)]


def in_parts(grant: Decimal, parts: tuple[Fraction, ...]) -> list[Decimal]:
    """Each part rounded at the cent but the last, which is what remains: 10 000,01 € in 40/30/30 ends on 3 000,01 €."""
    firsts = [share(grant, part) for part in parts[:-1]]
    last = grant - sum(firsts, Decimal(0))
    return [*firsts, last] if last >= 0 else split(grant, parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interim(Term):
    """Paid on documented expenses, at the rate of the aid; together with the advance, up to a share before the balance."""

    kind: ClassVar[str] = "interim"
    fields: ClassVar[str] = "ceiling (paramètre : part de l’aide avant le solde) ; minimum (paramètre, facultatif)"

    ceiling: Operand
    minimum: Operand | None

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(
            **common,
            ceiling=table.parameter("ceiling", Unit.PERCENT),
            minimum=table.optional_parameter("minimum", Unit.EUROS),
        )

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        (ceiling, _), missing = values_of(sheet, self.ceiling, self.minimum)
        if missing or sheet.grant is None:
            return [self.lacking(sheet, (*missing, *(() if sheet.grant is not None else sheet.grant_gaps())))]
        most = share(sheet.grant, ceiling)
        words = "{label} : sur justificatifs, {most} au plus avant le solde."
        return [self.found(sheet, Outcome.PASS, words, most=most, amounts=(("before_balance", most),))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance(Term):
    """A share of the aid paid before any expense. ``repaid_over`` months makes it a loan without interest: equal
    repayments, one every ``every`` months (each month by default), after ``deferred`` months (none by default)."""

    kind: ClassVar[str] = "advance"
    fields: ClassVar[str] = (
        "share (paramètre) ; repaid_over (paramètre, mois : prêt ou avance remboursable) ; every (paramètre facultatif, mois "
        "entre deux échéances) ; deferred (paramètre facultatif, mois de différé)"
    )

    share: Operand
    repaid_over: Operand | None
    every: Operand | None
    deferred: Operand | None

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(
            **common,
            share=table.parameter("share", Unit.PERCENT),
            repaid_over=_months(table, "repaid_over", 1),
            every=_months(table, "every", 1),
            deferred=_months(table, "deferred", 0),
        )

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        (part, months, *_), missing = values_of(sheet, self.share, self.repaid_over, self.every, self.deferred)
        if missing or sheet.grant is None:
            return [self.lacking(sheet, (*missing, *(() if sheet.grant is not None else sheet.grant_gaps())))]
        amount, loan = share(sheet.grant, part), self.loan(sheet)
        if loan is None or not amount:
            return [
                self.found(sheet, Outcome.PASS, "{label} : {amount}.", amount=amount, amounts=(("advance", amount),))
            ]
        plan = plan_repayments(amount, loan)
        words = "{label} : {amount}, à rembourser sans intérêt en {months} mois"
        words += " ; {number} échéances de {first}, la dernière de {last}." if len(plan) > 1 else ", en une fois."
        return [
            self.found(
                sheet, Outcome.PASS, words, amount=amount, months=months, number=len(plan), first=plan[0].amount,
                last=plan[-1].amount, amounts=(("loan", amount), ("repayment", plan[0].amount)),
            )
        ]  # fmt: skip

    def loan(self, sheet: Sheet) -> LoanTerms | None:
        """How the advance is repaid; None when it is not, or while a parameter is blank."""
        told = (self.repaid_over, self.every, self.deferred)
        (over, every, deferred), missing = values_of(sheet, *told)
        if missing or over is None:
            return None
        return LoanTerms(over=over, every=1 if every is None else every, deferred=deferred or 0)


def _months(table: Table, field: str, least: int) -> Operand | None:
    """A number of months whose parameter bounds it: no form can write a period that goes backwards."""
    operand = table.optional_parameter(field, Unit.MONTHS)
    if operand is not None:
        minimum = table.parameters[operand.name.removeprefix("parameter:")].minimum
        if minimum is None or minimum < least:
            raise table.error(field, f"son paramètre a un minimum, {least} ou plus.")
    return operand


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumption(Term):
    """Expenses are paid by a last day; what is paid later is not consumption."""

    kind: ClassVar[str] = "consumption"
    fields: ClassVar[str] = "until (paramètre)"

    until: Operand

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(**common, until=table.parameter("until", Unit.DATE))

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        until = self.until.read(sheet)
        if until is None:
            return [self.lacking(sheet, (self.until.name,))]
        return [self.found(sheet, Outcome.PASS, "{label} : dépenses acquittées au {until} au plus tard.", until=until)]

    @property
    def last_day(self) -> date | None:
        day: date | None = self.until.read(NO_SHEET)
        return day


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Term):
    """Documents are due each year on a day, from the year after the first payment until the consumption ends."""

    kind: ClassVar[str] = "report"
    fields: ClassVar[str] = "day (paramètre, jour de l’année) ; closing (paramètre, mois après la fin) ; documents"

    day: Operand
    closing: Operand | None
    documents: tuple[str, ...]

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(
            **common,
            day=table.parameter("day", Unit.DAY),
            closing=table.optional_parameter("closing", Unit.MONTHS),
            documents=table.codes("documents"),
        )

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        day = self.day.read(sheet)
        if day is None:
            return [self.lacking(sheet, (self.day.name,))]
        written = format_date(date(2023, *day)).rsplit(" ", 1)[0]
        return [self.found(sheet, Outcome.PASS, "{label} : chaque année, le {day} au plus tard.", day=written)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery(Term):
    """What is taken back and how. Method A: paid − compliant consumption; B: paid − min(granted, rate × compliant).

    ``penalty`` is a share of what is recovered, added when the cause is a breach of the convention.
    """

    kind: ClassVar[str] = "recovery"
    fields: ClassVar[str] = "method (paramètre, choix A ou B) ; penalty (paramètre, facultatif)"

    method: Operand
    penalty: Operand | None

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(
            **common,
            method=table.parameter("method", Unit.CHOICE),
            penalty=table.optional_parameter("penalty", Unit.PERCENT),
        )

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        (method, penalty), missing = values_of(sheet, self.method, self.penalty)
        if missing:
            return [self.lacking(sheet, missing)]
        words = "{label} : méthode {method}" + (", pénalité de {penalty}." if penalty else ".")
        return [self.found(sheet, Outcome.PASS, words, method=method, penalty=penalty)]
