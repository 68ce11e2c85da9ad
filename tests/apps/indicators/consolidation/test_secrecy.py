"""What is told outside the circle of the authorities: boundaries, complements, tables."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avenant.domain.decision import Severity
from avenant.domain.indicators import (
    Answer,
    Catalogue,
    Component,
    ComponentType,
    Definition,
    Distribution,
    Kind,
    consolidate,
)
from avenant.domain.indicators.consolidation import Coverage
from avenant.domain.indicators.rules import Comparison, Expression, Relation
from avenant.indicators.consolidation.secrecy import withheld, withheld_rows


def counted(code: str, *keys: str, unit: str = "salariés", **more: object) -> Definition:
    components = tuple(Component(key, key, ComponentType.INTEGER) for key in keys or ("total",))
    return Definition(
        code, "set", code, code, Kind.INTEGERS, components, "", "", "volet-1", date(2025, 1, 1), unit=unit, **more
    )  # type: ignore[arg-type]


def hidden(
    definitions: list[Definition],
    totals: dict[str, dict[str, int]],
    rules: tuple[Comparison, ...] = (),
    services: int = 5,
) -> set[str]:
    """The whole of each figure is the first service's; the others say 0."""
    results = {}
    for one in definitions:
        zero = dict.fromkeys(totals[one.code], 0)
        answers = {str(rank): Answer.provided(totals[one.code] if rank == 0 else zero) for rank in range(services)}
        results[one.code] = consolidate(one, answers)
    lost = withheld(Catalogue(definitions, rules), results, floor=5, small=11)
    return {f"{one.code}:{one.part}" for one in lost}


@pytest.mark.parametrize(("number", "told"), [(0, True), (1, False), (10, False), (11, True)])
def test_one_to_ten_persons_are_few(number: int, told: bool) -> None:
    assert (not hidden([counted("a")], {"a": {"total": number}})) is told


def test_few_things_are_told() -> None:
    assert not hidden([counted("a", unit="entreprises")], {"a": {"total": 3}})


@pytest.mark.parametrize(("services", "told"), [(4, False), (5, True)])
def test_a_figure_of_few_services_is_theirs(services: int, told: bool) -> None:
    one = counted("a", unit="entreprises")
    assert (not hidden([one], {"a": {"total": 300}}, services=services)) is told


def within(part: str, whole: str, relation: Relation = Relation.AT_MOST) -> Comparison:
    return Comparison("r", relation, Expression.parse(part), Expression.parse(whole), Severity.BLOCKING, "")


@pytest.mark.parametrize(("part", "told"), [(100, True), (99, False), (90, False), (89, True)])
def test_what_remains_of_a_whole_is_not_few_persons(part: int, told: bool) -> None:
    found = hidden([counted("a"), counted("b")], {"a": {"total": part}, "b": {"total": 100}}, (within("a", "b"),))
    assert (not found) is told
    assert found <= {"a:total"}, "the whole stays"


def test_a_hidden_part_of_a_sum_hides_another() -> None:
    one = counted("a", "total", "x", "y")
    rule = within("a:x + a:y", "a", Relation.EQUALS)
    assert hidden([one], {"a": {"total": 45, "x": 5, "y": 40}}, (rule,)) == {"a:x", "a:y"}
    assert not hidden([one], {"a": {"total": 45, "x": 15, "y": 30}}, (rule,))


def test_a_sum_over_other_services_is_no_sum() -> None:
    rule = within("a", "b", Relation.EQUALS)
    assert hidden([counted("a"), counted("b")], {"a": {"total": 5}, "b": {"total": 100}}, (rule,)) == {"a:total"}


counts = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 40), max_size=8)


@given(counts)
def test_a_total_never_gives_a_row_back(rows: dict[str, int]) -> None:
    table = Distribution(rows, Coverage(("s",)))
    lost = withheld_rows(table, small=11)
    assert {label for label, count in rows.items() if 0 < count < 11} <= lost
    remainder = sum(rows[label] for label in lost)
    others = [label for label, count in rows.items() if count and label not in lost]
    assert not lost or not others or (len(lost) > 1 and remainder >= 11)


@given(st.integers(0, 400), st.integers(0, 400))
def test_no_small_number_is_told_nor_left_by_subtraction(part: int, more: int) -> None:
    whole = part + more
    one = counted("a", "total", "x", "y")
    rule = within("a:x + a:y", "a", Relation.EQUALS)
    figures = {"total": whole, "x": part, "y": more}
    lost = hidden([one], {"a": figures}, (rule,))
    told = {key: value for key, value in figures.items() if f"a:{key}" not in lost}
    assert not any(0 < value < 11 for value in told.values())
    if len(told) == 2:
        missing = next(key for key in figures if key not in told)
        pytest.fail(f"{missing} is given back by subtraction")
