"""Linear and integer programs of the disclosure control, and no result without its status checked."""

from __future__ import annotations

from enum import IntEnum

import highspy
import numpy as np
import numpy.typing as npt

from avenant.domain.highs import SolverFailure, new_solver

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

INFINITY = highspy.kHighsInf


class Simplex(IntEnum):
    """Which simplex: primal when only the objective changes (attacks), dual when bounds do (protection)."""

    DUAL = 1
    PRIMAL = 4


_EXPECTED = {highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible}
_LIMITS = {highspy.HighsModelStatus.kSolutionLimit, highspy.HighsModelStatus.kIterationLimit}

ITERATIONS = 50_000
"""Work limit of one linear program: primal simplex can stall on a degenerate table."""


class Program:
    """A linear or integer program over bounded columns, solved again and again with other bounds and costs."""

    def __init__(
        self,
        *,
        columns: int,
        rows: tuple[Indices, Indices, Floats],
        simplex: Simplex = Simplex.DUAL,
        integer: bool = False,
        nodes: int = 0,
    ) -> None:
        """``rows`` are (start, index, coefficient); every row equals zero. ``nodes``: limit of an integer search."""
        options: dict[str, int | str | bool | float] = {"simplex_strategy": int(simplex)}
        if integer:
            options |= {"mip_rel_gap": 0.0, "mip_abs_gap": 0.5, "mip_feasibility_tolerance": 1e-7}
            if nodes:
                options["mip_max_nodes"] = nodes
        else:
            options |= {"presolve": "off", "solver": "simplex", "simplex_iteration_limit": ITERATIONS}
        solver = new_solver(options)
        solver.addVars(columns, np.zeros(columns), np.zeros(columns))
        if integer:
            everywhere = np.arange(columns, dtype=np.int32)
            solver.changeColsIntegrality(
                columns, everywhere, np.full(columns, highspy.HighsVarType.kInteger, dtype=np.uint8)
            )
        self._solver = solver
        self._integer = integer
        self._columns = np.arange(columns, dtype=np.int32)
        self._costs = np.zeros(columns)
        starts, index, coefficient = rows
        zero = np.zeros(len(starts))
        solver.addRows(len(starts), zero, zero, len(index), starts, index, coefficient)

    def bound(self, low: Floats, high: Floats) -> None:
        """Set the bounds of every column."""
        self._solver.changeColsBounds(len(self._columns), self._columns, low, high)

    def bound_one(self, column: int, low: float, high: float) -> None:
        """Set the bounds of one column."""
        self._solver.changeColBounds(column, low, high)

    def cost(self, costs: Floats) -> None:
        """Set what is minimised."""
        changed = np.flatnonzero(costs != self._costs).astype(np.int32)
        if len(changed):
            self._solver.changeColsCost(len(changed), changed, costs[changed])
            self._costs = costs.copy()

    def require(self, index: Indices, value: Floats, at_least: float) -> None:
        """Add a row."""
        self._solver.addRow(at_least, INFINITY, len(index), index, value)

    def suggest(self, values: Floats) -> None:
        """Give a starting solution of an integer program."""
        self._solver.setSolution(len(values), self._columns, values)

    def solve(self) -> Floats | None:
        """Values of the columns at the optimum, None when nothing fits or when the work limit is reached without a
        solution.

        Raises :class:`SolverFailure` when HiGHS ends otherwise, after a second try from scratch."""
        self._solver.run()
        if self._solver.getModelStatus() not in _EXPECTED:
            self._solver.clearSolver()
            self._solver.run()
        status = self._solver.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            return np.array(self._solver.getSolution().col_value)
        if status not in _EXPECTED | _LIMITS:
            raise SolverFailure(f"HiGHS ended with status {self._solver.modelStatusToString(status)}")
        solution = self._solver.getSolution()
        feasible = self._integer and self._solver.getInfo().primal_solution_status == highspy.kSolutionStatusFeasible
        return np.array(solution.col_value) if feasible else None

    def reduced_costs(self) -> Floats:
        """Reduced costs of the last optimum."""
        return np.array(self._solver.getSolution().col_dual)
