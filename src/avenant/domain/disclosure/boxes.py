"""Boxes: the moves of a crossed table that keep all its sums, found without a solver.

In a crossed table, raising a cell and lowering its neighbours on the corners of a box, by turns, keeps every margin.
Hiding the corners of a box with enough room therefore protects the cell, and the box is its own proof. A total may
take the place of a neighbour: a part and its total rise together.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from avenant.domain.disclosure.cells import Grid
from avenant.domain.disclosure.solver import Integers
from avenant.domain.disclosure.system import System
from avenant.domain.disclosure.tables import TOTAL

Swaps = tuple[Integers, Integers]
"""Ways of moving along one axis that keep its sums: codes (way, code) and the sign of each."""


@dataclass(frozen=True)
class Block:
    """A grid as an array of cell numbers, -1 where there is no cell, with the ways of moving each code of each axis."""

    cells: Integers
    swaps: tuple[tuple[tuple[Swaps, ...], ...], ...]

    @classmethod
    def of(cls, grid: Grid, system: System) -> Block:
        """Number the codes of each axis."""
        codes = [sorted({TOTAL, *parents}) for _, parents in grid.axes]
        rank = [{code: place for place, code in enumerate(one)} for one in codes]
        cells = np.full([len(one) for one in codes], -1, dtype=np.int64)
        for place, key in grid.places.items():
            cells[tuple(axis[code] for axis, code in zip(rank, place, strict=True))] = system.number[key]
        swaps = tuple(
            tuple(_swaps(code, parents, axis) for code in one)
            for one, axis, (_, parents) in zip(codes, rank, grid.axes, strict=True)
        )
        return cls(cells, swaps)

    def boxes(self, place: tuple[int, ...]) -> Iterator[tuple[Integers, Integers]]:
        """All boxes with a corner at this place: cell numbers (box, corner), and the sign of each corner (box,
        corner)."""
        axes = len(place)
        for choice in itertools.product(*(self.swaps[axis][code] for axis, code in enumerate(place))):
            index, sign = [], np.ones((1,) * (2 * axes), dtype=np.int64)
            for axis, (codes, signs) in enumerate(choice):
                shape = [1] * (2 * axes)
                shape[axis], shape[axes + axis] = codes.shape
                index.append(codes.reshape(shape))
                sign = sign * signs.reshape(shape)
            corners = self.cells[tuple(index)]
            number = int(np.prod([len(codes) for codes, _ in choice]))
            yield corners.reshape(number, -1), np.broadcast_to(sign, corners.shape).reshape(number, -1)


def _swaps(code: str, parents: Mapping[str, str], rank: Mapping[str, int]) -> tuple[Swaps, ...]:
    """Every way of moving a code by one: down to a leaf, and either up to the total or across to a leaf elsewhere."""
    children: dict[str, list[str]] = {}
    for child in sorted(parents):
        children.setdefault(parents[child], []).append(child)

    def paths(top: str) -> Iterator[tuple[str, ...]]:
        if top not in children:
            yield (top,)
        for child in children.get(top, ()):
            yield from ((top, *below) for below in paths(child))

    found: dict[tuple[int, int], list[list[int]]] = {}
    for down in paths(code):
        risen, top = list(down), code
        while top != TOTAL:
            for other in children[parents[top]]:
                for fallen in paths(other) if other != top else ():
                    way = [rank[one] for one in (*risen, *fallen)]
                    found.setdefault((len(risen), len(fallen)), []).append(way)
            top = parents[top]
            risen.append(top)
        found.setdefault((len(risen), 0), []).append([rank[one] for one in risen])
    return tuple(
        (np.array(ways, dtype=np.int64), np.tile(np.repeat([1, -1], [up, down]), (len(ways), 1)))
        for (up, down), ways in sorted(found.items())
    )
