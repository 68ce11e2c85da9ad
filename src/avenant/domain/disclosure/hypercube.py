"""Engine by hypercubes (Repsilber; GHMITER), for tables too large for the others.

In a crossed table, raising a cell and lowering its neighbours on the corners of a box, by turns, keeps every margin. Hiding the
corners of a box with enough room therefore protects the cell, and the box is its own proof. A total may take the place of a
neighbour: a part and its total rise together. Boxes hide more than needed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from avenant.domain.disclosure.attack import Attack
from avenant.domain.disclosure.cells import Grid
from avenant.domain.disclosure.flow import Carrier, carry, pruned
from avenant.domain.disclosure.pattern import Pattern
from avenant.domain.disclosure.solver import Floats, Integers, Mask
from avenant.domain.disclosure.system import Problem, System
from avenant.domain.disclosure.tables import TOTAL

FORBIDDEN = 1e15

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
        """All boxes with a corner at this place: cell numbers (box, corner), and the sign of each corner (box, corner)."""
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


def by_hypercubes(problem: Problem, weights: Integers) -> Pattern:
    """Protect every move by the cheapest box that its readers cannot see through, then show again what is not needed.

    A box moves the cells of one grid. What no box protects (a virtual cell stands in no grid) is carried as the flow engine does.
    """
    pattern = Pattern.primary_only(problem)
    search, attack, carrier = BoxSearch(problem), Attack(problem.system), Carrier(problem.system)
    for number in range(len(problem.tasks)):
        for attacker in pattern.unconvinced(number):
            if attacker in pattern.unconvinced(number) and not search.protect(pattern, number, [attacker], weights):
                carry(pattern, number, attacker, carrier, attack, weights)
    return pruned(pattern, weights, attack)


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
                change = signs * task.distance
                total = _prices(problem.system, corners, change, price)
                rank = int(total.argmin())
                if total[rank] < cheapest:
                    best, cheapest = (corners[rank], change[rank]), float(total[rank])
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
