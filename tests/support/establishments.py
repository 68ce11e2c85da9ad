"""Establishments that do not exist, with SIRET numbers that pass the check."""

from __future__ import annotations

from stdnum import luhn


def make_siret(number: int, *, establishment: int = 1) -> str:
    """The SIRET of an invented enterprise (its SIREN begins with 9) and its ``establishment``-th place."""
    siren = _with_key(f"9{number:07}")
    return _with_key(f"{siren}{establishment:04}")


def make_sirets(count: int, *, start: int = 1) -> list[str]:
    """``count`` establishments of as many enterprises."""
    return [make_siret(number) for number in range(start, start + count)]


def _with_key(digits: str) -> str:
    return digits + str(luhn.calc_check_digit(digits))
