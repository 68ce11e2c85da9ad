"""All the figures of a year: one query a relation, whatever the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import ibis

from avenant.collect.counting.registry import Countable, Rows, Tally, standing
from avenant.collect.counting.relations import RELATIONS, Records


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


def compute(records: Records, *, progress: Progress = _silent) -> tuple[Figure, ...]:
    """Every figure in force at the end of the year. A sum over nothing is 0."""
    found: dict[str, Figure] = {}
    wanted = standing(records.period.last_day)
    for relation, group in groupby(sorted(wanted, key=lambda one: one.rows), key=lambda one: one.rows):
        progress(relation)
        for figure in _together(records, relation, tuple(group)):
            found[figure.key] = figure
    return tuple(found[one.key] for one in wanted)


def _together(records: Records, relation: str, group: tuple[Countable, ...]) -> Iterator[Figure]:
    rows = RELATIONS[relation](records)
    asked: dict[str, Any] = {}
    for number, one in enumerate(group):
        asked[f"value_{number}"] = one.measure(rows)
        if one.behind:
            asked[f"behind_{number}"] = one.behind(rows)
    answer = rows.aggregate(**asked).to_pyarrow().to_pylist()[0]
    for number, one in enumerate(group):
        yield Figure(one, int(answer[f"value_{number}"] or 0), _whole(answer.get(f"behind_{number}"), one))


def _whole(behind: Any, one: Countable) -> int | None:
    return int(behind or 0) if one.tally is Tally.ACTS and one.behind else None


def distribution(rows: Rows, column: str) -> dict[str | None, int]:
    """How many rows each value of a column has; None for those that are not known."""
    counted = rows.group_by(column).aggregate(number=rows.count()).to_pyarrow().to_pylist()
    return {line[column]: int(line["number"]) for line in counted}


def statement(one: Countable, records: Records, dialect: str = "duckdb") -> str:
    """The SQL of one indicator, as the documentation prints it."""
    rows = RELATIONS[one.rows](records)
    return str(ibis.to_sql(rows.aggregate(value=one.measure(rows)), dialect=dialect))
