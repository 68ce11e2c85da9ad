"""The vocabulary: what a countable indicator says of itself, and the list of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeAlias

from avenant.domain.french import typeset

Rows: TypeAlias = Any
"""An Ibis table; Ibis types its columns at run time only."""

Scalar: TypeAlias = Any
"""One number of an Ibis table."""

Measure: TypeAlias = Callable[[Rows], Scalar]

CPOM_FROM = date(2025, 1, 1)


class Tally(StrEnum):
    """What a figure counts; secrecy takes its threshold from it."""

    PERSONS = "persons"
    ESTABLISHMENTS = "establishments"
    COMPANIES = "companies"
    ACTS = "acts"
    """Visits, plans, documents: the threshold applies to the persons or establishments behind them."""


@dataclass(frozen=True, slots=True)
class Countable:
    """One part of an indicator, countable in the records.

    ``key`` is ``code:component``, or a name of its own for what only helps to steer (``aid``). ``rows`` names the
    relation, ``measure`` the number, ``behind`` how many persons or establishments an act concerns. ``of`` is the key
    that this one is a part of. ``valid_to`` is the last day of the definition, None while it stands.
    """

    key: str
    sentence: str
    rows: str
    tally: Tally
    measure: Measure
    behind: Measure | None = None
    of: str = ""
    valid_from: date = CPOM_FROM
    valid_to: date | None = None
    version: int = 1
    aid: bool = False
    health: bool = False
    proposed_to: str = ""

    @property
    def code(self) -> str:
        return self.key.partition(":")[0]

    @property
    def component(self) -> str:
        return self.key.partition(":")[2] or "total"

    def stands_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


_ALL: dict[tuple[str, int], Countable] = {}


def count(key: str, sentence: str, rows: str, tally: Tally, **said: Any) -> Callable[[Measure], Measure]:
    """Register the decorated measure. Raises ValueError when the key and version are taken."""

    def register(measure: Measure) -> Measure:
        add(Countable(key, typeset(sentence), rows, tally, measure, **said))
        return measure

    return register


def add(one: Countable) -> None:
    """Register a countable."""
    if (one.key, one.version) in _ALL:
        raise ValueError(f"{one.key} is counted twice")
    _ALL[one.key, one.version] = one


def standing(day: date) -> tuple[Countable, ...]:
    """The definitions in force on a day, the latest version of each.

    A year before the first contracts is counted by their first definitions, so that it can be compared.
    """
    day = max(day, CPOM_FROM)
    chosen: dict[str, Countable] = {}
    for one in sorted(_ALL.values(), key=lambda known: known.version):
        if one.stands_on(day):
            chosen[one.key] = one
    return tuple(chosen.values())


def of_indicator(code: str, day: date) -> tuple[Countable, ...]:
    """The countable parts of one indicator."""
    return tuple(one for one in standing(day) if one.code == code)
