"""Sharing an envelope by one rule for all: one rate, or the payroll of each establishment.

Rates and shares are searched in whole cents: thousands of projects take a fraction of a second.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from math import ceil
from typing import Final, TypeVar

from avenant.domain.french import format_euros, typeset
from avenant.domain.funding.allocation import (
    Candidate,
    Constraints,
    Scenario,
    Share,
    checked,
    lower_least,
    unmet_floors,
)
from avenant.domain.money import ZERO, split
from avenant.domain.rules.parameters import rate_in_words

Told = TypeVar("Told")
DROPPED: Final = typeset("Les planchers par territoire ne peuvent pas être tenus ensemble : ils sont écartés ici.")


def in_cents(amount: Decimal) -> int:
    """A whole number of cents. Raises ValueError when the amount is not one."""
    numerator, denominator = amount.as_integer_ratio()
    whole, rest = divmod(numerator * 100, denominator)
    if rest:
        raise ValueError(f"{amount} is not a whole number of cents")
    return whole


def in_euros(cents: int) -> Decimal:
    """The amount of so many cents."""
    return Decimal(cents).scaleb(-2)


@dataclass(frozen=True, slots=True)
class _Counted:
    """A candidate in whole cents."""

    key: str
    base: int
    wanted: int
    most: int
    least: int
    establishment: str
    territory: str
    payroll: int


def _counted(one: Candidate) -> _Counted:
    return _Counted(
        one.key, in_cents(one.base), in_cents(one.wanted), in_cents(one.most), in_cents(one.least), one.establishment,
        one.territory, in_cents(one.payroll or ZERO),
    )  # fmt: skip


def uniform_rate(
    candidates: Iterable[Candidate],
    constraints: Constraints,
    *,
    maximum: Fraction,
    step: Fraction = Fraction(1, 10_000),
) -> Scenario:
    """One rate for all, the highest that the envelope allows, up to ``maximum``, in steps of a hundredth of a point.

    Each project receives rate × base within its ceiling. A territory whose floor asks more has a higher rate of its
    own, the lowest that reaches its floor (or all that its projects may receive); floors that the envelope cannot meet
    together are dropped, and a note says it. While some would receive less than their useful minimum, the worse-ranked
    half of them leaves and the rate is searched again for the others.
    """
    listed = checked(candidates)
    envelope, own = in_cents(constraints.envelope), _own(constraints)
    floors = {place: in_cents(floor) for place, floor in constraints.floors.items() if floor}

    def shared(kept: Sequence[_Counted]) -> tuple[_Rates, dict[str, int]]:
        rates = _rates(kept, envelope, own, floors, maximum, step)
        return rates, _at(kept, own, rates.of)

    rates, given = _useful([_counted(one) for one in listed], shared)
    shares, demand = [], _Demand([_counted(one) for one in listed], maximum, step)
    for one in listed:
        amount, rate = in_euros(given.get(one.key, 0)), rates.of(one.territory)
        if amount:
            words = f"Retenu au taux de {rate_in_words(rate)}"
            words += ", garanti à son territoire" if rate > rates.common else ""
            words += f" : {format_euros(amount)}"
            words += "." if amount == in_euros(_rounded_share(in_cents(one.base), rate)) else ", son plafond."
            shares.append(Share(one.key, amount, typeset(words)))
        else:
            shares.append(_without_rate(one, constraints, demand))
    notes = (*((DROPPED,) if rates.dropped else ()), *unmet_floors(listed, shares, constraints))
    return Scenario(
        name="uniform_rate", shares=tuple(shares), envelope=constraints.envelope, rate=rates.common, notes=notes
    )


def _without_rate(one: Candidate, constraints: Constraints, demand: _Demand) -> Share:
    """A project that the common rate leaves without an aid: why, and the rate and envelope that are enough for it."""
    possible, useful = min(one.most, one.base), f"le minimum utile de {format_euros(one.least)}"
    if not possible:
        return Share(one.key, ZERO, typeset("Non retenu : les règles ne lui permettent aucune aide."))
    if possible < one.least:
        words = f"Non retenu : les règles lui permettent {format_euros(possible)}, sous {useful}."
        return Share(one.key, ZERO, typeset(words), lower_least(possible))
    found = demand.rate_for(_counted(one))
    if found is None:
        words = f"Non retenu : {rate_in_words(demand.maximum)} de son coût éligible, c'est moins que {useful}."
        remedy = "Il faudrait d'abord un taux maximum plus haut, ou un minimum utile plus bas."
        return Share(one.key, ZERO, typeset(words), typeset(remedy))
    rate, why = rate_in_words(found), f"pour atteindre {useful}" if one.least else "pour recevoir une aide"
    words = f"Non retenu : {why}, il lui faut un taux de {rate}, que l'enveloppe ne permet pas à tous."
    remedy = f"Il faudrait un taux de {rate} au moins dans son territoire."
    if constraints.per_establishment is not None and one.establishment:
        words = (
            f"Non retenu : {why}, il lui faut un taux de {rate} et que son établissement ait encore droit à ce montant."
        )
        remedy = f"Il faudrait un taux de {rate} au moins, et que le maximum par établissement le permette."
    elif not constraints.floors:
        more = in_euros(max(demand.at(found) - in_cents(constraints.envelope), 0))
        remedy = f"Il entrerait au taux de {rate} : au plus {format_euros(more)} de plus dans l'enveloppe."
    return Share(one.key, ZERO, typeset(words), typeset(remedy))


class _Demand:
    """What all the projects together receive at a rate, rounded up: enough for any of them to be served at that rate."""

    def __init__(self, listed: Sequence[_Counted], maximum: Fraction, step: Fraction) -> None:
        self.maximum, self.step = maximum, step
        ordered = sorted((Fraction(one.most, one.base), one.most, one.base) for one in listed if one.base)
        self.full = [one[0] for one in ordered]
        self.capped = [0, *accumulate(one[1] for one in ordered)]
        self.bases = [0, *accumulate(one[2] for one in ordered)]

    def rate_for(self, one: _Counted) -> Fraction | None:
        """The lowest rate at which a project has its useful minimum; None above the maximum."""
        steps = -(-self.maximum // self.step)

        def reached(number: int) -> bool:
            rate = min(number * self.step, self.maximum)
            return min(_rounded_share(one.base, rate), one.most) >= max(one.least, 1)

        number = _first(steps, reached)
        return min(number * self.step, self.maximum) if reached(number) else None

    def at(self, rate: Fraction) -> int:
        """Cents that are enough for everybody at this rate."""
        full = bisect_right(self.full, rate)
        others = self.bases[-1] - self.bases[full]
        return self.capped[full] + ceil(rate * others) + len(self.full) - full


@dataclass(frozen=True, slots=True)
class _Rates:
    """The common rate, and the lowest rate of each territory that has a floor; ``dropped``: floors were set aside."""

    common: Fraction
    lowest: Mapping[str, Fraction]
    dropped: bool

    def of(self, territory: str) -> Fraction:
        return max(self.common, self.lowest.get(territory, self.common))


def _own(constraints: Constraints) -> int | None:
    return None if constraints.per_establishment is None else in_cents(constraints.per_establishment)


def _useful(
    kept: list[_Counted], shared: Callable[[Sequence[_Counted]], tuple[Told, dict[str, int]]]
) -> tuple[Told, dict[str, int]]:
    """A sharing where nobody is under its useful minimum: the worse-ranked half of those who would be leaves, again."""
    while True:
        told, given = shared(kept)
        short = [one.key for one in kept if given[one.key] < one.least]
        if not short:
            return told, given
        leaving = set(short[len(short) // 2 :])
        kept = [one for one in kept if one.key not in leaving]


def _rounded_share(base: int, rate: Fraction) -> int:
    return (2 * base * rate.numerator + rate.denominator) // (2 * rate.denominator)


def _at(kept: Sequence[_Counted], own: int | None, rate_of: Callable[[str], Fraction]) -> dict[str, int]:
    """What the rate of each territory gives, in cents. Inside an establishment the best ranked are served first."""
    rates = {place: rate_of(place) for place in {one.territory for one in kept}}
    parts = {place: (2 * one.numerator, one.denominator, 2 * one.denominator) for place, one in rates.items()}
    used: dict[str, int] = defaultdict(int)
    given = {}
    for one in kept:
        numerator, half, whole = parts[one.territory]
        amount = min((numerator * one.base + half) // whole, one.most)
        if own is not None and one.establishment:
            amount = max(min(amount, own - used[one.establishment]), 0)
            used[one.establishment] += amount
        given[one.key] = amount
    return given


def _rates(
    kept: Sequence[_Counted],
    envelope: int,
    own: int | None,
    floors: Mapping[str, int],
    maximum: Fraction,
    step: Fraction,
) -> _Rates:
    """The highest common rate that fits beside the floors: what a rate gives never decreases when the rate grows."""
    steps = -(-maximum // step)

    def stepped(number: int) -> Fraction:
        return min(number * step, maximum)

    def lowest_for(place: str, floor: int) -> Fraction:
        those = [one for one in kept if one.territory == place]

        def reached(number: int) -> bool:
            return sum(_at(those, own, lambda _: stepped(number)).values()) >= floor

        return stepped(_first(steps, reached))

    lowest = {place: lowest_for(place, floor) for place, floor in floors.items()}
    found = _Rates(Fraction(0), lowest, dropped=False)
    if sum(_at(kept, own, found.of).values()) > envelope:
        found = _Rates(Fraction(0), {}, dropped=True)

    def exceeds(number: int) -> bool:
        tried = _Rates(stepped(number), found.lowest, found.dropped)
        return sum(_at(kept, own, tried.of).values()) > envelope

    first = _first(steps, exceeds)
    common = stepped(first - 1 if exceeds(first) else first)
    return _Rates(common, found.lowest, found.dropped)


def _first(last: int, holds: Callable[[int], bool]) -> int:
    """The first number from 0 to ``last`` where this holds (``last`` when it never does); once it holds, it goes on."""
    low, high = 0, last
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def by_payroll(candidates: Iterable[Candidate], constraints: Constraints) -> Scenario:
    """The envelope in proportion to the payroll of each establishment; what one cannot use goes to the others.

    Territories that this leaves under their floor receive it (or all that their projects may receive), the others share
    the rest; floors that the envelope cannot meet together are dropped, and a note says it. Inside an establishment,
    projects are served in rank. A project whose payroll is unknown receives nothing here and says so. Shares under the
    useful minimum leave by the bottom of the ranking, half of them at a time, and are shared again.
    """
    listed = checked(candidates)
    own = _own(constraints)
    floors = {place: in_cents(floor) for place, floor in constraints.floors.items() if floor}

    def shared(kept: Sequence[_Counted]) -> tuple[bool, dict[str, int]]:
        return _by_weight(kept, in_cents(constraints.envelope), own, floors)

    weighed = [_counted(one) for one in listed if one.payroll]
    dropped, given = _useful(weighed, shared)
    shares, enough = [], _enough(weighed, own, floors)
    for one in listed:
        amount = in_euros(given.get(one.key, 0))
        if amount:
            reason = "Retenu en proportion de la masse salariale"
            words = f"{reason} : {format_euros(amount)} sur {format_euros(one.amount)} calculés."
            shares.append(Share(one.key, amount, typeset(words)))
        elif not one.payroll:
            remedy = typeset("Renseignez la masse salariale de l'établissement.")
            shares.append(
                Share(one.key, ZERO, typeset("Non calculé : la masse salariale manque ou est nulle."), remedy)
            )
        else:
            shares.append(_without_part(one, enough.get(one.key), constraints))
    notes = (*((DROPPED,) if dropped else ()), *unmet_floors(listed, shares, constraints))
    return Scenario(name="by_payroll", shares=tuple(shares), envelope=constraints.envelope, notes=notes)


def _without_part(one: Candidate, enough: int | None, constraints: Constraints) -> Share:
    """A project that its payroll leaves without an aid: why, and which envelope is enough for its useful minimum."""
    if not one.wanted:
        return Share(one.key, ZERO, typeset("Non retenu : son aide calculée est nulle."))
    if one.wanted < one.least:
        why = f"son aide de {format_euros(one.wanted)} est sous le minimum utile de {format_euros(one.least)}"
        return Share(one.key, ZERO, typeset(f"Non retenu : {why}."), lower_least(one.wanted))
    words = f"sa part est sous le minimum utile de {format_euros(one.least)}" if one.least else "sa part est nulle"
    remedy = "Il faudrait d'abord un maximum par établissement plus haut."
    if enough is not None:
        more = in_euros(max(enough - in_cents(constraints.envelope), 0))
        remedy = f"Il entrerait avec au plus {format_euros(more)} de plus dans l'enveloppe."
    return Share(one.key, ZERO, typeset(f"Non retenu : {words}."), typeset(remedy))


def _enough(listed: Sequence[_Counted], own: int | None, floors: Mapping[str, int]) -> dict[str, int]:
    """The envelope, in cents, that is enough for each project to have its useful minimum, whatever the others take.

    None for a project that the maximum of its establishment keeps under it. Siblings are served before, in rank.
    """
    groups = _groups(listed)
    weights = sum(max(one.payroll for one in group) for group in groups.values())
    found = {}
    for group in groups.values():
        before, weight = 0, min(one.payroll for one in group)
        for one in group:
            needed = before + max(one.least, 1)
            before += one.wanted
            if own is None or not one.establishment or needed <= own:
                found[one.key] = sum(floors.values()) + ceil(Fraction((needed + 2) * weights, weight))
    return found


def reference_shares(envelope: Decimal, payrolls: Mapping[str, Decimal | None]) -> dict[str, Decimal | None]:
    """The reference share of each structure: envelope × its payroll / all known payrolls; None where it is unknown."""
    known = {key: payroll for key, payroll in payrolls.items() if payroll}
    parts = split(envelope, [Fraction(one) for one in known.values()]) if known else []
    shares = dict(zip(known, parts, strict=True))
    return {key: shares.get(key) for key in payrolls}


def _groups(listed: Sequence[_Counted]) -> dict[str, list[_Counted]]:
    """The projects of each establishment, in rank; a project without one stands alone."""
    groups: dict[str, list[_Counted]] = defaultdict(list)
    for one in listed:
        groups[f"establishment {one.establishment}" if one.establishment else f"project {one.key}"].append(one)
    return groups


def _by_weight(
    kept: Sequence[_Counted], envelope: int, own: int | None, floors: Mapping[str, int]
) -> tuple[bool, dict[str, int]]:
    """Each establishment's part, then its projects served in rank; whether the floors had to be dropped."""
    groups = _groups(kept)
    ceilings = {name: sum(one.wanted for one in group) for name, group in groups.items()}
    if own is not None:
        ceilings = {name: min(most, own) if groups[name][0].establishment else most for name, most in ceilings.items()}
    weights = {name: group[0].payroll for name, group in groups.items()}
    places = {name: group[0].territory for name, group in groups.items()}
    parts = _above_floors(envelope, ceilings, weights, places, floors)
    dropped = parts is None
    if parts is None:
        parts = _filled(envelope, ceilings, weights)
    given = {}
    for name, group in groups.items():
        rest = parts[name]
        for one in group:
            given[one.key] = min(rest, one.wanted)
            rest -= given[one.key]
    return dropped, given


