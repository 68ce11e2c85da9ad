"""From an assessment to what is hidden: three engines under one contract, chosen by size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import isqrt

import numpy as np

from avenant.domain.disclosure.cells import Cell
from avenant.domain.disclosure.exact import by_cuts
from avenant.domain.disclosure.flow import by_flow
from avenant.domain.disclosure.hypercube import by_hypercubes
from avenant.domain.disclosure.pattern import Engine, Pattern
from avenant.domain.disclosure.primary import Assessment
from avenant.domain.disclosure.system import Problem
from avenant.domain.disclosure.witness import Proof

EXACT_CELLS, EXACT_QUESTIONS = 500, 400
FLOW_CELLS = 500
"""Sizes up to which an engine is chosen: measured, see docs/explanation/disclosure-control.md."""


class Method(StrEnum):
    """The engines."""

    EXACT = "exact"
    FLOW = "flow"
    HYPERCUBE = "hypercube"


ENGINES: dict[Method, Engine] = {
    Method.EXACT: by_cuts,
    Method.FLOW: by_flow,
    Method.HYPERCUBE: by_hypercubes,
}

Weigh = Callable[[Cell], int]
"""What hiding a cell costs; engines look for the lightest set."""


def by_number(cell: Cell) -> int:
    """Hide as few cells as possible."""
    return 1


def by_root(cell: Cell) -> int:
    """Rather two small cells than one large: the square root of the value, the usual compromise."""
    return 1 + isqrt(cell.value)


def by_value(cell: Cell) -> int:
    """Hide as little of the total as possible."""
    return cell.value


@dataclass(frozen=True)
class Protection:
    """What to hide, and the proofs gathered on the way. It is not released before the audit says so."""

    assessment: Assessment
    hidden: frozenset[str]
    method: Method
    proofs: tuple[Proof, ...]

    @property
    def secondary(self) -> frozenset[str]:
        """Cells of the tables hidden only to protect others."""
        never = {key for key in self.hidden if key not in self.shown}
        return self.hidden - self.assessment.primary - never

    @property
    def shown(self) -> dict[str, int | None]:
        """What readers would see."""
        return self.assessment.publication.shown(self.hidden)


def protect(assessment: Assessment, *, weigh: Weigh | None = None, method: Method | None = None) -> Protection:
    """Hide the sensitive cells and enough others, for every reader of the assessment.

    The engine follows the size unless it is named: exact for small tables (weighing by the square root of the
    value), flow for middle ones (as few cells as possible), hypercubes for large ones. The same assessment gives the
    same result, byte for byte. A cell that cannot be protected, because what is always shown gives it away, is left
    for the audit to refuse.
    """
    problem = Problem.of(assessment)
    chosen = method or _method_for(problem)
    weigh = weigh or (by_root if chosen is Method.EXACT else by_number)
    cells = assessment.publication.cells.values()
    pattern = ENGINES[chosen](problem, np.array([max(weigh(cell), 0) for cell in cells], dtype=np.int64))
    return Protection(assessment, frozenset(problem.system.names(pattern.hidden)), chosen, proofs_of(pattern))


def _method_for(problem: Problem) -> Method:
    questions = sum(len(task.attackers) for task in problem.tasks)
    if problem.system.size <= EXACT_CELLS and questions <= EXACT_QUESTIONS:
        return Method.EXACT
    return Method.FLOW if problem.system.size <= FLOW_CELLS else Method.HYPERCUBE


def proofs_of(pattern: Pattern) -> tuple[Proof, ...]:
    """The proofs of a pattern by name."""
    problem, found = pattern.problem, []
    for number, task in enumerate(problem.tasks):
        witnesses = tuple(problem.system.witness(move) for move in pattern.proofs.get(number, ()))
        key = problem.system.keys[task.cell]
        bound = int(problem.system.value[task.cell]) + task.distance
        found.append(Proof(key, bound, witnesses))
    return tuple(found)
