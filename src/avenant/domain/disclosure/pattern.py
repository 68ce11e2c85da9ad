"""What every engine gives back: the cells to hide and, for each move asked, the changes that prove it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from avenant.domain.disclosure.attack import Attack
from avenant.domain.disclosure.solver import Integers, Mask
from avenant.domain.disclosure.system import Problem, Task


@dataclass
class Pattern:
    """Cells hidden so far, and the proofs gathered: for the task of each number, whole-number changes."""

    problem: Problem
    hidden: Mask
    proofs: dict[int, list[Integers]] = field(default_factory=dict)

    @classmethod
    def primary_only(cls, problem: Problem) -> Pattern:
        """Only what must be hidden."""
        return cls(problem, problem.must_hide.copy())

    def copy(self) -> Pattern:
        """An independent pattern."""
        return Pattern(self.problem, self.hidden.copy(), {task: list(moves) for task, moves in self.proofs.items()})

    @property
    def secondary(self) -> Mask:
        """Cells hidden to protect others."""
        return self.hidden & ~self.problem.must_hide

    def unconvinced(self, number: int, moves: list[Integers] | None = None) -> list[int]:
        """Attackers for whom a task is not proved yet."""
        moves = self.proofs.get(number, []) if moves is None else moves
        known = self.problem.known
        return [
            attacker
            for attacker in self.problem.tasks[number].attackers
            if not any(not move[known[attacker]].any() for move in moves)
        ]

    def unproved(self) -> list[int]:
        """Tasks that some attacker defeats, as far as the proofs gathered show."""
        return [number for number in range(len(self.problem.tasks)) if self.unconvinced(number)]

    def forget(self, cells: Mask) -> list[int]:
        """Drop the proofs that use these cells; the tasks that lose one."""
        lost = []
        for number, moves in self.proofs.items():
            kept = [move for move in moves if not move[cells].any()]
            if len(kept) < len(moves):
                self.proofs[number] = kept
                lost.append(number)
        return lost

    def attempt(self, number: int, attack: Attack) -> list[int]:
        """Prove a task with the cells already hidden: one move for all readers if there is one, else one a reader.

        Keeps what it proves and returns the attackers left unconvinced.
        """
        task = self.problem.tasks[number]
        moves = self.proofs.setdefault(number, [])
        left = self.unconvinced(number)
        if left and (self._try(task, left, moves, attack) or len(left) == 1):
            return self.unconvinced(number)
        for attacker in left:
            if attacker in self.unconvinced(number):
                self._try(task, [attacker], moves, attack)
        return self.unconvinced(number)

    def _try(self, task: Task, attackers: list[int], moves: list[Integers], attack: Attack) -> bool:
        attack.see(self.unseen(attackers))
        move = attack.move(task.cell, task.distance)
        if move is not None:
            moves.append(move)
        return move is not None

    def unseen(self, attackers: list[int]) -> Mask:
        """Hidden cells that none of these attackers knows."""
        seen: Mask = np.logical_or.reduce([self.problem.known[one] for one in attackers])
        return self.hidden & ~seen


Engine = Callable[[Problem, Integers], Pattern]
"""An engine takes a problem and the weight of each cell, and hides cells; it may leave tasks unproved, never prove
falsely."""
