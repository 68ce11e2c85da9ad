"""All that a dossier says, as canonical data: what is hashed, certified and handed in."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from avenant.funding.dossiers.models import CONTENT, Dossier

_LEFT_OUT = {"circle", "id", "dossier", "document", "saved_at", "saved_by"}


def plain(value: Any) -> Any:
    """A fact as canonical data: amounts and dates are text, nothing is a float."""
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal() | date() | uuid.UUID():
            return value.isoformat() if isinstance(value, date) else str(value)
        case Mapping():
            return {str(key): plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case _ if dataclasses.is_dataclass(value):
            return {one.name: plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
        case _:
            return str(value)


def content_said(dossier: Dossier) -> dict[str, Any]:
    """All that the dossier says, as canonical data; a file is said by its name and its SHA-256."""
    fields = ("call_id", "owner_id", "establishment_id", "name", "territory_code", "status", "sectors", "category",
              "staff", "group", "agents", "payroll", "contact", "contact_email", "answers", "upstream_with",
              "upstream_since", "plan_on")  # fmt: skip
    said: dict[str, Any] = {"dossier": {name: plain(getattr(dossier, name)) for name in fields}}
    for model in CONTENT:
        rows = model.objects.filter(circle_id=dossier.circle_id).order_by("pk")
        columns = [one for one in model._meta.concrete_fields if one.name not in _LEFT_OUT]  # noqa: SLF001
        said[model._meta.model_name] = [  # noqa: SLF001
            {"id": str(row.pk), **{one.name: plain(getattr(row, one.attname)) for one in columns}, **_file(row)}
            for row in rows
        ]
    return said


def _file(row: Any) -> dict[str, str]:
    document = getattr(row, "document", None)
    return {"file": document.name, "sha256": document.sha256} if document else {}
