"""Before a breakdown is put in a contract: how much of it would be hidden, and which ones would not?

The answer needs no protection, which would take long: it hides what the rules hide, then closes every line that
would give a cell away by subtraction. True protection hides at least as much, so the sentence says "au moins".
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from avenant.domain.disclosure.cells import Publication, Showing
from avenant.domain.disclosure.primary import Rules, judge
from avenant.domain.disclosure.tables import TOTAL, Axis, Count, cross

REFUSED, WARNED = 1.5, 3.0
"""Mean number of persons in a place of the finest level, in thresholds, below which hiding is refused or deserves a
warning."""

ACCEPTABLE = 0.15
"""Largest share hidden in a breakdown that is proposed."""


class Feasibility(StrEnum):
    """What becomes of a breakdown."""

    FEASIBLE = "feasible"
    DOUBTFUL = "doubtful"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Estimate:
    """One breakdown: its axes, its cells, the mean count at the finest level, and the least share that would be
    hidden."""

    axes: tuple[Axis, ...]
    cells: int
    mean: float
    hidden: float
    feasibility: Feasibility

    @property
    def names(self) -> tuple[str, ...]:
        """Its axes by name, an axis cut at a coarser level being marked."""
        return tuple(axis.name for axis in self.axes)


@dataclass(frozen=True, slots=True)
class Preview:
    """The breakdown asked for, and at most two that would show most of their cells."""

    asked: Estimate
    proposals: tuple[Estimate, ...]

    def sentence(self) -> str:
        """What the person who prepares the contract reads."""
        said = f"Au moins {round(100 * self.asked.hidden)} % de ce tableau serait caché par le secret statistique."
        if self.asked.feasibility is Feasibility.FEASIBLE:
            return said
        if not self.proposals:
            return f"{said} Aucun croisement plus simple ne convient : renoncez à cette ventilation."
        ways = " ; ".join(" × ".join(one.names) or "le total seul" for one in self.proposals)
        count = "En voici deux qui ne le seraient" if len(self.proposals) > 1 else "En voici un qui ne le serait"
        return f"{said} {count} presque pas : {ways}."


def preview(counts: Mapping[tuple[str, ...], int], axes: tuple[Axis, ...], rules: Rules | None = None) -> Preview:
    """Estimate a breakdown from expected counts of persons by place (an earlier year, or a guess), and propose
    simpler ones.

    Proposals drop axes or their finest level; those with the most cells come first among those little hidden.
    """
    rules = rules or Rules()
    asked = estimate(counts, axes, rules)
    if asked.feasibility is Feasibility.FEASIBLE:
        return Preview(asked, ())
    simpler = []
    for kept in _simpler(axes):
        one = estimate(_onto(counts, axes, kept), tuple(axis for axis in kept if axis), rules)
        if one.hidden <= ACCEPTABLE and one.feasibility is not Feasibility.REFUSED:
            simpler.append(one)
    simpler.sort(key=lambda one: (-one.cells, one.hidden, one.names))
    return Preview(asked, tuple(simpler[:2]))


def estimate(counts: Mapping[tuple[str, ...], int], axes: tuple[Axis, ...], rules: Rules) -> Estimate:
    """One breakdown; its empty places count as hidden by nothing, but they lower the mean."""
    publication = cross("personnes", axes, {place: Count(count) for place, count in counts.items()}, zeros_printed=True)
    places = 1
    for axis in axes:
        places *= max(len(axis.leaves), 1)
    mean = sum(counts.values()) / places
    hidden = len(_at_least_hidden(publication, rules)) / max(len(publication.cells), 1)
    if mean < REFUSED * rules.persons:
        feasibility = Feasibility.REFUSED
    elif mean < WARNED * rules.persons or hidden > ACCEPTABLE:
        feasibility = Feasibility.DOUBTFUL
    else:
        feasibility = Feasibility.FEASIBLE
    return Estimate(axes, len(publication.cells), mean, hidden, feasibility)


def _at_least_hidden(publication: Publication, rules: Rules) -> set[str]:
    """The sensitive cells, then the smallest cell of each line where one alone is hidden, until there is no such
    line."""
    hidden = {key for key, cell in publication.cells.items() if judge(cell, rules)}
    waiting = list(publication.equations)
    while waiting:
        equation = waiting.pop()
        keys = (*equation.left, *equation.right)
        if sum(key in hidden for key in keys) != 1:
            continue
        free = [key for key in keys if key not in hidden and publication.cells[key].showing is Showing.FREE]
        if free:
            chosen = min(free, key=lambda key: (publication.cells[key].value, key))
            hidden.add(chosen)
            waiting.extend(publication.equations_of[chosen])
    return hidden


def _simpler(axes: tuple[Axis, ...]) -> list[tuple[Axis | None, ...]]:
    """Every way to keep, coarsen or drop each axis, the breakdown itself excepted."""
    ways = [[axis, *([axis.coarser()] if axis.coarser() else []), None] for axis in axes]
    return [kept for kept in itertools.product(*ways) if kept != axes]


def _onto(
    counts: Mapping[tuple[str, ...], int], axes: tuple[Axis, ...], kept: tuple[Axis | None, ...]
) -> dict[tuple[str, ...], int]:
    """The counts at the finest places of a simpler breakdown."""
    summed: dict[tuple[str, ...], int] = {}
    for place, count in counts.items():
        codes = tuple(
            next(code for code in axis.ancestors(given) if code in onto.parents or code == TOTAL)
            for axis, onto, given in zip(axes, kept, place, strict=True)
            if onto
        )
        summed[codes] = summed.get(codes, 0) + count
    return summed
