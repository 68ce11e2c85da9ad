"""Engine by network flow: for each move, the cheapest way to carry it, and the cells on the way are hidden.

Kelly, Golden and Assad (1992), Castro (2003), on general equations: a linear program of minimum cost for each cell,
side and reader that the cells already hidden do not satisfy. What turned out to be useless is shown again at the end.
"""

from __future__ import annotations

import numpy as np

from avenant.domain.disclosure.attack import Attack
from avenant.domain.disclosure.pattern import Pattern
from avenant.domain.disclosure.solver import Floats, Integers, Mask, Program, Simplex
from avenant.domain.disclosure.system import Problem, System

PRUNING = 2_000_000
"""Most attacks times cells spent on showing cells again: a count of work, so that results never depend on the clock."""

ALREADY_HIDDEN = 1e-3
"""Cost of passing through a hidden cell: small, not zero, so that the carrying tables stay short."""


class Carrier:
    """The linear program of minimum cost: rises and falls of every cell, warm from one move to the next."""

    def __init__(self, system: System) -> None:
        starts, index, sign = system.rows
        place = np.empty(2 * len(index), dtype=np.int32)
        place[0::2], place[1::2] = 2 * index, 2 * index + 1
        coefficient = np.empty(2 * len(index))
        coefficient[0::2], coefficient[1::2] = sign, -sign
        self._system = system
        self._program = Program(columns=2 * system.size, rows=(2 * starts, place, coefficient), simplex=Simplex.DUAL)

    def carry(self, cell: int, distance: int, usable: Mask, cost: Floats) -> Floats | None:
        """The cheapest changes that move the cell by ``distance`` through usable cells, None when there are none."""
        high = np.empty(2 * self._system.size)
        high[0::2] = np.where(usable, self._system.up / self._system.scale, 0.0)
        high[1::2] = np.where(usable, self._system.down / self._system.scale, 0.0)
        amount = abs(distance) / self._system.scale
        low = np.zeros_like(high)
        rise, fall = 2 * cell, 2 * cell + 1
        asked, other = (rise, fall) if distance > 0 else (fall, rise)
        if high[asked] < amount:
            return None
        high[other] = 0.0
        low[asked] = high[asked] = amount
        self._program.bound(low, high)
        self._program.cost(np.repeat(cost, 2))
        values = self._program.solve()
        return None if values is None else values[0::2] - values[1::2]


def by_flow(problem: Problem, weights: Integers) -> Pattern:
    """Protect every move in turn, then show again what is not needed."""
    pattern = Pattern.primary_only(problem)
    carrier, attack = Carrier(problem.system), Attack(problem.system)
    for number in range(len(problem.tasks)):
        for attacker in pattern.attempt(number, attack):
            if attacker in pattern.unconvinced(number):
                carry(pattern, number, [attacker], carrier, attack, weights)
    return pruned(pattern, weights, attack)


def carry(
    pattern: Pattern, number: int, attackers: list[int], carrier: Carrier, attack: Attack, weights: Integers
) -> None:
    """Hide the cells on the cheapest way for one move and these readers; nothing when there is no way."""
    problem, task = pattern.problem, pattern.problem.tasks[number]
    usable = problem.may_hide & ~np.logical_or.reduce([problem.known[one] for one in attackers])
    narrow = abs(task.distance) / np.clip(problem.system.down, abs(task.distance) / 30, abs(task.distance))
    cost = np.where(pattern.hidden, ALREADY_HIDDEN, weights * narrow**2)
    change = carrier.carry(task.cell, task.distance, usable, cost)
    if change is None:
        return
    pattern.hidden |= (np.abs(change) > 1e-7) & usable
    whole = problem.system.whole(change)
    if whole is not None:
        pattern.proofs.setdefault(number, []).append(whole)
    else:
        pattern.attempt(number, attack)


def pruned(pattern: Pattern, weights: Integers, attack: Attack) -> Pattern:
    """Show again, the heaviest first, each secondary cell without which every move proved is still provable."""
    limit = attack.solved + PRUNING // pattern.problem.system.size
    for cell in sorted(np.flatnonzero(pattern.secondary), key=lambda cell: (-weights[cell], cell)):
        if attack.solved > limit:
            break
        trial = pattern.copy()
        trial.hidden[cell] = False
        alone = np.zeros_like(trial.hidden)
        alone[cell] = True
        lost = (number for number in trial.forget(alone) if trial.unconvinced(number))
        if not any(trial.attempt(number, attack) for number in lost):
            pattern = trial
    return pattern
