"""The yearly review of a contract: its words, its ways to improve, its decisions, its signing off."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Required, TypedDict

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting import selectors as contracts
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.decision import Decision, DomainError
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import advance, record
from avenant.foundations.meetings import selectors as meetings_reads
from avenant.foundations.meetings import services as meetings
from avenant.foundations.meetings.models import CommitteeDecision
from avenant.foundations.meetings.services.minutes import DecisionDraft
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.indicators.campaigns.services import end_of_day
from avenant.indicators.consolidation import policies, selectors, tasks
from avenant.indicators.consolidation.models import Review, ReviewComment, ReviewItem, ReviewStrand


@transaction.atomic
def open_review(*, actor: Actor, contract_id: uuid.UUID, year: int, at: datetime) -> Review:
    """Start the yearly review of a contract, or find the one that was started. Raises DomainError outside its years."""
    contract = contracts.get_contract(actor, contract_id)
    policies.may_write_review(actor).or_raise()
    strands = {promise.definition.strand for promise in contracts.list_promises(actor, contract, year)}
    if not strands:
        raise DomainError(f"Le contrat ne mesure rien en {year}\u202f: il n’y a pas de bilan à écrire.")
    review, made = Review.objects.get_or_create(
        contract=contract,
        year=year,
        defaults={"circle_id": contract.circle_id, "state": Review.lifecycle.start, "state_since": at},
    )
    if made:
        ReviewStrand.objects.bulk_create(
            ReviewStrand(circle_id=contract.circle_id, review=review, strand=strand) for strand in sorted(strands)
        )
        record(
            contract.circle_id,
            verb="review.opened",
            label=f"Bilan {year} ouvert : {contract}",
            actor=actor,
            at=at,
            page=review.page(),
            subject=review.pk,
        )
    return review


class StaleText(DomainError):
    """Somebody else wrote the same text since it was opened: nothing is overwritten, both are shown."""

    def __init__(self, row: ReviewStrand) -> None:
        who = row.saved_by.name if row.saved_by else "Une autre personne"
        super().__init__(
            f"{who} a enregistré ce volet depuis que vous l’avez ouvert. Votre texte reste à l’écran : reprenez ce qui "
            "vous sert, puis enregistrez de nouveau.",
            code="stale",
        )
        self.row = row


def text_version(row: ReviewStrand) -> str:
    """What a form carries to say which text it was opened on; empty before the first save."""
    return row.saved_at.isoformat() if row.saved_at else ""


@transaction.atomic
def write_strand(
    *, actor: Actor, review_id: uuid.UUID, strand: str, text: str, at: datetime, seen: str | None = None
) -> ReviewStrand:
    """Write the qualitative part of the review for one strand.

    ``seen`` is the :func:`text_version` that the form was opened on; None writes whatever was there. Raises
    :class:`StaleText` when somebody else wrote in between.
    """
    review = selectors.get_review(actor, review_id, lock=True)
    policies.may_edit_review(actor, review).or_raise()
    row = get_object_or_404(selectors.list_strands(actor, review), strand=strand)
    mine = row.saved_by_id == actor.person_id
    if seen is not None and seen != text_version(row) and not mine and row.text != text.strip():
        raise StaleText(row)
    row.text, row.saved_at, row.saved_by_id = text.strip(), at, actor.person_id
    row.save(update_fields=["text", "saved_at", "saved_by"])
    return row


class ItemContent(TypedDict, total=False):
    """What a way to improve or a decision says. ``definition``: the indicator that motivated it."""

    text: Required[str]
    owner: Required[Organisation]
    action: str
    finding: str
    due_on: date | None
    definition: DefinitionRecord | None
    progress: str
    decided_in: CommitteeDecision


@transaction.atomic
def add_item(*, actor: Actor, review_id: uuid.UUID, kind: ReviewItem.Kind, content: ItemContent) -> ReviewItem:
    """Add a way to improve or a decision: text, action or indicator concerned, finding, owner, due date, status."""
    review = selectors.get_review(actor, review_id, lock=True)
    policies.may_edit_review(actor, review).or_raise()
    policies.may_own_item(content["owner"], selectors.list_parties(actor, review)).or_raise()
    item = ReviewItem.objects.create(circle_id=review.circle_id, review=review, kind=kind, **content)
    _plan(actor, item)
    return item


@transaction.atomic
def edit_item(*, actor: Actor, item_id: int, content: ItemContent) -> ReviewItem:
    """Change an item of a review that is still being written; its due item moves with it."""
    item = selectors.get_item(actor, item_id, lock=True)
    policies.may_edit_item(actor, item).or_raise()
    policies.may_own_item(content["owner"], selectors.list_parties(actor, item.review)).or_raise()
    for name, value in content.items():
        setattr(item, name, value)
    item.save()
    _plan(actor, item)
    return item


@transaction.atomic
def remove_item(*, actor: Actor, review_id: uuid.UUID, item_id: int) -> None:
    """Take back a way to improve or a decision of a review that is still being written."""
    selectors.get_review(actor, review_id, lock=True)
    item = selectors.get_item(actor, item_id)
    policies.may_edit_item(actor, item).or_raise()
    journal.drop(_due_key(item))
    ReviewItem.objects.visible_to(actor).filter(review_id=review_id, pk=item_id).delete()


@dataclass(frozen=True, slots=True)
class Reorientation:
    """A decision that an indicator motivated: the finding, what is decided, which party does it, until when."""

    definition: DefinitionRecord
    finding: str
    decision: str
    owner: ContractParty.Role
    due_on: date


@transaction.atomic
def decide_on_indicator(
    *, actor: Actor, contract_ids: Sequence[uuid.UUID], year: int, reorientation: Reorientation, at: datetime
) -> list[ReviewItem]:
    """Record a decision of reorientation against the indicator that motivated it (article 6), in the review of each
    contract concerned; the review is started when it does not exist yet. It comes back in the next year's review."""
    items = []
    for contract_id in contract_ids:
        contract = contracts.get_contract(actor, contract_id)
        content = _content(reorientation, _owner(contract, reorientation))
        review = open_review(actor=actor, contract_id=contract_id, year=year, at=at)
        items.append(add_item(actor=actor, review_id=review.pk, kind=ReviewItem.Kind.DECISION, content=content))
    return items


