"""Engine by hypercubes (Repsilber; GHMITER): no solver, for tables too large for the others.

In a crossed table, raising a cell and lowering its neighbours on the corners of a box, by turns, keeps every margin. Hiding the
corners of a box with enough room therefore protects the cell, and the box is its own proof. It hides more than needed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from avenant.domain.disclosure.cells import Grid
from avenant.domain.disclosure.pattern import Pattern
from avenant.domain.disclosure.solver import Floats, Integers, Mask
from avenant.domain.disclosure.system import Problem, System

FORBIDDEN = 1e15


@dataclass(frozen=True)
class Block:
    """A grid as an array of cell numbers, -1 where there is no cell, with the codes that may stand for each code."""

    cells: Integers
    siblings: tuple[tuple[Integers, ...], ...]

    @classmethod
    def of(cls, grid: Grid, system: System) -> Block:
        """Number the codes of each axis; a code may be exchanged with those of the same parent."""
        codes = [sorted({place[number] for place in grid.places}) for number in range(len(grid.axes))]
        cells = np.full([len(one) for one in codes], -1, dtype=np.int64)
        positions = [{code: rank for rank, code in enumerate(one)} for one in codes]
        for place, key in grid.places.items():
            cells[tuple(axis[code] for axis, code in zip(positions, place, strict=True))] = system.number[key]
        siblings = tuple(
            tuple(_siblings(code, one, parents) for code in one)
            for one, (_, parents) in zip(codes, grid.axes, strict=True)
        )
        return cls(cells, siblings)

    def boxes(self, place: tuple[int, ...]) -> Iterator[tuple[Integers, Integers]]:
        """All boxes with a corner at this place: cell numbers (box, corner), and the sign of each corner."""
        for size in range(2, len(place) + 1):
            for axes in itertools.combinations(range(len(place)), size):
                choices = [self.siblings[axis][place[axis]] for axis in axes]
                if all(len(one) for one in choices):
                    yield self._corners(place, axes, choices)

    def _corners(
        self, place: tuple[int, ...], axes: tuple[int, ...], choices: list[Integers]
    ) -> tuple[Integers, Integers]:
        opposite = np.stack(np.meshgrid(*choices, indexing="ij"), axis=-1).reshape(-1, len(axes))
        corners, signs = [], []
        for turned in itertools.product((False, True), repeat=len(axes)):
            index: list[Integers | int] = list(place)
            for rank, (axis, turn) in enumerate(zip(axes, turned, strict=True)):
                if turn:
                    index[axis] = opposite[:, rank]
            corners.append(np.broadcast_to(self.cells[tuple(index)], len(opposite)))
            signs.append(-1 if sum(turned) % 2 else 1)
        return np.stack(corners, axis=1), np.array(signs, dtype=np.int64)


def _siblings(code: str, codes: list[str], parents: Mapping[str, str]) -> Integers:
    parent = parents.get(code)
    return np.array(
        [rank for rank, other in enumerate(codes) if other != code and parent and parents.get(other) == parent],
        dtype=np.int64,
    )


def by_hypercubes(problem: Problem, weights: Integers) -> Pattern:
    """Protect every move by the cheapest box that its readers cannot see through.

    A box moves cells of one grid: a move is tried in each grid that holds its cell. What no box protects is left unproved; in
    particular virtual cells, which stand in no grid.
    """
    pattern = Pattern.primary_only(problem)
    search = BoxSearch(problem)
    for number in range(len(problem.tasks)):
        left = pattern.unconvinced(number)
        if left and not search.protect(pattern, number, left, weights):
            for attacker in left:
                if attacker in pattern.unconvinced(number):
                    search.protect(pattern, number, [attacker], weights)
    return pattern


class BoxSearch:
    """The boxes around each cell of each grid, priced for a move."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        blocks = [Block.of(grid, problem.system) for grid in problem.assessment.publication.grids]
        self._places: dict[int, list[tuple[Block, tuple[int, ...]]]] = {}
        for block in blocks:
            for place in zip(*np.nonzero(block.cells >= 0), strict=True):
                here = tuple(int(rank) for rank in place)
                self._places.setdefault(int(block.cells[here]), []).append((block, here))
        self._alone = self._in_grids_only(blocks)

    def _in_grids_only(self, blocks: list[Block]) -> Mask:
        """Cells that stand in no equation besides those of one grid: a box through others would break a sum."""
        problem = self._problem
        count = np.zeros(problem.system.size, dtype=np.int64)
        for block in blocks:
            count[block.cells[block.cells >= 0]] += 1
        single = count == 1
        gridded = set(problem.system.names(count > 0))
        for equation in problem.assessment.publication.equations:
            keys = (*equation.left, *equation.right)
            if not gridded.issuperset(keys):
                single[[problem.system.number[key] for key in keys]] = False
        return single

    def protect(self, pattern: Pattern, number: int, attackers: list[int], weights: Integers) -> bool:
        """Hide the cheapest box that carries the move for these attackers; False when there is none."""
        problem, task = self._problem, self._problem.tasks[number]
        blind = problem.may_hide & self._alone & ~np.logical_or.reduce([problem.known[one] for one in attackers])
        price = np.where(pattern.hidden, 0.0, weights.astype(np.float64))
        price[~blind] = FORBIDDEN
        best, cheapest = None, FORBIDDEN
        for block, place in self._places.get(task.cell, ()):
            for corners, signs in block.boxes(place):
                total = _prices(problem.system, corners, signs * task.distance, price)
                rank = int(total.argmin())
                if total[rank] < cheapest:
                    best, cheapest = (corners[rank], signs * task.distance), float(total[rank])
            if cheapest == 0.0:
                break
        if best is None:
            return False
        move = np.zeros(problem.system.size, dtype=np.int64)
        move[best[0]] = best[1]
        pattern.hidden |= move != 0
        pattern.proofs.setdefault(number, []).append(move)
        return True


def _prices(system: System, corners: Integers, change: Integers, price: Floats) -> Floats:
    room = (system.up[corners] >= change) & (system.down[corners] >= -change)
    usable = room & (corners >= 0)
    total: Floats = np.where(usable, price[corners], FORBIDDEN).sum(axis=1)
    return total
