"""The single risk document, from the call to the first payment."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client
from tests.support.funding import OCTOBER, TOO_LATE, FundingCast, fill, hand_in, join, open_for, publish
from tests.support.granting import DECIDED, FEBRUARY, JANUARY, grant_it, instalment, open_agreement, pay, sign
from tests.support.reports import follow

from avenant.domain.decision import Refused
from avenant.foundations import clock
from avenant.foundations.parties.actors import acting_as
from avenant.funding.dossiers.models import Dossier, Piece
from avenant.funding.dossiers.services import judging, pieces
from avenant.funding.grants import services as grants
from avenant.funding.grants.models import Grant
from avenant.funding.reports.models import DuerpPromise

pytestmark = pytest.mark.django_db


def judged(cast: FundingCast, dossier: Dossier) -> Dossier:
    with acting_as(cast.officer):
        return judging.judge_completeness(actor=cast.officer, dossier_id=dossier.pk, at=TOO_LATE)


@pytest.mark.req("S4-4-09")
def test_no_aid_without_the_risk_document_nor_its_letter(cast: FundingCast) -> None:
    dossier = open_for(cast.director, publish(cast))
    fill(cast.director, dossier)
    hand_in(cast.director, dossier)
    with acting_as(cast.officer):
        old = Piece.objects.get(kind="duerp")
        judging.check_piece(actor=cast.officer, piece_id=old.pk, compliant=False, reason="Daté de 2019.", at=TOO_LATE)
    assert judged(cast, dossier).state == "rejected_incomplete"
    with acting_as(cast.decider):
        with pytest.raises(Refused):
            grants.open_grant(
                actor=cast.decider, at=JANUARY, dossier=dossier, amount=Decimal("40000.00"), decided_on=DECIDED
            )
        assert not Grant.objects.exists()


@pytest.mark.req("S4-4-09")
def test_with_the_letter_alone_the_first_instalment_is_paid_and_the_document_still_due(cast: FundingCast) -> None:
    dossier = open_for(cast.director, publish(cast))
    fill(cast.director, dossier)
    with acting_as(cast.director):
        pieces.take_out_piece(actor=cast.director, piece_id=Piece.objects.get(kind="duerp").pk, at=OCTOBER)
    join(cast.director, dossier, "lettre_duerp")
    hand_in(cast.director, dossier)
    assert judged(cast, dossier).state == "complete"
    grant = grant_it(cast, dossier)
    sign(cast.officer, open_agreement(cast, grant))
    follow(grant)
    paid = pay(cast, instalment(grant, 1), FEBRUARY)
    assert paid.state == "paid"
    with acting_as(cast.officer):
        promise = DuerpPromise.objects.get(grant=grant)
        assert promise.standing(datetime(2024, 6, 1, tzinfo=UTC)) == "lettre signée"


@pytest.mark.req("S4-4-09")
def test_the_page_of_the_call_cites_the_legal_duty(cast: FundingCast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: OCTOBER)
    page = Client().get(publish(cast).page()).content.decode()
    for words in ("2001-1016 du 5 novembre 2001", "L. 4121-3 et R. 4121-1", "DGOS/RH3/2011/491 du 23 décembre 2011"):
        assert words in page, words


@pytest.mark.req("S4-1-06")
def test_the_agreement_prints_the_two_legal_bases(cast: FundingCast) -> None:
    dossier = open_for(cast.director, publish(cast))
    fill(cast.director, dossier)
    hand_in(cast.director, dossier)
    judged(cast, dossier)
    agreement = open_agreement(cast, grant_it(cast, dossier))
    assert [one for one in agreement.content["legal"] if "1435-19" in one or "2013/410" in one] == agreement.content[
        "legal"
    ]
    assert len(agreement.content["legal"]) == 2
    assert "FIR" in str(agreement.content)
