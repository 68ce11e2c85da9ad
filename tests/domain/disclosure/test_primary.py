"""Primary rules at, just below and just above each threshold, and what is left of totals."""

import pytest

from avenant.domain.disclosure import (
    Attacker,
    Axis,
    Cell,
    Count,
    DisclosureError,
    Reason,
    Rules,
    Showing,
    Unit,
    after_release,
    assess,
    audit,
    by_company,
    cross,
    insiders,
    of_which,
    protect,
    range_of,
    together,
)
from avenant.domain.disclosure.primary import judge


def verdict(cell, **rules):
    return judge(cell, Rules(**rules))


@pytest.mark.parametrize(("persons", "sensitive"), [(0, False), (1, True), (10, True), (11, False), (12, False)])
def test_fewer_than_eleven_persons(persons, sensitive):
    found = verdict(Cell("c", persons))
    assert (found is not None) is sensitive
    if found:
        assert found == (Reason.PERSONS, 1, 10)


@pytest.mark.parametrize(("threshold", "sensitive"), [(5, False), (10, False), (11, True)])
def test_the_threshold_is_a_parameter(threshold, sensitive):
    assert (verdict(Cell("c", 10), persons=threshold) is not None) is sensitive


@pytest.mark.parametrize(("count", "sensitive"), [(0, False), (1, True), (2, True), (3, False)])
def test_fewer_than_three_establishments(count, sensitive):
    found = verdict(Cell("c", count, Unit.ESTABLISHMENTS))
    assert (found == (Reason.ESTABLISHMENTS, 1, 2)) is sensitive
    assert (found is not None) is sensitive
    few = verdict(Cell("c", 500, establishments=count))
    assert (few is not None) is sensitive


@pytest.mark.parametrize(("largest", "sensitive"), [(84, False), (85, False), (86, True), (100, True)])
def test_dominance_above_85_percent(largest, sensitive):
    found = verdict(Cell("c", 100, Unit.AMOUNT, establishments=9, largest=largest))
    assert (found is not None) is sensitive
    if found:
        assert found[0] is Reason.DOMINANCE
        assert 85 * found[2] >= 100 * largest > 85 * (found[2] - 1)


def test_dominance_is_of_a_company_not_of_its_establishments():
    """Three SIRET of one SIREN bring 90 of 100: one contributor."""
    amounts = [("11111111100011", 30), ("11111111100029", 30), ("11111111100037", 30), ("22222222200012", 10)]
    assert by_company(amounts) == Count(100, establishments=4, largest=90, second=10)


def test_visits_follow_the_persons_behind_them():
    """Fifteen visits of ten persons are sensitive, of eleven are not; the amount stays uncertain by its margin."""
    assert verdict(Cell("c", 15, Unit.AMOUNT, persons=10)) == (Reason.PERSONS, 13, 17)
    assert verdict(Cell("c", 8, Unit.AMOUNT, persons=3)) == (Reason.PERSONS, 1, 10)
    assert verdict(Cell("c", 15, Unit.AMOUNT, persons=11)) is None


def test_bad_thresholds_are_refused():
    with pytest.raises(DisclosureError):
        Rules(dominance=101)
    with pytest.raises(DisclosureError):
        Rules(persons=-1)


def reasons(assessment):
    return {(one.key, one.reason) for one in assessment.requirements}


@pytest.mark.parametrize(("rest", "sensitive"), [(10, True), (11, False)])
def test_all_but_a_few(rest, sensitive):
    """When all but 10 of a total are in one part, the total or the part is hidden, though neither is small."""
    table = cross("n", (Axis.flat("r", "abc"), Axis.flat("s", "xy")), {
        ("a", "x"): 500, ("b", "x"): rest - 5, ("c", "x"): 5, ("a", "y"): 700, ("b", "y"): 800, ("c", "y"): 900,
    })  # fmt: skip
    assessment = assess(table)
    assert (("n|s=x moins n|r=a|s=x", Reason.COMPLEMENT) in reasons(assessment)) is sensitive
    outcome = audit(protect(assessment))
    assert outcome.safe
    if sensitive:
        assert not {"n|s=x", "n|r=a|s=x"}.isdisjoint(outcome.hidden)


def test_a_category_that_gathers_a_whole_row_is_hidden():
    """All forty of a row have one health category: telling it would tell of each of them."""
    counts = {("x", "tms"): 40, ("x", "rps"): 0, ("y", "tms"): 60, ("y", "rps"): 70, ("z", "tms"): 55, ("z", "rps"): 66}
    plain = cross("n", (Axis.flat("s", "xyz"), Axis.flat("p", ["tms", "rps"])), counts)
    assert reasons(assess(plain)) == set()
    health = cross("n", (Axis.flat("s", "xyz"), Axis.flat("p", ["tms", "rps"], health=True)), counts)
    assessment = assess(health)
    assert reasons(assessment) == {("n|p=rps|s=x", Reason.GROUP)}
    outcome = audit(protect(assessment))
    assert outcome.safe
    assert range_of(health, outcome.hidden, "n|p=rps|s=x")[1] >= 10


def test_a_whole_row_cannot_be_hidden_when_zeros_are_printed():
    counts = {("x", "tms"): 40, ("y", "tms"): 60, ("y", "rps"): 70}
    axes = (Axis.flat("s", "xy"), Axis.flat("p", ["tms", "rps"], health=True))
    outcome = audit(protect(assess(cross("n", axes, counts, zeros_printed=True))))
    assert not outcome.safe
    with pytest.raises(DisclosureError) as refusal:
        outcome.release()
    assert "Regroupez des modalités" in refusal.value.message


