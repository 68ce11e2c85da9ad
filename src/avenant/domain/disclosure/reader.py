"""What a reader can deduce from what he sees, computed from that alone.

Nothing here takes a secret value: the ranges and tables may therefore be published, since any reader can compute
them. They show every hidden cell alike and never tell which ones are primary.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from avenant.domain.disclosure.cells import DisclosureError, Equation, Publication, Showing
from avenant.domain.disclosure.solver import Program, Simplex
from avenant.domain.disclosure.system import equation_rows


@dataclass(frozen=True, slots=True)
class Sight:
    """Figures seen (None: hidden), the bounds (floor, ceiling) that everyone knows of each cell, and the equations."""

    figures: Mapping[str, int | None]
    bounds: Mapping[str, tuple[int, int | None]]
    equations: tuple[Equation, ...]

    @classmethod
    def of(cls, publication: Publication, hidden: Iterable[str], knows: Iterable[str] = ()) -> Sight:
        """What is seen of a publication, with the cells that this reader knows besides."""
        secret = set(hidden).difference(knows)
        never = {key for key, cell in publication.cells.items() if cell.showing is Showing.NEVER}.difference(knows)
        figures = {
            key: None if key in secret or key in never else cell.value for key, cell in publication.cells.items()
        }
        bounds = {key: (cell.floor, cell.ceiling) for key, cell in publication.cells.items()}
        return cls(figures, bounds, publication.equations)


Range = tuple[int, int | None]
"""Lowest and highest whole value that a reader must find possible; no highest when nothing limits it."""


class Reader:
    """Deduces with a linear program over the hidden figures."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._keys = sorted(sight.figures)
        self._number = {key: rank for rank, key in enumerate(self._keys)}
        self._far = 4 * sum(abs(value) for value in sight.figures.values() if value is not None) + 1_000
        low, high = np.zeros(len(self._keys)), np.zeros(len(self._keys))
        for rank, key in enumerate(self._keys):
            low[rank], high[rank] = self._bounds(key)
        self._bounded = low, high
        rows = equation_rows(sight.equations, self._number)
        self._program = Program(columns=len(self._keys), rows=rows, simplex=Simplex.PRIMAL)
        self._program.bound(low, high)

    def _bounds(self, key: str) -> tuple[float, float]:
        figure = self._sight.figures[key]
        if figure is not None:
            return figure, figure
        floor, ceiling = self._sight.bounds[key]
        return floor, self._far if ceiling is None else ceiling

    def extreme(self, key: str, sign: int) -> dict[str, float]:
        """A table in which the cell is as high (``sign`` 1) or as low (-1) as the figures seen allow.

        Raises :class:`DisclosureError` when no table agrees with the figures."""
        cost = np.zeros(len(self._keys))
        cost[self._number[key]] = -sign
        self._program.cost(cost)
        values = self._program.solve()
        if values is None:
            raise DisclosureError("Les chiffres montrés se contredisent.", code="contradiction")
        return dict(zip(self._keys, values.tolist(), strict=True))

    def range(self, key: str) -> Range:
        """The range of one cell, by the linear bounds: a reader limited to whole numbers may know more from 3
        dimensions on."""
        low, high = self.extreme(key, -1)[key], self.extreme(key, 1)[key]
        top = int(np.floor(high + 1e-6))
        return int(np.ceil(low - 1e-6)), None if top >= self._far else top

    def ranges(self) -> dict[str, Range]:
        """The range of every hidden cell: what may be published beside the table."""
        return {key: self.range(key) for key, figure in self._sight.figures.items() if figure is None}


def range_of(publication: Publication, hidden: Iterable[str], key: str, knows: Iterable[str] = ()) -> Range:
    """What a reader deduces of one cell of a publication."""
    return Reader(Sight.of(publication, hidden, knows)).range(key)
