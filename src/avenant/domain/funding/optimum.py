"""The best use of an envelope under constraints: a mixed-integer program, proven optimal or with its gap.

What is maximised: the points of the projects retained, each in the proportion that it is funded. Amounts are cents,
checked again exactly after the solver: floating numbers choose, integers decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

import highspy
import numpy as np

from avenant.domain.french import format_euros, typeset
from avenant.domain.funding.allocation import (
    Candidate,
    Constraints,
    Scenario,
    Share,
    Till,
    checked,
    effective_floors,
    lower_least,
    unmet_floors,
)
from avenant.domain.highs import SolverFailure, new_solver
from avenant.domain.money import ZERO

NODES: Final = 20_000
"""Work limit of the search; past it the gap is shown."""

TOLERANCE: Final = Fraction(1, 100_000)
"""Share of the points below which an allocation is the best: cents move less than that."""

_ENDS: Final = {
    highspy.HighsModelStatus.kOptimal,
    highspy.HighsModelStatus.kSolutionLimit,
    highspy.HighsModelStatus.kIterationLimit,
    highspy.HighsModelStatus.kInfeasible,
}


def optimum(candidates: Iterable[Candidate], constraints: Constraints, *, nodes: int = NODES) -> Scenario:
    """The allocation of greatest points under the envelope, floors by territory, maximum by establishment, useful
    minimum, partial funding or not.

    A floor higher than what its territory can use is lowered to it. When the floors cannot be met (they exceed the
    envelope, or no whole project fits) they are dropped, and a note says it. ``proven``: no other allocation has more
    points; otherwise ``gap`` says how far at most. Raises SolverFailure when HiGHS ends without an answer.
    """
    listed = checked(candidates)
    amounts, proven, gap = _solved(listed, constraints, nodes, effective_floors(listed, constraints))
    dropped = amounts is None
    if amounts is None:
        amounts, proven, gap = _solved(listed, constraints, nodes, {})
    if amounts is None:
        raise SolverFailure("giving nothing is always possible")
    shares = _told(listed, constraints, amounts)
    notes = unmet_floors(listed, shares, constraints)
    if dropped:
        notes = (
            typeset("Les planchers par territoire ne peuvent pas être tenus ensemble : ils sont écartés ici."),
            *notes,
        )
    return Scenario(
        name="optimum",
        shares=tuple(shares),
        envelope=constraints.envelope,
        proven=proven,
        gap=gap,
        notes=notes,
    )


def _cents(amount: Decimal) -> int:
    return int(amount * 100)


def _solved(
    listed: Sequence[Candidate], constraints: Constraints, nodes: int, floors: dict[str, Decimal]
) -> tuple[dict[str, Decimal] | None, bool, Fraction]:
    """Amounts by key (None when nothing fits), whether they are proven best, and the gap."""
    if not listed or constraints.envelope <= 0:
        return {one.key: ZERO for one in listed}, True, Fraction(0)
    program = _Program(listed, constraints, floors)
    found = program.solve(nodes)
    if found is None:
        return None, True, Fraction(0)
    values, gap, bound = found
    amounts = _exact(listed, constraints, floors, values)
    return amounts, *_proof(listed, amounts, gap, bound)


def _proof(
    listed: Sequence[Candidate], amounts: dict[str, Decimal], gap: Fraction, bound: float
) -> tuple[bool, Fraction]:
    """Is the exact allocation the best: the points that it gives against the most that the solver says possible.

    Exact limits may have given up what tolerances admitted: the gap is then that of the amounts, not of the solver.
    """
    points = sum(
        (one.points * Fraction(amounts[one.key]) / Fraction(one.wanted) for one in listed if one.wanted), Fraction(0)
    )
    most = Fraction(bound)
    short = most - points
    if gap or short > TOLERANCE * max(most, Fraction(1)):
        return False, max(gap, Fraction(round(short / most * 1_000_000), 1_000_000) if short > 0 else gap)
    return True, Fraction(0)


class _Program:
    """Columns: retained (0 or 1) then the funded part of each project, between 0 and 1."""

    def __init__(self, listed: Sequence[Candidate], constraints: Constraints, floors: dict[str, Decimal]) -> None:
        self.count = len(listed)
        self.partial = constraints.partial
        wanted = [one.wanted for one in listed]
        usable = [bool(want) and want >= one.least for want, one in zip(wanted, listed, strict=True)]
        self.solver = new_solver(
            {
                "mip_rel_gap": 1e-6 if self.partial else 0.0,
                "mip_abs_gap": 1e-6 if self.partial else 0.999,
                "mip_feasibility_tolerance": 1e-7,
            }
        )
        size = np.array([_cents(want) / 100 for want in wanted])
        points = np.array([float(one.points) for one in listed])
        self._columns(usable, points)
        self._limits(listed, constraints, floors, size)
        if self.partial:
            self._useful(listed, wanted, usable)

    def _columns(self, usable: Sequence[bool], points: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
        upper = np.array([1.0 if one else 0.0 for one in usable])
        zero, total = np.zeros(self.count), self.count * (2 if self.partial else 1)
        empty = np.array([], dtype=np.int32)
        for costs in (np.zeros(self.count), -points) if self.partial else (-points,):
            self.solver.addCols(self.count, costs, zero, upper, 0, empty, empty, np.array([]))
        kinds = np.full(self.count, highspy.HighsVarType.kInteger, dtype=np.uint8)
        self.solver.changeColsIntegrality(self.count, np.arange(self.count, dtype=np.int32), kinds)
        self.first = total - self.count

    def _row(self, low: float, high: float, columns: Sequence[int], values: Sequence[float]) -> None:
        self.solver.addRow(low, high, len(columns), np.array(columns, dtype=np.int32), np.array(values, dtype=float))

    def _limits(
        self,
        listed: Sequence[Candidate],
        constraints: Constraints,
        floors: dict[str, Decimal],
        size: np.ndarray[tuple[int], np.dtype[np.float64]],
    ) -> None:
        infinite = highspy.kHighsInf
        everything = list(range(self.count))
        self._row(-infinite, float(constraints.envelope), [self.first + rank for rank in everything], list(size))
        places, owners = defaultdict(list), defaultdict(list)
        for rank, one in enumerate(listed):
            places[one.territory].append(rank)
            if one.establishment:
                owners[one.establishment].append(rank)
        for place, floor in floors.items():
            if floor > 0:
                ranks = places[place]
                self._row(float(floor), infinite, [self.first + rank for rank in ranks], [size[rank] for rank in ranks])
        most = constraints.per_establishment
        for ranks in owners.values() if most is not None else ():
            columns = [self.first + rank for rank in ranks]
            self._row(-infinite, float(most or ZERO), columns, [size[rank] for rank in ranks])

    def _useful(self, listed: Sequence[Candidate], wanted: Sequence[Decimal], usable: Sequence[bool]) -> None:
        """A retained project receives its useful minimum at least; one that is not receives nothing."""
        infinite = highspy.kHighsInf
        for rank, one in enumerate(listed):
            if not usable[rank]:
                continue
            self._row(0.0, infinite, [rank, self.first + rank], [1.0, -1.0])
            least = max(float(one.least / wanted[rank]), 0.01 / float(wanted[rank]))
            self._row(0.0, infinite, [self.first + rank, rank], [1.0, -least])

    def solve(self, nodes: int) -> tuple[list[float], Fraction, float] | None:
        """Parts, the gap of the search (zero: proven) and the most points possible; None when nothing fits."""
        self.solver.setOptionValue("mip_max_nodes", nodes)
        self.solver.run()
        if self.solver.getModelStatus() not in _ENDS:
            self.solver.clearSolver()
            self.solver.setOptionValue("mip_feasibility_tolerance", 1e-6)
            self.solver.run()
        status = self.solver.getModelStatus()
        if status not in _ENDS:
            raise SolverFailure(f"HiGHS ended with status {self.solver.modelStatusToString(status)}")
        info = self.solver.getInfo()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if info.primal_solution_status != highspy.kSolutionStatusFeasible:
            raise SolverFailure("HiGHS reached its work limit without any allocation")
        values = list(self.solver.getSolution().col_value)[self.first :]
        proven = status == highspy.HighsModelStatus.kOptimal
        gap = Fraction(0) if proven else Fraction(round(min(float(info.mip_gap), 1.0) * 1_000_000), 1_000_000)
        return values, gap, -float(info.objective_function_value if proven else info.mip_dual_bound)


def _exact(
    listed: Sequence[Candidate], constraints: Constraints, floors: dict[str, Decimal], values: Sequence[float]
) -> dict[str, Decimal]:
    """Whole cents from the solver's parts: cut down first, then what is left given in rank, floors before the rest.

    A part that the exact limits would bring under the useful minimum is given up.
    """
    till = Till(listed, Constraints(envelope=constraints.envelope, per_establishment=constraints.per_establishment))
    amounts = {}
    for one, part in zip(listed, values, strict=True):
        room, _ = till.room(one)
        amounts[one.key] = _part(one, part, room) if constraints.partial else _whole(one, part, room)
        till.take(one, amounts[one.key])
    if constraints.partial:
        behind = {place for place, floor in floors.items() if till.of_territory[place] < floor}
        for one in sorted(listed, key=lambda one: (one.territory not in behind, one.rank)):
            if amounts[one.key]:
                more = min(one.wanted - amounts[one.key], till.room(one)[0])
                amounts[one.key] += more
                till.take(one, more)
    return amounts


def _whole(one: Candidate, part: float, room: Decimal) -> Decimal:
    return one.wanted if part > 0.5 and one.least <= one.wanted <= room else ZERO


def _part(one: Candidate, part: float, room: Decimal) -> Decimal:
    """The cents of a part; a cent or two under the useful minimum is the solver's rounding and is given back."""
    wanted = one.wanted if part > 1 - 1e-7 else Decimal(int(part * _cents(one.wanted) + 1e-4)) / 100
    if wanted and wanted < one.least <= wanted + Decimal("0.02"):
        wanted = one.least
    amount = min(wanted, room)
    return amount.quantize(ZERO) if amount >= one.least else ZERO


