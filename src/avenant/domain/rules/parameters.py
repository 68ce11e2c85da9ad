"""The numbers, dates and lists of a call: apart from its rules, so that a form may edit them.

A parameter is written as a text, a whole number, a list or a table; it is read once into an exact value: fractions
for rates, cents for euros. ``None`` is a blank to be filled: the rules that need it answer undetermined.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from avenant.domain.decision import DomainError
from avenant.domain.french import (
    NARROW_SPACE,
    enumerate_in_words,
    format_date,
    format_euros,
    format_moment,
    format_number,
    format_time,
    typeset,
)
from avenant.domain.money import cents, percent


class BadParameter(DomainError):
    """A value that the parameter cannot take; the message says which is expected."""

    def __init__(self, message: str) -> None:
        super().__init__(typeset(message), code="bad_parameter")


class Unit(StrEnum):
    """What a parameter measures, and so how it is written, bounded and shown."""

    PERCENT = "percent"
    EUROS = "euros"
    COUNT = "count"
    MONTHS = "months"
    YEARS = "years"
    DATE = "date"
    MOMENT = "moment"
    DAY = "day"
    CODES = "codes"
    CHOICE = "choice"
    PERCENTS = "percents"
    EUROS_BY = "euros_by"
    PERCENT_BY = "percent_by"
    YES_NO = "yes_no"


_COUNTED: Final = {Unit.COUNT: "", Unit.MONTHS: "mois", Unit.YEARS: "ans"}
_RATES: Final = frozenset({Unit.PERCENT, Unit.PERCENTS, Unit.PERCENT_BY})


def _whole(raw: Any) -> int:
    if type(raw) is not int:
        raise BadParameter(f"{raw!r} n'est pas un nombre entier.")
    return raw


def _exact(raw: Any, make: Callable[[Any], Any], words: str) -> Any:
    if isinstance(raw, bool | float) or not isinstance(raw, int | str):
        raise BadParameter(f"{raw!r} n'est pas {words}.")
    try:
        return make(raw)
    except (ValueError, ArithmeticError):
        raise BadParameter(f"{raw!r} n'est pas {words}.") from None


def _euros(raw: Any) -> Decimal:
    amount: Decimal = _exact(raw, cents, "un montant")
    if amount != Decimal(raw):
        raise BadParameter(f"{raw!r} a plus de deux décimales.")
    return amount


def _percent(raw: Any) -> Fraction:
    rate: Fraction = _exact(raw, percent, "un taux en pour cent, ni une fraction comme 1/3")
    return rate


def _day_of_year(raw: Any) -> tuple[int, int]:
    if not isinstance(raw, str) or not re.fullmatch(r"[0-9]{2}-[0-9]{2}", raw):
        raise BadParameter(f"{raw!r} n'est pas un jour de l'année : écrivez « 03-30 » pour le 30 mars.")
    month, day = int(raw[:2]), int(raw[3:])
    try:
        date(2023, month, day)
    except ValueError:
        raise BadParameter(f"{raw!r} n'est pas un jour de toutes les années.") from None
    return month, day


def _local(raw: Any) -> datetime:
    moment: datetime = _exact(raw, datetime.fromisoformat, "un instant : écrivez « 2023-11-06T23:59:59 »")
    if moment.tzinfo is not None:
        raise BadParameter(f"{raw!r} porte un fuseau : l'instant s'écrit à l'heure locale de l'appel.")
    return moment


def _codes(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple) or not all(isinstance(one, str) for one in raw):
        raise BadParameter("une liste de codes est attendue.")
    return tuple(raw)


def _percents(raw: Any) -> tuple[Fraction, ...]:
    if not isinstance(raw, list | tuple):
        raise BadParameter("une liste de taux est attendue.")
    parts = tuple(_percent(one) for one in raw)
    if sum(parts) != 1 or any(one <= 0 for one in parts):
        raise BadParameter(
            f"les parts sont positives et font 100 % ensemble ; ici {rate_in_words(Fraction(sum(parts)))}."
        )
    return parts


def _by(inner: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    def check(raw: Any) -> dict[str, Any]:
        if not isinstance(raw, Mapping):
            raise BadParameter("une table de valeurs par code est attendue.")
        return {str(code): inner(value) for code, value in raw.items()}

    return check


def _choice(raw: Any) -> str:
    if not isinstance(raw, str):
        raise BadParameter(f"{raw!r} n'est pas un choix.")
    return raw


def _yes_no(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise BadParameter(f"{raw!r} n'est ni oui ni non.")
    return raw


_READERS: Final[dict[Unit, Callable[[Any], Any]]] = {
    Unit.PERCENT: _percent,
    Unit.EUROS: _euros,
    Unit.COUNT: _whole,
    Unit.MONTHS: _whole,
    Unit.YEARS: _whole,
    Unit.DATE: lambda raw: _exact(raw, date.fromisoformat, "une date : écrivez « 2026-03-31 »"),
    Unit.MOMENT: _local,
    Unit.DAY: _day_of_year,
    Unit.CODES: _codes,
    Unit.CHOICE: _choice,
    Unit.PERCENTS: _percents,
    Unit.EUROS_BY: _by(_euros),
    Unit.PERCENT_BY: _by(_percent),
    Unit.YES_NO: _yes_no,
}
_BOUNDED: Final = {Unit.PERCENT, Unit.EUROS, Unit.COUNT, Unit.MONTHS, Unit.YEARS, Unit.DATE, Unit.MOMENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One value of the call: its name for the rules, its French label and unit for the form, its article.

    ``minimum`` and ``maximum`` bound it, ``choices`` are the codes and labels of a choice. ``value`` is exact, or None
    while it is to be fixed.
    """

    name: str
    label: str
    unit: Unit
    article: str = ""
    note: str = ""
    minimum: Any = None
    maximum: Any = None
    choices: Mapping[str, str] | None = None
    value: Any = None

    def read(self, raw: Any) -> Any:
        """The exact value of what was written; None stays a blank. Raises :class:`BadParameter`."""
        if raw is None:
            return None
        try:
            value = _READERS[self.unit](raw)
            if self.choices is not None and value not in self.choices:
                raise BadParameter(f"{raw!r} n'est pas un des choix : {', '.join(self.choices)}.")
            if self.minimum is not None and value < self.minimum:
                raise BadParameter(f"{self.show(value)} est en dessous du minimum, {self.show(self.minimum)}.")
            if self.maximum is not None and value > self.maximum:
                raise BadParameter(f"{self.show(value)} dépasse le maximum, {self.show(self.maximum)}.")
        except BadParameter as error:
            raise BadParameter(f"{self.label} : {error.message}") from None
        return value

    def show(self, value: Any) -> str:
        """The value as a French reader expects it; « à fixer » for a blank."""
        return "à fixer" if value is None else in_words(value, self.unit, self.choices)


