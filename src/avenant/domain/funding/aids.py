"""The catalogue of aids: what is open when, and what excludes what; and the ceiling of public aids on one cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from avenant.domain.french import format_euros, typeset
from avenant.domain.money import ZERO, share
from avenant.domain.periods import Period
from avenant.domain.rules.parameters import rate_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueAid:
    """An aid of a partner. ``excludes`` are codes that may not fund the same expense; one side saying it is enough."""

    code: str
    label: str
    open_during: Period | None = None
    excludes: frozenset[str] = frozenset()
    article: str = ""
    complete: bool = True

    def is_open(self, day: date) -> bool:
        """Is the aid open this day; an aid without dates is."""
        return self.open_during is None or day in self.open_during


@dataclass(frozen=True, slots=True)
class HeldAid:
    """An aid that funds an expense."""

    code: str
    amount: Decimal
    expense: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """Two aids that exclude each other on one expense, or one that was not open, in one sentence."""

    expense: str
    codes: tuple[str, ...]
    sentence: str
    article: str


def clashes(held: Iterable[HeldAid], catalogue: Mapping[str, CatalogueAid]) -> list[Clash]:
    """What the catalogue forbids, by expense and code. An aid unknown to the catalogue is to be completed: it clashes
    with nothing and the caller sees it by :func:`unknown_aids`."""
    listed = sorted(held, key=lambda one: (one.expense, one.code, one.amount))
    found = [clash for one in listed if (clash := _closed(one, catalogue)) is not None]
    for first, second in combinations(listed, 2):
        if first.expense == second.expense and first.code != second.code:
            clash = _excluded(first, second, catalogue)
            if clash is not None and clash not in found:
                found.append(clash)
    return found


def unknown_aids(held: Iterable[HeldAid], catalogue: Mapping[str, CatalogueAid]) -> list[str]:
    """The codes whose conditions are not known: absent from the catalogue, or incomplete there."""
    return sorted({one.code for one in held if one.code not in catalogue or not catalogue[one.code].complete})


def _closed(one: HeldAid, catalogue: Mapping[str, CatalogueAid]) -> Clash | None:
    aid = catalogue.get(one.code)
    if aid is None or one.on is None or aid.is_open(one.on):
        return None
    return Clash(one.expense, (one.code,), typeset(f"{aid.label} n'était pas ouverte à cette date."), aid.article)


def _excluded(first: HeldAid, second: HeldAid, catalogue: Mapping[str, CatalogueAid]) -> Clash | None:
    left, right = catalogue.get(first.code), catalogue.get(second.code)
    if left is None or right is None:
        return None
    says = left if right.code in left.excludes else right if left.code in right.excludes else None
    if says is None:
        return None
    words = f"{left.label} et {right.label} ne peuvent pas financer la même dépense."
    return Clash(first.expense, (left.code, right.code), typeset(words), says.article)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The public aids on a cost excluding tax, the limit, and what is over it (zero when it holds)."""

    public: Decimal
    limit: Decimal
    over: Decimal
    sentence: str


def public_ceiling(cost_excl_tax: Decimal, public: Iterable[Decimal], maximum: Fraction | None) -> Ceiling:
    """Public aids together against a share of the cost excluding tax; None, the call sets no ceiling.

    Own funds are no aid: the caller leaves them out. The share is a parameter of each call, never of the platform.
    """
    total = sum(public, ZERO)
    if maximum is None:
        return Ceiling(total, total, ZERO, typeset("L'appel ne fixe pas de plafond d'aides publiques."))
    limit = share(cost_excl_tax, maximum)
    exceeds = Fraction(total) > Fraction(cost_excl_tax) * maximum
    over = max(total - limit, ZERO) if exceeds else ZERO
    words = f"Aides publiques : {format_euros(total)} pour {format_euros(limit)} au plus ({rate_in_words(maximum)} hors taxes)"
    return Ceiling(total, limit, over, typeset(f"{words}{f', {format_euros(over)} de trop' if over else ''}."))
