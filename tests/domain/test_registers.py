"""Each proposal of the registers, at its boundaries."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avenant.domain.registers import RULES, Action, ActionKind, propose

DAY = date(2025, 6, 1)


def act(kind: ActionKind, on: date = DAY, **said: object) -> Action:
    return Action(kind, on, **said)  # type: ignore[arg-type]


def test_signed_agreements_are_counted_in_their_year_only() -> None:
    kind = ActionKind.AGREEMENT_SIGNED
    days = (date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1))
    assert propose([act(kind, day) for day in days], 2025) == {"satdl-1.3.4": {"total": 2}}


def test_informed_professionals_are_added() -> None:
    kind = ActionKind.PROFESSIONALS_INFORMED
    assert propose([act(kind, count=25), act(kind, count=40)], 2025) == {"satdl-1.3.5": {"total": 65}}


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ActionKind.FIPU_ADVICE, "satdl-2.1.3"),
        (ActionKind.DUERP_RECEIVED, "satdl-3.2.1"),
        (ActionKind.PATHWAY, "satdl-3.2.3"),
    ],
)
def test_an_enterprise_met_twice_counts_once(kind: ActionKind, code: str) -> None:
    twice = [act(kind, enterprise="900000001"), act(kind, date(2025, 9, 1), enterprise="900000001")]
    assert propose(twice, 2025) == {code: {"total": 1}}
    assert propose([*twice, act(kind, enterprise="900000002")], 2025) == {code: {"total": 2}}


@pytest.mark.parametrize(
    ("kind", "code"), [(ActionKind.ENTERPRISE_SHEET, "satdl-2.2.1"), (ActionKind.RISK_DOCUMENT, "satdl-2.2.2")]
)
@pytest.mark.parametrize(("headcount", "counted"), [(0, 1), (8, 1), (9, 1), (10, 0), (11, 0), (None, 0)])
def test_a_target_has_less_than_10_employees(kind: ActionKind, code: str, headcount: int | None, counted: int) -> None:
    assert propose([act(kind, enterprise="9", headcount=headcount)], 2025) == {code: {"total": counted}}


def test_referents_are_those_held_on_31_december() -> None:
    kind, last_day = ActionKind.SAFETY_REFERENT, date(2025, 12, 31)
    held = [
        act(kind, enterprise="1", count=3),
        act(kind, last_day, enterprise="2"),
        act(kind, enterprise="3", until=last_day),
        act(kind, date(2019, 1, 1), enterprise="4"),
    ]
    gone = [act(kind, enterprise="5", until=date(2025, 12, 30)), act(kind, date(2026, 1, 1), enterprise="6")]
    assert propose([*held, *gone], 2025) == {"satdl-3.1.2": {"total": 6}}


def test_enterprises_without_a_referent_are_the_members_less_those_with_one() -> None:
    referents = [act(ActionKind.SAFETY_REFERENT, enterprise=str(number % 300), count=1) for number in range(340)]
    members = [act(ActionKind.MEMBER_ENTERPRISES, date(2025, 3, 1), count=900),
               act(ActionKind.MEMBER_ENTERPRISES, date(2025, 12, 31), count=1_000)]  # fmt: skip
    assert propose([*referents, *members], 2025) == {"satdl-3.1.2": {"total": 340}, "satdl-3.1.3": {"total": 700}}
    assert "satdl-3.1.3" not in propose(referents, 2025)
    assert "satdl-3.1.3" not in propose(members, 2025)
    assert "satdl-3.1.3" not in propose([*referents, act(ActionKind.MEMBER_ENTERPRISES, count=299)], 2025)


def test_supports_are_counted_not_enterprises() -> None:
    twice = [act(ActionKind.DUERP_SUPPORT, enterprise="900000001")] * 2
    assert propose(twice, 2025) == {"satdl-3.2.2": {"total": 2}}


def test_a_pathway_counts_in_each_year_it_touches() -> None:
    pathway = [act(ActionKind.PATHWAY, date(2025, 12, 31), until=date(2027, 1, 1), enterprise="900000001")]
    found = {year: propose(pathway, year).get("satdl-3.2.3") for year in (2024, 2025, 2026, 2027, 2028)}
    assert found == {2024: None, 2025: {"total": 1}, 2026: {"total": 1}, 2027: {"total": 1}, 2028: None}


def test_an_empty_register_proposes_nothing() -> None:
    assert propose([], 2025) == {}


def test_a_rule_holds_from_its_first_year() -> None:
    old = [act(ActionKind.WORKSHOP, date(year, 5, 5)) for year in (2024, 2025)]
    assert propose(old, 2024) == {}
    assert propose(old, 2025) == {"satdl-2.3.1": {"total": 1}}


@given(
    st.lists(
        st.builds(
            Action,
            st.sampled_from(ActionKind),
            st.dates(date(2024, 1, 1), date(2026, 12, 31)),
            enterprise=st.sampled_from(["1", "2", "3"]),
            headcount=st.none() | st.integers(0, 20),
            count=st.none() | st.integers(0, 1_000),
        )
    )
)
def test_proposals_are_of_known_indicators_never_negative_and_blind_to_order(actions: list[Action]) -> None:
    found = propose(actions, 2025)
    assert set(found) <= {rule.code for rule in RULES}
    assert all(value >= 0 for parts in found.values() for value in parts.values())
    assert propose(actions[::-1], 2025).keys() == found.keys()
