"""The workbook of a list of dossiers: a person asks, a job writes it and says how far it is."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from avenant.domain.french import format_date
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.attachments import XLSX
from avenant.foundations.documents.spreadsheets import workbook_bytes
from avenant.foundations.documents.stamping import Stamp, stamping
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Membership
from avenant.foundations.parties.services import own_circle
from avenant.funding.dossiers import selectors, tasks
from avenant.funding.dossiers.models import Dossier, Workbook
from avenant.funding.dossiers.selectors import DossierSearch
from avenant.funding.dossiers.tables import dossier_sheet

MOST, AT_ONCE = 20_000, 500


@transaction.atomic
def ask_workbook(*, actor: Actor, search: DossierSearch, at: datetime) -> Workbook:
    """Ask for the workbook of the dossiers that a list shows, at most 20,000."""
    said = {name: str(value) if value else "" for name, value in asdict(search).items() if name != "after"}
    row = Workbook.objects.create(
        circle_id=own_circle(actor), private_to_id=actor.organisation_id, person_id=actor.person_id, search=said, at=at,
        total=min(selectors.list_dossiers(actor, search).count(), MOST),
    )  # fmt: skip
    tasks.make_workbook.defer(workbook_id=str(row.pk))
    return row


def make_workbook(*, workbook_id: uuid.UUID) -> None:
    """Write the workbook in the name of who asked: it holds what that person may read, and nothing else. Made once."""
    row = Workbook.objects.get(pk=workbook_id)
    if row.document_id is not None:
        return
    rows = Membership.objects.select_related("person", "organisation__territory", "unit")
    membership = rows.filter(person_id=row.person_id, organisation_id=row.private_to_id).first()
    if membership is None:
        return
    actor = Actor.of(membership)
    said = {**row.search, "call": uuid.UUID(row.search["call"]) if row.search["call"] else None}
    found = selectors.for_export(selectors.list_dossiers(actor, DossierSearch(**said)))[:MOST]
    at = row.at.astimezone(ZoneInfo(membership.organisation.territory.time_zone))
    who = f"{actor.name}, {actor.organisation}"
    with stamping(lambda: Stamp("Dossiers de financement", "suivi des dossiers", who, format_date(at))):
        content = workbook_bytes(
            [dossier_sheet(_told(row, found.iterator(chunk_size=AT_ONCE)))], title="Dossiers", at=at
        )
    row.document = documents.keep(
        circle_id=row.circle_id, owner_id=actor.organisation_id, person_id=row.person_id, subject=row.pk, kind="export",
        name=f"dossiers-{at:%Y-%m-%d}-confidentiel.xlsx", content=content, media_type=XLSX, at=row.at,
    )  # fmt: skip
    row.done = row.total
    row.save(update_fields=["document", "done"])


def _told(row: Workbook, dossiers: Iterable[Dossier]) -> Iterator[Dossier]:
    for rank, one in enumerate(dossiers, start=1):
        if rank % AT_ONCE == 0:
            Workbook.objects.filter(pk=row.pk).update(done=rank)
        yield one
