"""Files that support a figure: the provider's own until the part is handed in, then documents of the circle."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.foundations.documents import services as documents
from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.models import Evidence, Part, Submission
from avenant.indicators.declarations.sheet import sheet

MOST = 10


@transaction.atomic
def join_evidence(
    *, actor: Actor, part_id: uuid.UUID, definition_id: uuid.UUID, name: str, content: bytes, at: datetime
) -> Evidence:
    """Join a file to an indicator. Raises RefusedFile, and DomainError beyond ten files or for the same one twice."""
    part = selectors.get_part(actor, part_id, lock=True)
    policies.may_fill(actor, part, at=at).or_raise()
    row = sheet(actor, part).row(definition_id)
    joined = Evidence.objects.visible_to(actor).filter(part=part, definition=row.record)
    if joined.count() >= MOST:
        raise DomainError(
            f"{row.definition.printed_code} a déjà {MOST} pièces : retirez-en une pour en joindre une autre."
        )
    media_type = documents.check_file(name, content)
    digest = documents.store(name, content)
    if joined.filter(sha256=digest).exists():
        raise DomainError(f"« {name} » est déjà joint à {row.definition.printed_code}.")
    return Evidence.objects.create(
        circle_id=part.circle_id,
        private_to_id=part.owner_id,
        part=part,
        definition=row.record,
        name=name[:200],
        media_type=media_type,
        size=len(content),
        sha256=digest,
        at=at,
        person_id=actor.person_id,
    )


@transaction.atomic
def remove_evidence(*, actor: Actor, evidence_id: uuid.UUID, at: datetime) -> Part:
    """Take a file back before the part is handed in; what was already handed in keeps its document."""
    evidence = selectors.get_evidence(actor, evidence_id)
    part = selectors.get_part(actor, evidence.part_id, lock=True)
    policies.may_fill(actor, part, at=at).or_raise()
    evidence.delete()
    return part


def publish_evidence(*, actor: Actor, submission: Submission) -> int:
    """Make the files of a part documents of its circle, under its submission; ``kind`` is the indicator's code."""
    joined = selectors.list_evidence(actor, submission.part).select_related("definition")
    for one in joined:
        documents.keep(
            circle_id=submission.circle_id,
            owner_id=one.private_to_id,
            person_id=one.person_id,
            name=one.name,
            content=documents.retrieve(one.sha256),
            kind=one.definition.code,
            media_type=one.media_type,
            at=submission.at,
            subject=submission.pk,
        )
    return len(joined)
