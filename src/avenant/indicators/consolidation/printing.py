"""The PDF of a signed-off review or of a published note, from its frozen content and nothing else."""

from __future__ import annotations

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

from avenant.contracts.drafting.models import ContractParty
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.typesetting import ARCHIVED, typeset
from avenant.indicators.consolidation.models import Publication, Review


def print_review(*, review_id: uuid.UUID) -> None:
    """Typeset the review and keep the PDF with its hash, in the contract's circle. Made twice, it is the same file."""
    review = Review.objects.select_related("contract__territory").select_for_update(of=("self",)).get(pk=review_id)
    if review.state != "signed_off" or review.sha256:
        return
    content = review.content
    signed_at = datetime.fromisoformat(content["signed_off"]["at"]).astimezone(
        ZoneInfo(review.contract.territory.time_zone)
    )
    printed = typeset(
        "review",
        content,
        title=f"{content['title']}, {content['contract']['title']}",
        reference=f"BILAN-{review.year}-{review.pk.hex[:8].upper()}",
        at=signed_at,
        standards=ARCHIVED,
    )
    labour = ContractParty.objects.get(contract_id=review.contract_id, role=ContractParty.Role.LABOUR)
    documents.keep(
        circle_id=review.circle_id,
        owner_id=labour.organisation_id,
        subject=review.pk,
        kind="review",
        name=f"bilan-{review.year}-{review.contract.key}.pdf",
        content=printed.pdf,
        media_type="application/pdf",
        at=signed_at,
    )
    review.sha256 = printed.sha256
    review.save(update_fields=["sha256"])


def print_note(*, publication_id: uuid.UUID) -> None:
    """Typeset a note to the social partners, in its own circle. Made twice, it is the same file."""
    note = Publication.objects.select_related("territory").select_for_update(of=("self",)).get(pk=publication_id)
    if note.sha256:
        return
    at = note.at.astimezone(ZoneInfo(note.territory.time_zone))
    printed = typeset(
        "partners-note",
        note.content,
        title=f"Chiffres régionaux des CPOM, {note.year}",
        reference=f"NOTE-{note.territory_id}-{note.year}-{note.number}",
        at=at,
        standards=ARCHIVED,
    )
    documents.keep(
        circle_id=note.circle_id,
        owner_id=note.organisation_id,
        subject=note.pk,
        kind="partners_note",
        name=f"cpom-{note.territory_id}-{note.year}-partenaires-sociaux-{note.number}.pdf",
        content=printed.pdf,
        media_type="application/pdf",
        at=at,
    )
    note.sha256 = printed.sha256
    note.save(update_fields=["sha256"])
