"""A publication as arrays: what the engines and the auditor compute on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from avenant.domain.disclosure.cells import Equation, Publication, Showing
from avenant.domain.disclosure.primary import Assessment
from avenant.domain.disclosure.solver import INFINITY, Floats, Indices, Integers, Mask
from avenant.domain.disclosure.witness import Witness

LARGEST_BITS = 20


def equation_rows(equations: Iterable[Equation], number: Mapping[str, int]) -> tuple[Indices, Indices, Floats]:
    """The equations as sparse rows: where each starts, its cells, their signs."""
    starts: list[int] = []
    index: list[int] = []
    sign: list[int] = []
    for equation in equations:
        starts.append(len(index))
        for key, coefficient in equation.terms():
            index.append(number[key])
            sign.append(coefficient)
    return np.array(starts, dtype=np.int32), np.array(index, dtype=np.int32), np.array(sign, dtype=np.float64)


@dataclass(frozen=True)
class System:
    """Cells numbered in the order of their keys; ``down`` and ``up``: how far each may move from its true value."""

    keys: tuple[str, ...]
    number: Mapping[str, int]
    value: Integers
    down: Floats
    up: Floats
    rows: tuple[Indices, Indices, Floats]
    scale: float
    """Changes are solved in this unit, a power of two, so that the largest keep within the solver's precision."""

    @classmethod
    def of(cls, publication: Publication) -> System:
        """Number the cells and write the equations."""
        cells = tuple(publication.cells.values())
        number = {cell.key: position for position, cell in enumerate(cells)}
        value = np.array([cell.value for cell in cells], dtype=np.int64)
        down = (value - np.array([cell.floor for cell in cells], dtype=np.int64)).astype(np.float64)
        ceiling = np.array([INFINITY if cell.ceiling is None else cell.ceiling for cell in cells], dtype=np.float64)
        return cls(
            tuple(number),
            number,
            value,
            down,
            ceiling - value,
            equation_rows(publication.equations, number),
            2.0 ** max(0, int(value.max(initial=0)).bit_length() - LARGEST_BITS),
        )

    @property
    def size(self) -> int:
        """Number of cells."""
        return len(self.keys)

    def mask(self, keys: Iterable[str]) -> Mask:
        """True at these cells."""
        found = np.zeros(self.size, dtype=np.bool_)
        found[[self.number[key] for key in keys if key in self.number]] = True
        return found

    def names(self, mask: Mask) -> tuple[str, ...]:
        """Keys of the cells where the mask is true, in order."""
        return tuple(self.keys[position] for position in np.flatnonzero(mask))

    def balanced(self, change: Integers) -> bool:
        """Whether whole-number changes keep every equation."""
        starts, index, sign = self.rows
        if not len(starts):
            return True
        return not np.add.reduceat(change[index] * sign.astype(np.int64), starts).any()

    def whole(self, change: Floats) -> Integers | None:
        """Changes solved in the unit ``scale``, as whole numbers when these balance and keep within bounds."""
        rounded = np.rint(change * self.scale)
        exact = rounded.astype(np.int64)
        fits = bool((-self.down <= rounded).all() and (rounded <= self.up).all())
        return exact if fits and self.balanced(exact) else None

    def witness(self, change: Integers) -> Witness:
        """The witness of these changes."""
        return Witness({self.keys[position]: int(change[position]) for position in np.flatnonzero(change)})


@dataclass(frozen=True)
class Task:
    """One cell, one side, the readers for whom it must be able to move by ``distance`` (negative: downwards)."""

    cell: int
    distance: int
    attackers: tuple[int, ...]


@dataclass(frozen=True)
class Problem:
    """An assessment ready for the engines: what may be hidden, what must be, and what to reach."""

    assessment: Assessment
    system: System
    may_hide: Mask
    must_hide: Mask
    known: tuple[Mask, ...]
    tasks: tuple[Task, ...]

    @classmethod
    def of(cls, assessment: Assessment) -> Problem:
        """Write the requirements as moves, the longest first, in an order that depends on the content only."""
        publication = assessment.publication
        system = System.of(publication)
        showing = [cell.showing for cell in publication.cells.values()]
        free = np.array([one is Showing.FREE for one in showing], dtype=bool)
        never = np.array([one is Showing.NEVER for one in showing], dtype=bool)
        position = {attacker.name: place for place, attacker in enumerate(assessment.attackers)}
        tasks = [
            Task(system.number[one.key], bound - truth, tuple(position[name] for name in one.against))
            for one in assessment.requirements
            for truth in (publication.cells[one.key].value,)
            for bound in one.open_bounds(truth)
        ]
        tasks.sort(key=lambda task: (-abs(task.distance), task.cell, task.distance))
        return cls(
            assessment,
            system,
            free | never,
            never | (free & system.mask(assessment.primary)),
            tuple(system.mask(attacker.knows) for attacker in assessment.attackers),
            tuple(tasks),
        )
