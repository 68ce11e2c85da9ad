"""The FINESS file, read and taken by jobs: 130,000 lines do not wait in a request."""

from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from avenant.domain.decision import DomainError
from avenant.domain.finess import SetAside
from avenant.foundations.imports.models import Import
from avenant.foundations.parties.directory import FinessLoad, load_finess
from avenant.foundations.parties.finess_files import FinessFile

TOLD = 20_000


def work(import_id: str, *, at: datetime, write: bool) -> None:
    """Read the file of an import, or take it; run twice, it does no harm. A refusal is written on the import."""
    row = Import.objects.select_for_update().get(pk=uuid.UUID(import_id))
    if row.failure or row.taken_at or bool(row.confirmed_at) is not write:
        return
    try:
        with FinessFile(Path(settings.FILES) / row.sha256[:2] / row.sha256) as file:
            found = load_finess(file.records(), on=timezone.localdate(row.at), write=write)
            row.report = _report(found, file.shape.sentence)
    except DomainError as error:
        row.failure = error.message[:500]
        row.save(update_fields=["failure"])
        return
    if write:
        row.taken, row.taken_at = found.added + found.changed + found.closed, at
    else:
        row.read_at = at
    row.save(update_fields=["report", "taken", "taken_at", "read_at"])


def _report(found: FinessLoad, shape: str) -> dict[str, object]:
    return {
        "shape": shape,
        "count": found.read - len(found.set_aside),
        "added": found.added,
        "changed": found.changed,
        "closed": found.closed,
        "set_aside_count": len(found.set_aside),
        "doubtful_count": len(found.doubtful),
        "set_aside": _lines(found.set_aside),
        "doubtful": _lines(found.doubtful),
    }


def _lines(lines: list[SetAside]) -> list[tuple[int, str, str]]:
    return [(one.line, one.text, one.reason) for one in lines[:TOLD]]
