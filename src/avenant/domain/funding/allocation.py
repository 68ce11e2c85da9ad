"""Sharing an envelope among candidates: who asks, under which limits, and what each receives with its reason.

Whatever the scenario: the envelope is never exceeded, no project receives more than it may, amounts are whole cents and
the same input gives the same allocation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from avenant.domain.french import format_euros, typeset
from avenant.domain.money import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A project in the committee's order. ``rank`` from 1, no two alike.

    ``amount`` is the aid that the rulebook computes; ``base`` the eligible cost; ``ceiling`` the most that it may
    receive at any rate (cap, room under the public aids). ``least`` is the smallest useful amount. ``payroll`` None:
    not known.
    """

    key: str
    rank: int
    amount: Decimal
    points: int = 1
    base: Decimal = ZERO
    ceiling: Decimal | None = None
    least: Decimal = ZERO
    establishment: str = ""
    territory: str = ""
    payroll: Decimal | None = None

    @property
    def most(self) -> Decimal:
        """The most that it may receive at any rate."""
        return self.amount if self.ceiling is None else self.ceiling

    @property
    def wanted(self) -> Decimal:
        """Its aid, within the most that it may receive."""
        return min(self.amount, self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """The envelope and what the region asks of its sharing. ``floors`` are euros kept for a territory, if it asks them.

    Raises ValueError on a negative envelope.
    """

    envelope: Decimal
    floors: Mapping[str, Decimal] = field(default_factory=dict)
    per_establishment: Decimal | None = None
    partial: bool = True

    def __post_init__(self) -> None:
        if self.envelope < 0:
            raise ValueError("an envelope is positive or zero")


@dataclass(frozen=True, slots=True)
class Share:
    """What a project receives in a scenario, why, and what would bring it in (or bring it whole)."""

    key: str
    amount: Decimal
    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """An allocation. ``proven`` and ``gap`` speak of the optimum only; ``unmet`` are floors that no demand fills."""

    name: str
    shares: tuple[Share, ...]
    envelope: Decimal
    rate: Fraction | None = None
    proven: bool | None = None
    gap: Fraction | None = None
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> Decimal:
        return sum((one.amount for one in self.shares), ZERO)

    @property
    def left(self) -> Decimal:
        return self.envelope - self.total

    def of(self, key: str) -> Share:
        """The share of a project. Raises KeyError when it is not a candidate."""
        for one in self.shares:
            if one.key == key:
                return one
        raise KeyError(key)


class Till:
    """The envelope as it empties: what one more project may receive, and which limit holds it."""

    def __init__(self, candidates: Sequence[Candidate], constraints: Constraints) -> None:
        self.constraints = constraints
        self.left = constraints.envelope
        self.of_establishment: dict[str, Decimal] = defaultdict(lambda: ZERO)
        self.of_territory: dict[str, Decimal] = defaultdict(lambda: ZERO)
        self.reserved = effective_floors(candidates, constraints)

    def kept_from(self, one: Candidate) -> Decimal:
        """What the envelope keeps for the territories of the others."""
        return kept_for_others(self.reserved, self.of_territory, one.territory)

    def open_to(self, one: Candidate) -> Decimal:
        """What the envelope leaves to this project; negative when less is left than is kept for others."""
        return self.left - self.kept_from(one)

    def own(self, one: Candidate) -> Decimal | None:
        """What the maximum of its establishment leaves to this project; None without one."""
        most = self.constraints.per_establishment
        return None if most is None or not one.establishment else most - self.of_establishment[one.establishment]

    def room(self, one: Candidate) -> tuple[Decimal, str]:
        """The most that this project may receive now, and the limit that says so."""
        kept, own = self.kept_from(one), self.own(one)
        room, limit = max(self.left - kept, ZERO), "floor" if kept else "envelope"
        return (max(own, ZERO), "establishment") if own is not None and own < room else (room, limit)

    def take(self, one: Candidate, amount: Decimal) -> None:
        self.left -= amount
        self.of_establishment[one.establishment] += amount
        self.of_territory[one.territory] += amount


def kept_for_others(floors: Mapping[str, Decimal], given: Mapping[str, Decimal], territory: str) -> Decimal:
    """What is still to be kept of the floors of the other territories, ``given`` being what each has received."""
    return sum(
        (max(floor - given.get(place, ZERO), ZERO) for place, floor in floors.items() if place != territory), ZERO
    )


def effective_floors(candidates: Iterable[Candidate], constraints: Constraints) -> dict[str, Decimal]:
    """Each territory's floor, no higher than what its projects may receive, establishment limits counted."""
    asked: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for one in candidates:
        asked[one.territory, one.establishment] += one.wanted
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    most = constraints.per_establishment
    for (place, establishment), amount in asked.items():
        sums[place] += amount if most is None or not establishment else min(amount, most)
    return {place: min(floor, sums[place]) for place, floor in constraints.floors.items()}


def checked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates by rank. Raises ValueError on two of one rank or key, or on a negative amount or payroll."""
    listed = sorted(candidates, key=lambda one: one.rank)
    if len({one.key for one in listed}) != len(listed) or len({one.rank for one in listed}) != len(listed):
        raise ValueError("each project has its own key and rank")
    if any(min(one.amount, one.base, one.most, one.least, one.payroll or ZERO) < 0 for one in listed):
        raise ValueError("amounts are positive or zero")
    return listed


def lower_least(needed: Decimal) -> str:
    """What must come first for a project under the useful minimum."""
    return typeset(f"Il faudrait d'abord un minimum utile de {format_euros(needed)} au plus.")


def unmet_floors(listed: Sequence[Candidate], shares: Sequence[Share], constraints: Constraints) -> tuple[str, ...]:
    """The floors that an allocation leaves unmet."""
    place = {one.key: one.territory for one in listed}
    got: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for one in shares:
        got[place[one.key]] += one.amount
    return tuple(
        typeset(f"Le territoire {name} reçoit {format_euros(got[name])} pour un plancher de {format_euros(floor)}.")
        for name, floor in sorted(constraints.floors.items())
        if got[name] < floor
    )
