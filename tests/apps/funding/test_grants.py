"""An aid granted to a dossier."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from tests.support.funding import OCTOBER, FundingCast, fill, hand_in, make_cast, open_for, publish

from avenant.domain.decision import DomainError, Refused
from avenant.foundations.parties.actors import acting_as
from avenant.funding.dossiers.models import Dossier
from avenant.funding.dossiers.services import judging
from avenant.funding.grants.models import Grant
from avenant.funding.grants.services import open_grant

pytestmark = pytest.mark.django_db
DECIDED = date(2024, 1, 15)
JANUARY = datetime(2024, 1, 16, 13, tzinfo=UTC)


@pytest.fixture
def cast() -> FundingCast:
    return make_cast()


def complete_dossier(cast: FundingCast) -> Dossier:
    call = publish(cast)
    dossier = open_for(cast.director, call)
    fill(cast.director, dossier)
    hand_in(cast.director, dossier)
    with acting_as(cast.officer):
        return judging.judge_completeness(
            actor=cast.officer, dossier_id=dossier.pk, at=datetime(2023, 11, 8, 13, tzinfo=UTC)
        )


def grant_it(cast: FundingCast, dossier: Dossier, amount: str = "40000.00") -> Grant:
    with acting_as(cast.decider):
        return open_grant(
            actor=cast.decider, at=JANUARY, dossier=dossier, amount=Decimal(amount), rate=Fraction(2, 5),
            source="FIR", decided_on=DECIDED,
        )  # fmt: skip


def test_an_aid_is_opened_once_with_its_instalments_and_actions(cast: FundingCast) -> None:
    dossier = complete_dossier(cast)
    grant = grant_it(cast, dossier)
    assert grant_it(cast, dossier).pk == grant.pk
    with acting_as(cast.director):
        assert [one.amount for one in grant.instalments.all()] == [Decimal(16000), Decimal(12000), Decimal(12000)]
        assert [(one.title, one.due_on) for one in grant.actions.all()] == [("Revoir les cycles", date(2025, 12, 31))]
        assert grant.aid_rate == Fraction(2, 5)
        assert (grant.consume_until, grant.lapses_on) == (date(2026, 3, 31), date(2027, 12, 31))
    with pytest.raises(DomainError, match="autre montant"):
        grant_it(cast, dossier, "39999.99")


def test_only_the_authority_of_the_call_opens_an_aid_of_a_complete_dossier(cast: FundingCast) -> None:
    call = publish(cast)
    dossier = open_for(cast.director, call)
    fill(cast.director, dossier)
    hand_in(cast.director, dossier, at=OCTOBER)
    with pytest.raises(Refused, match="seul un dossier complet"):
        grant_it(cast, dossier)
    with acting_as(cast.fund), pytest.raises(Refused, match="l’autorité qui porte l’appel"):
        open_grant(actor=cast.fund, at=JANUARY, dossier=dossier, amount=Decimal(1), decided_on=DECIDED)
