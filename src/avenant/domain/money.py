"""Euros: exact decimals at the cent, one rounding rule, splits that never lose a cent.

Every amount in euros is a ``Decimal`` quantised to two places. Rates are exact fractions. No float comes near.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

ZERO: Final = Decimal("0.00")


def cents(amount: Decimal | Fraction | int | str) -> Decimal:
    """The amount rounded to the cent, a half cent away from zero (the accountants' rule: 0.005 becomes 0.01).

    Raises ``TypeError`` on a float and ``ValueError`` on what is not a finite number.
    """
    if isinstance(amount, bool | float):
        raise TypeError("an amount is never a float")
    if isinstance(amount, Fraction):
        return _rounded(amount)
    try:
        return _rounded(Fraction(Decimal(amount)))
    except (ArithmeticError, ValueError):
        raise ValueError(f"{amount!r} is not an amount") from None


def share(amount: Decimal, rate: Fraction) -> Decimal:
    """``rate`` of ``amount``, rounded once, at the cent."""
    return cents(Fraction(amount) * rate)


def split(amount: Decimal, weights: Sequence[Fraction | int]) -> list[Decimal]:
    """``amount`` in proportion to ``weights``; the parts add up to it exactly.

    Each part is the difference of two cumulated rounded sums, so no part is further than one cent from its exact share.
    Raises ``ValueError`` when a weight is negative or all are zero.
    """
    total = sum((Fraction(weight) for weight in weights), Fraction(0))
    if total <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights are positive or zero, and one at least is positive")
    parts, reached, given = [], Fraction(0), ZERO
    for weight in weights:
        reached += Fraction(weight)
        upto = cents(Fraction(amount) * reached / total)
        parts.append(upto - given)
        given = upto
    return parts


def percent(text: str | int | Decimal) -> Fraction:
    """The exact fraction of a percentage: ``percent("33.5")`` is 67/200."""
    return Fraction(text) / 100


def _rounded(exact: Fraction) -> Decimal:
    """Integer arithmetic only: no decimal context can lose a digit of a large amount."""
    scaled = abs(exact) * 100
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(f"{'-' if exact < 0 and whole else ''}{whole // 100}.{whole % 100:02d}")
