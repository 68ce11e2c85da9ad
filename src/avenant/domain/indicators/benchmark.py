"""Where a service stands among the others, without naming them; and how a figure moved over the years.

Quartiles are inclusive with linear interpolation (the QUARTILE.INC of spreadsheets). Rank 1 is the highest value;
equal values share the better rank. Neither minimum nor maximum is ever told: they are one service's own figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from avenant.domain.french import typeset
from avenant.domain.indicators.definitions import Definition
from avenant.domain.indicators.values import Answer, AnswerState, measures

CONTRIBUTORS_FLOOR: Final = 5
"""Contributing services, the reader included, under which no distribution is shown. A parameter of the region."""

METHOD: Final = "Quartiles inclusifs, par interpolation linéaire entre les valeurs encadrantes."


@dataclass(frozen=True, slots=True)
class Spread:
    """The distribution of one measure over the services that contributed; it exists only from the floor on."""

    measure: str
    median: Decimal
    first_quartile: Decimal
    third_quartile: Decimal
    contributors: int


@dataclass(frozen=True, slots=True)
class Position:
    """One service among the others. ``spread`` is None under the floor, and ``hidden_because`` says why."""

    measure: str
    own: Decimal | None
    rank: int | None
    contributors: int
    spread: Spread | None
    hidden_because: str = ""


def spread(measure: str, values: Iterable[Decimal], *, floor: int = CONTRIBUTORS_FLOOR) -> Spread | None:
    """Median and quartiles of one figure a service; None under ``floor`` services."""
    ordered = sorted(values)
    if len(ordered) < max(floor, 1):
        return None
    first, median, third = (_quantile(ordered, quarter) for quarter in (1, 2, 3))
    return Spread(measure, median, first, third, len(ordered))


def _quantile(ordered: Sequence[Decimal], quarter: int) -> Decimal:
    """The value at ``quarter`` quarters of the way, between its two neighbours in proportion."""
    below, fourths = divmod((len(ordered) - 1) * quarter, 4)
    if not fourths:
        return ordered[below]
    return ordered[below] + (ordered[below + 1] - ordered[below]) * fourths / 4


def position(
    definition: Definition,
    service: str,
    answers: Mapping[str, Answer],
    *,
    measure: str = "",
    floor: int = CONTRIBUTORS_FLOOR,
) -> Position:
    """Place ``service`` among the services of ``answers`` (by service key) on one measure of an indicator.

    ``measure`` is "rate" or a component key; by default the first that the indicator has. A service without a figure
    contributes nothing and has no rank. Choices and texts have no position: consolidation counts them.
    """
    figures = {key: measures(definition, one.value) for key, one in answers.items() if _contributes(one)}
    measure = measure or next((key for figure in figures.values() for key in figure), "")
    values = {key: figure[measure] for key, figure in figures.items() if measure in figure}
    own = values.get(service)
    distribution = spread(measure, values.values(), floor=floor)
    if distribution is None:
        return Position(measure, own, None, len(values), None, _too_few(len(values), floor))
    rank = None if own is None else 1 + sum(1 for value in values.values() if value > own)
    return Position(measure, own, rank, len(values), distribution)


def _contributes(answer: Answer) -> bool:
    return answer.state is AnswerState.PROVIDED


def _too_few(contributors: int, floor: int) -> str:
    services = (
        "service n'a répondu"
        if not contributors
        else "service a répondu"
        if contributors == 1
        else "services ont répondu"
    )
    return typeset(
        f"{contributors or 'Aucun'} {services} : la comparaison s'affiche à partir de {floor}, "
        "pour qu'aucun service ne soit reconnu."
    )


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One figure of one year, under one version of its definition; ``value`` is None when nothing was stated."""

    year: int
    value: Decimal | None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Trend:
    """A figure over the years, in runs that a line may join; ``breaks`` are the years when its meaning changed."""

    runs: tuple[tuple[TrendPoint, ...], ...]
    breaks: tuple[int, ...]


def trend(points: Iterable[TrendPoint]) -> Trend:
    """Cut a series where its definition changes and where a year is missing: no line says more than was stated."""
    ordered = sorted(points, key=lambda point: point.year)
    runs: list[list[TrendPoint]] = []
    for point in ordered:
        if point.value is None:
            continue
        last = runs[-1][-1] if runs else None
        if last and point.year == last.year + 1 and point.version == last.version:
            runs[-1].append(point)
        else:
            runs.append([point])
    breaks = tuple(later.year for earlier, later in pairwise(ordered) if later.version != earlier.version)
    return Trend(tuple(tuple(run) for run in runs), breaks)
