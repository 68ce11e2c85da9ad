"""One world that holds a row of every kind, for the guarantees that sweep all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from avenant.contracts.drafting.models import Contract, ContractParty, PromisedIndicator
from avenant.domain.indicators import Provider
from avenant.foundations.accounts.models import SecurityEntry
from avenant.foundations.accounts.services import log_access
from avenant.foundations.documents.models import Document
from avenant.foundations.documents.services import keep
from avenant.foundations.journal import calendar
from avenant.foundations.messages.models import Notice, Preference
from avenant.foundations.messages.services import choose_rhythm
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.services import open_circle
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.campaigns.services import prepare_campaign
from avenant.indicators.consolidation import services as consolidation
from avenant.indicators.consolidation.models import BenchmarkLine, Review, ReviewItem
from avenant.indicators.declarations.models import Part, Question, Submission
from avenant.indicators.declarations.services import control
from tests.conftest import as_system
from tests.support.cast import Cast
from tests.support.story import FEBRUARY, JANUARY, Story

CAST = (
    "service",
    "contributor",
    "reader",
    "social_service",
    "fund",
    "labour",
    "other_service",
    "outsider",
)


@dataclass
class World:
    """The story of a contract, with another contract beside it in which another service is the party."""

    cast: Cast
    story: Story
    campaign: Campaign
    part: Part
    other: Contract
    arguments: dict[str, Any] = field(default_factory=dict)
    """A value for each argument of an address, by its name."""

    def actor(self, name: str) -> Actor:
        actor: Actor = getattr(self.cast, name)
        return actor


@pytest.fixture
def world(cast: Cast) -> World:
    return build(cast)


def build(cast: Cast) -> World:
    """The service's part was handed in, remarked on, and sent back with a question; the review is being written."""
    story = Story(cast)
    with as_system(), acting_as(cast.labour):
        other = _other_contract(cast)
    campaign = story.campaign()
    with acting_as(cast.labour):
        prepare_campaign(
            actor=cast.labour, at=JANUARY, year=2026, opens_on=date(2027, 1, 15), committee_on=date(2027, 4, 9)
        )
    part = story.hand_in(Provider.SERVICE)
    later = FEBRUARY + timedelta(days=1)
    with acting_as(cast.fund):
        control.remark(actor=cast.fund, part_id=part.pk, text="Rien à signaler.", at=later)
    with acting_as(cast.labour):
        review = consolidation.open_review(actor=cast.labour, contract_id=story.contract.pk, year=2025, at=later)
        item = consolidation.add_item(
            actor=cast.labour,
            review_id=review.pk,
            kind=ReviewItem.Kind.IMPROVEMENT,
            content={"text": "Repérer plus tôt.", "owner_id": cast.service.organisation_id},
        )
        control.return_part(
            actor=cast.labour, part_id=part.pk, reason="À préciser.", questions=[control.Asked("Pourquoi ?")], at=later
        )
    with as_system():
        consolidation.consolidate_campaign(campaign_id=campaign.pk, at=later)
        _position(
            story.contract, later
        )  # a service alone is placed nowhere, so the row is made, of a year no page shows
    with acting_as(cast.service):
        choose_rhythm(actor=cast.service, rhythm=Preference.Rhythm.IMMEDIATE, at=later)
        address = calendar.open_address(actor=cast.service, at=later)
        document = _document(cast, story.contract, later)
    log_access(SecurityEntry.Action.VIEW, actor=cast.service, page="/contrats/x", address="192.0.2.1", at=later)
    made = World(cast, story, campaign, story.part(), other)
    made.arguments = _arguments(made, review, item, document)
    made.arguments["token"] = calendar.address_of(address).rpartition("/")[2].removesuffix(".ics")
    return made


def _other_contract(cast: Cast) -> Contract:
    parties = {"val-issole": "service", "dreets-paca": "labour", "carsat-sud-est": "fund"}
    members = {cast.organisation(key).pk: role for key, role in parties.items()}
    circle = open_circle(kind="contract", title="CPOM du Val d’Issole", members=members)
    contract = Contract.objects.create(
        circle_id=circle,
        key="cpom-val-issole",
        kind=Contract.Kind.CPOM_SERVICE,
        title="CPOM du Val d’Issole",
        territory_id="R93",
        starts_on=date(2025, 1, 1),
        ends_on=date(2029, 12, 31),
        fictional=True,
        state=Contract.lifecycle.start,
        state_since=JANUARY,
    )
    for organisation_id, role in members.items():
        ContractParty.objects.create(circle_id=circle, contract=contract, organisation_id=organisation_id, role=role)
    return contract


def _position(contract: Contract, at: datetime) -> None:
    promise = PromisedIndicator.objects.filter(contract=contract)[0]
    BenchmarkLine.objects.create(
        circle_id=contract.circle_id,
        contract=contract,
        year=1999,
        definition_id=promise.definition_id,
        result={},
        computed_at=at,
    )


def _document(cast: Cast, contract: Contract, at: datetime) -> Document:
    return keep(
        circle_id=contract.circle_id,
        owner_id=cast.service.organisation_id,
        name="avenant.pdf",
        content=b"%PDF-1.7 essai",
        kind="contract",
        media_type="application/pdf",
        at=at,
    )


def _arguments(world: World, review: Review, item: ReviewItem, document: Document) -> dict[str, Any]:
    service = world.cast.service
    with acting_as(service):
        notice = Notice.objects.visible_to(service).filter(person_id=service.person_id).latest("at")
        promise = PromisedIndicator.objects.visible_to(service).first()
        question = Question.objects.visible_to(service).get(part=world.part)
        submission = Submission.objects.visible_to(service).get(part=world.part)
    assert promise is not None
    return {
        "contract_id": world.story.contract.pk,
        "campaign_id": world.campaign.pk,
        "declaration_id": world.part.declaration_id,
        "part_id": world.part.pk,
        "question_id": question.pk,
        "submission_id": submission.pk,
        "definition_id": promise.definition_id,
        "document_id": document.pk,
        "review_id": review.pk,
        "item_id": item.pk,
        "notice_id": notice.pk,
        "year": 2025,
        "strand": "volet-1",
        "verb": "clore",
    }
