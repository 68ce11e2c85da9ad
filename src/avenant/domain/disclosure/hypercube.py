"""Engine by hypercubes (Repsilber; GHMITER): boxes around each cell, then a search for a lighter set of boxes.

A box is its own proof, so this engine needs no solver for tables that are grids, and its search tries thousands of
rearrangements a second. What no box can carry goes the way of the flow engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp
from random import Random

import numpy as np

from avenant.domain.disclosure.attack import Attack
from avenant.domain.disclosure.boxes import Block
from avenant.domain.disclosure.flow import Carrier, carry, pruned
from avenant.domain.disclosure.pattern import Pattern
from avenant.domain.disclosure.solver import Floats, Integers, Mask
from avenant.domain.disclosure.system import Problem

FORBIDDEN = 1e15
ROUNDS, ROUNDS_PER_CELL = 4_000, 20
WORK = 200_000_000
"""Limits of the search for a lighter set: rearrangements, and corners priced. Counts, not seconds: results never
vary."""

MOST_LOST = 80
"""Rearrangements that touch more moves are passed over: they cost much and rarely help."""

LARGEST_SEARCH = 20_000_000
"""Moves times cells beyond which the first set of boxes is kept as it is."""

OVERHEAD = 4
"""Work of a question besides its corners, by cell of the system."""

CANDIDATES = 20
KEPT_CORNERS = 30_000_000


def by_hypercubes(problem: Problem, weights: Integers) -> Pattern:
    """Protect every move by the cheapest box that its readers cannot see through, then look for a lighter set."""
    search = BoxSearch(problem)
    moves: Moves = {}
    hidden = problem.must_hide.copy()
    for number in range(len(problem.tasks)):
        moves[number] = search.moves(number, hidden, weights)
        for move in moves[number]:
            hidden |= move != 0
    pattern = _pattern(problem, _lighter(problem, search, moves, weights))
    attack, carrier = Attack(problem.system, search=False), Carrier(problem.system)
    for number in pattern.unproved():
        left = pattern.attempt(number, attack)
        if len(left) > 1:
            carry(pattern, number, left, carrier, attack, weights)
        for attacker in left:
            if attacker in pattern.unconvinced(number):
                carry(pattern, number, [attacker], carrier, attack, weights)
    return pruned(pattern, weights, Attack(problem.system, search=False))


Moves = dict[int, list[Integers]]


def _pattern(problem: Problem, moves: Moves) -> Pattern:
    hidden = problem.must_hide.copy()
    for found in moves.values():
        for move in found:
            hidden |= move != 0
    return Pattern(problem, hidden, moves)


def _lighter(problem: Problem, search: BoxSearch, moves: Moves, weights: Integers) -> Moves:
    """Give up some hidden cells, protect again the moves that used them, keep what is not heavier; many times.

    A slightly heavier set is sometimes kept early on (annealing), so as not to stay in the first dead end.
    """
    if len(moves) * problem.system.size > LARGEST_SEARCH:
        return moves
    chance = Random(0)  # noqa: S311 (a search order, the same at each run; nothing secret)
    cost = np.where(problem.must_hide, 0.0, weights)
    unit = float(cost[cost > 0].mean()) if (cost > 0).any() else 1.0
    uses = np.array([_used(moves[number], problem) for number in range(len(moves))]).reshape(-1, problem.system.size)
    users = uses.sum(axis=0)
    current = lightest = float(cost[users > 0].sum())
    best = moves
    rounds = min(ROUNDS, ROUNDS_PER_CELL * int((cost[users > 0] > 0).sum()))
    for turn in range(rounds):
        given_up = _some(np.flatnonzero((users > 0) & ~problem.must_hide).tolist(), uses, chance)
        lost = np.flatnonzero(uses[:, given_up].any(axis=1)).tolist()
        if not lost or search.work > WORK:
            break
        if len(lost) > MOST_LOST:
            continue
        chance.shuffle(lost)
        penalty = weights.astype(np.float64)
        penalty[given_up] *= 1.5
        others = users - uses[lost].sum(axis=0)
        again = _again(problem, search, lost, others > 0, penalty)
        if again is None:
            continue
        fresh, hidden = again
        heavier = float(cost[hidden].sum()) - current
        if heavier <= 0 or chance.random() < exp(-heavier / (unit * (1.0 - turn / rounds))):
            moves, current = {**moves, **fresh}, current + heavier
            for number, found in fresh.items():
                uses[number] = _used(found, problem)
            users = others + uses[lost].sum(axis=0)
            if current < lightest:
                best, lightest = moves, current
    return best


def _used(moves: list[Integers], problem: Problem) -> Mask:
    return np.logical_or.reduce([move != 0 for move in moves]) if moves else np.zeros(problem.system.size, np.bool_)


def _some(secondary: list[int], uses: Mask, chance: Random) -> list[int]:
    """A few secondary cells, anywhere or on the way of one move."""
    if chance.random() < 0.5:
        together = uses[chance.randrange(len(uses))]
        secondary = [cell for cell in secondary if together[cell]] or secondary
    return chance.sample(secondary, min(chance.choice((1, 2, 3, 4, 6, 8, 12)), len(secondary)))


def _again(
    problem: Problem, search: BoxSearch, lost: list[int], used: Mask, weights: Floats
) -> tuple[Moves, Mask] | None:
    """Other moves for these tasks, and the cells then hidden; None when one of them finds none."""
    hidden = problem.must_hide | used
    fresh: Moves = {}
    for number in lost:
        fresh[number] = search.moves(number, hidden, weights)
        if not search.convinces(number, fresh[number]):
            return None
        for move in fresh[number]:
            hidden |= move != 0
    return fresh, hidden & ~problem.must_hide


@dataclass
class BoxSearch:
    """The boxes around each cell of each grid, priced for a move."""

    problem: Problem
    work: int = 0
    _kept: dict[int, tuple[Integers, Integers]] = field(default_factory=dict)
    _corners: int = 0

    def __post_init__(self) -> None:
        system, publication = self.problem.system, self.problem.assessment.publication
        blocks = [Block.of(grid, system) for grid in publication.grids]
        self._places: dict[int, list[tuple[Block, tuple[int, ...]]]] = {}
        for block in blocks:
            for place in zip(*np.nonzero(block.cells >= 0), strict=True):
                here = tuple(int(rank) for rank in place)
                self._places.setdefault(int(block.cells[here]), []).append((block, here))
        self._slack = self._slack_cells()
        self._takers = _flattened(self._slack)
        self._movable = self._in_one_grid()

    def _slack_cells(self) -> dict[int, tuple[Integers, Integers]]:
        """Virtual cells of one equation only: they take up what the others move by. Their equation, as cells and
        signs."""
        problem, found = self.problem, {}
        virtual = problem.must_hide & ~np.isin(np.arange(problem.system.size), list(self._places))
        starts, cells, signs = problem.system.rows
        times = np.bincount(cells, minlength=problem.system.size)
        for row, sign in zip(np.split(cells, starts[1:]), np.split(signs, starts[1:]), strict=True):
            takers = [place for place, cell in enumerate(row) if virtual[cell] and times[cell] == 1]
            if len(takers) == 1:
                others = np.arange(len(row)) != takers[0]
                factor = (-sign[takers[0]] * sign[others]).astype(np.int64)
                found[int(row[takers[0]])] = (row[others].astype(np.int64), factor)
        return found

    def _in_one_grid(self) -> Mask:
        """Cells that a box may move: all their equations are those of one grid, or have a cell that takes up the
        change."""
        problem = self.problem
        single = np.zeros(problem.system.size, dtype=np.bool_)
        single[[cell for cell, places in self._places.items() if len(places) == 1]] = True
        gridded = np.zeros(problem.system.size, dtype=np.bool_)
        gridded[list(self._places)] = True
        starts, cells, _ = problem.system.rows
        for row in np.split(cells, starts[1:]):
            if not gridded[row].all() and not any(int(cell) in self._slack for cell in row):
                single[row] = False
        return single & problem.may_hide

    def moves(self, number: int, hidden: Mask, weights: Integers | Floats) -> list[Integers]:
        """The cheapest boxes that together convince every attacker of a task, or those that can be convinced."""
        problem, seen = self.problem, hidden
        found: list[Integers] = []
        task = problem.tasks[number]
        for attacker in task.attackers:
            known = problem.known[attacker]
            if found and any(not move[known].any() for move in found):
                continue
            price = np.where(seen, 0.0, weights)
            price[known] = FORBIDDEN
            move = self._cheapest(number, price, known)
            if move is not None:
                found.append(move)
                seen = seen | (move != 0)
        return found

    def convinces(self, number: int, moves: list[Integers]) -> bool:
        """Whether every attacker of a task knows nothing of what one of the moves changes."""
        known = self.problem.known
        return all(
            any(not move[known[attacker]].any() for move in moves) for attacker in self.problem.tasks[number].attackers
        )

    def _cheapest(self, number: int, price: Floats, known: Mask) -> Integers | None:
        corners, change = self._boxes(number)
        if not len(corners):
            return None
        total = price[corners].sum(axis=1)
        self.work += corners.size + OVERHEAD * len(price)
        for _ in range(min(CANDIDATES, len(total))):
            rank = int(total.argmin())
            if total[rank] >= FORBIDDEN:
                return None
            move = self._taken_up(corners[rank], change[rank], known)
            task = self.problem.tasks[number]
            if move is not None and move[task.cell] == task.distance:
                return move
            total[rank] = FORBIDDEN
        return None

    def _taken_up(self, corners: Integers, change: Integers, known: Mask) -> Integers | None:
        """The whole move, with what virtual cells take up; None when they cannot."""
        system = self.problem.system
        move = np.zeros(system.size, dtype=np.int64)
        move[corners] = change
        slack, starts, others, factor = self._takers
        if not len(slack):
            return None if move[known].any() else move
        taken = move[slack] = np.add.reduceat(move[others] * factor, starts)
        if (taken > system.up[slack]).any() or (-taken > system.down[slack]).any() or move[known].any():
            return None
        return move

    def _boxes(self, number: int) -> tuple[Integers, Integers]:
        """Every box with room for a task: its corners, and their changes."""
        if number in self._kept:
            return self._kept[number]
        task, system = self.problem.tasks[number], self.problem.system
        if task.cell in self._slack:
            others, factor = self._slack[task.cell]
            starts = [(int(cell), task.distance * int(sign)) for cell, sign in zip(others, factor, strict=True)]
        else:
            starts = [(task.cell, task.distance)]
        corners, changes = [], []
        for cell, distance in starts:
            for block, place in self._places.get(cell, ()):
                for cells, signs in block.boxes(place):
                    change = signs * distance
                    room = (system.up[cells] >= change) & (system.down[cells] >= -change)
                    fits = (room & (cells >= 0) & self._movable[cells]).all(axis=1)
                    corners.append(cells[fits])
                    changes.append(change[fits])
        found = _stacked(corners), _stacked(changes)
        if self._corners + found[0].size <= KEPT_CORNERS:
            self._corners += found[0].size
            self._kept[number] = found
        return found


def _flattened(slack: dict[int, tuple[Integers, Integers]]) -> tuple[Integers, Integers, Integers, Integers]:
    empty = np.zeros(0, dtype=np.int64)
    if not slack:
        return empty, empty, empty, empty
    lengths = [len(others) for others, _ in slack.values()]
    return (
        np.array(list(slack), dtype=np.int64),
        np.cumsum([0, *lengths[:-1]]),
        np.concatenate([others for others, _ in slack.values()]),
        np.concatenate([factor for _, factor in slack.values()]),
    )


def _stacked(boxes: list[Integers]) -> Integers:
    """Boxes of different sizes in one array, the first corner repeated where a box has fewer."""
    width = max((one.shape[1] for one in boxes if len(one)), default=0)
    padded = [
        one[:, np.r_[np.arange(one.shape[1]), np.zeros(width - one.shape[1], dtype=np.int64)]]
        for one in boxes
        if len(one)
    ]
    return np.concatenate(padded) if padded else np.zeros((0, 0), dtype=np.int64)
