"""The calendar of a region: as many committees as possible, nobody in two places, always the same answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avenant.domain.meetings.planner import (
    Answer,
    Candidate,
    Placed,
    Representative,
    Slot,
    double_bookings,
    propose,
    warnings,
)

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def slot(key: str, *, day: int = 0, hour: int = 0, length: float = 2) -> Slot:
    start = START + timedelta(days=day, hours=hour)
    return Slot(key, start, start + timedelta(hours=length))


def people(*unavailable: str) -> list[Representative]:
    return [Representative("d1", "dreets", frozenset(unavailable)), Representative("c1", "carsat")]


def answers_of(number: int, slots: list[Slot]) -> dict[str, Answer]:
    """A service that can meet in a few slots only, never all the same as another's."""
    return {slots[(number * 3 + step * step) % len(slots)].key: Answer.YES for step in range(9)}


@pytest.mark.req("S3-7-06")
def test_fourteen_committees_have_fourteen_sessions_without_double_booking() -> None:
    slots = [slot(f"s{day}", day=day) for day in range(0, 60, 3)]
    candidates = [Candidate(f"k{n}", f"Service {n}", answers_of(n, slots)) for n in range(14)]
    found = propose(candidates, slots, people("s0", "s3"))
    assert found is not None
    assert found.unplaced == ()
    assert len({one.slot for one in found.placed.values()}) == 14
    by_key = {one.key: one for one in slots}
    assert double_bookings(found.placed, by_key) == []
    assert not {"s0", "s3"} & {one.slot for one in found.placed.values()}, "the labour directorate cannot"
    assert warnings(candidates, found.placed, by_key, first=date(2026, 3, 1), last=date(2026, 4, 30)) == []
    assert propose(candidates, slots, people("s0", "s3")) == found


@pytest.mark.req("S3-7-06")
def test_publishing_before_all_are_heard_names_those_who_are_not() -> None:
    slots = [slot("a"), slot("b", day=1)]
    candidates = [
        Candidate("k1", "Val d’Issole", {"a": Answer.YES}),
        Candidate("k2", "Ventarelle"),
        Candidate("k3", "Rochelune"),
    ]
    found = propose(candidates, slots, people())
    assert found is not None
    by_key = {one.key: one for one in slots}
    found_warnings = warnings(candidates, found.placed, by_key, first=date(2026, 3, 1), last=date(2026, 4, 30))
    told = {one.code: one.sentence for one in found_warnings}
    assert told["not_consulted"] == "N’a pas encore été entendu : Ventarelle et Rochelune."
    assert "Rochelune" in told["below_minimum"] or "Ventarelle" in told["below_minimum"]


def test_two_overlapping_slots_need_two_representatives_of_each() -> None:
    slots = [slot("a"), slot("b", hour=1)]
    candidates = [Candidate(key, key, {"a": Answer.YES, "b": Answer.YES}) for key in ("k1", "k2")]
    alone = propose(candidates, slots, people())
    assert alone is not None
    assert len(alone.placed) == 1
    both = [*people(), Representative("d2", "dreets"), Representative("c2", "carsat")]
    found = propose(candidates, slots, both)
    assert found is not None
    assert len(found.placed) == 2
    assert double_bookings(found.placed, {one.key: one for one in slots}) == []


def test_slots_that_touch_do_not_overlap() -> None:
    slots = [slot("a"), slot("b", hour=2)]
    found = propose([Candidate(key, key, {"a": Answer.YES, "b": Answer.YES}) for key in ("k1", "k2")], slots, people())
    assert found is not None
    assert len(found.placed) == 2


def test_a_better_answer_goes_before_an_earlier_slot() -> None:
    slots = [slot("a"), slot("b", day=1)]
    found = propose([Candidate("k", "k", {"a": Answer.IF_NEEDED, "b": Answer.YES})], slots, people())
    assert found is not None
    assert found.placed["k"].slot == "b"


def test_a_place_by_hand_is_held_even_when_the_service_said_no_and_warned_of() -> None:
    slots = [slot("a"), slot("b", day=1)]
    candidates = [Candidate("k", "Val d’Issole", {"a": Answer.YES})]
    found = propose(candidates, slots, people(), fixed={"k": "b"})
    assert found is not None
    assert found.placed["k"].slot == "b"
    told = warnings(
        candidates, found.placed, {one.key: one for one in slots}, first=date(2026, 3, 1), last=date(2026, 3, 2)
    )
    assert {one.code for one in told} == {"unavailable", "outside_window"}


def test_what_cannot_be_held_together_is_refused() -> None:
    slots = [slot("a"), slot("b", hour=1)]
    candidates = [Candidate(key, key, {"a": Answer.YES, "b": Answer.YES}) for key in ("k1", "k2")]
    assert propose(candidates, slots, people(), fixed={"k1": "a", "k2": "b"}) is None
    assert propose(candidates[:1], slots, people("a"), fixed={"k1": "a"}) is None


def test_nothing_to_place_is_an_empty_calendar() -> None:
    found = propose([], [], people())
    assert found is not None
    assert (found.placed, found.unplaced) == ({}, ())


def test_a_double_booking_is_seen() -> None:
    by_key = {"a": slot("a"), "b": slot("b", hour=1)}
    same = {"k1": Placed("a", {"dreets": "d1"}), "k2": Placed("b", {"dreets": "d1"})}
    assert double_bookings(same, by_key) == [("d1", "k1", "k2")]


@settings(max_examples=30)
@given(st.data())
def test_whatever_the_answers_nobody_is_in_two_places(data: st.DataObject) -> None:
    slots = [
        slot(f"s{n}", day=data.draw(st.integers(0, 3)), hour=data.draw(st.integers(0, 6)))
        for n in range(data.draw(st.integers(1, 8)))
    ]
    keys = [one.key for one in slots]
    answers = st.none() | st.dictionaries(st.sampled_from(keys), st.sampled_from(list(Answer)))
    candidates = [Candidate(f"k{n}", f"k{n}", data.draw(answers)) for n in range(data.draw(st.integers(0, 6)))]
    seated = [
        Representative(f"{authority}{n}", authority, frozenset(data.draw(st.lists(st.sampled_from(keys)))))
        for authority in ("d", "c")
        for n in range(data.draw(st.integers(1, 2)))
    ]
    found = propose(candidates, slots, seated)
    assert found is not None
    by_key, away = {one.key: one for one in slots}, {one.key: one.unavailable for one in seated}
    assert double_bookings(found.placed, by_key) == []
    assert set(found.placed) | set(found.unplaced) == {one.key for one in candidates}
    for key, placed in found.placed.items():
        candidate = next(one for one in candidates if one.key == key)
        assert candidate.takes(by_key[placed.slot])
        assert set(placed.representatives) == {"d", "c"}
        assert all(placed.slot not in away[one] for one in placed.representatives.values())
