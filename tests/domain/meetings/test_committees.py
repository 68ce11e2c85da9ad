"""Composition, quorum, yearly plan and window of a committee."""

from __future__ import annotations

from datetime import date

import pytest

from avenant.domain.decision import DomainError
from avenant.domain.meetings.committees import (
    Meeting,
    PlanState,
    Rule,
    SeatFilled,
    Window,
    check_day,
    closing_gaps,
    composition_gaps,
    expected_sessions,
    quorum,
    year_plan,
)

MARTINIQUE = Rule(1)
PACA = Rule(1, Window("03-01", "04-30"))
LEVELS = ("decision", "operational")
INSTITUTIONS = ("ARS", "CGSS", "DEETS")


@pytest.mark.req("S0-8-01")
def test_each_institution_sits_at_both_levels() -> None:
    whole = [SeatFilled(one, level) for one in INSTITUTIONS for level in LEVELS]
    assert len(whole) == 6
    assert composition_gaps(INSTITUTIONS, LEVELS, whole) == ()
    without = [one for one in whole if one != SeatFilled("DEETS", "operational")]
    assert composition_gaps(INSTITUTIONS, LEVELS, without) == (SeatFilled("DEETS", "operational"),)


def test_without_levels_one_seat_an_organisation_is_enough() -> None:
    assert composition_gaps(("DREETS", "Carsat"), (), [SeatFilled("DREETS", "decision")]) == (SeatFilled("Carsat"),)


@pytest.mark.req("S0-8-02")
@pytest.mark.parametrize(
    ("meetings", "state"),
    [
        ([], PlanState.NOT_COMPLIANT),
        ([Meeting(2023, date(2023, 6, 1), held=True)], PlanState.COMPLIANT),
        ([Meeting(2023, date(2023, 6, 1), held=True), Meeting(2023, date(2023, 9, 1), held=True)], PlanState.COMPLIANT),
        ([Meeting(2023, date(2023, 6, 1), cancelled=True)], PlanState.NOT_COMPLIANT),
        ([Meeting(2022, date(2022, 6, 1), held=True)], PlanState.NOT_COMPLIANT),
    ],
)
def test_at_least_one_meeting_a_year(meetings: list[Meeting], state: PlanState) -> None:
    assert year_plan(MARTINIQUE, 2023, meetings, date(2023, 12, 31)).state is state


@pytest.mark.parametrize("rule", [MARTINIQUE, PACA])
def test_nothing_is_missing_of_a_year_that_the_file_does_not_ask_for(rule: Rule) -> None:
    plan = year_plan(rule, 2023, [], date(2023, 12, 31), due=False)
    assert (plan.state, plan.alerts) == (PlanState.NOT_DUE, ())
    assert year_plan(Rule(0), 2023, [], date(2023, 12, 31), due=False).state is PlanState.AT_WILL


def test_a_year_is_judged_on_its_last_day_and_not_the_day_before() -> None:
    assert year_plan(MARTINIQUE, 2023, [], date(2023, 12, 30)).state is PlanState.PENDING
    assert year_plan(MARTINIQUE, 2023, [], date(2023, 12, 31)).state is PlanState.NOT_COMPLIANT


def test_a_body_without_a_minimum_meets_at_will_and_lacks_nothing() -> None:
    for meetings in ([], [Meeting(2026, date(2026, 6, 1), held=True)]):
        plan = year_plan(Rule(0), 2026, meetings, date(2026, 12, 31))
        assert (plan.state, plan.alerts) == (PlanState.AT_WILL, ())


@pytest.mark.req("S0-8-03")
def test_a_year_without_a_planned_session_lacks_its_plan() -> None:
    alerts = year_plan(MARTINIQUE, 2024, [], date(2024, 1, 5)).alerts
    assert alerts == ("Aucune séance n’est planifiée pour 2024 : la planification annuelle manque.",)
    assert year_plan(MARTINIQUE, 2024, [Meeting(2024)], date(2024, 1, 5)).alerts == (), "a month is enough"
    assert year_plan(MARTINIQUE, 2024, [Meeting(2024, date(2024, 5, 2))], date(2024, 1, 5)).alerts == ()
    assert year_plan(MARTINIQUE, 2024, [Meeting(2024, cancelled=True)], date(2024, 1, 5)).alerts == alerts


@pytest.mark.req("S3-7-03")
@pytest.mark.parametrize(
    ("day", "warned"),
    [(date(2026, 2, 28), True), (date(2026, 3, 1), False), (date(2026, 4, 30), False), (date(2026, 5, 1), True)],
)
def test_the_committee_meets_in_march_or_april(day: date, warned: bool) -> None:
    assert bool(check_day(day, date(2026, 1, 5), PACA.window)) is warned
    plan = year_plan(PACA, 2026, [Meeting(2026, day, held=True)], date(2026, 6, 1))
    assert bool(plan.alerts) is warned
    assert plan.state is (PlanState.NOT_COMPLIANT if warned else PlanState.COMPLIANT)


def test_the_window_over_without_a_session_is_not_compliant_before_the_end_of_the_year() -> None:
    assert year_plan(PACA, 2026, [], date(2026, 4, 30)).state is PlanState.PENDING
    assert year_plan(PACA, 2026, [], date(2026, 5, 1)).state is PlanState.NOT_COMPLIANT
    waiting = [Meeting(2026, date(2026, 4, 30))]
    assert year_plan(PACA, 2026, waiting, date(2026, 5, 1)).state is PlanState.PENDING, "held, its record to come"


def test_a_day_that_is_past_is_refused() -> None:
    assert check_day(date(2026, 3, 3), date(2026, 3, 3), None) == ""
    with pytest.raises(DomainError, match="est passé"):
        check_day(date(2026, 3, 2), date(2026, 3, 3), None)


@pytest.mark.req("S3-7-13")
def test_a_contract_calls_for_an_optional_setting_up_then_five_consolidating_sessions() -> None:
    first, *others = expected_sessions(2025, 2029)
    assert (first.year, first.reference_year, first.optional) == (2025, None, True)
    assert [(one.year, one.reference_year) for one in others] == [(year + 1, year) for year in range(2025, 2030)]
    assert not any(one.optional for one in others)


def test_a_quorum_counts_organisations() -> None:
    three = ("DREETS", "Carsat", "Service")
    assert quorum(three, {"DREETS", "Carsat", "Service"}).reached
    found = quorum(three, {"DREETS", "Service"})
    assert (found.reached, found.missing) == (False, ("Carsat",))
    assert quorum(three, {"DREETS", "Service"}, needed=2).reached
    assert not quorum(three, {"Service", "Ailleurs"}, needed=2).reached


def test_what_is_serious_asks_for_a_reason_and_the_rest_is_named() -> None:
    whole = quorum(("DREETS",), {"DREETS"})
    assert closing_gaps(whole, (), ()) == ([], [])
    serious, named = closing_gaps(whole, (SeatFilled("Carsat"),), ("bilan annuel (art. 8)",))
    assert serious == ["La composition est incomplète : Carsat."]
    assert named == ["Point annuel non traité : bilan annuel (art. 8)."]
