"""Sharing an envelope among candidates: in the order of the committee, each with its reason and what brings it in.

Whatever the scenario: the envelope is never exceeded, no project receives more than it may, amounts are whole cents and
the same input gives the same allocation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
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

    def room(self, one: Candidate) -> tuple[Decimal, str]:
        """The most that this project may receive now, and the limit that says so."""
        kept = sum(
            (
                max(floor - self.of_territory[place], ZERO)
                for place, floor in self.reserved.items()
                if place != one.territory
            ),
            ZERO,
        )
        room, limit = max(self.left - kept, ZERO), "floor" if kept else "envelope"
        most = self.constraints.per_establishment
        if most is not None and one.establishment:
            own = most - self.of_establishment[one.establishment]
            if own < room:
                room, limit = max(own, ZERO), "establishment"
        return room, limit

    def take(self, one: Candidate, amount: Decimal) -> None:
        self.left -= amount
        self.of_establishment[one.establishment] += amount
        self.of_territory[one.territory] += amount


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


def in_order(candidates: Iterable[Candidate], constraints: Constraints, *, strict: bool = False) -> Scenario:
    """Each project in the order of rank receives its aid while it fits.

    One that does not fit receives what is left when partial funding is allowed and that is useful; otherwise it is
    out, and the next is tried (``strict``: nobody after the first who is out).
    """
    listed = checked(candidates)
    till = Till(listed, constraints)
    shares, stopped = [], ""
    for one in listed:
        wanted = one.wanted
        room, limit = till.room(one)
        amount = wanted if wanted <= room else room if constraints.partial and room >= one.least else ZERO
        if stopped or amount < one.least:
            amount = ZERO
        till.take(one, amount)
        shares.append(_told(one, amount, wanted, room, limit, stopped))
        if strict and not amount and wanted and not stopped:
            stopped = one.key
    return Scenario(
        name="in_order",
        shares=tuple(shares),
        envelope=constraints.envelope,
        notes=unmet_floors(listed, shares, constraints),
    )


_LIMITS = {
    "envelope": "l'enveloppe ne laisse que {room} à son rang",
    "floor": "{room} restent à son rang, le reste de l'enveloppe étant réservé à d'autres territoires",
    "establishment": "son établissement atteint son maximum : il lui reste {room}",
}


def _told(one: Candidate, amount: Decimal, wanted: Decimal, room: Decimal, limit: str, stopped: str) -> Share:
    if amount and amount == wanted:
        return Share(one.key, amount, typeset(f"Retenu au rang {one.rank} : {format_euros(amount)}, son aide entière."))
    why = _LIMITS[limit].format(room=format_euros(room))
    if amount:
        reason = f"Retenu en partie au rang {one.rank} : {format_euros(amount)} sur {format_euros(wanted)}, car {why}."
        return Share(one.key, amount, typeset(reason), _more(wanted - room, limit))
    if not wanted:
        return Share(one.key, ZERO, typeset("Non retenu : son aide calculée est nulle."))
    if stopped:
        return Share(one.key, ZERO, typeset(f"Non retenu : le rang s'arrête à {stopped}, qui n'a pas pu être financé."))
    if wanted < one.least:
        why = f"son aide de {format_euros(wanted)} est sous le minimum utile de {format_euros(one.least)}"
        return Share(one.key, ZERO, typeset(f"Non retenu : {why}."), typeset("Il faudrait un minimum utile plus bas."))
    return Share(
        one.key,
        ZERO,
        typeset(f"Non retenu : {why}, pour {format_euros(wanted)} demandés."),
        _more(wanted - room, limit),
    )


def _more(gap: Decimal, limit: str) -> str:
    where = {
        "envelope": "dans l'enveloppe",
        "floor": "hors des montants réservés",
        "establishment": "au maximum de l'établissement",
    }
    return typeset(f"Il entrerait en entier avec {format_euros(gap)} de plus {where[limit]}.")


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


def beside(scenarios: Sequence[Scenario]) -> dict[str, tuple[Decimal, ...]]:
    """Scenarios side by side: each project with its amount in each, in the order of the first."""
    amounts: list[Callable[[str], Decimal]] = [
        {one.key: one.amount for one in scenario.shares}.__getitem__ for scenario in scenarios
    ]
    return {one.key: tuple(read(one.key) for read in amounts) for one in scenarios[0].shares} if scenarios else {}
