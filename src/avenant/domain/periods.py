"""Spans of days, months that end early, and the working days of France."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from avenant.domain.decision import DomainError
from avenant.domain.french import format_date


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from ``start`` included to ``end`` excluded. Raises ValueError when it holds no day."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"a period ends after it starts: {self.start} – {self.end}")

    @classmethod
    def through(cls, first: date, last: date) -> Period:
        """The period of a text that names its last day: « du 1er janvier au 31 décembre »."""
        return cls(first, last + timedelta(days=1))

    @classmethod
    def of_year(cls, year: int) -> Period:
        """The calendar year, 1 January to 31 December."""
        return cls(date(year, 1, 1), date(year + 1, 1, 1))

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def overlaps(self, other: Period) -> bool:
        return self.start < other.end and other.start < self.end

    def years(self) -> range:
        """The calendar years that the period touches."""
        return range(self.start.year, self.last_day.year + 1)


def refuse_to_come(day: date, today: date, *, code: str = "in_the_future") -> None:
    """Refuse a day after ``today`` for what is told as done. Raises DomainError, ``code`` for the form that asked."""
    if day > today:
        raise DomainError(f"Le {format_date(day)} est à venir\u202f: donnez le jour où cela a eu lieu.", code=code)


def add_months(day: date, months: int) -> date:
    """The same day number ``months`` later, or the last day of a shorter month: 31 August + 6 gives 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus' computation, any year)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    correction = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * correction + 114, 31)
    return date(year, month, day + 1)


_FIXED_HOLIDAYS: Final = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
_EASTER_MONDAY, _ASCENSION, _WHIT_MONDAY = 1, 39, 50
_ABOLITION_OF_SLAVERY: Final = {"971": (5, 27), "972": (5, 22), "973": (6, 10), "974": (12, 20), "976": (4, 27)}
_ALSACE_MOSELLE: Final = frozenset({"57", "67", "68"})


def public_holidays(year: int, department: str = "") -> frozenset[date]:
    """The public holidays of a year (Code du travail, L3133-1), with those proper to a department (INSEE code).

    Overseas departments add the abolition of slavery (L3422-2); Moselle, Bas-Rhin and Haut-Rhin add Good Friday
    and 26 December (L3134-13).
    """
    sunday = easter(year)
    days = {date(year, month, day) for month, day in _FIXED_HOLIDAYS}
    days |= {sunday + timedelta(days=after) for after in (_EASTER_MONDAY, _ASCENSION, _WHIT_MONDAY)}
    if department in _ABOLITION_OF_SLAVERY:
        days.add(date(year, *_ABOLITION_OF_SLAVERY[department]))
    if department in _ALSACE_MOSELLE:
        days |= {sunday - timedelta(days=2), date(year, 12, 26)}
    return frozenset(days)


def is_working_day(day: date, department: str = "") -> bool:
    """Monday to Friday, public holidays excepted (« jour ouvré »)."""
    return day.weekday() < 5 and day not in public_holidays(day.year, department)


def add_working_days(day: date, count: int, department: str = "") -> date:
    """The ``count``-th working day after ``day``; the day itself is not counted. Raises ValueError below 0."""
    if count < 0:
        raise ValueError("working days are counted forward")
    working = (later for later in _days_after(day) if is_working_day(later, department))
    for _ in range(count):
        day = next(working)
    return day


def _days_after(day: date) -> Iterator[date]:
    while True:
        day += timedelta(days=1)
        yield day
