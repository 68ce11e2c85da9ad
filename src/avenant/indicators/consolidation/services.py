"""Writes about consolidation: regional figures and positions (a job), the yearly review (people)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of
from avenant.contracts.drafting import selectors as contracts
from avenant.domain.decision import Decision
from avenant.domain.indicators import Answer, Definition, consolidate, measures, position
from avenant.foundations.journal.states import advance, record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.indicators.campaigns.models import Campaign, RegionSettings
from avenant.indicators.consolidation import policies, selectors, tasks
from avenant.indicators.consolidation.models import BenchmarkLine, RegionalFigure, Review, ReviewItem, ReviewStrand
from avenant.indicators.consolidation.pages import CONSOLIDATED, POSITION


@transaction.atomic
def consolidate_campaign(*, campaign_id: uuid.UUID, at: datetime) -> int:
    """Make again every regional figure and every position of a campaign, from what was handed in. Run by a job.

    Returns the number of regional figures. Running it twice changes nothing: rows are replaced, never added.
    """
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    floor = RegionSettings.objects.values_list("benchmark_floor", flat=True).get(territory_id=campaign.territory_id)
    collected = selectors.collect_for_system(campaign)
    RegionalFigure.objects.filter(campaign=campaign).delete()
    BenchmarkLine.objects.filter(contract__in=collected.contracts.values(), year=campaign.year).delete()
    figures, lines = [], []
    for record_, answers in collected.answers.items():
        definition = definition_of(record_)
        figures.append(_figure(campaign, record_, definition, answers, at))
        if len(answers) > 1:
            lines += _positions(campaign, record_, definition, answers, collected, floor, at)
    RegionalFigure.objects.bulk_create(figures)
    BenchmarkLine.objects.bulk_create(lines)
    return len(figures)


def _figure(
    campaign: Campaign, row: DefinitionRecord, definition: Definition, answers: Mapping[str, Answer], at: datetime
) -> RegionalFigure:
    result = consolidate(definition, answers)
    return RegionalFigure(
        circle_id=campaign.circle_id,
        campaign=campaign,
        definition=row,
        result=CONSOLIDATED.dump_python(result, mode="json"),
        contributors=len(result.coverage.contributors),
        expected=result.coverage.expected,
        missing=list(result.coverage.missing),
        computed_at=at,
    )


def _positions(
    campaign: Campaign,
    row: DefinitionRecord,
    definition: Definition,
    answers: Mapping[str, Answer],
    collected: selectors.Collection,
    floor: int,
    at: datetime,
) -> list[BenchmarkLine]:
    if not any(measures(definition, answer.value) for answer in answers.values()):
        return []
    return [
        BenchmarkLine(
            circle_id=contract.circle_id,
            contract=contract,
            year=campaign.year,
            definition=row,
            result=POSITION.dump_python(position(definition, service, answers, floor=floor), mode="json"),
            computed_at=at,
        )
        for service, contract in collected.contracts.items()
        if service in answers
    ]


# -- the yearly review --------------------------------------------------------------------------------------------------


@transaction.atomic
def open_review(*, actor: Actor, contract_id: uuid.UUID, year: int, at: datetime) -> Review:
    """Start the yearly review of a contract, or find the one that was started."""
    contract = contracts.get_contract(actor, contract_id)
    policies.may_write_review(actor).or_raise()
    review, made = Review.objects.get_or_create(
        contract=contract,
        year=year,
        defaults={"circle_id": contract.circle_id, "state": Review.lifecycle.start, "state_since": at},
    )
    if made:
        strands = {promise.definition.strand for promise in contracts.list_promises(actor, contract, year)}
        ReviewStrand.objects.bulk_create(
            ReviewStrand(circle_id=contract.circle_id, review=review, strand=strand) for strand in sorted(strands)
        )
        record(
            contract.circle_id,
            verb="review.opened",
            label=f"Bilan {year} ouvert",
            actor=actor,
            at=at,
            page=review.page(),
            subject=review.pk,
        )
    return review


@transaction.atomic
def write_strand(*, actor: Actor, review_id: uuid.UUID, strand: str, text: str) -> ReviewStrand:
    """Write the qualitative part of the review for one strand."""
    review = selectors.get_review(actor, review_id, lock=True)
    policies.may_edit_review(actor, review).or_raise()
    row = ReviewStrand.objects.visible_to(actor).get(review=review, strand=strand)
    row.text = text.strip()
    row.save(update_fields=["text"])
    return row


@transaction.atomic
def add_item(*, actor: Actor, review_id: uuid.UUID, kind: ReviewItem.Kind, content: Mapping[str, Any]) -> ReviewItem:
    """Add a way to improve or a decision: text, action concerned, finding, owner, due date."""
    review = selectors.get_review(actor, review_id, lock=True)
    policies.may_edit_review(actor, review).or_raise()
    return ReviewItem.objects.create(circle_id=review.circle_id, review=review, kind=kind, **content)


@transaction.atomic
def remove_item(*, actor: Actor, review_id: uuid.UUID, item_id: int) -> None:
    """Take back a way to improve or a decision of a review that is still being written."""
    review = selectors.get_review(actor, review_id, lock=True)
    policies.may_edit_review(actor, review).or_raise()
    ReviewItem.objects.visible_to(actor).filter(review=review, pk=item_id).delete()


@transaction.atomic
def sign_off_review(*, actor: Actor, review_id: uuid.UUID, at: datetime) -> Review:
    """Sign the review off: its whole content is frozen, then a job makes the PDF from it and nothing else."""
    review = selectors.get_review(actor, review_id, lock=True)
    may_sign_off(actor, review).or_raise()
    review.content = selectors.review_content(actor, review, at=at)
    review.save(update_fields=["content"])
    advance(review, "sign_off", actor=actor, at=at, label=f"Bilan {review.year} arrêté")
    tasks.typeset_review.defer(review_id=str(review.pk))
    _tell_signed_off(review, actor=actor, at=at)
    return review


def _tell_signed_off(review: Review, *, actor: Actor, at: datetime) -> None:
    """The parties of the contract learn that the review is signed off."""
    message = Message(
        key=f"review:{review.pk.hex}:signed-off:{at:%Y%m%dT%H%M%S%f}",
        title=f"Le bilan {review.year} est arrêté : {review.contract.title}",
        act="Lire le bilan",
        page=review.page(),
        consequence="Rien ne change : le bilan arrêté reste à la disposition des parties.",
        basis=policies.BASIS,
    )
    for party in review.contract.parties.all():
        notify_organisation(review.circle_id, party.organisation_id, message, at=at, roles=policies.WRITERS, but=actor)


@transaction.atomic
def reopen_review(*, actor: Actor, review_id: uuid.UUID, reason: str, at: datetime) -> Review:
    """Reopen a signed-off review by a decision that says why; its former PDF stays among the documents."""
    review = selectors.get_review(actor, review_id, lock=True)
    advance(review, "reopen", actor=actor, at=at, reason=reason, label=f"Bilan {review.year} rouvert : {reason}")
    review.sha256 = ""
    review.save(update_fields=["sha256"])
    return review


def may_sign_off(actor: Actor, review: Review) -> Decision:
    """The decision on the signing off, with what it depends on (page and service ask the same)."""
    return policies.may_sign_off(
        actor,
        review,
        empty_strands=[row.strand for row in selectors.list_strands(actor, review) if not row.text.strip()],
        parts=selectors.parts_of_review(actor, review),
    )
