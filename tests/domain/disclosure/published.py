"""The two tables of INSEE's rtauargus (MIT licence), read from the reference folder beside the repository."""

import csv
import itertools
from dataclasses import replace
from pathlib import Path

from avenant.domain.disclosure import TOTAL, Axis, Count, Publication, Unit, cross

FOLDER = next(
    (
        parent / "shared/reference/disclosure"
        for parent in Path(__file__).resolve().parents
        if (parent / "shared/reference/disclosure").is_dir()
    ),
    None,
)


def read(name):
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def additive(axes, counts):
    """Totals computed again from whole numbers, since rounding breaks sums."""
    leaves = [set(axis.leaves) for axis in axes]
    sums = dict.fromkeys(counts, 0)
    for place, count in counts.items():
        if all(code in codes for code, codes in zip(place, leaves, strict=True)):
            for above in itertools.product(*(axis.ancestors(code) for axis, code in zip(axes, place, strict=True))):
                sums[above] += count.value
    return {
        place: replace(count, value=sums[place], largest=min(count.largest, sums[place]))
        for place, count in counts.items()
    }


def bounded(publication):
    """The attacker of the published results: he knows that a cell is at most 3 times its value plus 1,000."""
    cells = (replace(cell, floor=0, ceiling=3 * cell.value + 1_000) for cell in publication.cells.values())
    return Publication.of(cells, publication.equations, publication.grids)


def turnover():
    """414 cells: activity (three levels) by size."""
    parents = {}
    for row in read("activity_corr_table.csv"):
        levels = [TOTAL, row["A10"], row["A21"], row["A88"]]
        parents.update({code: above for above, code in itertools.pairwise(levels) if code != above})
    axes = (Axis("activity", parents), Axis.flat("size", ["tr1", "tr2", "tr3"]))
    counts = {
        (row["ACTIVITY"], row["SIZE"]): Count(
            round(float(row["TOT"])), establishments=int(row["N_OBS"]), largest=round(float(row["MAX"]))
        )
        for row in read("turnover_act_size.csv")
    }
    return bounded(cross("turnover", axes, additive(axes, counts), unit=Unit.AMOUNT, zeros_printed=True))


def pizzas():
    """689 cells in four dimensions, absolute values; the sensitive cells are those published as such."""
    names = ("treff", "cj", "type_distrib", "A10")
    rows = read("datatest1.csv")
    axes = tuple(Axis.flat(name, sorted({row[name] for row in rows} - {TOTAL})) for name in names)
    counts = {
        tuple(row[name] for name in names): Count(
            round(float(row["pizzas_tot_abs"])), establishments=2 if row["is_secret_prim"] == "True" else 3, largest=0
        )
        for row in rows
    }
    return bounded(cross("pizzas", axes, additive(axes, counts), unit=Unit.AMOUNT, zeros_printed=True))
