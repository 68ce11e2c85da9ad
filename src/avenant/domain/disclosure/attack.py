"""The attacker: how far can a hidden cell move while everything that he sees stays the same?"""

from __future__ import annotations

import numpy as np

from avenant.domain.disclosure.solver import INFINITY, Floats, Integers, Mask, Program, Simplex
from avenant.domain.disclosure.system import System

NODES = 2_000
"""Size of the search for a whole-number table, where the linear program gives fractions."""


class Attack:
    """One linear program over the changes of the hidden cells, warm from one question to the next.

    The linear bound is exact for two-dimensional tables; beyond, a fraction of a person may be worth more than
    persons, so an answer counts only as a table of whole numbers.
    """

    def __init__(self, system: System, *, search: bool = True) -> None:
        """``search``: look for whole numbers, which takes long, where the linear program gives fractions."""
        self._system = system
        self._searching = search
        self._program = Program(columns=system.size, rows=system.rows, simplex=Simplex.PRIMAL)
        self._search: Program | None = None
        self.solved = 0
        self._low = np.zeros(system.size)
        self._high = np.zeros(system.size)

    def see(self, unseen: Mask) -> None:
        """State which cells the attacker does not see."""
        low = np.where(unseen, -self._system.down / self._system.scale, 0.0)
        high = np.where(unseen, self._system.up / self._system.scale, 0.0)
        if (low != self._low).any() or (high != self._high).any():
            self._low, self._high = low, high
            self._program.bound(low, high)

    def extent(self, cell: int, sign: int) -> float:
        """How far the cell can move up (``sign`` 1) or down (-1) by the linear program; infinite when nothing stops
        it."""
        far = 4.0 * float(self._system.value.sum()) + 1_000.0
        change = self._farthest(cell, sign * far / self._system.scale)
        if change is None:
            return 0.0
        reached = abs(float(change[cell])) * self._system.scale
        return INFINITY if reached >= far - 0.5 else reached

    def move(self, cell: int, distance: int) -> Integers | None:
        """Whole-number changes in which the cell moves by ``distance`` exactly, None when there are none."""
        asked = distance / self._system.scale
        if not self._low[cell] <= asked <= self._high[cell]:
            return None
        change = self._farthest(cell, asked)
        if change is None or abs(change[cell] - asked) > 1e-6:
            return None
        whole = self._system.whole(change)
        return whole if whole is not None or not self._searching else self._search_whole(cell, distance)

    def _farthest(self, cell: int, distance: float) -> Floats | None:
        low, high = float(self._low[cell]), float(self._high[cell])
        self._program.bound_one(cell, max(low, min(distance, 0.0)), min(high, max(distance, 0.0)))
        cost = np.zeros(self._system.size)
        cost[cell] = -1.0 if distance > 0 else 1.0
        self._program.cost(cost)
        change = self._program.solve()
        self.solved += 1
        self._program.bound_one(cell, low, high)
        return change

    def _search_whole(self, cell: int, distance: int) -> Integers | None:
        if self._search is None:
            self._search = Program(columns=self._system.size, rows=self._system.rows, integer=True, nodes=NODES)
        low, high = self._low * self._system.scale, self._high * self._system.scale
        low[cell] = high[cell] = distance
        self._search.bound(low, high)
        change = self._search.solve()
        return None if change is None else self._system.whole(change / self._system.scale)
