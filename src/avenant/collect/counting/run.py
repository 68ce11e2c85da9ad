"""All the figures of a year: one query a relation, whatever the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

import ibis

from avenant.collect.counting.registry import Countable, Rows, Tally, standing
from avenant.collect.counting.relations import RELATIONS, Records
from avenant.collect.schema import ColumnType, Schema
from avenant.domain.periods import Period

_TYPES = {
    ColumnType.DATE: "date",
    ColumnType.YEAR: "int16",
    ColumnType.INTEGER: "int32",
    ColumnType.BOOLEAN: "boolean",
}


class Engine(Protocol):
    """What runs an Ibis expression and gives its rows."""

    def rows(self, expression: Rows) -> list[dict[str, Any]]: ...


def records(schema: Schema, period: Period) -> Records:
    """The canonical tables as unbound expressions: the same for every engine, and for the printed SQL."""
    tables = {
        table.name: ibis.table({one.name: _TYPES.get(one.type, "string") for one in table.columns}, name=table.name)
        for table in schema.tables.values()
    }
    return Records(tables, period)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, with the definition that gave it and how many persons or establishments are behind an act."""

    countable: Countable
    value: int
    behind: int | None = None

    @property
    def key(self) -> str:
        return self.countable.key


Progress = Callable[[str], None]


def _silent(_: str) -> None:
    return None


def compute(engine: Engine, records: Records, *, progress: Progress = _silent) -> tuple[Figure, ...]:
    """Every figure in force at the end of the year. A sum over nothing is 0."""
    found: dict[str, Figure] = {}
    wanted = standing(records.period.last_day)
    for relation, group in groupby(sorted(wanted, key=lambda one: one.rows), key=lambda one: one.rows):
        progress(relation)
        for figure in _together(engine, records, relation, tuple(group)):
            found[figure.key] = figure
    return tuple(found[one.key] for one in wanted)


def _together(engine: Engine, records: Records, relation: str, group: tuple[Countable, ...]) -> Iterator[Figure]:
    rows = RELATIONS[relation](records)
    asked: dict[str, Any] = {}
    for number, one in enumerate(group):
        asked[f"value_{number}"] = one.measure(rows)
        if one.behind:
            asked[f"behind_{number}"] = one.behind(rows)
    answer = engine.rows(rows.aggregate(**asked))[0]
    for number, one in enumerate(group):
        yield Figure(one, int(answer[f"value_{number}"] or 0), _whole(answer.get(f"behind_{number}"), one))


def _whole(behind: Any, one: Countable) -> int | None:
    return int(behind or 0) if one.tally is Tally.ACTS and one.behind else None


def distribution(engine: Engine, rows: Rows, *columns: str) -> dict[tuple[str | None, ...], int]:
    """How many rows each combination of values has; None for what is not known."""
    counted = engine.rows(rows.group_by(list(columns)).aggregate(number=rows.count()))
    return {tuple(line[column] for column in columns): int(line["number"]) for line in counted}


def statement(one: Countable, records: Records, dialect: str = "duckdb") -> str:
    """The SQL of one indicator, as the documentation prints it."""
    rows = RELATIONS[one.rows](records)
    return str(ibis.to_sql(rows.aggregate(value=one.measure(rows)), dialect=dialect))
