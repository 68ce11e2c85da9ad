"""Instalments, consumption, balance and recovery of one award. No cent is lost, nothing is recovered beyond what was paid.

Terms (parts, last day of consumption, method) come from the rulebook copied on the dossier.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from avenant.domain.decision import Decision
from avenant.domain.french import enumerate_in_words, format_date, format_euros, typeset
from avenant.domain.money import ZERO, cents, share
from avenant.domain.rules.kinds.terms import in_parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """One payment of an award. ``needs`` are the documents that must be accepted; ``paid`` what was paid of it."""

    number: int
    amount: Decimal
    after: str = ""
    needs: tuple[str, ...] = ()
    paid: Decimal = ZERO
    due_on: date | None = None

    @property
    def unpaid(self) -> Decimal:
        return max(self.amount - self.paid, ZERO)


def schedule(
    grant: Decimal, parts: Sequence[Fraction], *, after: Sequence[str] = (), documents: Sequence[str] = ()
) -> list[Instalment]:
    """The instalments of a grant: each part rounded at the cent, the last being what remains.

    ``after`` names the trigger of each part; those after a report need ``documents``. Raises ValueError when the parts do
    not make the whole or the triggers are not as many.
    """
    if sum(parts) != 1 or any(part <= 0 for part in parts):
        raise ValueError("parts are positive and make one")
    if after and len(after) != len(parts):
        raise ValueError("one trigger a part")
    triggers = list(after) or [""] * len(parts)
    return [
        Instalment(number=number, amount=amount, after=trigger, needs=tuple(documents) if trigger == "report" else ())
        for number, (amount, trigger) in enumerate(zip(in_parts(grant, tuple(parts)), triggers, strict=True), 1)
    ]


def report_days(first_payment: date, until: date, day: tuple[int, int]) -> list[date]:
    """The yearly reports: that day of each year, from the year after the first payment until the consumption ends."""
    days = [date(year, *day) for year in range(first_payment.year + 1, until.year + 1)]
    return [one for one in days if one <= until]


def may_pay(
    instalment: Instalment,
    *,
    signed: bool,
    accepted: Iterable[str],
    earlier: Sequence[Instalment] = (),
    reserves: Sequence[str] = (),
) -> Decision:
    """May this instalment be ordered: convention signed, documents accepted, no reserve, earlier ones paid."""
    if not signed:
        return Decision.no(typeset("La convention n'est pas signée : aucun versement ne peut être ordonné."))
    lacking = [name for name in instalment.needs if name not in set(accepted)]
    if lacking:
        return Decision.no(
            typeset(f"Versement {instalment.number} bloqué, en attente de : {enumerate_in_words(lacking)}.")
        )
    if reserves:
        return Decision.no(
            typeset(f"Versement {instalment.number} bloqué par une réserve : {enumerate_in_words(list(reserves))}.")
        )
    waiting = [str(one.number) for one in earlier if one.number < instalment.number and one.unpaid]
    if waiting:
        return Decision.no(typeset(f"Versement {instalment.number} : le versement {waiting[0]} n'est pas encore payé."))
    if not instalment.unpaid:
        return Decision.no(typeset(f"Versement {instalment.number} : rien ne reste à payer."))
    return Decision.yes()


def pay(instalments: Sequence[Instalment], number: int, amount: Decimal) -> list[Instalment]:
    """The instalments once an amount is paid. Raises ValueError beyond what the instalment leaves to pay."""
    paid = []
    for one in instalments:
        if one.number == number:
            if not ZERO < amount <= one.unpaid:
                raise ValueError("a payment is positive and within what remains")
            one = replace(one, paid=one.paid + amount)
        paid.append(one)
    return paid


def reduce_unpaid(instalments: Sequence[Instalment], due: Decimal) -> list[Instalment]:
    """Instalments cut to a grant that became smaller: the last unpaid ones first, what was paid untouched."""
    excess = sum((one.amount for one in instalments), ZERO) - due
    cut = []
    for one in reversed(instalments):
        taken = min(max(excess, ZERO), one.unpaid)
        excess -= taken
        cut.append(replace(one, amount=one.amount - taken))
    return cut[::-1]


class Verdict(StrEnum):
    """Where an expense stands after the reading of a report."""

    DECLARED = "declared"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpentExpense:
    """An expense of a consumption statement. A credit note is negative; ``reason`` is compulsory on a rejection;
    ``until`` is its own last day, when the dossier gave it one."""

    code: str
    amount: Decimal
    paid_on: date
    verdict: Verdict = Verdict.DECLARED
    reason: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Spending:
    """What the expenses are worth: compliant, still to be read, rejected, and paid too late; with their sentences."""

    compliant: Decimal
    waiting: Decimal
    rejected: Decimal
    late: Decimal
    reasons: tuple[str, ...]


def spending(expenses: Iterable[SpentExpense], until: date | None) -> Spending:
    """Sort the expenses of a statement. One paid after ``until``, or after its own last day, is not consumption; compliant
    is never negative.

    Raises ValueError on a rejection without a reason, or two expenses of one code.
    """
    sums = {"compliant": ZERO, "waiting": ZERO, "rejected": ZERO, "late": ZERO}
    reasons, seen = [], set()
    for one in expenses:
        if one.code in seen:
            raise ValueError(f"two expenses are {one.code}")
        seen.add(one.code)
        if one.verdict is Verdict.REJECTED and not one.reason.strip():
            raise ValueError(f"the rejection of {one.code} needs its reason")
        last = min((day for day in (until, one.until) if day is not None), default=None)
        if last is not None and one.paid_on > last:
            sums["late"] += one.amount
            words = f"payée le {format_date(one.paid_on)}, après le {format_date(last)}"
        elif one.verdict is Verdict.REJECTED:
            sums["rejected"] += one.amount
            words = one.reason
        else:
            sums["compliant" if one.verdict is Verdict.ACCEPTED else "waiting"] += one.amount
            continue
        reasons.append(typeset(f"{one.code}, {format_euros(one.amount)} : {words}"))
    sums["compliant"] = max(sums["compliant"], ZERO)
    return Spending(**sums, reasons=tuple(reasons))


class Method(StrEnum):
    """A: paid − compliant consumption of the aid. B: paid − min(granted, rate × compliant expenses)."""

    A = "A"
    B = "B"


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The end of an award: what the expenses are worth, what is due, what is still paid, what is taken back, and the
    instalments once cut."""

    granted: Decimal
    worth: Decimal
    due: Decimal
    paid: Decimal
    to_pay: Decimal
    recovered: Decimal
    penalty: Decimal
    released: Decimal
    instalments: tuple[Instalment, ...]
    sentence: str

    @property
    def claim(self) -> Decimal:
        """What is asked back, penalty included."""
        return self.recovered + self.penalty


