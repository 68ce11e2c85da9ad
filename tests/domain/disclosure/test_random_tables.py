"""What always holds, on random linked tables, against an attacker that shares nothing with the library."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.disclosure.attacker import deduced

from avenant.domain.disclosure import (
    Axis,
    DisclosureError,
    Method,
    Publication,
    Rules,
    assess,
    audit,
    audit_pattern,
    controlled_rounding,
    cross,
    insiders,
    is_rounded,
    of_which,
    protect,
    range_of,
    together,
    unproved,
)

THRESHOLD, MOST = 3, 9
"""A small threshold and small cells, so that the other attacker can try every table."""

RULES = Rules(persons=THRESHOLD, establishments=0, dominance=0)
COMMON = settings(max_examples=25)

small = st.lists(st.integers(0, 5), min_size=6, max_size=6)


def crossed(measure, numbers, owners=False):
    rows, columns = Axis.flat("r", ["1", "2"], owners=owners), Axis.flat("c", ["1", "2", "3"])
    places = [(row, column) for row in "12" for column in "123"]
    return cross(measure, (rows, columns), dict(zip(places, numbers, strict=True)))


def linked(numbers, others):
    """Two tables of one measure that share the margin c; the second cuts it otherwise."""
    first = crossed("n", numbers)
    margin = [numbers[column] + numbers[3 + column] for column in range(3)]
    counts = {}
    for column, total in enumerate(margin):
        part = min(others[column], total)
        counts[str(column + 1), "a"], counts[str(column + 1), "b"] = part, total - part
    second = cross("n", (Axis.flat("c", ["1", "2", "3"]), Axis.flat("s", ["a", "b"])), counts)
    return together(first, second)


def bounded(publication):
    """Readers know that nothing exceeds ten times the largest cell: it keeps the other attacker's trials finite."""
    cells = (replace(cell, ceiling=max(MOST, 2 * cell.value)) for cell in publication.cells.values())
    return Publication.of(cells, publication.equations, publication.grids)


def seen_by(publication, hidden, knows):
    return {
        key: cell.value if key in knows or (key not in hidden and cell.showing != "never") else None
        for key, cell in publication.cells.items()
    }


def check_against_trials(assessment, hidden):
    publication = assessment.publication
    bounds = {key: (cell.floor, cell.ceiling or 4 * MOST) for key, cell in publication.cells.items()}
    sums = [(equation.left, equation.right) for equation in publication.equations]
    attackers = {attacker.name: attacker for attacker in assessment.attackers}
    for requirement in assessment.requirements[:3]:
        for name in requirement.against:
            shown = seen_by(publication, hidden, attackers[name].knows)
            low, high = deduced(shown, bounds, sums, requirement.key)
            assert low <= requirement.low
            assert requirement.high <= high


@COMMON
@given(small)
def test_a_released_table_resists_someone_who_tries_every_table(numbers):
    assessment = assess(bounded(crossed("n", numbers)), RULES)
    outcome = audit(protect(assessment))
    if outcome.safe:
        check_against_trials(assessment, outcome.hidden)


@COMMON
@given(small, st.lists(st.integers(0, 5), min_size=3, max_size=3), st.sampled_from(Method))
def test_linked_tables_by_every_engine(numbers, others, method):
    assessment = assess(linked(numbers, others), RULES)
    outcome = audit(protect(assessment, method=method))
    assert outcome.safe is not bool(unproved(assessment, outcome.hidden, outcome.proofs))
    if outcome.safe:
        for requirement in assessment.requirements:
            low, high = range_of(assessment.publication, outcome.hidden, requirement.key)
            assert low <= requirement.low
            assert high is None or requirement.high <= high


@COMMON
@given(small)
def test_services_learn_no_more_of_each_other(numbers):
    publication = crossed("n", numbers, owners=True)
    assessment = assess(publication, RULES, insiders=insiders(publication))
    outcome = audit(protect(assessment))
    if outcome.safe:
        attackers = {attacker.name: attacker for attacker in assessment.attackers}
        for requirement in assessment.requirements:
            for name in requirement.against:
                low, high = range_of(assessment.publication, outcome.hidden, requirement.key, attackers[name].knows)
                assert low <= requirement.low
                assert high is None or requirement.high <= high


@COMMON
@given(small)
def test_a_refusal_names_what_is_deduced(numbers):
    """Hiding only the sensitive cells is rarely enough, and the audit must then say so."""
    assessment = assess(bounded(crossed("n", numbers)), RULES)
    outcome = audit_pattern(assessment, assessment.primary)
    for breach in outcome.breaches:
        low, high = breach.deduced
        assert low > breach.requirement.low or (high is not None and high < breach.requirement.high)


@COMMON
@given(small, small)
def test_the_same_input_gives_the_same_output_in_any_order(numbers, others):
    first, second = crossed("n", numbers), crossed("m", others)
    one = protect(assess(together(first, second), RULES))
    two = protect(assess(together(second, first), RULES))
    assert (one.hidden, one.proofs) == (two.hidden, two.proofs)


@COMMON
@given(small, st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_parts_and_wholes_are_protected_together(numbers, parts):
    whole = crossed("n", numbers)
    part = crossed("part", [min(one, other) for one, other in zip(parts, numbers, strict=True)])
    assessment = assess(of_which(together(whole, part), "part", "n"), RULES)
    outcome = audit(protect(assessment))
    if outcome.safe:
        for requirement in assessment.requirements:
            low, high = range_of(assessment.publication, outcome.hidden, requirement.key)
            assert low <= requirement.low
            assert high is None or requirement.high <= high


@COMMON
@given(st.lists(st.integers(0, 60), min_size=6, max_size=6), st.integers(2, 10))
def test_rounded_tables_stay_additive_and_close(numbers, base):
    publication = crossed("n", numbers)
    rounded = controlled_rounding(publication, base)
    assert is_rounded(publication, rounded, base)
    assert all(abs(rounded[key] - cell.value) < base for key, cell in publication.cells.items())


@COMMON
@given(small, st.lists(st.integers(0, 5), min_size=3, max_size=3), st.sampled_from(Method))
def test_a_refusal_means_that_even_hiding_everything_would_not_do(numbers, others, method):
    assessment = assess(linked(numbers, others), RULES)
    if not audit(protect(assessment, method=method)).safe:
        assert not audit_pattern(assessment, frozenset(assessment.publication.cells)).safe


def test_a_table_that_does_not_add_up_is_refused():
    with pytest.raises(DisclosureError) as caught:
        cross("n", (Axis.flat("r", "ab"),), {("a",): 1, ("b",): 2, ("Total",): 4})
    assert caught.value.code == "not_additive"
