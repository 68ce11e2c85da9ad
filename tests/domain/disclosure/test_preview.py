"""Before a breakdown is promised: how much of it would be hidden, and what else could be asked for."""

import itertools

from avenant.domain.disclosure import TOTAL, Axis, assess, cross, preview, protect
from avenant.domain.disclosure.preview import ACCEPTABLE, Feasibility

SERVICES = Axis.flat("service", [f"s{rank:02d}" for rank in range(14)], owners=True)
AGES = Axis.flat("âge", ["-25", "25-44", "45-54", "55+"])
SECTORS = Axis(
    "secteur", {"Q": TOTAL, "C": TOTAL, **dict.fromkeys(["86", "87", "88"], "Q"), **dict.fromkeys(["10", "25"], "C")}
)


def even(axes, persons):
    return dict.fromkeys(itertools.product(*(axis.leaves for axis in axes)), persons)


def test_a_fine_breakdown_is_refused_and_simpler_ones_are_proposed():
    axes = (SERVICES, AGES, SECTORS)
    found = preview(even(axes, 6), axes)
    assert found.asked.feasibility is Feasibility.REFUSED
    assert found.asked.hidden > 0.4
    assert len(found.proposals) == 2
    assert all(one.hidden <= ACCEPTABLE for one in found.proposals)
    assert found.sentence().startswith("Au moins ")
    assert "En voici deux qui ne le seraient presque pas" in found.sentence()


def test_a_coarser_level_is_a_proposal():
    axes = (SERVICES, SECTORS)
    found = preview(even(axes, 8), axes)
    assert found.proposals[0].axes == (SERVICES, SECTORS.coarser())


def test_a_breakdown_with_many_persons_is_feasible():
    axes = (SERVICES, AGES)
    found = preview(even(axes, 40), axes)
    assert found.asked.feasibility is Feasibility.FEASIBLE
    assert found.asked.hidden == 0
    assert found.proposals == ()


def test_limits_of_the_mean():
    """1.5 and 3 thresholds a place: below is refused, between is doubtful, at 3 is feasible."""
    axes = (AGES,)
    outcome = {persons: preview(even(axes, persons), axes).asked.feasibility for persons in (16, 17, 32, 33)}
    assert outcome == {
        16: Feasibility.REFUSED,
        17: Feasibility.DOUBTFUL,
        32: Feasibility.DOUBTFUL,
        33: Feasibility.FEASIBLE,
    }


def test_protection_hides_at_least_what_the_preview_says():
    axes = (AGES, SECTORS)
    counts = {place: 8 + 3 * rank for rank, place in enumerate(sorted(even(axes, 0)))}
    said = preview(counts, axes).asked
    protection = protect(assess(cross("personnes", axes, counts)))
    assert len(protection.hidden & set(protection.shown)) >= said.hidden * said.cells
