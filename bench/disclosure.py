"""Disclosure control: tables protected, audited and verified by additions, a campaign, a preview.

The published tables are read from the reference folder beside the repository; their lines are left out when it is
absent.
"""

from __future__ import annotations

import random
import resource
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.domain.disclosure import published

from avenant.domain.disclosure import (
    Assessment,
    Axis,
    Publication,
    Rules,
    assess,
    audit,
    cross,
    insiders,
    preview,
    protect,
    together,
    unproved,
)
from bench.figures import Figure, measured

RUNS = 3
DECLARATIONS = 14_871
"""Declarations of one year in a region of fourteen services."""

INSEE = Rules(persons=0, complement=False, group=False, dominance_margin=10)


def region(
    sizes: dict[str, int], declarations: int = DECLARATIONS
) -> tuple[tuple[Axis, ...], dict[tuple[str, ...], int]]:
    """Synthetic declarations by place: services drawn evenly, other categories skewed as real ones are."""
    chance = random.Random(2025)  # noqa: S311
    axes = tuple(
        Axis.flat(name, [f"{name}-{rank:02d}" for rank in range(size)], owners=name == "service")
        for name, size in sizes.items()
    )
    weights = [[1.0 if axis.owners else 1.0 / (rank + 2) for rank in range(len(axis.leaves))] for axis in axes]
    columns = [chance.choices(axis.leaves, weight, k=declarations) for axis, weight in zip(axes, weights, strict=True)]
    counts: dict[tuple[str, ...], int] = {}
    for place in zip(*columns, strict=True):
        counts[place] = counts.get(place, 0) + 1
    return axes, counts


def outcome(assessment: Assessment) -> str:
    """Protect, audit, verify by additions; in words."""
    protection = protect(assessment)
    checked = audit(protection)
    assert checked.safe is not bool(unproved(assessment, checked.hidden, checked.proofs))
    primary, secondary = len(assessment.primary), len(protection.secondary)
    hidden = len(protection.hidden & set(protection.shown))
    share = 100 * hidden / len(protection.shown)
    state = "audited" if checked.safe else f"{len(checked.breaches)} BREACHES"
    return f"{protection.method}: {primary} primary, {secondary} secondary, {share:.0f} % hidden, {state}"


def campaign() -> Publication:
    """Fourteen services, 62 indicators of one figure a service, and three profile tables: a region at once."""
    services = Axis.flat("service", [f"service-{rank:02d}" for rank in range(14)], owners=True)
    chance = random.Random(62)  # noqa: S311
    indicators = [
        cross(f"indicateur-{rank:02d}", (services,), {(name,): chance.randrange(5, 900) for name in services.leaves})
        for rank in range(62)
    ]
    profiles = []
    for rank, sizes in enumerate(({"age": 4, "sexe": 2}, {"taille": 4}, {"secteur": 9})):
        axes, counts = region({"service": 14, **sizes})
        profiles.append(cross(f"profil-{rank}", axes, counts))
    return together(*indicators, *profiles)


def cases() -> Iterator[tuple[str, int, Callable[[], str]]]:
    """Name, bar in seconds, and what is run."""
    if published.FOLDER:
        yield "414 cases, 60 secondaires permises", 5, lambda: outcome(assess(published.turnover(), INSEE))
        yield "689 cases, 200 secondaires permises", 10, lambda: outcome(assess(published.pizzas(), INSEE))
    even = {"service": 14, "age": 4, "taille": 4, "raison": 5}

    def table() -> Publication:
        axes, counts = region(even)
        return cross("declarations", axes, counts)

    def inside(publication: Publication) -> str:
        return outcome(assess(publication, insiders=insiders(publication)))

    yield "2 250 cases, lues du dehors", 60, lambda: outcome(assess(table()))
    yield "2 250 cases, lues par 14 services", 60, lambda: inside(table())
    yield "campagne de 14 services et 62 indicateurs", 60, lambda: inside(campaign())

    def look() -> str:
        axes, counts = region({"service": 14, "sexe": 2, "age": 4, "taille": 4, "secteur": 9})
        found = preview(counts, axes)
        return f"{found.asked.cells} cells not empty; {found.sentence()}"

    yield "aperçu de 11 250 cases", 10, look


def measures() -> Iterator[Figure]:
    """Each case; its note says what came of it."""
    for name, bar, run in cases():
        said: list[str] = []
        one = measured(name, lambda run=run, said=said: said.append(run()), runs=RUNS, bar=1000 * bar)  # type: ignore[misc]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        yield replace(one, note=f"{said[-1]} ; {peak} Mo")