def _above_floors(
    envelope: int,
    ceilings: Mapping[str, int],
    weights: Mapping[str, int],
    places: Mapping[str, str],
    floors: Mapping[str, int],
) -> dict[str, int] | None:
    """Parts of which no territory's sum is under its floor; None when the envelope cannot meet the floors together.

    A territory under its floor is set apart with exactly it, and the others share less: which may bring another under
    its own, and so on; each turn sets one apart at least.
    """

    def inside(where: Collection[str], amount: int) -> dict[str, int]:
        names = [name for name in ceilings if places[name] in where]
        return _filled(amount, {name: ceilings[name] for name in names}, {name: weights[name] for name in names})

    everywhere = set(places.values())
    usable = {
        place: min(floor, sum(most for name, most in ceilings.items() if places[name] == place))
        for place, floor in floors.items()
    }
    apart: dict[str, int] = {}
    while True:
        left = envelope - sum(apart.values())
        if left < 0:
            return None
        parts = inside(everywhere - apart.keys(), left)
        got: dict[str, int] = defaultdict(int)
        for name, part in parts.items():
            got[places[name]] += part
        short = {place: floor for place, floor in usable.items() if place not in apart and got[place] < floor}
        if not short:
            break
        apart |= short
    for place, floor in apart.items():
        parts |= inside({place}, floor)
    return parts


def _filled(envelope: int, ceilings: Mapping[str, int], weights: Mapping[str, int]) -> dict[str, int]:
    """Parts in proportion to weights, none above its ceiling: whoever reaches it gives the rest back to the others.

    Those that reach their ceiling at the lowest part per weight are filled first; once one is not, none after it is.
    The cents that rounding puts above a ceiling go to the first that have room.
    """
    left, weight = envelope, sum(weights.values())
    parts: dict[str, int] = {}
    for name in sorted(ceilings, key=lambda name: (Fraction(ceilings[name], weights[name]), name)):
        if ceilings[name] * weight > left * weights[name]:
            break
        parts[name] = ceilings[name]
        left, weight = left - ceilings[name], weight - weights[name]
    others = [name for name in ceilings if name not in parts]
    if others:
        shared = split(in_euros(left), [weights[name] for name in others])
        parts |= {name: min(in_cents(part), ceilings[name]) for name, part in zip(others, shared, strict=True)}
    spare = envelope - sum(parts.values()) if others else 0
    for name in others:
        more = min(spare, ceilings[name] - parts[name])
        parts[name] += more
        spare -= more
    return parts
