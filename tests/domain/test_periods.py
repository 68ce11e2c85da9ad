"""Half-open periods, months clipped to their last day, working days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avenant.domain.decision import DomainError
from avenant.domain.periods import (
    Period,
    add_months,
    add_working_days,
    easter,
    is_working_day,
    public_holidays,
    refuse_to_come,
)


def test_a_period_holds_its_first_day_and_not_its_end() -> None:
    year = Period.of_year(2025)
    assert year == Period.through(date(2025, 1, 1), date(2025, 12, 31))
    assert date(2025, 1, 1) in year
    assert date(2025, 12, 31) in year
    assert date(2026, 1, 1) not in year
    assert year.last_day == date(2025, 12, 31)
    assert not year.overlaps(Period.of_year(2026))
    assert year.overlaps(Period.through(date(2025, 12, 31), date(2026, 1, 1)))


def test_a_period_holds_a_day() -> None:
    with pytest.raises(ValueError):
        Period(date(2025, 1, 1), date(2025, 1, 1))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2025, 8, 30), 6, date(2026, 2, 28)),
        (date(2025, 8, 28), 6, date(2026, 2, 28)),
        (date(2025, 12, 31), 12, date(2026, 12, 31)),
        (date(2025, 1, 31), -2, date(2024, 11, 30)),
        (date(2025, 11, 30), 1, date(2025, 12, 30)),
    ],
)
def test_months_end_on_their_last_day(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 600))
def test_adding_months_reaches_the_right_month_on_no_later_day_number(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day


@pytest.mark.parametrize("sunday", [date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2038, 4, 25)])
def test_easter(sunday: date) -> None:
    assert easter(sunday.year) == sunday


def test_the_eleven_holidays_and_those_of_departments() -> None:
    assert public_holidays(2026) == {
        date(2026, 1, 1),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 5, 8),
        date(2026, 5, 14),
        date(2026, 5, 25),
        date(2026, 7, 14),
        date(2026, 8, 15),
        date(2026, 11, 1),
        date(2026, 11, 11),
        date(2026, 12, 25),
    }
    assert public_holidays(2026, "971") - public_holidays(2026) == {date(2026, 5, 27)}
    assert public_holidays(2026, "67") - public_holidays(2026) == {date(2026, 4, 3), date(2026, 12, 26)}


def test_five_working_days_leap_over_easter() -> None:
    assert add_working_days(date(2026, 4, 3), 5) == date(2026, 4, 13)
    assert add_working_days(date(2026, 4, 3), 0) == date(2026, 4, 3)
    assert add_working_days(date(2026, 5, 26), 1) == date(2026, 5, 27)
    assert add_working_days(date(2026, 5, 26), 1, "971") == date(2026, 5, 28)
    with pytest.raises(ValueError):
        add_working_days(date(2026, 4, 3), -1)


@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.integers(1, 30))
def test_working_days_are_counted_one_by_one(day: date, count: int) -> None:
    last = add_working_days(day, count)
    between = [day + timedelta(days=n) for n in range(1, (last - day).days + 1)]
    assert sum(map(is_working_day, between)) == count
    assert is_working_day(last)


def test_what_is_told_as_done_has_taken_place() -> None:
    today = date(2026, 3, 3)
    refuse_to_come(date(2026, 3, 2), today)
    refuse_to_come(today, today)
    with pytest.raises(DomainError, match="Le 4 mars 2026 est à venir") as refused:
        refuse_to_come(date(2026, 3, 4), today, code="on")
    assert refused.value.code == "on"
