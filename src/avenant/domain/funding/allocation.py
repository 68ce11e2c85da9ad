"""Sharing an envelope: scenarios side by side, each with the reason why a project is in or out, and what brings it in.

Whatever the scenario: the envelope is never exceeded, no project receives more than it may, amounts are whole cents and
the same input gives the same allocation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from avenant.domain.french import enumerate_in_words, format_euros, typeset
from avenant.domain.money import ZERO, share, split
from avenant.domain.rules.parameters import rate_in_words


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
        return self.amount if self.ceiling is None else self.ceiling


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """The envelope and what the region asks of its sharing. ``floors`` are euros kept for a territory, if it asks them."""

    envelope: Decimal
    floors: Mapping[str, Decimal] = field(default_factory=dict)
    per_establishment: Decimal | None = None
    partial: bool = True


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
        return next(one for one in self.shares if one.key == key)


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
        asked[one.territory, one.establishment or one.key] += min(one.amount, one.most)
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for (place, _), amount in asked.items():
        most = constraints.per_establishment
        sums[place] += amount if most is None else min(amount, most)
    return {place: min(floor, sums[place]) for place, floor in constraints.floors.items()}


def checked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates by rank. Raises ValueError on two of one rank or key, or on a negative amount."""
    listed = sorted(candidates, key=lambda one: one.rank)
    if len({one.key for one in listed}) != len(listed) or len({one.rank for one in listed}) != len(listed):
        raise ValueError("each project has its own key and rank")
    if any(one.amount < 0 or one.most < 0 or one.least < 0 for one in listed):
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
        wanted = min(one.amount, one.most)
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


def uniform_rate(
    candidates: Iterable[Candidate],
    constraints: Constraints,
    *,
    maximum: Fraction,
    step: Fraction = Fraction(1, 10_000),
) -> Scenario:
    """One rate for all, the highest that the envelope allows, up to ``maximum``, in steps of a hundredth of a point.

    Each project receives rate × base within its ceiling. While some would receive less than their useful minimum, the
    worse-ranked half of them leaves and the rate is searched again for the others.
    """
    listed = checked(candidates)
    kept = list(listed)
    while True:
        rate = _highest(kept, constraints, maximum, step)
        given = _at(kept, constraints, rate)
        short = [one for one in kept if given[one.key] < one.least]
        if not short:
            break
        kept = _without_worst(kept, short)
    shares = []
    for one in listed:
        amount = given.get(one.key, ZERO)
        if amount:
            words = f"Retenu au taux de {rate_in_words(rate)} : {format_euros(amount)}"
            words += ", son plafond." if amount < share(one.base, rate) else "."
            shares.append(Share(one.key, amount, typeset(words)))
        else:
            least = f"le taux commun lui donnerait moins que le minimum utile de {format_euros(one.least)}"
            words = least if one.least else "le taux commun ne lui donne rien"
            shares.append(
                Share(one.key, ZERO, typeset(f"Non retenu : {words}."), typeset("Il faudrait un taux plus haut."))
            )
    notes = unmet_floors(listed, shares, constraints)
    return Scenario(name="uniform_rate", shares=tuple(shares), envelope=constraints.envelope, rate=rate, notes=notes)


