"""Sharing an envelope by one rule for all: one rate, or the payroll of each establishment.

Rates and shares are searched in whole cents: thousands of projects take a fraction of a second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from avenant.domain.french import format_euros, typeset
from avenant.domain.funding.allocation import Candidate, Constraints, Scenario, Share, checked, unmet_floors
from avenant.domain.money import ZERO, split
from avenant.domain.rules.parameters import rate_in_words

Told = TypeVar("Told")


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
    payroll: int


def _counted(one: Candidate) -> _Counted:
    return _Counted(
        one.key, in_cents(one.base), in_cents(one.wanted), in_cents(one.most), in_cents(one.least), one.establishment,
        in_cents(one.payroll or ZERO),
    )  # fmt: skip


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
    envelope, own = in_cents(constraints.envelope), _own(constraints)

    def shared(kept: Sequence[_Counted]) -> tuple[Fraction, dict[str, int]]:
        rate = _highest(kept, envelope, own, maximum, step)
        return rate, _at(kept, own, rate)

    rate, given = _useful([_counted(one) for one in listed], shared)
    shares = []
    for one in listed:
        amount = in_euros(given.get(one.key, 0))
        if amount:
            words = f"Retenu au taux de {rate_in_words(rate)} : {format_euros(amount)}"
            words += "." if amount == in_euros(_rounded_share(in_cents(one.base), rate)) else ", son plafond."
            shares.append(Share(one.key, amount, typeset(words)))
        else:
            least = f"le taux commun lui donnerait moins que le minimum utile de {format_euros(one.least)}"
            words = least if one.least else "le taux commun ne lui donne rien"
            shares.append(
                Share(one.key, ZERO, typeset(f"Non retenu : {words}."), typeset("Il faudrait un taux plus haut."))
            )
    notes = unmet_floors(listed, shares, constraints)
    return Scenario(name="uniform_rate", shares=tuple(shares), envelope=constraints.envelope, rate=rate, notes=notes)


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


def _at(kept: Sequence[_Counted], own: int | None, rate: Fraction) -> dict[str, int]:
    """What a rate gives to each, in cents. Inside an establishment the best ranked are served first."""
    numerator, half, whole = 2 * rate.numerator, rate.denominator, 2 * rate.denominator
    used: dict[str, int] = defaultdict(int)
    given = {}
    for one in kept:
        amount = min((numerator * one.base + half) // whole, one.most)
        if own is not None and one.establishment:
            amount = max(min(amount, own - used[one.establishment]), 0)
            used[one.establishment] += amount
        given[one.key] = amount
    return given


def _highest(kept: Sequence[_Counted], envelope: int, own: int | None, maximum: Fraction, step: Fraction) -> Fraction:
    """The highest rate that fits: what a rate gives never decreases when the rate grows."""
    low, high = 0, -(-maximum // step)
    while low < high:
        middle = (low + high + 1) // 2
        fits = sum(_at(kept, own, min(middle * step, maximum)).values()) <= envelope
        low, high = (middle, high) if fits else (low, middle - 1)
    return min(low * step, maximum)


def by_payroll(candidates: Iterable[Candidate], constraints: Constraints) -> Scenario:
    """The envelope in proportion to the payroll of each establishment; what one cannot use goes to the others.

    Inside an establishment, projects are served in rank. A project whose payroll is unknown receives nothing here and
    says so. Shares under the useful minimum leave by the bottom of the ranking, half of them at a time, and are shared
    again.
    """
    listed = checked(candidates)
    own = _own(constraints)

    def shared(kept: Sequence[_Counted]) -> tuple[None, dict[str, int]]:
        return None, _by_weight(kept, constraints.envelope, own)

    _, given = _useful([_counted(one) for one in listed if one.payroll], shared)
    shares = []
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
            words = f"Non retenu : sa part est sous le minimum utile de {format_euros(one.least)}."
            if not one.least:
                words = "Non retenu : sa part est nulle."
            shares.append(Share(one.key, ZERO, typeset(words), typeset("Il faudrait une enveloppe plus grande.")))
    notes = unmet_floors(listed, shares, constraints)
    return Scenario(name="by_payroll", shares=tuple(shares), envelope=constraints.envelope, notes=notes)


def reference_shares(envelope: Decimal, payrolls: Mapping[str, Decimal | None]) -> dict[str, Decimal | None]:
    """The reference share of each structure: envelope × its payroll / all known payrolls; None where it is unknown."""
    known = {key: payroll for key, payroll in payrolls.items() if payroll}
    parts = split(envelope, [Fraction(one) for one in known.values()]) if known else []
    shares = dict(zip(known, parts, strict=True))
    return {key: shares.get(key) for key in payrolls}


def _by_weight(kept: Sequence[_Counted], envelope: Decimal, own: int | None) -> dict[str, int]:
    """Each establishment's part, then its projects served in rank."""
    groups: dict[str, list[_Counted]] = defaultdict(list)
    for one in kept:
        groups[f"establishment {one.establishment}" if one.establishment else f"project {one.key}"].append(one)
    ceilings = {name: sum(one.wanted for one in group) for name, group in groups.items()}
    if own is not None:
        ceilings = {name: min(most, own) if groups[name][0].establishment else most for name, most in ceilings.items()}
    parts = _filled(envelope, ceilings, {name: group[0].payroll for name, group in groups.items()})
    given = {}
    for name, group in groups.items():
        rest = parts[name]
        for one in group:
            given[one.key] = min(rest, one.wanted)
            rest -= given[one.key]
    return given


def _filled(envelope: Decimal, ceilings: Mapping[str, int], weights: Mapping[str, int]) -> dict[str, int]:
    """Parts in proportion to weights, none above its ceiling: whoever reaches it gives the rest back to the others.

    Those that reach their ceiling at the lowest part per weight are filled first; once one is not, none after it is.
    The cents that rounding puts above a ceiling go to the first that have room.
    """
    left, weight = in_cents(envelope), sum(weights.values())
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
    spare = in_cents(envelope) - sum(parts.values()) if others else 0
    for name in others:
        more = min(spare, ceilings[name] - parts[name])
        parts[name] += more
        spare -= more
    return parts
