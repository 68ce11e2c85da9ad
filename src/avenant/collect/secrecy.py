"""What may leave: contractual totals as the contract requires them, breakdowns protected and proved.

The totals of the contract are stated to its parties as they are: they are known to every reader, hence inputs of the
audit. Breakdowns are hidden where the rules ask, and a table that cannot be protected is withheld whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from avenant.collect.profiles import Profile, variable
from avenant.collect.running import Result
from avenant.collect.schema import Schema, canonical
from avenant.domain.disclosure import (
    TOTAL,
    Assessment,
    Audit,
    Axis,
    Preview,
    Publication,
    Rules,
    Showing,
    assess,
    audit,
    cross,
    preview,
    protect,
    together,
)
from avenant.domain.disclosure.tables import key_of

FOLLOWED, STAGED, STAGES = "pdp-1.3", "satdl-1.2.1", "stade"
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Protected:
    """The tables that leave (None: hidden), those withheld whole, and the proof that is kept home."""

    tables: Mapping[Names, Mapping[Names, int | None]]
    withheld: tuple[Names, ...]
    outcome: Audit | None

    @property
    def hidden(self) -> int:
        return sum(number is None for table in self.tables.values() for number in table.values())


def protect_tables(result: Result, rules: Rules | None = None) -> Protected:
    """Protect every breakdown of a result together; what would still tell too much is withheld, table by table."""
    rules = rules or Rules()
    tables: dict[Names, Mapping[Names, int]] = dict(result.tables)
    if result.stages:
        tables[(STAGES,)] = {(name,): number for name, number in result.stages.items()}
    withheld: list[Names] = []
    schema = result.schema
    while tables:
        outcome = audit(protect(_assessment(tables, result, schema, rules)))
        refused = _refused(outcome, tables)
        if not refused:
            return Protected(_shown(tables, outcome, schema, result), tuple(withheld), outcome)
        withheld += refused
        tables = {names: table for names, table in tables.items() if names not in refused}
    return Protected({}, tuple(withheld), None)


def _refused(outcome: Audit, tables: Mapping[Names, Mapping[Names, int]]) -> list[Names]:
    """The tables of the cells that could be deduced; all of them when a breach names none."""
    if outcome.safe:
        return []
    axes = {name for breach in outcome.breaches for name in _axes_of(breach.requirement.key)}
    return [names for names in tables if axes & set(names)] or list(tables)


def _axes_of(key: str) -> set[str]:
    """The axes that a cell's name says, virtual cells included."""
    return {part.partition("=")[0] for part in key.replace(" ", "|").split("|") if "=" in part}


def axes_of(names: Names, schema: Schema, result: Result | None = None) -> tuple[Axis, ...]:
    """The axes of a table."""
    return tuple(_axis(name, schema, result) for name in names)


def _axis(name: str, schema: Schema, result: Result | None) -> Axis:
    if name == STAGES and result:
        return Axis.flat(STAGES, result.stages, health=True)
    one = variable(name)
    return Axis.flat(one.name, one.categories(schema), health=one.health)


def _measure(names: Names) -> str:
    return STAGED if names == (STAGES,) else FOLLOWED


def _assessment(
    tables: Mapping[Names, Mapping[Names, int]], result: Result, schema: Schema, rules: Rules
) -> Assessment:
    crossed = [cross(_measure(names), axes_of(names, schema, result), table) for names, table in tables.items()]
    return assess(_promised(together(*crossed)), rules)


def _promised(publication: Publication) -> Publication:
    """The totals of the contract are shown whatever their size."""
    cells = (
        replace(cell, showing=Showing.ALWAYS) if key in (FOLLOWED, STAGED) else cell
        for key, cell in publication.cells.items()
    )
    return Publication.of(cells, publication.equations, publication.grids)


def _shown(
    tables: Mapping[Names, Mapping[Names, int]], outcome: Audit, schema: Schema, result: Result
) -> dict[Names, dict[Names, int | None]]:
    """Each table with its margins, category by category in reading order."""
    seen = outcome.release()
    shown: dict[Names, dict[Names, int | None]] = {}
    for names in tables:
        order = [_categories(name, schema, result) for name in names]
        places: list[Names] = [()]
        for codes in order:
            places = [(*place, code) for place in places for code in codes]
        shown[names] = {place: seen[key_of(_measure(names), zip(names, place, strict=True))] for place in places}
    return shown


def _categories(name: str, schema: Schema, result: Result) -> Iterable[str]:
    return (*(result.stages if name == STAGES else variable(name).categories(schema)), TOTAL)


def preview_cross(profile: Profile, names: Sequence[str], rules: Rules | None = None) -> Preview:
    """How much of a breakdown would be hidden, and simpler ones that would not."""
    variables = [variable(name) for name in names]
    schema = canonical()
    axes = axes_of(tuple(one.name for one in variables), schema)
    return preview(profile.table(variables), axes, rules)
