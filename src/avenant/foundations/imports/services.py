"""Writes of imports: a file is received, its columns told, its lines taken once confirmed, undone the same day."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.domain.french import format_date
from avenant.foundations.documents import scanning
from avenant.foundations.documents.services import retrieve, store
from avenant.foundations.imports import policies, reading, selectors, tasks
from avenant.foundations.imports.kinds import find_kind
from avenant.foundations.imports.models import Import, RememberedColumn, TakenRow
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.services import own_circle

MAX_BYTES: Final = 20_000_000
MAX_LARGE: Final = 200_000_000


@transaction.atomic
def receive_file(*, actor: Actor, kind: str, filename: str, content: bytes, at: datetime) -> Import:
    """Keep a file and say what it would give; nothing of it is entered. A large one is read by a job.

    Raises :class:`DomainError` when the file as a whole cannot be taken: empty, too large, another kind of file, or
    rows about people.
    """
    found = find_kind(kind)
    found.may(actor).or_raise()
    most = MAX_LARGE if found.large else MAX_BYTES
    if not content.strip():
        raise DomainError("Le fichier est vide. Rien n’a été importé.", code="file_empty")
    if len(content) > most:
        raise DomainError(f"Ce fichier dépasse {most // 1_000_000} Mo.", code="file_too_large")
    scanning.scan(content, filename)
    table = None if found.large else reading.open_table(found, content, filename)
    row = Import.objects.create(
        circle_id=own_circle(actor), private_to_id=actor.organisation_id, person_id=actor.person_id, kind=kind,
        filename=filename[:200], sha256=store(filename, content), size=len(content), at=at,
        titles=list(table.header) if table else [],
    )  # fmt: skip
    if table is None:
        tasks.read_import.defer(import_id=str(row.pk))
        return row
    row.columns = reading.propose_columns(found, table.header, selectors.remembered(actor, kind))
    _preview(row, actor, content, at)
    return row


@transaction.atomic
def tell_columns(*, actor: Actor, import_id: uuid.UUID, columns: Mapping[str, str], at: datetime) -> Import:
    """Say which column of the file is which; it is remembered for the organisation's next file."""
    row = selectors.get_import(actor, import_id, lock=True)
    kind = find_kind(row.kind)
    kind.may(actor).or_raise()
    if row.confirmed_at:
        raise DomainError("Ce fichier est déjà confirmé : ses colonnes ne changent plus.")
    chosen = {one.key: columns[one.key] for one in kind.targets if columns.get(one.key) in row.titles}
    if len(set(chosen.values())) < len(chosen):
        raise DomainError("Une même colonne de votre fichier ne peut pas servir deux fois.")
    row.columns = chosen
    by_title = {title: key for key, title in chosen.items()}
    RememberedColumn.objects.bulk_create(
        (
            RememberedColumn(
                circle_id=row.circle_id, private_to_id=actor.organisation_id, kind=row.kind, title=folded, target=target
            )
            for folded, target in {fold(title)[:200]: by_title.get(title, "") for title in row.titles if title}.items()
        ),
        update_conflicts=True, unique_fields=["private_to", "kind", "title"], update_fields=["target"],
    )  # fmt: skip
    _preview(row, actor, retrieve(row.sha256), at)
    return row


@transaction.atomic
def confirm_import(*, actor: Actor, import_id: uuid.UUID, at: datetime) -> Import:
    """Enter the lines that can be taken. They are read again: the preview may be of another hour."""
    row = selectors.get_import(actor, import_id, lock=True)
    policies.may_confirm(actor, row).or_raise()
    row.confirmed_at = at
    row.save(update_fields=["confirmed_at"])
    kind = find_kind(row.kind)
    if kind.large:
        tasks.take_import.defer(import_id=str(row.pk))
        return row
    table = reading.open_table(kind, retrieve(row.sha256), row.filename)
    found = reading.read_lines(kind, table, row.columns, actor=actor, at=at)
    mark = f"{row.mark}, le {format_date(timezone.localdate(at))}"
    taken = list(kind.take(actor, found.lines, mark=mark, at=at))
    TakenRow.objects.bulk_create(
        (
            TakenRow(
                circle_id=row.circle_id, private_to_id=actor.organisation_id, source=row, line=one.line,
                subject=one.subject, label=one.label[:250],
            )
            for one in taken
        ),
        batch_size=1000,
    )  # fmt: skip
    _report(row, found)
    row.taken, row.taken_at = len(taken), at
    row.save(update_fields=["report", "taken", "taken_at"])
    return row


@transaction.atomic
def undo_import(*, actor: Actor, import_id: uuid.UUID, at: datetime) -> Import:
    """Take back, the same day, what a file gave, as long as nothing stands on it. The file and its trace stay."""
    row = selectors.get_import(actor, import_id, lock=True)
    policies.may_undo(actor, row, at).or_raise()
    subjects = list(selectors.list_taken(actor, row).values_list("subject", flat=True))
    try:
        find_kind(row.kind).undo(actor, subjects, at=at)
    except ProtectedError as error:
        raise DomainError("Quelque chose s’appuie déjà sur ce qui a été repris : l’import ne s’annule plus.") from error
    row.undone_at = at
    row.save(update_fields=["undone_at"])
    return row


def fingerprint(content: bytes) -> str:
    """The hash that a taken row carries."""
    return hashlib.sha256(content).hexdigest()


def _preview(row: Import, actor: Actor, content: bytes, at: datetime) -> None:
    kind = find_kind(row.kind)
    missing = reading.missing_columns(kind, row.columns)
    if missing:
        row.report = {"missing": missing, "count": 0}
    else:
        table = reading.open_table(kind, content, row.filename)
        found = reading.read_lines(kind, table, row.columns, actor=actor, at=at)
        _report(row, found)
        row.report["preview"] = [[line, kind.say(one)] for line, one in found.lines[: reading.SHOWN]]
    row.read_at = at
    row.save(update_fields=["columns", "report", "read_at"])


def _report(row: Import, found: reading.ReadLines) -> None:
    report: dict[str, Any] = {**row.report, "count": len(found.lines), "set_aside": found.set_aside}
    report.pop("missing", None)
    row.report = report
