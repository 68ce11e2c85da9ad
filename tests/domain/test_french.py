"""Numbers and dates as French readers type and read them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avenant.domain.french import (
    NARROW_SPACE,
    Unreadable,
    enumerate_in_words,
    format_date,
    format_euros,
    format_evolution,
    format_moment,
    format_number,
    format_percentage,
    format_second,
    format_time,
    parse_date,
    parse_integer,
    parse_number,
    typeset,
)

INVISIBLE = " \u00a0\u202f"


@pytest.mark.parametrize("separator", INVISIBLE)
def test_thousands_may_be_apart_by_any_of_the_spaces_that_pages_and_sheets_write(separator: str) -> None:
    assert parse_integer(f"1{separator}391") == 1391
    assert parse_number(f" 12{separator}345{separator}678,5 ") == Decimal("12345678.5")


@pytest.mark.parametrize(
    "typed",
    ["3,5", "3.5", "1.391", "1,391", "-1", "−1", "abc", "", "12 34", "1 39", "1e3", "+5", "٣", "½", "1\n2", "9" * 5000],
)
def test_what_is_not_a_whole_number_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        parse_integer(typed)
    assert refusal.value.message.endswith(".")


def test_a_whole_number_has_a_floor() -> None:
    assert parse_integer("0") == 0
    assert parse_integer("1", minimum=1) == 1
    with pytest.raises(Unreadable, match="au moins égal à 1"):
        parse_integer("0", minimum=1)


def test_a_point_is_never_guessed() -> None:
    with pytest.raises(Unreadable, match="se lit de deux façons"):
        parse_number("1.391")


@given(st.integers(min_value=0, max_value=10**15 - 1))
def test_what_is_written_is_read_back(number: int) -> None:
    assert parse_integer(format_number(number)) == number


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=3))
def test_a_decimal_that_is_written_is_read_back(number: Decimal) -> None:
    assert parse_number(format_number(number)) == number


@given(st.text())
def test_any_text_is_a_number_or_a_polite_refusal(typed: str) -> None:
    with suppress(Unreadable):
        assert parse_integer(typed) >= 0


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (format_number(30), "30"),
        (format_number(1391), "1 391"),
        (format_number(Decimal("-1391.50")), "−1 391,50"),
        (format_number(Decimal("0.125"), decimals=2), "0,13"),
        (format_percentage(Decimal("0.25")), "25,0 %"),
        (format_percentage(Decimal(1) / 3), "33,3 %"),
        (format_euros(Decimal(120000)), "120 000,00 €"),
        (format_evolution(200, 231), "+ 15,5 %"),
        (format_evolution(100, 88), "− 12,0 %"),
        (format_evolution(100, 299), "+ 199,0 %"),
        (format_evolution(100, 300), "× 3,0"),
        (format_evolution(100, 320), "× 3,2"),
        (format_evolution(100, 0), "− 100,0 %"),
        (format_evolution(7, 7), "stable"),
        (format_evolution(0, 7), "non calculable"),
        (format_time(time(16, 2)), "16 h 02"),
        (format_date(date(2026, 3, 12)), "12 mars 2026"),
        (format_date(date(2026, 3, 1)), "1er mars 2026"),
    ],
)
def test_written_figures(written: str, expected: str) -> None:
    assert written.replace(NARROW_SPACE, " ") == expected
    assert "\u00a0" not in written


def test_an_instant_says_its_zone() -> None:
    closing = datetime(2023, 11, 6, 23, 59, tzinfo=ZoneInfo("America/Guadeloupe"))
    assert format_moment(closing).replace(NARROW_SPACE, " ") == "6 novembre 2023 à 23 h 59, heure de Guadeloupe"
    second = format_second(closing.replace(second=7)).replace(NARROW_SPACE, " ")
    assert second == "6 novembre 2023 à 23 h 59 min 07 s, heure de Guadeloupe"
    assert format_moment(datetime(2026, 1, 2, 8, 0, tzinfo=UTC)).endswith("UTC+00:00")
    with pytest.raises(ValueError):
        format_moment(datetime(2026, 1, 2, 8, 0))


@pytest.mark.parametrize("typed", ["12/03/2026", "12.3.2026", "2026-03-12"])
def test_dates_are_read(typed: str) -> None:
    assert parse_date(typed) == date(2026, 3, 12)


@pytest.mark.parametrize("typed", ["31/02/2026", "12 mars", "", "2026-13-01", "01/01/0000"])
def test_days_that_do_not_exist_are_refused(typed: str) -> None:
    with pytest.raises(Unreadable):
        parse_date(typed)


def test_a_refusal_does_not_repeat_a_long_text() -> None:
    with pytest.raises(Unreadable) as refusal:
        parse_number("x" * 5000)
    assert len(refusal.value.message) < 150


def test_typography_and_lists() -> None:
    assert typeset("L'écart : « 5 % » ?") == "L’écart\u202f: «\u202f5\u202f%\u202f»\u202f?"
    assert typeset(typeset("L'écart : 5 %")) == typeset("L'écart : 5 %")
    assert enumerate_in_words([]) == ""
    assert enumerate_in_words(["a"]) == "a"
    assert enumerate_in_words(["a", "b", "c"]) == "a, b et c"
