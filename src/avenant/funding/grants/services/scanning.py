"""A batch of scanned pages is sent back to its agreements by the mark of each page."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from avenant.domain.french import counted, enumerate_in_words
from avenant.foundations.documents import marks
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.services import RefusedFile
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.services import own_circle
from avenant.funding.grants import policies, tasks
from avenant.funding.grants.models import Agreement, ScanBatch

SCANNED: Final = "scanned_copy"


@transaction.atomic
def send_batch(*, actor: Actor, name: str, content: bytes, at: datetime) -> ScanBatch:
    """Take a PDF of scanned pages; a job reads its marks. Raises RefusedFile or DomainError for what cannot be read."""
    policies.may_scan(actor).or_raise()
    if documents.check_file(name, content) != "application/pdf":
        raise RefusedFile(f"« {name} » n’est pas un PDF : numérisez les pages en un seul PDF.")
    pages = marks.count_pages(content)
    if not 1 <= pages <= marks.MOST_PAGES:
        raise RefusedFile(f"« {name} » compte {counted(pages, 'page')} : un lot en a {marks.MOST_PAGES} au plus.")
    circle = own_circle(actor)
    kept = documents.receive_file(actor=actor, circle_id=circle, name=name, content=content, kind="scan_batch", at=at)
    row = ScanBatch.objects.create(circle_id=circle, owner_id=actor.organisation_id, document=kept, pages=pages, at=at)
    tasks.read_scans.defer(batch=str(row.pk))
    return row


@transaction.atomic
def read_batch(*, batch_id: uuid.UUID, at: datetime) -> ScanBatch:
    """Read the marks of a batch and file each agreement's pages in its own circle, in order. Run by a job; a batch
    already read is left as it is."""
    batch = ScanBatch.objects.select_for_update(of=("self",)).select_related("document").get(pk=batch_id)
    if batch.read_at is not None:
        return batch
    content = documents.read(batch.document)
    read = list(marks.read(content))
    found: dict[str, dict[int, int]] = defaultdict(dict)
    twice: list[int] = []
    for index, mark in enumerate(read):
        if mark is not None and found[mark.reference].setdefault(mark.page, index) != index:
            twice.append(index + 1)
    totals = {mark.reference: mark.pages for mark in read if mark is not None}
    filed = [
        _file(batch, reference, pages, totals[reference], content, at) for reference, pages in sorted(found.items())
    ]
    batch.outcome = {
        "pages": [{"rank": rank, "mark": str(mark) if mark else ""} for rank, mark in enumerate(read, 1)],
        "twice": twice,
        "unread": [rank for rank, mark in enumerate(read, 1) if mark is None],
        "filed": filed,
    }
    batch.read_at = at
    batch.save(update_fields=["outcome", "read_at"])
    return batch


def _file(
    batch: ScanBatch, reference: str, pages: dict[int, int], total: int, content: bytes, at: datetime
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "reference": reference,
        "pages": sorted(pages),
        "total": total,
        "document": "",
        "agreement": "",
    }
    row = find_by_reference(batch.owner_id, reference)
    if row is None:
        return told | {"says": "Aucune convention de votre institution n’a cette référence."}
    told |= {"agreement": str(row.pk), "label": f"{row}, {row.grant}", "page": row.grant.page()}
    missing = [str(number) for number in range(1, total + 1) if number not in pages]
    if missing:
        return told | {"says": f"Page manquante : {enumerate_in_words(missing)}. Rien n’est rattaché."}
    if row.withdrawn_at is not None:
        return told | {"says": "Ce texte a été retiré : l’exemplaire n’est pas rattaché."}
    kept = documents.keep(
        circle_id=row.circle_id, owner_id=batch.owner_id, name=f"{row.reference.lower()}-numerise.pdf", kind=SCANNED,
        content=marks.extract(content, [pages[number] for number in sorted(pages)]), media_type="application/pdf",
        at=at, person_id=batch.document.person_id, subject=row.pk,
    )  # fmt: skip
    record(
        row.circle_id, verb="agreement.scanned", actor=None, at=at, page=row.grant.page(), subject=row.grant_id,
        label=f"{row} : exemplaire numérisé rattaché, {counted(total, 'page')}", evidence={"exemplaire": kept.sha256},
    )  # fmt: skip
    return told | {"document": str(kept.pk), "says": f"Exemplaire complet, {counted(total, 'page')}."}


def find_by_reference(authority_id: uuid.UUID, reference: str) -> Agreement | None:
    """The text of an authority whose foot bears a reference."""
    prefix, _, digest = reference.partition("-")
    rows = Agreement.objects.filter(grant__authority_id=authority_id, sha256__startswith=digest.lower())
    rows = rows.filter(number=0) if prefix == "CONV" else rows.filter(number__gt=0)
    return rows.select_related("grant").order_by("withdrawn_at").first() if len(digest) == 12 else None
