"""Rows of several tables in one statement: a page that shows a whole file asks the database once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import JSONField, Model, QuerySet


def gather(**parts: QuerySet[Any]) -> dict[str, list[Any]]:
    """The rows of each part, whole and in its order, read by one statement; row level security applies to each.

    A part names one table: no ``select_related``, no ``annotate``, no deferred column.
    """
    selects, values = [], []
    for name, rows in parts.items():
        sql, given = rows.query.sql_with_params()
        selects.append(f"SELECT %s AS part, row_number() OVER () AS rank, to_jsonb(t) AS said FROM ({sql}) t")  # noqa: S608  made by the ORM
        values += [name, *given]
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(selects)} ORDER BY 1, 2", values)
        read = cursor.fetchall()
    found: dict[str, list[Any]] = {name: [] for name in parts}
    for name, _, said in read:
        found[name].append(_row(parts[name].model, said))
    return found


def _row(model: type[Model], said: Any) -> Model:
    told = json.loads(said, parse_float=Decimal) if isinstance(said, str) else said
    fields = model._meta.concrete_fields  # noqa: SLF001  Django's public-by-use
    values = [_value(one, told[one.column]) for one in fields]
    return model.from_db(connection.alias, [one.attname for one in fields], values)


def _value(field: Any, said: Any) -> Any:
    # Amounts are exact; what is kept as JSON has the numbers of JSON.
    return json.loads(json.dumps(said, default=float)) if isinstance(field, JSONField) else field.to_python(said)


def attach(rows: Iterable[Model], name: str, children: Iterable[Any], by: str) -> None:
    """Give each row the children that name it by their column ``by``: ``row.name.all()`` then asks nothing more."""
    held: dict[Any, list[Any]] = {}
    for child in children:
        held.setdefault(getattr(child, by), []).append(child)
    for row in rows:
        related = getattr(row, name).all()
        related._result_cache = held.get(row.pk, [])  # noqa: SLF001  what prefetch_related does
        related._prefetch_done = True  # noqa: SLF001
        row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = related
        for child in held.get(row.pk, []):
            child._state.fields_cache[by.removesuffix("_id")] = row  # noqa: SLF001
