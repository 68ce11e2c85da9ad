"""What a commitment asks in a year, and how silence is read."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avenant.domain.contracts.keeping import (
    Occurrence,
    Reading,
    Status,
    check_status,
    due_days,
    occurrences,
    parse_day,
    read,
    word_reading,
)
from avenant.domain.decision import DomainError


def test_the_second_half_is_reported_in_the_next_year() -> None:
    assert due_days(["09-30", "03-31"], 2026) == [date(2026, 9, 30), date(2027, 3, 31)]
    assert due_days(["01-15", "07-15"], 2026) == [date(2026, 1, 15), date(2026, 7, 15)]


@pytest.mark.parametrize("text", ["", "9-30", "13-01", "02-29", "09/30", "00-10"])
def test_a_day_is_one_that_every_year_has(text: str) -> None:
    with pytest.raises(DomainError, match="jour de l’année"):
        parse_day(text)


def test_what_each_recurrence_asks() -> None:
    once = date(2022, 11, 30)
    assert occurrences("once", 2022, first=2022, due_on=once) == [Occurrence(due_on=once)]
    assert occurrences("once", 2023, first=2022, due_on=once) == []
    assert occurrences("once", 2025, first=2025) == [Occurrence()]
    assert occurrences("ongoing", 2026, first=2025) == [Occurrence()]
    assert occurrences("yearly", 2026, first=2025, days=["12-15"]) == [Occurrence(due_on=date(2026, 12, 15))]
    assert [one.key for one in occurrences("half_yearly", 2026, first=2025)] == ["S1", "S2"]
    assert [one.key for one in occurrences("yearly", 2026, first=2025, days=["03-01", "09-01"])] == ["03-01", "09-01"]


@given(st.sampled_from(Status), st.integers(0, 3), st.booleans(), st.booleans())
def test_a_means_that_may_be_mobilised_is_never_a_failure(
    status: Status, proofs: int, over: bool, lapsed: bool
) -> None:
    if status in (Status.PARTLY, Status.NOT_HELD):
        with pytest.raises(DomainError):
            check_status(status, "pourquoi", firm=False)
        return
    reading = read(status, firm=False, evidence=proofs, over=over, lapsed=lapsed)
    assert reading is not Reading.UNANSWERED
    assert "tenu" not in word_reading(reading, status, firm=False)