def _told(listed: Sequence[Candidate], constraints: Constraints, amounts: dict[str, Decimal]) -> list[Share]:
    till = Till(listed, constraints)
    for one in listed:
        till.take(one, amounts[one.key])
    shares = []
    for one in listed:
        wanted, amount = one.wanted, amounts[one.key]
        if amount and amount == wanted:
            words = (
                f"Retenu en entier, {format_euros(amount)} : il fait partie du meilleur choix ({one.points} points)."
            )
            shares.append(Share(one.key, amount, typeset(words)))
        elif amount:
            words = (
                f"Retenu en partie, {format_euros(amount)} sur {format_euros(wanted)} : le reste sert mieux ailleurs."
            )
            shares.append(Share(one.key, amount, typeset(words), _missing(till, one, wanted - amount)))
        else:
            shares.append(_out(till, one, wanted))
    return shares


def _out(till: Till, one: Candidate, wanted: Decimal) -> Share:
    if not wanted:
        return Share(one.key, ZERO, typeset("Non retenu : son aide calculée est nulle."))
    if wanted < one.least:
        words = f"Non retenu : {format_euros(wanted)} est sous le minimum utile de {format_euros(one.least)}."
        return Share(one.key, ZERO, typeset(words), lower_least(wanted))
    own = till.own(one)
    words = f"Non retenu : ses {one.points} points pour {format_euros(wanted)} apportent moins que les projets retenus"
    if own is not None and own < wanted:
        words = "Non retenu : son établissement atteint son maximum"
    return Share(one.key, ZERO, typeset(words + "."), _missing(till, one, wanted))


def _missing(till: Till, one: Candidate, gap: Decimal) -> str:
    """What is enough for ``gap`` more, what the others receive staying: in the envelope, and by establishment."""
    own, most = till.own(one), till.constraints.per_establishment
    asked = []
    if own is not None and most is not None and own < gap:
        asked.append(f"un maximum de {format_euros(most + gap - own)} par établissement")
    if till.left < gap:
        asked.append(f"{format_euros(gap - till.left)} de plus dans l'enveloppe")
    with_ = f" avec {' et '.join(asked)}" if asked else ""
    return typeset(f"Le comité le ferait entrer en entier{with_}, sans rien retirer aux autres.")
