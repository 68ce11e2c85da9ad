"""The journal is sealed each night; a proof of a file shows its events, their way to a seal, and the chain of seals."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from avenant.domain.proof import (
    BEGINNING,
    FORMAT,
    Seal,
    canonical,
    chained,
    fingerprint,
    leaf,
    paths_of,
    root_from,
    root_of,
    seal_of,
    textual,
)
from avenant.foundations.journal.models import OLDEST_FIRST, DailySeal, Event, SealedEvent
from avenant.foundations.parties.actors import Actor

BATCH = 2_000
LOCK = 4_622_012


@transaction.atomic
def seal_journal(*, at: datetime) -> DailySeal | None:
    """Seal every event that no seal holds yet; None when there is none. For the platform's own job.

    Two seals are never made at once. An event whose transaction ends later is under the next.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])  # nobody may update a seal, so none can be locked
    last = DailySeal.objects.order_by("-number").first()
    waiting = list(Event.objects.filter(sealed=None).order_by(*OLDEST_FIRST))
    if not waiting:
        return None
    leaves = [leaf(canonical(as_sealed(event))) for event in waiting]
    made = seal_of(
        number=last.number + 1 if last else 1,
        at=_instant(at),
        count=len(leaves),
        root=root_of(leaves),
        previous=last.chain if last else BEGINNING,
    )
    row = DailySeal.objects.create(**made.as_dict() | {"at": at.replace(microsecond=0)})
    SealedEvent.objects.bulk_create(
        (
            SealedEvent(event=event, circle_id=event.circle_id, seal=row, path=path)
            for event, path in zip(waiting, paths_of(leaves), strict=True)
        ),
        batch_size=BATCH,
    )
    return row


def as_sealed(event: Event) -> dict[str, Any]:
    """The event as its leaf holds it: identifiers, not names, so that a person who is renamed changes nothing."""
    return {
        "id": str(event.pk),
        "file": str(event.circle_id),
        "at": _instant(event.at, exact=True),
        "verb": event.verb,
        "label": event.label,
        "reason": event.reason,
        "evidence": textual(event.evidence),
        "subject": str(event.subject) if event.subject else None,
        "person": str(event.person_id) if event.person_id else None,
        "organisation": str(event.organisation_id) if event.organisation_id else None,
    }


def make_proof(
    actor: Actor,
    *,
    kind: str,
    title: str,
    content: object,
    subjects: Sequence[uuid.UUID],
    at: datetime,
    context: Sequence[tuple[str, object]] = (),
    documents: Sequence[dict[str, str]] = (),
    sha256: str = "",
) -> dict[str, Any]:
    """A proof file (see :mod:`avenant.domain.proof.files`) of ``content``, with the events of ``subjects`` the actor sees.

    ``sha256`` is the hash as it was recorded, when the content has been kept beside it: the file shows whether they agree.
    """
    events = (
        Event.objects.visible_to(actor).filter(subject__in=subjects).select_related("sealed").order_by(*OLDEST_FIRST)
    )
    journal = [_extract(event) for event in events]
    return {
        "format": FORMAT,
        "kind": kind,
        "title": title,
        "issued_at": _instant(at),
        "issued_for": actor.organisation,
        "content": textual(content),
        "sha256": sha256 or fingerprint(textual(content)),
        "context": [
            {"title": label, "content": textual(value), "sha256": fingerprint(textual(value))}
            for label, value in context
        ],
        "documents": list(documents),
        "journal": journal,
        "seals": [seal.as_dict() for seal in _seals_from(entry["seal"] for entry in journal)],
    }


def find_broken_seal() -> int | None:
    """Number of the first seal that its events or its predecessor no longer bear out; None when all hold. For jobs.

    Every event is hashed again: what was changed behind the application, by whoever may write in the database, shows.
    """
    seals = {row.number: _seal(row) for row in DailySeal.objects.order_by("number")}
    if not chained(seals.values()):
        return next(
            (number for number in seals if not chained(one for key, one in seals.items() if key <= number)), None
        )
    counted = dict.fromkeys(seals, 0)
    sealed = SealedEvent.objects.select_related("event").order_by("seal_id")
    broken = []
    for one in sealed.iterator(chunk_size=BATCH):
        counted[one.seal_id] += 1
        if root_from(leaf(canonical(as_sealed(one.event))), one.path) != seals[one.seal_id].root:
            broken.append(one.seal_id)
    broken += [number for number, seal in seals.items() if counted[number] != seal.count]
    return min(broken, default=None)


def list_seals() -> QuerySet[DailySeal]:
    """The seals, the last first: whoever keeps a chain hash can hold the platform to its journal."""
    return DailySeal.objects.order_by("-number")


def _extract(event: Event) -> dict[str, Any]:
    sealed: SealedEvent | None = getattr(event, "sealed", None)
    return {
        "event": as_sealed(event),
        "seal": sealed.seal_id if sealed else None,
        "path": sealed.path if sealed else [],
    }


def _seals_from(numbers: Iterable[int | None]) -> list[Seal]:
    first = min((number for number in numbers if number is not None), default=None)
    rows = DailySeal.objects.filter(number__gte=first) if first is not None else DailySeal.objects.none()
    return [_seal(row) for row in rows.order_by("number")]


def _seal(row: DailySeal) -> Seal:
    return Seal(
        number=row.number,
        at=_instant(row.at),
        count=row.count,
        root=row.root,
        previous=row.previous,
        chain=row.chain,
    )


def _instant(at: datetime, *, exact: bool = False) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds" if exact else "seconds")
