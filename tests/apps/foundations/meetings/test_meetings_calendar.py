"""The calendar of the region: proposed, consulted on, placed, published."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.http import Http404
from django.urls import reverse
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.roles import as_system

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.contracts.drafting.services import ContractDraft, PartyDraft, take_over_contract
from avenant.domain.decision import DomainError, Refused
from avenant.domain.meetings.planner import Answer
from avenant.foundations.journal.selectors import list_due
from avenant.foundations.meetings import selectors, services
from avenant.foundations.meetings.models import Consultation, Planning, Session
from avenant.foundations.meetings.services.calendar import warnings_of
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.site.committees import set_up_committees

pytestmark = pytest.mark.django_db
OCTOBER = datetime(2025, 10, 6, 8, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 10, 8, 30, tzinfo=UTC)
TIMES = [(TUESDAY + timedelta(days=7 * n), TUESDAY + timedelta(days=7 * n, hours=2)) for n in range(3)]


@pytest.fixture
def region(cast: Cast) -> Planning:
    """Two contracts, three slots, a representative for each authority; the services are asked."""
    roles = {"val-issole": "service", "dreets-paca": "labour", "carsat-sud-est": "fund"}
    draft = ContractDraft(
        key="cpom-val-issole",
        kind=Contract.Kind.CPOM_SERVICE,
        title="CPOM du Val d’Issole",
        territory_id="R93",
        starts_on=date(2025, 1, 1),
        ends_on=date(2029, 12, 31),
        parties=tuple(PartyDraft(cast.organisation(key), ContractParty.Role(role)) for key, role in roles.items()),
        definitions=tuple(DefinitionRecord.objects.filter(set="pdp")),
        fictional=True,
    )
    with acting_as(cast.labour):
        take_over_contract(actor=cast.labour, at=OCTOBER, draft=draft)
    with as_system():
        assert len(list(set_up_committees(at=OCTOBER))) == 2, "the committee and the technical meetings"
        assert list(set_up_committees(at=OCTOBER)) == []
    labour = cast.labour
    with acting_as(labour):
        planning = services.open_planning(actor=labour, year=2026, at=OCTOBER)
        assert services.add_slots(actor=labour, planning_id=planning.pk, times=TIMES, at=OCTOBER) == 3
        assert services.add_slots(actor=labour, planning_id=planning.pk, times=TIMES, at=OCTOBER) == 0
        services.add_representative(actor=labour, planning_id=planning.pk, capacity="Inspection du travail")
        assert services.consult_services(actor=labour, planning_id=planning.pk, at=OCTOBER) == 2
    with acting_as(cast.fund):
        services.add_representative(actor=cast.fund, planning_id=planning.pk, capacity="Ingénierie conseil")
    return planning


def consultation_of(person: Actor) -> Consultation:
    with acting_as(person):
        return selectors.list_open_consultations(person).get()


def answer(person: Actor, *said: Answer) -> None:
    consultation = consultation_of(person)
    with acting_as(person):
        answers = {key: one for (key, _, _), one in zip(consultation.offered, said, strict=True)}
        services.answer_consultation(
            actor=person, consultation_id=consultation.pk, answers=answers, comment="", at=OCTOBER
        )


def propose(cast: Cast, planning: Planning) -> Planning:
    with acting_as(cast.labour):
        services.propose_calendar(actor=cast.labour, planning_id=planning.pk, at=OCTOBER)
        return selectors.get_planning(cast.labour, planning.pk)


def publish(cast: Cast, planning: Planning, at: datetime) -> Planning:
    with acting_as(cast.labour):
        return services.publish_planning(actor=cast.labour, planning_id=planning.pk, at=at)


@pytest.mark.req("S3-7-06")
def test_each_service_is_heard_placed_and_told(cast: Cast, region: Planning) -> None:
    answer(cast.service, Answer.NO, Answer.YES, Answer.YES)
    with acting_as(cast.labour):
        told = [one.sentence for one in warnings_of(cast.labour, region)]
        assert "N’a pas encore été entendu : Val d’Issole." in told
    answer(cast.other_service, Answer.NO, Answer.YES, Answer.NO)
    planning = propose(cast, region)
    with acting_as(cast.labour):
        assert warnings_of(cast.labour, planning) == []
    publish(cast, planning, OCTOBER)
    for person, day in ((cast.service, 24), (cast.other_service, 17)):
        with acting_as(person):
            session = Session.objects.visible_to(person).get(year=2026)
            assert session.day == date(2026, 3, day)
            assert list_due(person).filter(key=f"session:{session.pk}:convene").exists()
            assert Notice.objects.visible_to(person).filter(title__startswith="Date arrêtée").exists()
    with acting_as(cast.labour):
        assert selectors.list_sessions(cast.labour, year=2026).count() == 2
        with pytest.raises(Refused, match="impossible"):
            services.publish_planning(actor=cast.labour, planning_id=planning.pk, at=OCTOBER)


def test_answers_are_read_by_the_planners_only(cast: Cast, region: Planning) -> None:
    answer(cast.service, Answer.NO, Answer.YES, Answer.YES)
    consultation = consultation_of(cast.service)
    with acting_as(cast.other_service):
        with pytest.raises(Http404):
            selectors.get_consultation(cast.other_service, consultation.pk)
        with pytest.raises(Http404):
            selectors.get_planning(cast.other_service, region.pk)
        assert not Consultation.objects.filter(pk=consultation.pk).exists(), "in bare SQL too"
    with acting_as(cast.fund):
        assert selectors.get_consultation(cast.fund, consultation.pk).answers
        with pytest.raises(Refused, match="Seul le responsable du service"):
            services.answer_consultation(
                actor=cast.fund, consultation_id=consultation.pk, answers={}, comment="", at=OCTOBER
            )


def test_a_representative_in_two_places_is_refused(cast: Cast, region: Planning) -> None:
    answer(cast.service, Answer.YES, Answer.NO, Answer.NO)
    answer(cast.other_service, Answer.YES, Answer.NO, Answer.NO)
    labour = cast.labour
    overlap = (TUESDAY + timedelta(hours=1), TUESDAY + timedelta(hours=3))
    with acting_as(labour):
        services.add_slots(actor=labour, planning_id=region.pk, times=[overlap], at=OCTOBER)
        slots = selectors.list_slots(labour, region)
        first, second = selectors.list_regional_committees(labour, 2026)
        services.place_by_hand(
            actor=labour, planning_id=region.pk, committee_id=first.pk, slot_id=str(slots[0].pk), at=OCTOBER
        )
        with pytest.raises(DomainError, match="n’a plus de représentant libre"):
            services.place_by_hand(
                actor=labour, planning_id=region.pk, committee_id=second.pk, slot_id=str(slots[1].pk), at=OCTOBER
            )
        kept = selectors.get_planning(labour, region.pk).placed
        assert set(kept) == {str(first.pk)}, "nothing changed"
        with pytest.raises(DomainError, match="Un comité est placé"):
            services.remove_slot(actor=labour, planning_id=region.pk, slot_id=slots[0].pk)


def test_the_fund_cannot_and_a_service_said_no(cast: Cast, region: Planning) -> None:
    answer(cast.service, Answer.YES, Answer.NO, Answer.NO)
    answer(cast.other_service, Answer.YES, Answer.NO, Answer.NO)
    with acting_as(cast.fund):
        keys = [str(one.pk) for one in selectors.list_slots(cast.fund, region)]
        person = next(
            one for one in selectors.list_representatives(cast.fund, region) if one.capacity.startswith("Ing")
        )
        services.say_unavailable(actor=cast.fund, planning_id=region.pk, representative_id=person.pk, slots=keys[:1])
    planning = propose(cast, region)
    assert planning.placed == {}, "the only slot of both is the fund's impossible one"
    with acting_as(cast.labour):
        committee = selectors.list_regional_committees(cast.labour, 2026)[0]
        services.place_by_hand(
            actor=cast.labour, planning_id=region.pk, committee_id=committee.pk, slot_id=keys[1], at=OCTOBER
        )
        codes = {one.code for one in warnings_of(cast.labour, selectors.get_planning(cast.labour, region.pk))}
    assert codes == {"unavailable", "below_minimum"}


@pytest.mark.req("S3-7-07")
@pytest.mark.parametrize(
    ("at", "late"),
    [(datetime(2025, 12, 15, 22, 59, tzinfo=UTC), False), (datetime(2025, 12, 15, 23, 0, tzinfo=UTC), True)],
)
def test_published_on_16_december_is_late(cast: Cast, region: Planning, at: datetime, late: bool) -> None:
    assert region.publish_by == date(2025, 12, 15)
    planning = publish(cast, propose(cast, region), at)
    assert planning.late is late
    client = signed_in(cast.labour)
    assert ("publié après le 15 décembre 2025" in client.get(planning.page()).content.decode()) is late
    for kind in ("csv", "xlsx"):
        assert client.get(reverse("meetings:export-planning", args=[planning.pk, kind])).status_code == 200
