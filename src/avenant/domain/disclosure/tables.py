"""From counts to a publication: the additive relations of crossed tables, hierarchies, parts, and releases.

An equation forgotten here is a cell that an attacker deduces: each function states the relations that it writes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from avenant.domain.disclosure.cells import Cell, DisclosureError, Equation, Grid, Origin, Publication, Showing, Unit

TOTAL = "Total"


@dataclass(frozen=True)
class Axis:
    """One way of cutting a table: its codes, each under its parent; the root is ``Total``.

    ``owners``: the codes are the services that hold the records. ``health``: a category that gathers a whole row tells
    something of each of its persons (group attribute rule).
    """

    name: str
    parents: Mapping[str, str]
    owners: bool = False
    health: bool = False
    children: Mapping[str, tuple[str, ...]] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        children: dict[str, list[str]] = {}
        for code in sorted(self.parents):
            children.setdefault(self.parents[code], []).append(code)
        for parent in children:
            if parent != TOTAL and parent not in self.parents:
                raise DisclosureError(f"L’axe « {self.name} » n’a pas le code « {parent} ».", code="unknown_code")
        object.__setattr__(self, "children", {parent: tuple(codes) for parent, codes in children.items()})

    @classmethod
    def flat(cls, name: str, codes: Iterable[str], *, owners: bool = False, health: bool = False) -> Axis:
        """An axis of one level."""
        return cls(name, dict.fromkeys(codes, TOTAL), owners=owners, health=health)

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes, the total first."""
        return (TOTAL, *sorted(self.parents))

    @property
    def leaves(self) -> tuple[str, ...]:
        """The finest codes, of which the others are sums."""
        return tuple(code for code in sorted(self.parents) if code not in self.children)

    def ancestors(self, code: str) -> Iterator[str]:
        """The code itself, then its parents up to the total."""
        while code != TOTAL:
            yield code
            code = self.parents[code]
        yield TOTAL

    def coarser(self) -> Axis | None:
        """The same axis without its deepest level, None when it has one level only."""
        depth = {code: sum(1 for _ in self.ancestors(code)) for code in self.parents}
        deepest = max(depth.values(), default=0)
        kept = {code: parent for code, parent in self.parents.items() if depth[code] < deepest}
        return replace(self, parents=kept) if kept else None


@dataclass(frozen=True, slots=True)
class Count:
    """What is counted at one place of a table; see :class:`~avenant.domain.disclosure.cells.Cell`."""

    value: int
    persons: int | None = None
    establishments: int | None = None
    largest: int | None = None
    second: int | None = None


def by_company(amounts: Iterable[tuple[str, int]]) -> Count:
    """Count of an amount from its (SIRET, amount) contributions.

    Dominance is computed on the SIREN (the first nine digits): a company with many establishments is one contributor.
    """
    companies: dict[str, int] = {}
    establishments: set[str] = set()
    for siret, amount in amounts:
        establishments.add(siret)
        companies[siret[:9]] = companies.get(siret[:9], 0) + amount
    first, second, *_ = [*sorted(companies.values(), reverse=True), 0, 0]
    return Count(sum(companies.values()), establishments=len(establishments), largest=first, second=second)


def key_of(measure: str, place: Iterable[tuple[str, str]]) -> str:
    """Name of a cell: the measure, then its codes by axis, totals left out.

    Two tables of one measure give their common margins the same name: that is what links them.
    """
    return "|".join([measure, *(f"{axis}={code}" for axis, code in sorted(place) if code != TOTAL)])


def cross(
    measure: str,
    axes: tuple[Axis, ...],
    counts: Mapping[tuple[str, ...], Count | int],
    *,
    unit: Unit = Unit.PERSONS,
    zeros_printed: bool = False,
    ceiling: int | None = None,
) -> Publication:
    """The crossed table of a measure, with every margin of every axis and every level of its hierarchies.

    ``counts`` gives each place by its codes in the order of ``axes``; places left out are zero, margins left out are
    summed from the leaves (contributors are then summed too, which is exact when a record counts in one place only;
    largest contributors cannot be summed and must be given). ``zeros_printed``: zeros are always shown, so a reader
    knows that a hidden cell is at least 1.

    Raises :class:`DisclosureError` on an unknown code, or when a given margin is not the sum of its parts.
    """
    given = {place: count if isinstance(count, Count) else Count(count) for place, count in counts.items()}
    _check_codes(axes, given)
    filled = _with_margins(axes, given)
    health = any(axis.health for axis in axes)
    cells: dict[tuple[str, ...], Cell] = {}
    for place in itertools.product(*(axis.codes for axis in axes)):
        count = filled.get(place, Count(0))
        known_zero = zeros_printed and not (count.value or count.persons or count.establishments)
        if known_zero and not health:
            continue
        cells[place] = Cell(
            key_of(measure, zip((axis.name for axis in axes), place, strict=True)),
            count.value,
            unit,
            count.persons,
            count.establishments,
            count.largest,
            count.second,
            owner=next((code for axis, code in zip(axes, place, strict=True) if axis.owners and code != TOTAL), ""),
            showing=Showing.ALWAYS if known_zero else Showing.FREE,
            floor=1 if zeros_printed and count.value else 0,
            ceiling=ceiling,
        )
    places = {place: cell.key for place, cell in cells.items()}
    name = key_of(measure, ((axis.name, "*") for axis in axes))
    grid = Grid(name, tuple((axis.name, axis.parents) for axis in axes), places)
    return Publication.of(cells.values(), _margins(axes, places), [grid])


