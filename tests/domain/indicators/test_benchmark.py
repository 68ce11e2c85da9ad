"""A service among the others, under the floor and above it; figures over the years."""

from __future__ import annotations

import statistics
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avenant.domain.indicators import Answer, TrendPoint, position, spread, trend
from avenant.references.indicator_sets import load_catalogue

CATALOGUE = load_catalogue("pdp", "a4", "satdl")


def region(*totals: int) -> dict[str, Answer]:
    return {f"service-{index}": Answer.provided({"total": total}) for index, total in enumerate(totals)}


@pytest.mark.req("S3-6-04")
def test_each_of_the_14_services_of_the_region_finds_its_place() -> None:
    totals = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140]
    for index, total in enumerate(totals):
        placed = position(CATALOGUE["pdp-1.3"], f"service-{index}", region(*totals))
        assert placed.own == total
        assert placed.rank == 14 - index
        assert placed.contributors == 14
        assert placed.spread is not None
        assert placed.spread.median == 75
        assert placed.spread.first_quartile == Decimal("42.5")
        assert placed.spread.third_quartile == Decimal("107.5")


def test_nothing_is_shown_under_five_contributors_the_reader_included() -> None:
    hidden = position(CATALOGUE["pdp-1.3"], "service-0", region(1, 2, 3, 4))
    assert hidden.own == 1
    assert (hidden.rank, hidden.spread, hidden.contributors) == (None, None, 4)
    assert "à partir de 5" in hidden.hidden_because
    shown = position(CATALOGUE["pdp-1.3"], "service-0", region(1, 2, 3, 4, 5))
    assert shown.spread is not None
    assert shown.rank == 5
    assert shown.hidden_because == ""


def test_the_floor_is_a_parameter() -> None:
    assert position(CATALOGUE["pdp-1.3"], "service-0", region(1, 2), floor=3).spread is None
    assert position(CATALOGUE["pdp-1.3"], "service-0", region(1, 2, 3), floor=3).spread is not None


def test_absences_do_not_contribute_and_equal_values_share_a_rank() -> None:
    answers = region(10, 30, 30, 40, 50) | {"silent": Answer.empty(), "unable": Answer.not_available("logiciel")}
    assert position(CATALOGUE["pdp-1.3"], "service-1", answers).rank == 3
    assert position(CATALOGUE["pdp-1.3"], "service-2", answers).rank == 3
    silent = position(CATALOGUE["pdp-1.3"], "silent", answers)
    assert (silent.own, silent.rank, silent.contributors) == (None, None, 5)
    assert position(CATALOGUE["pdp-1.3"], "a", {}).hidden_because.startswith("Aucun service")


def test_a_rate_is_placed_by_its_rate() -> None:
    answers = {
        f"service-{index}": Answer.provided({"numerator": numerator, "denominator": 100 * (index + 1)})
        for index, numerator in enumerate((50, 20, 30, 40, 50))
    }
    placed = position(CATALOGUE["satdl-1.2.3"], "service-0", answers)
    assert (placed.measure, placed.own, placed.rank) == ("rate", Decimal("0.5"), 1)
    assert placed.spread is not None
    assert placed.spread.median == Decimal("0.1")


def test_a_choice_has_no_position() -> None:
    answers = {str(index): Answer.provided({"status": "done"}) for index in range(6)}
    assert position(CATALOGUE["pdp-1.1"], "0", answers).spread is None


@given(st.lists(st.integers(0, 10**6), min_size=5, max_size=40))
def test_quartiles_are_those_of_the_inclusive_method(totals: list[int]) -> None:
    found = spread("total", map(Decimal, totals))
    assert found is not None
    expected = statistics.quantiles([Decimal(total) for total in totals], n=4, method="inclusive")
    assert [found.first_quartile, found.median, found.third_quartile] == expected


def test_a_trend_breaks_where_the_meaning_changes_or_a_year_is_missing() -> None:
    points = [
        TrendPoint(2029, Decimal(5), 2),
        TrendPoint(2025, Decimal(1)),
        TrendPoint(2026, Decimal(2)),
        TrendPoint(2027, None),
        TrendPoint(2028, Decimal(4)),
    ]
    series = trend(points)
    assert [[point.year for point in run] for run in series.runs] == [[2025, 2026], [2028], [2029]]
    assert series.breaks == (2029,)
    assert trend([]).runs == ()
