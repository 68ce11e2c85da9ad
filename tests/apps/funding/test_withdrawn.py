"""A dossier that its establishment withdraws, an aid that is cancelled: who is told, what comes back to the envelope."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from tests.support.allocation import (
    JANUARY,
    NOVEMBER,
    SITTING,
    closed,
    copies,
    envelope_of,
    instructed,
    judged_dossier,
    propose_all,
    session_on,
)
from tests.support.clients import signed_in
from tests.support.funding import FundingCast, open_for
from tests.support.granting import FEBRUARY, awarded, in_force, instalment, open_agreement, pay, sign
from tests.support.reports import follow
from tests.support.roles import as_system

from avenant.domain.decision import DomainError, Refused
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import acting_as
from avenant.funding.allocation.models import Aid, Envelope, Examined, Selection
from avenant.funding.allocation.services import deciding, releasing, telling
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.dossiers.services import handing_in
from avenant.funding.grants.models import Agreement, Grant, Instalment
from avenant.funding.grants.services import cancel, open_amendment, reduce, withdraw_amendment
from avenant.funding.reports.models import GrantReport
from avenant.funding.reviews.services import opening

pytestmark = pytest.mark.django_db
DAY = date(2023, 12, 12)
D = Decimal


@pytest.fixture
def dossier(cast: FundingCast, call: PublishedCall) -> Dossier:
    return judged_dossier(cast, call)


def withdraw(cast: FundingCast, dossier: Dossier) -> None:
    with acting_as(cast.director):
        handing_in.withdraw_dossier(
            actor=cast.director, dossier_id=dossier.pk, reason="Projet reporté d’un an.", at=SITTING
        )


def at_the_table(cast: FundingCast, dossier: Dossier) -> Selection:
    """A session of three dossiers, closed: 40,000 € are kept for each."""
    copies(dossier, 2)
    instructed(dossier.call)
    selection = session_on(cast, dossier.call, envelope_of(cast.officer, "120000"))
    propose_all(cast, selection, "40000")
    return closed(cast, selection)


def decide(cast: FundingCast, selection: Selection) -> deciding.Report:
    with acting_as(cast.decider):
        return deciding.decide_all(actor=cast.decider, selection_id=selection.pk, decided_on=DAY, at=SITTING)


def notify(cast: FundingCast, selection: Selection) -> int:
    with acting_as(cast.officer):
        return telling.notify_decisions(actor=cast.officer, selection_id=selection.pk, at=JANUARY).count


def held() -> D:
    with as_system():
        releasing.release_withdrawn_for_system(at=SITTING)
        return Envelope.objects.get().held


def test_the_institutions_are_told_and_nobody_is_expected_any_more(cast: FundingCast, dossier: Dossier) -> None:
    with as_system():
        opening.open_waiting_for_system(at=NOVEMBER)
        keys = set(
            DueItem.objects.filter(state="open", key__regex="^(instruction|opinion):").values_list("key", flat=True)
        )
    assert len(keys) > 1
    withdraw(cast, dossier)
    with as_system():
        told = Notice.objects.filter(key__startswith=f"dossier:{dossier.pk}:withdrawn")
        assert {one.organisation_id for one in told} >= {cast.officer.organisation_id, cast.fund.organisation_id}
        assert {one.body for one in told} == {"Projet reporté d’un an."}
        for _ in range(2):
            opening.drop_withdrawn_for_system()
            assert set(DueItem.objects.filter(key__in=keys).values_list("state", flat=True)) == {"dropped"}


def test_a_draft_is_withdrawn_without_a_word_to_the_authority(cast: FundingCast, call: PublishedCall) -> None:
    withdraw(cast, open_for(cast.director, call))
    with as_system():
        assert not Notice.objects.filter(key__contains="withdrawn").exists()


def test_withdrawn_before_its_decision_it_is_left_and_the_others_are_told(cast: FundingCast, dossier: Dossier) -> None:
    selection = at_the_table(cast, dossier)
    assert held() == D(120000)
    withdraw(cast, dossier)
    assert held() == held() == D(80000)
    report = decide(cast, selection)
    assert len(report.done) == 2
    assert "retiré" in report.left[0][1]
    assert notify(cast, selection) == 2
    assert held() == D(80000)


def test_withdrawn_between_its_decision_and_its_letter_it_stops_nobody(cast: FundingCast, dossier: Dossier) -> None:
    selection = at_the_table(cast, dossier)
    assert len(decide(cast, selection).done) == 3
    withdraw(cast, dossier)
    assert notify(cast, selection) == 2
    assert held() == D(80000)
    with as_system():
        assert not Grant.objects.filter(dossier=dossier).exists()
        assert Event.objects.filter(verb="envelope.release", reason__startswith="Dossier retiré").count() == 1


def test_a_session_closes_without_the_dossier_withdrawn_meanwhile(cast: FundingCast, dossier: Dossier) -> None:
    copies(dossier, 2)
    instructed(dossier.call)
    selection = session_on(cast, dossier.call, envelope_of(cast.officer, "120000"))
    propose_all(cast, selection, "40000")
    with as_system():
        Examined.objects.filter(dossier=dossier).update(outcome="", amount=0)
    withdraw(cast, dossier)
    closed(cast, selection)
    assert held() == D(80000)


def test_once_told_the_dossier_stays_and_the_aid_is_cancelled_instead(cast: FundingCast, dossier: Dossier) -> None:
    selection = at_the_table(cast, dossier)
    decide(cast, selection)
    notify(cast, selection)
    with pytest.raises(Refused, match="notifiée"):
        withdraw(cast, dossier)
    director, decider, officer = signed_in(cast.director), signed_in(cast.decider), signed_in(cast.officer)
    assert "Retirer le dossier" not in director.get(dossier.page()).content.decode()
    with as_system():
        grant = Grant.objects.get(dossier=dossier)
    place = reverse("allocation:cancel-aid", args=[grant.pk])
    assert "Annuler l’aide" not in officer.get(grant.page()).content.decode()
    assert officer.post(place, {"reason": "Erreur."}).status_code == 403
    assert director.post(place, {"reason": "Erreur."}).status_code == 403
    assert place in decider.get(grant.page()).content.decode()
    assert decider.post(place, {"reason": " "}).status_code in {403, 422}
    assert decider.post(place, {"reason": "L’établissement y renonce."}, follow=True).status_code == 200
    assert held() == D(80000)
    with as_system():
        assert not Aid.objects.filter(dossier=dossier).exists()
        assert Notice.objects.filter(key=f"grant:{grant.pk}:cancelled").exists()
        assert not DueItem.objects.filter(key__startswith=f"grant:{grant.pk}", state="open").exists()
    page = director.get(grant.page()).content.decode()
    assert "annulée" in page
    assert place not in page


def test_a_text_at_the_signature_falls_with_its_aid(cast: FundingCast) -> None:
    grant = awarded(cast)
    text = open_agreement(cast, grant)
    with acting_as(cast.decider):
        releasing.cancel_aid(actor=cast.decider, grant_id=grant.pk, reason="Renonciation.", at=JANUARY)
        assert Agreement.objects.get(pk=text.pk).withdrawn_at == JANUARY
        assert set(Instalment.objects.filter(grant=grant).values_list("state", flat=True)) == {"cancelled"}
        assert Grant.objects.get(pk=grant.pk).amount == 0
        assert not DueItem.objects.filter(key__startswith=f"agreement:{text.pk}", state="open").exists()


def test_nothing_more_is_expected_of_an_aid_cancelled_before_its_first_payment(cast: FundingCast) -> None:
    grant = in_force(cast)
    follow(grant)
    with acting_as(cast.decider):
        releasing.cancel_aid(
            actor=cast.decider, grant_id=grant.pk, reason="Renonciation.", at=JANUARY + timedelta(days=60)
        )
        assert set(GrantReport.objects.filter(grant=grant).values_list("state", flat=True)) == {"dropped"}
        assert not DueItem.objects.filter(circle_id=grant.circle_id, state="open").exists()


def test_an_aid_once_ordered_is_reduced_and_settled_not_cancelled(cast: FundingCast) -> None:
    grant = in_force(cast)
    with acting_as(cast.officer):
        first = instalment(grant, 1)
    pay(cast, first, JANUARY + timedelta(days=25))
    with acting_as(cast.decider), pytest.raises(Refused, match="réduisez"):
        cancel(actor=cast.decider, grant_id=grant.pk, reason="Renonciation.", at=JANUARY + timedelta(days=30))
    with acting_as(cast.decider), pytest.raises((Refused, DomainError)):
        releasing.cancel_aid(actor=cast.decider, grant_id=grant.pk, reason="", at=JANUARY + timedelta(days=30))


def test_what_an_amendment_adds_is_drawn_on_the_envelope_and_never_beyond(cast: FundingCast, dossier: Dossier) -> None:
    selection = at_the_table(cast, dossier)
    decide(cast, selection)
    notify(cast, selection)
    with as_system():
        grant = Grant.objects.get(dossier=dossier)
        Envelope.objects.update(amount=D(125000))
    sign(cast.officer, open_agreement(cast, grant, at=JANUARY))
    said: dict[str, Any] = {"actor": cast.officer, "grant_id": grant.pk, "reason": "Plus d’agents.", "at": FEBRUARY}
    with acting_as(cast.officer):
        with pytest.raises(DomainError, match="0,01"):
            open_amendment(amount=D("45000.01"), **said)
        row = open_amendment(amount=D(45000), **said)
    assert held() == D(125000)
    with acting_as(cast.officer):
        withdraw_amendment(actor=cast.officer, agreement_id=row.pk, reason="Retiré.", at=FEBRUARY)
    assert held() == D(120000)
    with acting_as(cast.officer):
        open_amendment(amount=D(44000), **said)
    with acting_as(cast.decider):
        reduce(actor=cast.decider, grant_id=grant.pk, amount=D(39000), reason="Moins d’agents.", at=FEBRUARY)
    assert held() == D(120000)
    with acting_as(cast.officer):
        row = open_amendment(amount=D(42000), **said)
    sign(cast.officer, row, on=FEBRUARY.date())
    assert held() == D(123000)
    with acting_as(cast.decider):
        releasing.cancel_aid(actor=cast.decider, grant_id=grant.pk, reason="Renonciation.", at=FEBRUARY)
    assert held() == D(80000)