def effective_rate(granted: Decimal, base: Decimal) -> Fraction:
    """The exact share of the eligible cost that was granted: 300 000 € on 1 000 000 € is 30 %, whatever the call's rate.

    Raises ValueError when the base is not positive or below the grant.
    """
    if base <= 0 or granted > base or granted < 0:
        raise ValueError("a grant is a share of its base")
    return Fraction(granted) / Fraction(base)


def settle(
    *,
    granted: Decimal,
    rate: Fraction,
    compliant: Decimal,
    instalments: Sequence[Instalment],
    method: Method = Method.B,
    penalty: Fraction = Fraction(0),
    breach: bool = False,
) -> Balance:
    """The balance of an award.

    ``compliant`` are the accepted expenses (method B), or the part of the aid consumed as agreed (method A). Unpaid
    instalments are reduced first; only what was paid beyond what is due is recovered, so recovery is never negative
    nor above what was paid. The penalty, a share of the recovery on a breach of the convention, is bounded so that the
    claim stays within what was paid.
    """
    paid = sum((one.paid for one in instalments), ZERO)
    worth = compliant if method is Method.A else share(max(compliant, ZERO), rate)
    due = min(granted, max(worth, ZERO))
    recovered = max(paid - due, ZERO)
    fine = min(share(recovered, penalty), paid - recovered) if breach else ZERO
    cut = reduce_unpaid(instalments, due)
    to_pay = max(due - paid, ZERO)
    words = f"Aide due : {format_euros(due)} sur {format_euros(granted)} accordés ; versé : {format_euros(paid)}."
    if recovered:
        words += f" À récupérer : {format_euros(recovered)}."
    if fine:
        words += f" Pénalité : {format_euros(fine)}."
    if to_pay:
        words += f" Reste à verser : {format_euros(to_pay)}."
    return Balance(
        granted=granted,
        worth=max(worth, ZERO),
        due=due,
        paid=paid,
        to_pay=to_pay,
        recovered=recovered,
        penalty=fine,
        released=granted - due,
        instalments=tuple(cut),
        sentence=typeset(words),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Interim:
    """What documented expenses give before the balance, step by step. ``compliant`` are all those accepted to date,
    ``engaged`` what is paid or about to be (the advance included), ``pool`` what is left for invoices."""

    compliant: Decimal
    rate: Fraction
    aid: Decimal
    ceiling: Decimal
    engaged: Decimal
    pool: Decimal
    amount: Decimal


def interim_payment(
    *, granted: Decimal, rate: Fraction, compliant: Decimal, engaged: Decimal, pool: Decimal, ceiling: Fraction
) -> Interim:
    """Rate × expenses, rounded once, up to a share of the grant, less what is engaged; never beyond the pool, never below
    zero: an expense counts once, since what it gave is engaged when the next ones come."""
    aid, most = share(max(compliant, ZERO), rate), share(granted, ceiling)
    amount = min(max(min(aid, most) - engaged, ZERO), pool)
    return Interim(
        compliant=compliant, rate=rate, aid=aid, ceiling=most, engaged=engaged, pool=pool, amount=amount
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """How a claim is paid back: taken on the next notification, the rest by a recovery order."""

    offset: Decimal
    ordered: Decimal
    notified_net: Decimal


def offset_on(claim: Decimal, next_notification: Decimal | None) -> Offset:
    """Take a claim on the next notification of credits; without one, or beyond it, a recovery order is for the rest."""
    taken = min(claim, next_notification or ZERO)
    return Offset(offset=taken, ordered=claim - taken, notified_net=cents((next_notification or ZERO) - taken))