@transaction.atomic
def decide_in_session(
    *, actor: Actor, session_id: uuid.UUID, reorientation: Reorientation, at: datetime, point_id: int | None = None
) -> ReviewItem:
    """A committee decides, in a session, a reorientation that an indicator motivated (CPOM PACA, article 6): one decision
    in its minutes, the same one in the review of the year that it looks back on. A second click finds the first."""
    session = meetings_reads.get_session(actor, session_id, lock=True)
    contract = contracts.get_contract(actor, selectors.find_contract(actor, session).pk)
    owner = _owner(contract, reorientation)
    review = open_review(actor=actor, contract_id=contract.pk, year=selectors.looks_back_on(session), at=at)
    definition = reorientation.definition
    draft = DecisionDraft(
        text=reorientation.decision,
        owner=owner,
        due_on=reorientation.due_on,
        action=f"Indicateur {definition.printed_code}, {definition.label}"[:200],
        finding=reorientation.finding,
        item_id=point_id,
        page_of_action=review.page(),
    )
    decision = meetings.record_decision(actor=actor, session_id=session_id, draft=draft, at=at)
    if found := ReviewItem.objects.visible_to(actor).filter(decided_in=decision).first():
        return found
    content = _content(reorientation, owner)
    return add_item(
        actor=actor, review_id=review.pk, kind=ReviewItem.Kind.DECISION, content={**content, "decided_in": decision}
    )


def _owner(contract: Contract, reorientation: Reorientation) -> Organisation:
    owner = next((one.organisation for one in contract.parties.all() if one.role == reorientation.owner), None)
    if owner is None:
        raise DomainError(f"Aucune partie de « {contract} » ne tient ce rôle : choisissez un autre responsable.")
    return owner


