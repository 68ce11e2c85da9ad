"""Exact engine: the lightest set of cells that protects, by cuts (Fischetti and Salazar-González, 2000, 2001).

Hiding is an integer program, one yes or no a cell. Each attack that succeeds against a proposed set gives, by the
dual of its linear program, an inequality that every protecting set satisfies. Cuts are gathered on the relaxed
program first, then the integer one is solved again until no attack succeeds; the flow engine's set is the start and
the fallback.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from avenant.domain.disclosure.attack import Attack
from avenant.domain.disclosure.flow import by_flow
from avenant.domain.disclosure.pattern import Pattern
from avenant.domain.disclosure.solver import Floats, Indices, Integers, Mask, Program, Simplex
from avenant.domain.disclosure.system import Problem, Task

FAR = 1e8
"""An unlimited rise, for the coefficients of the cuts."""

RELAXED_ROUNDS = 60
INTEGER_ROUNDS = 60
NODES = 20_000


class Cutter:
    """The attack against a set that may hide cells by halves; a success gives a cut."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._system = problem.system
        self._program = Program(columns=problem.system.size, rows=problem.system.rows, simplex=Simplex.PRIMAL)

    def cut(self, hiding: Floats, task: Task, attacker: int) -> tuple[Floats, float] | None:
        """Coefficients and right-hand side of a violated inequality, None when the move is possible."""
        system = self._system
        need = abs(task.distance) / system.scale
        share = np.where(self._problem.known[attacker], 0.0, hiding)
        down, up = (np.minimum(far / system.scale, FAR) for far in (system.down, system.up))
        self._program.bound(-down * share, up * share)
        cost = np.zeros(system.size)
        cost[task.cell] = -1.0 if task.distance > 0 else 1.0
        self._program.cost(cost)
        change = self._program.solve()
        if change is None or abs(change[task.cell]) >= need - 1e-6:
            return None
        price = -self._program.reduced_costs()
        coefficient = np.maximum(price, 0.0) * up + np.maximum(-price, 0.0) * down
        coefficient[self._problem.known[attacker]] = 0.0
        coefficient[coefficient < 1e-7] = 0.0
        return np.minimum(coefficient, need) / need, 1.0


class Master:
    """The program over the cells to hide: relaxed to gather cuts, then in whole numbers."""

    def __init__(self, problem: Problem, weights: Integers, *, integer: bool) -> None:
        empty = np.zeros(0, dtype=np.int32)
        self._program = Program(
            columns=problem.system.size,
            rows=(empty, empty, np.zeros(0)),
            integer=integer,
            nodes=NODES if integer else 0,
        )
        self._program.bound(problem.must_hide.astype(np.float64), problem.may_hide.astype(np.float64))
        self._program.cost(np.where(problem.must_hide, 0.0, weights.astype(np.float64)))
        for index, coefficient in _company(problem):
            self._program.require(index, coefficient, 0.0)

    def add(self, cut: tuple[Floats, float]) -> None:
        """Add an inequality."""
        coefficient, bound = cut
        index = np.flatnonzero(coefficient).astype(np.int32)
        self._program.require(index, coefficient[index], bound)

    def solve(self, start: Mask | None = None) -> Floats | None:
        """The lightest hiding that satisfies the cuts so far."""
        if start is not None:
            self._program.suggest(start.astype(np.float64))
        return self._program.solve()


def _company(problem: Problem) -> Iterator[tuple[Indices, Floats]]:
    """A hidden cell has company in each of its equations: alone, it would be deduced, and hiding it would serve
    nothing.

    So the lightest set satisfies these rows, and they tighten the relaxed program much. Cells hidden by nature are
    left out.
    """
    starts, cells, _ = problem.system.rows
    asked = {task.cell for task in problem.tasks}
    for row in np.split(cells, starts[1:]):
        able = row[problem.may_hide[row]]
        for place, cell in enumerate(able):
            if not problem.must_hide[cell] or int(cell) in asked:
                coefficient = np.ones(len(able))
                coefficient[place] = -1.0
                yield able, coefficient


def by_cuts(problem: Problem, weights: Integers) -> Pattern:
    """The lightest pattern; the flow engine's when the search reaches its limits or cannot do better."""
    fallback = by_flow(problem, weights)
    if fallback.unproved():
        return fallback
    cutter = Cutter(problem)
    cuts = _relaxed_cuts(problem, weights, cutter)
    master = Master(problem, weights, integer=True)
    for cut in cuts:
        master.add(cut)
    for _ in range(INTEGER_ROUNDS):
        hiding = master.solve(fallback.hidden)
        if hiding is None:
            return fallback
        hidden = hiding > 0.5
        violated = _violated(problem, hidden.astype(np.float64), cutter)
        if not violated:
            return _proved(problem, hidden, fallback)
        for cut in violated:
            master.add(cut)
    return fallback


def _relaxed_cuts(problem: Problem, weights: Integers, cutter: Cutter) -> list[tuple[Floats, float]]:
    master, cuts = Master(problem, weights, integer=False), []
    for _ in range(RELAXED_ROUNDS):
        hiding = master.solve()
        if hiding is None:
            raise AssertionError("a protecting set exists")
        violated = _violated(problem, np.clip(hiding, 0.0, 1.0), cutter)
        if not violated:
            break
        for cut in violated:
            master.add(cut)
        cuts += violated
    return cuts


def _violated(problem: Problem, hiding: Floats, cutter: Cutter) -> list[tuple[Floats, float]]:
    found = (cutter.cut(hiding, task, attacker) for task in problem.tasks for attacker in task.attackers)
    return [cut for cut in found if cut is not None and cut[0] @ hiding < cut[1] - 1e-6]


def _proved(problem: Problem, hidden: Mask, fallback: Pattern) -> Pattern:
    pattern, attack = Pattern(problem, hidden), Attack(problem.system)
    if any(pattern.attempt(number, attack) for number in range(len(problem.tasks))):
        return fallback
    return pattern
