"""Cells, the equations that tie them, and everything that is published together.

Statistical secrecy is a property of a whole publication, never of one table: two tables, each safe alone, can together
give a cell exactly. So the unit of work here is the :class:`Publication`: all cells, of all tables, totals and earlier
releases, with every additive relation that a reader can know.

Values are whole numbers (persons, establishments, visits, or an amount in its smallest unit), so that a proof can be
checked by additions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from avenant.domain.decision import DomainError


class DisclosureError(DomainError):
    """The publication cannot be treated as it stands; the message says what to correct."""


class Unit(StrEnum):
    """What a cell counts; it decides which threshold applies to its value."""

    PERSONS = "persons"
    ESTABLISHMENTS = "establishments"
    AMOUNT = "amount"
    """Visits, actions, euros: the threshold applies to the contributors, not to the value."""


class Showing(StrEnum):
    """What may be done with a cell."""

    FREE = "free"
    """Shown unless secrecy asks to hide it."""
    ALWAYS = "always"
    """Already known or promised: an earlier release, a contractual total, a zero that is always printed."""
    NEVER = "never"
    """Virtual (a complement that no table prints) or hidden in an earlier release; it can still be deduced."""


class Origin(StrEnum):
    """Why an equation holds; an auditor reads it beside the equation."""

    MARGIN = "margin"
    HEALTH = "health"
    """The categories of a health variable: the group attribute rule applies."""
    HIERARCHY = "hierarchy"
    OF_WHICH = "of_which"
    RATIO = "ratio"
    SERVICES = "services"
    RELEASES = "releases"
    COMPLEMENT = "complement"


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure, with what the primary rules need to know of those who contribute to it.

    ``persons`` and ``establishments`` are the contributors, ``largest`` and ``second`` the part of ``value`` brought by
    the first and second company (SIREN, not SIRET); None where the rule does not apply. ``owner`` is the service whose
    records the cell counts: it knows the cell. ``floor`` and ``ceiling`` are what any reader knows beforehand of the
    value.
    """

    key: str
    value: int
    unit: Unit = Unit.PERSONS
    persons: int | None = None
    establishments: int | None = None
    largest: int | None = None
    second: int | None = None
    owner: str = ""
    showing: Showing = Showing.FREE
    floor: int = 0
    ceiling: int | None = None

    def __post_init__(self) -> None:
        if self.value < self.floor or (self.ceiling is not None and self.value > self.ceiling):
            raise DisclosureError(f"La case « {self.key} » est hors de ses bornes.", code="out_of_bounds")

    @property
    def contributors(self) -> int | None:
        """Number of persons behind the cell, None when unknown or not applicable."""
        return self.value if self.unit is Unit.PERSONS else self.persons