def _content(reorientation: Reorientation, owner: Organisation) -> ItemContent:
    return ItemContent(
        text=reorientation.decision,
        owner=owner,
        finding=reorientation.finding,
        due_on=reorientation.due_on,
        definition=reorientation.definition,
    )


@transaction.atomic
def follow_up_item(*, actor: Actor, item_id: int, progress: str, outcome: str, at: datetime) -> ReviewItem:
    """Say what became of a decision, whatever the state of its review: what was signed off stays as it was signed."""
    item = selectors.get_item(actor, item_id, lock=True)
    policies.may_follow_up(actor).or_raise()
    if item.decided_in is not None:
        raise DomainError(
            f"Cette décision est celle du comité ({item.decided_in.session.when})\u202f: dites la suite donnée dans sa séance."
        )
    item.progress, item.outcome = ReviewItem.Progress(progress), outcome.strip()
    item.save(update_fields=["progress", "outcome"])
    _plan(actor, item)
    record(
        item.circle_id,
        verb="review.followed_up",
        label=f"Suite donnée, {item.get_kind_display()} {item.get_progress_display()} : {item}",
        actor=actor,
        at=at,
        reason=item.outcome,
        page=item.review.page(),
        subject=item.review_id,
    )
    return item


@transaction.atomic
def comment_review(*, actor: Actor, review_id: uuid.UUID, text: str, at: datetime) -> ReviewComment:
    """Say something of the review to its other parties; it is kept beside the document, never in it."""
    review = selectors.get_review(actor, review_id)
    policies.may_comment_review(actor, text).or_raise()
    return ReviewComment.objects.create(
        circle_id=review.circle_id,
        review=review,
        text=text.strip(),
        at=at,
        person_id=actor.person_id,
        organisation_id=actor.organisation_id,
    )


OWNERS = {
    OrganisationKind.SERVICE: Role.SERVICE_MANAGER,
    OrganisationKind.FUND: Role.FUND_CORRESPONDENT,
    OrganisationKind.LABOUR: Role.LABOUR_LEAD,
}


def _due_key(item: ReviewItem) -> str:
    return f"review-item:{item.pk}"


def _plan(actor: Actor, item: ReviewItem) -> None:
    """The item is due from its owner while it is to be done and has a date."""
    key = _due_key(item)
    if item.progress == ReviewItem.Progress.DONE:
        journal.close(key)
    elif (
        item.progress == ReviewItem.Progress.ABANDONED
        or item.due_on is None
        or item.owner is None
        or item.decided_in is not None  # the committee's own decision is what is due
    ):
        journal.drop(key)
    else:
        territory = item.review.contract.territory
        journal.plan(
            item.circle_id,
            journal.Due(
                key=key,
                label=f"{item.get_kind_display().capitalize()} du bilan {item.review.year} : {item.text}",
                organisation_id=item.owner.pk,
                role=OWNERS.get(OrganisationKind(item.owner.kind)),
                waiting="le comité de suivi",
                due_at=end_of_day(item.due_on, territory),
                zone=territory.time_zone,
                page=item.review.page(),
                basis=policies.BASIS,
                consequence="Le prochain bilan le dira sans suite.",
            ),
        )


@transaction.atomic
def sign_off_review(*, actor: Actor, review_id: uuid.UUID, at: datetime) -> Review:
    """Sign the review off: its whole content is frozen, then a job makes the PDF from it and nothing else."""
    review = selectors.get_review(actor, review_id, lock=True)
    may_sign_off(actor, review).or_raise()
    review.content = selectors.review_content(actor, review, at=at)
    review.save(update_fields=["content"])
    advance(review, "sign_off", actor=actor, at=at, label=f"Bilan {review.year} arrêté : {review.contract}")
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
    advance(review, "reopen", actor=actor, at=at, reason=reason, label=f"Bilan {review.year} rouvert : {reason}")
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
