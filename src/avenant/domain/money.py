"""Euros: exact decimals at the cent, one rounding rule, splits that never lose a cent.

Every amount in euros is a ``Decimal`` quantised to two places. Rates are exact fractions. No float comes near.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Final

ZERO: Final = Decimal("0.00")


def cents(amount: Decimal | Fraction | int | str) -> Decimal:
    """The amount rounded to the cent, a half cent away from zero (the accountants' rule: 0.005 becomes 0.01).

    Raises ``TypeError`` on a float and ``ValueError`` on what is not a finite number.
    """
    if isinstance(amount, bool | float):
        raise TypeError("an amount is never a float")
    if isinstance(amount, Fraction):
        return _rounded(amount.numerator, amount.denominator)
    try:
        return _rounded(*Decimal(amount).as_integer_ratio())
    except (ArithmeticError, ValueError):
        raise ValueError(f"{amount!r} is not an amount") from None


def share(amount: Decimal, rate: Fraction) -> Decimal:
    """``rate`` of ``amount``, rounded once, at the cent."""
    numerator, denominator = amount.as_integer_ratio()
    return _rounded(numerator * rate.numerator, denominator * rate.denominator)


def split(amount: Decimal, weights: Sequence[Fraction | int]) -> list[Decimal]:
    """``amount`` in proportion to ``weights``; the parts add up to it exactly.

    Each part is the difference of two cumulated rounded sums, so no part is further than one cent from its exact share.
    Raises ``ValueError`` when a weight is negative or all are zero.
    """
    common = lcm(*(weight.denominator for weight in weights))
    whole = [weight.numerator * (common // weight.denominator) for weight in weights]
    total = sum(whole)
    if total <= 0 or any(weight < 0 for weight in whole):
        raise ValueError("weights are positive or zero, and one at least is positive")
    numerator, denominator = amount.as_integer_ratio()
    parts, reached, given = [], 0, ZERO
    for weight in whole:
        reached += weight
        upto = _rounded(numerator * reached, denominator * total)
        parts.append(upto - given)
        given = upto
    return parts


def percent(text: str | int | Decimal) -> Fraction:
    """The exact fraction of a percentage: ``percent("33.5")`` is 67/200. A fraction is one of the whole: ``"1/3"`` is a
    third, that no percentage writes. Raises ``ValueError`` on what is neither."""
    if isinstance(text, str) and "/" in text:
        try:
            return Fraction(text.replace(" ", ""))
        except ZeroDivisionError:
            raise ValueError(f"{text!r} divides by zero") from None
    return Fraction(text) / 100


def _rounded(numerator: int, denominator: int) -> Decimal:
    """Integer arithmetic only: no decimal context can lose a digit of a large amount."""
    whole = (200 * abs(numerator) + denominator) // (2 * denominator)
    return Decimal(f"{'-' if numerator < 0 and whole else ''}{whole // 100}.{whole % 100:02d}")