def _without_worst(kept: Sequence[Candidate], short: Sequence[Candidate]) -> list[Candidate]:
    leaving = {one.key for one in short[len(short) // 2 :]}
    return [one for one in kept if one.key not in leaving]


def _at(kept: Sequence[Candidate], constraints: Constraints, rate: Fraction) -> dict[str, Decimal]:
    used: dict[str, Decimal] = defaultdict(lambda: ZERO)
    given = {}
    for one in kept:
        amount = min(share(one.base, rate), one.most)
        if constraints.per_establishment is not None and one.establishment:
            amount = max(min(amount, constraints.per_establishment - used[one.establishment]), ZERO)
            used[one.establishment] += amount
        given[one.key] = amount
    return given


def _highest(kept: Sequence[Candidate], constraints: Constraints, maximum: Fraction, step: Fraction) -> Fraction:
    def fits(count: int) -> bool:
        rate = min(count * step, maximum)
        return sum(_at(kept, constraints, rate).values(), ZERO) <= constraints.envelope

    low, high = 0, -(-maximum // step)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return min(low * step, maximum)


def by_payroll(candidates: Iterable[Candidate], constraints: Constraints) -> Scenario:
    """The envelope in proportion to the payroll of each establishment; what one cannot use goes to the others.

    Inside an establishment, projects are served in rank. A project whose payroll is unknown receives nothing here and
    says so. Shares under the useful minimum leave by the bottom of the ranking, half of them at a
    time, and are shared again.
    """
    listed = checked(candidates)
    known = [one for one in listed if one.payroll]
    while True:
        given = _by_weight(known, constraints)
        short = [one for one in known if given[one.key] < one.least]
        if not short:
            break
        known = _without_worst(known, short)
    shares = []
    for one in listed:
        amount = given.get(one.key, ZERO)
        if amount:
            reason = "Retenu en proportion de la masse salariale"
            words = f"{reason} : {format_euros(amount)} sur {format_euros(one.amount)} calculés."
            shares.append(Share(one.key, amount, typeset(words)))
        elif one.payroll is None:
            remedy = typeset("Renseignez la masse salariale de l'établissement.")
            shares.append(Share(one.key, ZERO, typeset("Non calculé : la masse salariale manque."), remedy))
        else:
            words = f"Non retenu : sa part est sous le minimum utile de {format_euros(one.least)}."
            shares.append(Share(one.key, ZERO, typeset(words), typeset("Il faudrait une enveloppe plus grande.")))
    notes = unmet_floors(listed, shares, constraints)
    return Scenario(name="by_payroll", shares=tuple(shares), envelope=constraints.envelope, notes=notes)


def reference_shares(envelope: Decimal, payrolls: Mapping[str, Decimal | None]) -> dict[str, Decimal | None]:
    """The reference share of each structure: envelope × its payroll / all known payrolls; None where it is unknown."""
    known = {key: payroll for key, payroll in payrolls.items() if payroll}
    parts = split(envelope, [Fraction(one) for one in known.values()]) if known else []
    shares = dict(zip(known, parts, strict=True))
    return {key: shares.get(key) for key in payrolls}


def _by_weight(known: Sequence[Candidate], constraints: Constraints) -> dict[str, Decimal]:
    """Water filling: who reaches its ceiling gives the rest back, until nobody does."""
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for one in known:
        groups[one.establishment or one.key].append(one)
    ceilings = {name: sum((min(one.amount, one.most) for one in group), ZERO) for name, group in groups.items()}
    if constraints.per_establishment is not None:
        ceilings = {name: min(one, constraints.per_establishment) for name, one in ceilings.items()}
    payrolls = {name: Fraction(group[0].payroll or ZERO) for name, group in groups.items()}
    left, open_groups, given = constraints.envelope, list(groups), dict.fromkeys(groups, ZERO)
    while open_groups:
        parts = dict(zip(open_groups, split(left, [payrolls[name] for name in open_groups]), strict=True))
        full = [name for name in open_groups if parts[name] >= ceilings[name]]
        for name in full or open_groups:
            given[name] = ceilings[name] if full else parts[name]
        left -= sum((given[name] for name in full), ZERO)
        open_groups = [name for name in open_groups if name not in full] if full else []
    amounts = {}
    for name, group in groups.items():
        rest = given[name]
        for one in group:
            amounts[one.key] = min(rest, one.amount, one.most)
            rest -= amounts[one.key]
    return amounts


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


def names_in_words(keys: Iterable[str], *, most: int = 5) -> str:
    """A few names, then how many more."""
    listed = list(keys)
    rest = len(listed) - most
    return enumerate_in_words(listed if rest <= 0 else [*listed[:most], f"{rest} autres"])
