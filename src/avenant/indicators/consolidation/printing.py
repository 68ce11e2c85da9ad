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
    labour = ContractParty.objects.get(contract_id=review.contract_id, role=ContractParty.Role.LABOUR)
    _keep(
        review,
        "review",
        owner_id=labour.organisation_id,
        title=f"{content['title']}, {content['contract']['title']}",
        reference=f"BILAN-{review.year}-{review.pk.hex[:8].upper()}",
        kind="review",
        name=f"bilan-{review.year}-{review.contract.key}.pdf",
        at=signed_at,
    )


def print_note(*, publication_id: uuid.UUID) -> None:
    """Typeset a note to the social partners, in its own circle. Made twice, it is the same file."""
    note = Publication.objects.select_related("territory").select_for_update(of=("self",)).get(pk=publication_id)
    if note.sha256:
        return
    _keep(
        note,
        "partners-note",
        owner_id=note.organisation_id,
        title=f"Chiffres régionaux des CPOM, {note.year}",
        reference=f"NOTE-{note.territory_id}-{note.year}-{note.number}",
        kind="partners_note",
        name=f"cpom-{note.territory_id}-{note.year}-partenaires-sociaux-{note.number}.pdf",
        at=note.at.astimezone(ZoneInfo(note.territory.time_zone)),
    )


def _keep(
    row: Review | Publication, template: str, *, owner_id: uuid.UUID, title: str, reference: str, kind: str, name: str,
    at: datetime,
) -> None:  # fmt: skip
    printed = typeset(template, row.content, title=title, reference=reference, at=at, standards=ARCHIVED)
    documents.keep(
        circle_id=row.circle_id,
        owner_id=owner_id,
        subject=row.pk,
        kind=kind,
        name=name,
        content=printed.pdf,
        media_type="application/pdf",
        at=at,
    )
    row.sha256 = printed.sha256
    row.save(update_fields=["sha256"])
