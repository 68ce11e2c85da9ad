"""The profile tables of a campaign as cells and equations: of one variable and crossed, tied to each other.

The platform does not hold what a table hides. To attack the tables it needs numbers that say the same as they do: any
whole numbers that make every total of every table of the service. Which ones changes nothing to what an attacker can
deduce, since his intervals come from what is shown.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from avenant.domain.disclosure import TOTAL, Axis, Count, Equation, Origin, Publication, Showing, cross
from avenant.domain.disclosure.solver import INFINITY, Program
from avenant.domain.disclosure.tables import key_of

SERVICE: Final = "service"
FOLLOWED: Final = "pdp-1.3:total"
HEALTH: Final = frozenset({"raison", "pathologie", "origine", "capacité", "stade"})
Place = tuple[str, ...]
Key = frozenset[tuple[str, str]]
"""A cell of one service whatever the table: its codes by variable, totals left out."""


@dataclass(frozen=True, slots=True)
class ProfileCounts:
    """A shared profile table of one service: what it shows at each place, margins included; the rest is hidden."""

    service: str
    variables: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    shown: Mapping[Place, int]

    @property
    def name(self) -> str:
        return " × ".join(self.variables)

    @property
    def places(self) -> Iterator[Place]:
        """Every place of the table, margins included."""
        return itertools.product(*((*codes, TOTAL) for codes in self.categories))

    def key(self, place: Place) -> Key:
        return frozenset((name, code) for name, code in zip(self.variables, place, strict=True) if code != TOTAL)

    @property
    def sums(self) -> Iterator[tuple[Key, list[Key]]]:
        """Each total of the table with its parts."""
        for rank, codes in enumerate(self.categories):
            for place in self.places:
                if place[rank] == TOTAL:
                    parts = [self.key((*place[:rank], code, *place[rank + 1 :])) for code in codes]
                    yield self.key(place), parts


@dataclass(frozen=True, slots=True)
class ProfilePiece:
    """A table of all the services that share it, as cells and equations."""

    name: str
    publication: Publication


def profile_tables(given: Sequence[ProfileCounts]) -> list[ProfilePiece]:
    """One piece a table: services and region. A regional place that a service hides is shown by nobody."""
    values = _values(given)
    return [
        _piece(name, [one for one in given if one.name == name], values) for name in sorted({one.name for one in given})
    ]


def _piece(name: str, tables: list[ProfileCounts], values: Mapping[tuple[str, str], Mapping[Key, int]]) -> ProfilePiece:
    variables = tables[0].variables
    codes = [
        list(dict.fromkeys(code for one in tables for code in one.categories[rank])) for rank in range(len(variables))
    ]
    axes = (
        Axis.flat(SERVICE, [one.service for one in tables], owners=True),
        *(Axis.flat(axis, found, health=axis in HEALTH) for axis, found in zip(variables, codes, strict=True)),
    )
    counts: dict[Place, Count | int] = {
        (one.service, *place): values[one.service, name][one.key(place)]
        for one in tables
        for place in itertools.product(*one.categories)
    }
    made = cross(f"profil {name}", axes, counts)
    unknown = {
        key_of(f"profil {name}", zip(variables, place, strict=True))
        for one in tables
        for place in one.places
        if place not in one.shown
    }
    cells = (replace(cell, showing=Showing.NEVER) if cell.key in unknown else cell for cell in made.cells.values())
    return ProfilePiece(name, Publication.of(cells, made.equations, made.grids))


def linked(whole: Publication, given: Iterable[ProfileCounts]) -> Publication:
    """The same number under two names is one: a margin of a crossed table and the table of its variable, and the total
    of every table with the employees followed that the service declares."""
    known: dict[tuple[str, Key], str] = {}
    equations = []
    for one in sorted(given, key=lambda table: (table.service, len(table.variables), table.name)):
        declared = f"{FOLLOWED}|{SERVICE}={one.service}"
        if declared in whole.cells:
            known.setdefault((one.service, frozenset()), declared)
        for place in one.places:
            own = [(SERVICE, one.service), *zip(one.variables, place, strict=True)]
            key = key_of(f"profil {one.name}", own)
            first = known.setdefault((one.service, one.key(place)), key)
            if first != key and whole.cells[first].value == whole.cells[key].value:
                equations.append(Equation((first,), (key,), Origin.MARGIN))
    return whole.plus((), equations)


def _values(given: Sequence[ProfileCounts]) -> dict[tuple[str, str], dict[Key, int]]:
    """By service and table. Tables of two imports that do not go together are completed each by itself."""
    found = {}
    for service in dict.fromkeys(one.service for one in given):
        tables = [one for one in given if one.service == service]
        together = _completed(tables)
        for one in tables:
            found[service, one.name] = together if together is not None else _completed([one]) or {}
    return found


def _completed(tables: Sequence[ProfileCounts]) -> dict[Key, int] | None:
    """Whole numbers that make every total of these tables and are what they show; None when there are none."""
    numbers = {
        key: rank for rank, key in enumerate(dict.fromkeys(one.key(place) for one in tables for place in one.places))
    }
    low, high = np.zeros(len(numbers)), np.full(len(numbers), INFINITY)
    for one in tables:
        for place, number in one.shown.items():
            low[numbers[one.key(place)]] = high[numbers[one.key(place)]] = number
    starts: list[int] = []
    index: list[int] = []
    sign: list[float] = []
    for total, parts in dict.fromkeys((total, tuple(parts)) for one in tables for total, parts in one.sums):
        starts.append(len(index))
        index += [numbers[total], *(numbers[part] for part in parts)]
        sign += [1.0, *[-1.0] * len(parts)]
    rows = (np.array(starts, dtype=np.int32), np.array(index, dtype=np.int32), np.array(sign))
    program = Program(columns=len(numbers), rows=rows, integer=True, nodes=10_000)
    program.bound(low, high)
    solved = program.solve()
    return None if solved is None else {key: round(solved[rank]) for key, rank in numbers.items()}