def test_a_row_of_25_hides_more_than_its_small_cell():
    """Row total 25 with cells 15 and 10: a second cell is hidden too, so that 10 cannot be deduced."""
    table = cross("n", (Axis.flat("r", "ab"), Axis.flat("s", "xy")), {
        ("a", "x"): 15, ("a", "y"): 10, ("b", "x"): 40, ("b", "y"): 50,
    })  # fmt: skip
    outcome = audit(protect(assess(table)))
    shown = outcome.release()
    assert shown["n|r=a|s=y"] is None
    assert sum(figure is None for key, figure in shown.items() if "r=a" in key) >= 2
    low, high = range_of(outcome.assessment.publication, outcome.hidden, "n|r=a|s=y")
    assert low <= 1
    assert high >= 10


def test_a_cell_of_eleven_is_shown():
    table = cross("n", (Axis.flat("r", "ab"),), {("a",): 11, ("b",): 11})
    assert audit(protect(assess(table))).release() == {"n": 22, "n|r=a": 11, "n|r=b": 11}


SERVICES = {
    ("A", "x"): 195, ("B", "x"): 3, ("C", "x"): 4, ("A", "y"): 90, ("B", "y"): 80, ("C", "y"): 85,
    ("A", "z"): 60, ("B", "z"): 70, ("C", "z"): 75,
}  # fmt: skip


def test_a_service_subtracts_its_own_share():
    """The region shows 202 of which A knows its 195: A must not learn that the others are 7."""
    table = cross("n", (Axis.flat("service", "ABC", owners=True), Axis.flat("s", "xyz")), SERVICES)
    assessment = assess(table, insiders=insiders(table))
    outcome = audit(protect(assessment))
    assert outcome.safe
    knows = next(one.knows for one in assessment.attackers if one.name == "A")
    low, high = range_of(assessment.publication, outcome.hidden, "n|s=x", knows)
    assert low <= 195 + 1
    assert high is None or high >= 195 + 10
    # Against a reader from outside, less is needed: insiders are the stronger attackers.
    assert len(protect(assess(table)).hidden) <= len(outcome.hidden)


def test_a_group_that_owns_two_services_is_one_attacker():
    table = cross("n", (Axis.flat("service", "ABC", owners=True), Axis.flat("s", "xyz")), SERVICES)
    attackers = insiders(table, {"groupe": ["A", "B"]})
    assert [one.name for one in attackers] == ["A", "B", "C", "groupe"]
    assert attackers[3].knows == attackers[0].knows | attackers[1].knows


def test_contractual_totals_are_known_to_the_parties():
    """A party knows the total of each service (contract), not its breakdown: the audit gives it these totals."""
    table = cross("n", (Axis.flat("service", "ABC", owners=True), Axis.flat("s", "xyz")), SERVICES)
    party = Attacker("fonds", frozenset(f"n|service={name}" for name in "ABC"))
    outcome = audit(protect(assess(table, insiders=[party])))
    assert outcome.safe
    low, high = range_of(outcome.assessment.publication, outcome.hidden, "n|s=x|service=B", party.knows)
    assert low <= 1
    assert high >= 10


def test_of_which_keeps_the_rest_secret():
    """104 opinions, of which 100 with dispense: the 4 others are a virtual cell, under the same rule."""
    whole = cross("avis", (Axis.flat("s", "xyz"),), {("x",): 104, ("y",): 150, ("z",): 160})
    part = cross("dispense", (Axis.flat("s", "xyz"),), {("x",): 100, ("y",): 90, ("z",): 95})
    both = of_which(together(whole, part), "dispense", "avis")
    assert both.cells["avis|s=x hors dispense"].showing is Showing.NEVER
    assessment = assess(both)
    assert ("avis|s=x hors dispense", Reason.PERSONS) in reasons(assessment)
    outcome = audit(protect(assessment))
    assert outcome.safe
    assert "avis|s=x hors dispense" not in outcome.release()
    low, high = range_of(assessment.publication, outcome.hidden, "avis|s=x hors dispense")
    assert low <= 1
    assert high >= 10


def test_a_part_larger_than_its_whole_is_refused():
    whole = cross("avis", (Axis.flat("s", "x"),), {("x",): 4})
    part = cross("dispense", (Axis.flat("s", "x"),), {("x",): 5})
    with pytest.raises(DisclosureError) as refusal:
        of_which(together(whole, part), "dispense", "avis")
    assert refusal.value.code == "part_exceeds"


def test_two_releases_do_not_tell_their_difference():
    """A service corrects 40 to 43 after release: showing both would tell of three persons."""
    axes = (Axis.flat("s", "abc"),)
    before = cross("n", axes, {("a",): 40, ("b",): 50, ("c",): 60})
    first = audit(protect(assess(before))).release()
    now = after_release(cross("n", axes, {("a",): 43, ("b",): 50, ("c",): 60}), first, before.values, release="2025")
    assessment = assess(now)
    assert ("n|s=a depuis 2025", Reason.PERSONS) in reasons(assessment)
    outcome = audit(protect(assessment))
    assert outcome.safe
    shown = outcome.release()
    assert shown["n|s=a"] is None
    assert shown["n"] is None
    assert shown["n|s=b"] == 50


def test_what_was_hidden_stays_hidden_in_the_earlier_release():
    axes = (Axis.flat("s", "abc"),)
    table = cross("n", axes, {("a",): 4, ("b",): 5, ("c",): 60})
    first = audit(protect(assess(table))).release()
    again = after_release(table, first, table.values, release="2025")
    outcome = audit(protect(assess(again)))
    assert outcome.safe
    assert [key for key, figure in outcome.release().items() if figure is None] == [
        key for key, figure in first.items() if figure is None
    ]
