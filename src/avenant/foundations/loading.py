"""Upserts of reference data: the file is the truth, the table its image. Never deletes; says what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


def upsert(model: type[Row], keys: Mapping[str, Any], values: Mapping[str, Any], changes: list[str]) -> Row:
    """Bring the row of natural ``keys`` to ``values`` and note in ``changes`` what was made or changed."""
    manager = model._default_manager  # noqa: SLF001  Django's public-by-use
    row = manager.filter(**keys).first()
    if row is None:
        row = manager.create(**keys, **values)
        changes.append(f"+ {model._meta.verbose_name} {row}")  # noqa: SLF001
        return row
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if changed:
        for name in changed:
            setattr(row, name, values[name])
        row.save(update_fields=changed)
        changes.append(f"~ {model._meta.verbose_name} {row} : {', '.join(changed)}")  # noqa: SLF001
    return row


def entries(content: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """The ``[[name]]`` entries of a reference file."""
    yield from content.get(name, [])
