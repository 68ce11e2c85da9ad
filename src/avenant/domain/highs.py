"""The one way to make a HiGHS solver: same settings everywhere.

Two solver objects with different numbers of threads end silently without a result, so the number is set here and
nowhere else. Work is limited by counts of nodes and iterations, never by the clock: the same input gives the same
answer on a slow machine and on a fast one.
"""

from __future__ import annotations

import highspy


class SolverFailure(RuntimeError):
    """HiGHS ended without an answer: a defect to report, never a fact about the data."""


def new_solver(options: dict[str, int | str | bool | float] | None = None) -> highspy.Highs:
    """A silent, single-threaded, repeatable solver. Raises :class:`SolverFailure` when HiGHS refuses an option."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    fixed: dict[str, int | str | bool | float] = {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "random_seed": 0,
    }
    for name, value in (fixed | (options or {})).items():
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise SolverFailure(f"HiGHS refuses {name} = {value}")
    return solver
