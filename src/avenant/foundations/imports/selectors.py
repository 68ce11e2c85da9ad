"""Reads of the imports of my organisation."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from avenant.foundations.imports.models import Import, RememberedColumn, TakenRow
from avenant.foundations.parties.actors import Actor


def list_imports(actor: Actor, *, kind: str = "", words: str = "") -> QuerySet[Import]:
    """What my organisation has sent, newest first."""
    rows = Import.objects.visible_to(actor).select_related("person").defer("report")
    if kind:
        rows = rows.filter(kind=kind)
    return rows.filter(filename__icontains=words) if words else rows


def get_import(actor: Actor, import_id: uuid.UUID, *, lock: bool = False) -> Import:
    """One import; 404 when it is another organisation's."""
    rows = Import.objects.visible_to(actor)
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=import_id)


def list_taken(actor: Actor, row: Import) -> QuerySet[TakenRow]:
    """What a file became, line by line."""
    return TakenRow.objects.visible_to(actor).filter(source=row)


def remembered(actor: Actor, kind: str) -> dict[str, str]:
    """What my organisation has said of the titles of its files of a kind."""
    rows = RememberedColumn.objects.visible_to(actor).filter(kind=kind)
    return dict(rows.values_list("title", "target"))
