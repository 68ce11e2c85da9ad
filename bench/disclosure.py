"""Disclosure control against its bars: ``python -m bench.disclosure [runs]`` from the root of the repository.

Each line: the bar, best and median wall time, best processor time (they differ on a shared machine), the outcome. The
published tables are read from the reference folder beside the repository; their lines are left out when it is absent.
"""

from __future__ import annotations

import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator

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


def cases() -> Iterator[tuple[str, str, Callable[[], str]]]:
    """Name, bar, and what is run."""
    if published.FOLDER:
        yield "414 cells", "5 s, 60 secondary", lambda: outcome(assess(published.turnover(), INSEE))
        yield "689 cells, 4 dimensions", "10 s, 200 secondary", lambda: outcome(assess(published.pizzas(), INSEE))
    even = {"service": 14, "age": 4, "taille": 4, "raison": 5}

    def table() -> Publication:
        axes, counts = region(even)
        return cross("declarations", axes, counts)

    def inside(publication: Publication) -> str:
        return outcome(assess(publication, insiders=insiders(publication)))

    yield "2,250 cells, outside", "60 s", lambda: outcome(assess(table()))
    yield "2,250 cells, 14 insiders", "60 s", lambda: inside(table())
    yield "campaign, 14 insiders", "60 s", lambda: inside(campaign())

    def look() -> str:
        axes, counts = region({"service": 14, "sexe": 2, "age": 4, "taille": 4, "secteur": 9})
        found = preview(counts, axes)
        return f"{found.asked.cells} cells not empty; {found.sentence()}"

    yield "preview, 11,250 cells", "10 s", look


def main(runs: int = 3) -> None:
    """Print the table."""
    print(f"{'measure':26} {'bar':20} {'best':>7} {'median':>7} {'cpu':>7} {'peak':>7}  outcome")
    for name, bar, run in cases():
        walls, processors, said = [], [], ""
        for _ in range(runs):
            wall, processor = time.perf_counter(), time.process_time()
            said = run()
            walls.append(time.perf_counter() - wall)
            processors.append(time.process_time() - processor)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        times = f"{min(walls):6.1f}s {statistics.median(walls):6.1f}s {min(processors):6.1f}s"
        print(f"{name:26} {bar:20} {times} {peak:4} MB  {said}", flush=True)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