def _check_codes(axes: tuple[Axis, ...], counts: Mapping[tuple[str, ...], Count]) -> None:
    known = [{TOTAL, *axis.parents} for axis in axes]
    for place in counts:
        for axis, codes, code in zip(axes, known, place, strict=True):
            if code not in codes:
                raise DisclosureError(f"L’axe « {axis.name} » n’a pas le code « {code} ».", code="unknown_code")


def _with_margins(axes: tuple[Axis, ...], given: Mapping[tuple[str, ...], Count]) -> dict[tuple[str, ...], Count]:
    summed: dict[tuple[str, ...], Count] = {}
    leaves = [set(axis.leaves) for axis in axes]
    for place, count in given.items():
        if all(code in codes for code, codes in zip(place, leaves, strict=True)):
            for above in itertools.product(*(axis.ancestors(code) for axis, code in zip(axes, place, strict=True))):
                summed[above] = _sum(summed[above], count) if above in summed else count
    return {**summed, **given}


def _sum(one: Count, other: Count) -> Count:
    def add(left: int | None, right: int | None) -> int | None:
        return None if left is None or right is None else left + right

    return Count(
        one.value + other.value, add(one.persons, other.persons), add(one.establishments, other.establishments)
    )


def _margins(axes: tuple[Axis, ...], places: Mapping[tuple[str, ...], str]) -> Iterator[Equation]:
    for number, axis in enumerate(axes):
        others = [one.codes for one in (*axes[:number], *axes[number + 1 :])]
        for parent, codes in axis.children.items():
            origin = _origin(axis, parent)
            for rest in itertools.product(*others):
                whole = places.get((*rest[:number], parent, *rest[number:]))
                parts = [places.get((*rest[:number], code, *rest[number:])) for code in codes]
                if whole is not None:
                    yield Equation((whole,), tuple(part for part in parts if part is not None), origin)


def _origin(axis: Axis, parent: str) -> Origin:
    if axis.owners:
        return Origin.SERVICES
    if axis.health:
        return Origin.HEALTH
    return Origin.MARGIN if parent == TOTAL else Origin.HIERARCHY


def of_which(publication: Publication, part: str, whole: str, *, origin: Origin = Origin.OF_WHICH) -> Publication:
    """Tie a measure to the one it is a part of ("dont …"), or a numerator to its denominator, place by place.

    What is in the whole and not in the part is a virtual cell: no table prints it, anyone can deduce it. A
    percentage whose denominator is shown counts as its numerator. Raises :class:`DisclosureError` when a part
    exceeds its whole.
    """
    cells, equations = [], []
    for key, cell in publication.cells.items():
        measure, bar, place = key.partition("|")
        total = publication.cells.get(whole + bar + place)
        if measure != part or total is None:
            continue
        if cell.value > total.value:
            raise DisclosureError(f"« {key} » dépasse « {total.key} », dont elle est une partie.", code="part_exceeds")
        rest = Cell(
            f"{total.key} hors {part}",
            total.value - cell.value,
            total.unit,
            None if total.persons is None or cell.persons is None else total.persons - cell.persons,
            owner=total.owner,
            showing=Showing.NEVER,
        )
        cells.append(rest)
        equations.append(Equation((total.key,), (key, rest.key), origin))
    return publication.plus(cells, equations)


def after_release(
    publication: Publication, earlier: Mapping[str, int | None], truth: Mapping[str, int], *, release: str
) -> Publication:
    """Link a publication to an earlier release of the same cells, so that their difference is protected too.

    ``earlier`` is what was shown (None: hidden then), ``truth`` the values behind it. What was shown stays known;
    what was hidden must stay so. Where a cell has changed, the correction is a virtual cell under the same rules:
    publishing 100 then 103 would tell of three persons. Where it has not, the two cells are one figure.
    """
    cells, equations = [], []
    for key, shown in sorted(earlier.items()):
        now = publication.cells.get(key)
        if now is None:
            continue
        before = truth[key]
        past = replace(
            now,
            key=f"{key} dans {release}",
            value=before,
            persons=None,
            establishments=None,
            largest=None,
            second=None,
            showing=Showing.NEVER if shown is None else Showing.ALWAYS,
            floor=min(now.floor, before),
            ceiling=None,
        )
        cells.append(past)
        smaller, larger = sorted((past, now), key=lambda cell: cell.value)
        correction: tuple[str, ...] = ()
        if before != now.value:
            change = replace(
                past, key=f"{key} depuis {release}", value=larger.value - smaller.value, showing=Showing.NEVER, floor=0
            )
            cells.append(change)
            correction = (change.key,)
        equations.append(Equation((larger.key,), (smaller.key, *correction), Origin.RELEASES))
    old_keys = {key: f"{key} dans {release}" for key in earlier}
    for equation in publication.equations:
        terms = (*equation.left, *equation.right)
        if all(key in old_keys and key in publication.cells for key in terms):
            equations.append(
                Equation(
                    tuple(old_keys[key] for key in equation.left),
                    tuple(old_keys[key] for key in equation.right),
                    equation.origin,
                )
            )
    return publication.plus(cells, equations)
