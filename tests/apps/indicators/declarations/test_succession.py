"""A service that another absorbs: who takes its place states what it had still to state, from what all had read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.cast import Cast, _organisation, actor
from tests.support.roles import as_system
from tests.support.story import Story

from avenant.contracts.drafting.models import ContractParty
from avenant.domain.audiences import Role
from avenant.domain.indicators import Provider
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.services import admit_to_circle
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.models import Declaration, DraftValue
from avenant.indicators.declarations.services import control, entry, sharing, succession
from avenant.indicators.declarations.services.control import Asked
from avenant.indicators.declarations.sheet import sheet

pytestmark = pytest.mark.django_db
MARCH = datetime(2026, 3, 3, 9, tzinfo=UTC)
AFTERWARDS = MARCH + timedelta(days=2)


@pytest.fixture
def story(cast: Cast) -> Story:
    story = Story(cast)
    story.campaign()
    return story


@pytest.fixture
def heir(story: Story) -> Actor:
    """The service that absorbs Durance Luberon, in the circle of its contract from the day it is named."""
    with as_system():
        successor = _organisation("val-uni", "spsti", "Val Uni", "R93")
        admit_to_circle(circle_id=story.contract.circle_id, organisation=successor, role="service")
        return actor(successor, "Responsable", Role.SERVICE_MANAGER)


def succeed(story: Story, heir: Actor) -> int:
    with as_system():
        ContractParty.objects.filter(contract=story.contract, role="service").update(organisation=heir.organisation_id)
        return succession.hand_over_parts(
            contract_id=story.contract.pk,
            former_id=story.cast.service.organisation_id,
            successor_id=heir.organisation_id,
            at=MARCH,
        )


def test_a_part_being_filled_is_the_heirs_and_what_was_typed_stays_with_who_typed_it(story: Story, heir: Actor) -> None:
    story.type(story.part(), "pdp-1.10", "421")
    with acting_as(story.cast.service):
        colleague = selectors.list_colleagues(story.cast.service, story.part(), on=MARCH.date()).first()
        assert colleague is not None
        day = (MARCH + timedelta(days=5)).date()
        sharing.entrust_section(
            actor=story.cast.service, part_id=story.part().pk, section="volet-1", person_id=colleague.person_id,
            due_on=day, at=MARCH,
        )  # fmt: skip
    assert succeed(story, heir) == 1
    assert succeed(story, heir) == 0, "a worker killed in the middle runs again: nothing more"
    part = story.part()
    with acting_as(heir):
        assert policies.may_fill(heir, part, at=MARCH).allowed
        assert not selectors.drafts_of(heir, part)
        row = next(one for one in sheet(heir, part).rows if one.definition.code == "pdp-1.10")
        entry.save_entry(
            actor=heir, part_id=part.pk, entry=entry.Entry(row.record.pk, {row.own[0].key: "430"}), at=MARCH
        )
    with acting_as(story.cast.service):
        assert re.search("Val Uni", policies.may_fill(story.cast.service, part, at=MARCH).reason)
        assert [list(one.value.values()) for one in DraftValue.objects.filter(part=part)] == [[421]]
    with as_system():
        owed = DueItem.objects.filter(circle_id=story.contract.circle_id, state="open", key__startswith="part:")
        assert {one.organisation_id for one in owed.filter(role="service_manager")} == {heir.organisation_id}
        assert not owed.filter(key__contains=":section:").exists(), "no colleague of the former is still expected"
        told = Event.objects.get(verb="part.handed_over", subject=part.pk)
    assert told.label == "Indicateurs 2025 : Val Uni répond à la place de Durance Luberon"


def test_a_part_sent_back_starts_from_what_was_handed_in(story: Story, heir: Actor) -> None:
    part = story.hand_in(amount=20)
    with acting_as(story.cast.labour):
        control.return_part(
            actor=story.cast.labour, part_id=part.pk, reason="À revoir", questions=[Asked("Pourquoi 20 ?")], at=MARCH
        )
    with acting_as(story.cast.labour):
        said = selectors.declared_values(story.cast.labour, [part])
    assert succeed(story, heir) == 1
    with acting_as(heir):
        copied = selectors.drafts_of(heir, story.part())
        assert {key: one.value for key, one in copied.items()} == {key: one[0].value for key, one in said.items()}
        question = selectors.list_questions(heir, story.part()).get()
        control.answer_question(actor=heir, question_id=question.pk, text="Une nouvelle procédure.", at=MARCH)
        again = control.submit_part(actor=heir, part_id=part.pk, at=MARCH)
    assert again.number == 2


def test_a_validated_part_keeps_the_name_of_who_stated_it_and_is_compared_with_the_year_after(
    story: Story, heir: Actor
) -> None:
    validated(story)
    story.hand_in(Provider.SOCIAL_SERVICE)
    story.hand_in(Provider.FUND_PREVENTION)
    assert succeed(story, heir) == 0
    assert story.part().owner_id == story.cast.service.organisation_id
    story.campaign(2026, committee_on=(MARCH + timedelta(days=400)).date())
    with acting_as(heir):
        new = Declaration.objects.get(contract=story.contract, year=2026)
        assert new.service_id == heir.organisation_id
        before = selectors.previous_declaration(heir, new)
        assert before is not None
        assert before.year == 2025
        assert selectors.values_of_two_years(heir, new)[1], "what the former stated is the year before"
        assert selectors.is_service_of(heir, new)
        assert not selectors.is_service_of(heir, before)


def validated(story: Story) -> None:
    part = story.hand_in(amount=20)
    with acting_as(story.cast.fund):
        control.remark(actor=story.cast.fund, part_id=part.pk, text="", at=MARCH)
    story.validate(part)


def reopen(story: Story) -> None:
    with acting_as(story.cast.labour):
        control.reopen_part(
            actor=story.cast.labour, part_id=story.part().pk, reason="Erreur de périmètre", at=AFTERWARDS
        )


def test_a_part_reopened_after_its_party_was_replaced_is_the_heirs(story: Story, heir: Actor) -> None:
    validated(story)
    succeed(story, heir)
    reopen(story)
    part = story.part()
    with acting_as(story.cast.labour):
        said = {key: one[0].value for key, one in selectors.declared_values(story.cast.labour, [part]).items()}
    with acting_as(story.cast.service):
        assert re.search("Val Uni", policies.may_fill(story.cast.service, part, at=AFTERWARDS).reason)
        typed = DraftValue.objects.filter(part=part)
        assert typed, "what the former typed is still its own"
        assert set(typed.values_list("private_to_id", flat=True)) == {story.cast.service.organisation_id}
    with acting_as(heir):
        assert policies.may_fill(heir, part, at=AFTERWARDS).allowed
        row = next(one for one in sheet(heir, part).rows if one.definition.code == "pdp-1.10")
        mine = entry.Entry(row.record.pk, {row.own[0].key: "21"})
        entry.save_entry(actor=heir, part_id=part.pk, entry=mine, at=AFTERWARDS)
    with as_system():
        for _ in range(2):
            succession.start_from_the_last(part_id=part.pk, at=AFTERWARDS)
        due = DueItem.objects.get(key=f"part:{part.pk}:submit", state="open")
        assert (due.organisation_id, due.role) == (heir.organisation_id, "service_manager")
        told = Notice.objects.filter(page=part.page(), title__contains="rouverts par décision")
        assert {one.organisation_id for one in told} == {heir.organisation_id}
        event = Event.objects.get(verb="part.handed_over", subject=part.pk)
        assert event.label == "Indicateurs 2025 : Val Uni répond à la place de Durance Luberon"
    with acting_as(heir):
        copied = {key: one.value for key, one in selectors.drafts_of(heir, part).items()}
        assert copied == said | {row.record.pk: {row.own[0].key: 21}}, "what it typed before the job stays"


def test_a_part_reopened_while_its_party_is_still_there_stays_with_it(story: Story, heir: Actor) -> None:
    validated(story)
    reopen(story)
    assert story.part().owner_id == story.cast.service.organisation_id
    with as_system():
        assert not Event.objects.filter(verb="part.handed_over").exists()


def test_the_fund_of_a_return_is_left_alone(story: Story, heir: Actor) -> None:
    succeed(story, heir)
    assert story.part(Provider.FUND_PREVENTION).owner_id == story.cast.fund.organisation_id