@dataclass(frozen=True, slots=True)
class Equation:
    """The sum of the left cells equals the sum of the right cells; most often a total and its parts."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    origin: Origin = Origin.MARGIN

    def __post_init__(self) -> None:
        if len({*self.left, *self.right}) != len(self.left) + len(self.right):
            raise DisclosureError(f"Une case figure deux fois dans l’équation de « {self.left[0]} ».", code="repeated")

    def terms(self) -> Iterator[tuple[str, int]]:
        """Each cell with its sign."""
        yield from ((key, 1) for key in self.left)
        yield from ((key, -1) for key in self.right)

    def balance(self, values: Mapping[str, int]) -> int:
        """Left minus right for these values, 0 for a cell left out: zero when the equation holds."""
        return sum(values.get(key, 0) for key in self.left) - sum(values.get(key, 0) for key in self.right)


@dataclass(frozen=True, slots=True)
class Attacker:
    """A reader who tries to deduce, and the cells that he knows besides what is shown."""

    name: str
    knows: frozenset[str] = frozenset()


PUBLIC = Attacker("public")


@dataclass(frozen=True, slots=True)
class Grid:
    """A crossed table inside a publication: the place of each cell, for what works table by table.

    ``axes`` are (name, code → parent code) and ``places`` the key of the cell at each tuple of codes.
    """

    name: str
    axes: tuple[tuple[str, Mapping[str, str]], ...]
    places: Mapping[tuple[str, ...], str]


@dataclass(frozen=True)
class Publication:
    """All that is shown together, and all relations that hold between its cells.

    Raises :class:`DisclosureError` when an equation names an absent cell or does not hold.
    """

    cells: Mapping[str, Cell]
    equations: tuple[Equation, ...] = ()
    grids: tuple[Grid, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        for equation in self.equations:
            missing = [key for key in (*equation.left, *equation.right) if key not in self.cells]
            if missing:
                raise DisclosureError(f"L’équation cite une case absente : « {missing[0]} ».", code="unknown_cell")
            if equation.balance(self.values):
                raise DisclosureError(
                    f"Le total ne correspond pas à la somme de ses parties : « {' + '.join(equation.left)} ».",
                    code="not_additive",
                )

    @classmethod
    def of(cls, cells: Iterable[Cell], equations: Iterable[Equation] = (), grids: Iterable[Grid] = ()) -> Publication:
        """A publication in canonical order: the same content gives the same object whatever the order it came in."""
        by_key: dict[str, Cell] = {}
        for cell in sorted(cells, key=lambda cell: cell.key):
            if by_key.setdefault(cell.key, cell) != cell:
                raise DisclosureError(f"La case « {cell.key} » a deux contenus différents.", code="conflicting_cell")
        ordered = sorted(set(equations), key=lambda one: (one.left, one.right, one.origin))
        return cls(by_key, tuple(ordered), tuple(sorted(grids, key=lambda grid: grid.name)))

    @cached_property
    def values(self) -> dict[str, int]:
        """True value of every cell."""
        return {key: cell.value for key, cell in self.cells.items()}

    @cached_property
    def equations_of(self) -> Mapping[str, tuple[Equation, ...]]:
        """The equations in which each cell takes part."""
        found: defaultdict[str, list[Equation]] = defaultdict(list)
        for equation in self.equations:
            for key in dict.fromkeys((*equation.left, *equation.right)):
                found[key].append(equation)
        return {key: tuple(equations) for key, equations in found.items()}

    def plus(self, cells: Iterable[Cell] = (), equations: Iterable[Equation] = ()) -> Publication:
        """This publication with more cells and equations."""
        return Publication.of([*self.cells.values(), *cells], [*self.equations, *equations], self.grids)

    def shown(self, hidden: Iterable[str]) -> dict[str, int | None]:
        """What a reader sees: every cell that a table prints, None where it is hidden."""
        secret = set(hidden)
        return {
            key: None if key in secret else cell.value
            for key, cell in self.cells.items()
            if cell.showing is not Showing.NEVER
        }


def together(*publications: Publication) -> Publication:
    """Everything that one reader can put side by side, as one linear system.

    A cell that stands in several tables has one key, so the tables are linked by it. Raises :class:`DisclosureError`
    when two tables give the same cell two contents.
    """
    return Publication.of(
        (cell for publication in publications for cell in publication.cells.values()),
        (equation for publication in publications for equation in publication.equations),
        (grid for publication in publications for grid in publication.grids),
    )


def insiders(publication: Publication, groups: Mapping[str, Iterable[str]] | None = None) -> tuple[Attacker, ...]:
    """One attacker a service, who knows its own cells; and one a group (name → services) that holds several of them."""
    owned: defaultdict[str, set[str]] = defaultdict(set)
    for key, cell in publication.cells.items():
        if cell.owner:
            owned[cell.owner].add(key)
    alone = [Attacker(owner, frozenset(keys)) for owner, keys in sorted(owned.items())]
    joint = [
        Attacker(name, frozenset().union(*(owned[owner] for owner in owners)))
        for name, owners in sorted((groups or {}).items())
    ]
    return (*alone, *joint)