def bounded(unit: Unit) -> bool:
    """Does a parameter of this unit have a minimum and a maximum."""
    return unit in _BOUNDED


def read_bound(unit: Unit, raw: Any) -> Any:
    """The exact value of a bound written as the parameter is."""
    return _READERS[unit](raw)


def exact_rate_in_words(rate: Fraction) -> str:
    """« 40 % », « 1/3 (33,33 %) »: a rate that no percentage writes is told by its fraction."""
    words = rate_in_words(rate)
    return words if (rate * 10000).denominator == 1 else f"{rate.numerator}/{rate.denominator} ({words})"


def rate_in_words(rate: Fraction) -> str:
    """« 40 % », « 33,33 % »: two decimals at most, none when the rate is whole."""
    scaled = rate * 100
    if scaled.denominator == 1:
        return f"{format_number(int(scaled))}{NARROW_SPACE}%"
    rounded = cents(scaled).normalize()
    return f"{format_number(rounded)}{NARROW_SPACE}%"


def moment_in_words(moment: datetime) -> str:
    """« 6 novembre 2023 à 23 h 59 », and the seconds when they are neither the first nor the last of their minute."""
    seconds = (
        f"{NARROW_SPACE}min{NARROW_SPACE}{moment.second:02}{NARROW_SPACE}s" if moment.second not in (0, 59) else ""
    )
    return f"{format_date(moment)} à {format_time(moment.timetz())}{seconds}"


def in_words(value: Any, unit: Unit | None = None, choices: Mapping[str, str] | None = None) -> str:
    """A value of a rule or of a fact, in French, by its unit or else by its type."""
    if isinstance(value, str):
        return (choices or {}).get(value, value)
    if isinstance(value, Fraction) and unit in _RATES:
        return exact_rate_in_words(value)
    if isinstance(value, tuple):
        if unit is Unit.DAY:
            return f"chaque {format_date(date(2023, value[0], value[1])).rsplit(' ', 1)[0]}"
        return enumerate_in_words([in_words(one, unit) for one in value]) or "aucun"
    if isinstance(value, Mapping):
        return " ; ".join(f"{code} : {in_words(one, unit)}" for code, one in value.items()) or "aucun"
    if isinstance(value, int) and unit in _COUNTED and _COUNTED[unit]:
        return f"{format_number(value)} {_COUNTED[unit]}"
    return _single_in_words(value)


def _single_in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int):
        return format_number(value)
    if isinstance(value, Decimal):
        return format_euros(value)
    if isinstance(value, Fraction):
        return rate_in_words(value)
    if isinstance(value, datetime):
        return moment_in_words(value) if value.tzinfo is None else format_moment(value)
    if isinstance(value, date):
        return format_date(value)
    return str(value)
