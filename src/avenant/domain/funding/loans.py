"""A part of an aid that is lent, and comes back without interest: its schedule, what is repaid, what no longer is asked.

A repayment and a recovery are two debts. The first returns, on its days, money that was well used; the second takes back at
once an aid that was not spent as agreed. The same euro is never asked twice (:func:`split_unspent`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from avenant.domain.money import ZERO, cents, share
from avenant.domain.periods import add_months

BASIS: Final = "code civil, article 1342-10"
"""A payment that does not say what it pays is counted on the oldest sum due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanTerms:
    """A loan without interest, in months: repaid ``over`` so many, one repayment ``every`` so many, the first of these
    periods beginning ``deferred`` months after the payment. Raises ValueError on what is no duration."""

    over: int
    every: int = 1
    deferred: int = 0

    def __post_init__(self) -> None:
        if self.over < 1 or self.every < 1 or self.deferred < 0:
            raise ValueError("a loan is repaid over a month or more, by periods of a month or more")

    @property
    def months(self) -> tuple[int, ...]:
        """How many months after the payment each repayment falls; the last is never later than announced."""
        ends = [*range(self.every, self.over, self.every), self.over]
        return tuple(self.deferred + one for one in ends)


@dataclass(frozen=True, slots=True)
class Planned:
    """A repayment before the money is lent: its rank, its amount, the months after the payment."""

    number: int
    amount: Decimal
    months: int


def in_equal_parts(amount: Decimal, parts: int) -> list[Decimal]:
    """Equal amounts at the cent, the last one taking the remainder: 100 € in three gives 33,33, 33,33 and 33,34.

    An amount of fewer cents than parts gives as many parts as cents. Raises ValueError when there is nothing to cut.
    """
    whole = int(amount * 100)
    if whole <= 0 or parts < 1:
        raise ValueError("an amount is cut in one part or more")
    parts = min(parts, whole)
    regular = cents(Fraction(whole // parts, 100))
    return [regular] * (parts - 1) + [amount - regular * (parts - 1)]


def plan_repayments(amount: Decimal, terms: LoanTerms) -> list[Planned]:
    """The schedule of a loan of this amount, to the cent; its sum is the amount."""
    amounts = in_equal_parts(amount, len(terms.months))
    return [
        Planned(number, one, months)
        for number, (one, months) in enumerate(zip(amounts, terms.months, strict=False), 1)
    ]  # fmt: skip


def day_of(paid_on: date, months: int) -> date:
    """The day of a repayment: the same day number, or the last day of a shorter month."""
    return add_months(paid_on, months)


class Standing(StrEnum):
    """Where a repayment stands on a day."""

    TO_COME = "à venir"
    PARTLY = "remboursée en partie"
    LATE = "en retard"
    REPAID = "remboursée"
    RELEASED = "n’est plus demandée"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repayment:
    """One line of the schedule. ``released`` is what a decision no longer asks on this line."""

    number: int
    due_on: date
    amount: Decimal
    paid: Decimal = ZERO
    released: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        return self.amount - self.paid - self.released

    def standing(self, today: date) -> Standing:
        """The due day itself is in time."""
        if not self.left:
            return Standing.REPAID if self.paid else Standing.RELEASED
        if today > self.due_on:
            return Standing.LATE
        return Standing.PARTLY if self.paid else Standing.TO_COME


def left_of(lines: Iterable[Repayment]) -> Decimal:
    """What is still to come back."""
    return sum((one.left for one in lines), ZERO)


def fill(lines: Sequence[Repayment], received: Decimal) -> list[Repayment]:
    """The lines once everything received is counted on them, the oldest first (code civil, article 1342-10).

    Raises ValueError beyond what they ask.
    """
    told = []
    for one in lines:
        paid = min(received, one.amount - one.released)
        received -= paid
        told.append(replace(one, paid=paid))
    if received:
        raise ValueError("more is received than the loan asks")
    return told


def release(lines: Sequence[Repayment], amount: Decimal) -> list[Repayment]:
    """The lines once ``amount`` is no longer asked, the last ones first. Raises ValueError beyond what is left."""
    told = []
    for one in reversed(lines):
        given = min(amount, one.left)
        amount -= given
        told.append(replace(one, released=one.released + given))
    if amount:
        raise ValueError("more is released than is left")
    return told[::-1]


def reschedule(lines: Sequence[Repayment], *, first_on: date, parts: int, every: int) -> list[Repayment]:
    """The former lines, released of what they still asked, then as many new ones that ask the same in all.

    Raises ValueError when nothing is left, or on what is no schedule.
    """
    left = left_of(lines)
    if every < 1:
        raise ValueError("one repayment every month or more")
    rank = max(one.number for one in lines)
    new = [
        Repayment(number=rank + place + 1, due_on=add_months(first_on, place * every), amount=amount)
        for place, amount in enumerate(in_equal_parts(left, parts))
    ]
    return [*release(lines, left), *new]


def restore(lines: Sequence[Repayment], amount: Decimal, *, today: date, every: int) -> list[Repayment]:
    """The lines once ``amount`` is asked again: on the released lines still to come, the last ones first, and what they
    do not hold on a new last line. None of it is due before tomorrow."""
    told = []
    for one in reversed(lines):
        back = min(amount, one.released) if one.due_on > today else ZERO
        amount -= back
        told.append(replace(one, released=one.released - back))
    told.reverse()
    if amount:
        due_on = add_months(max(today, *(one.due_on for one in lines)), every)
        told.append(Repayment(number=max(one.number for one in lines) + 1, due_on=due_on, amount=amount))
    return told


@dataclass(frozen=True, slots=True)
class Unspent:
    """What an aid that was not spent as agreed does to its loan: ``recalled`` leaves the schedule, for it is asked back at
    once; ``back`` was repaid already; ``recovered`` is what the recovery asks."""

    recalled: Decimal
    back: Decimal
    recovered: Decimal


def split_unspent(unspent: Decimal, *, paid: Decimal, lent: Decimal, left: Decimal) -> Unspent:
    """Part an unspent sum between the gift and the loan, in the proportion in which they were paid.

    The loan's part leaves the schedule as far as something is left of it; beyond, it has come back already and is not asked
    again. Raises ValueError unless 0 ≤ unspent ≤ paid and 0 ≤ left ≤ lent ≤ paid.
    """
    if not ZERO <= unspent <= paid or not ZERO <= left <= lent <= paid:
        raise ValueError("a loan is a part of what was paid")
    of_loan = share(unspent, Fraction(lent) / Fraction(paid)) if paid else ZERO
    recalled = min(of_loan, left)
    back = of_loan - recalled
    return Unspent(recalled, back, unspent - back)
