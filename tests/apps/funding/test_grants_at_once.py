"""Two people pay at once: whoever needs several aids takes them in the same order, so that nobody waits for ever."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from django.db import transaction
from tests.support.at_once import at_once, meanwhile
from tests.support.funding import FundingCast, fill, hand_in, make_cast, open_for, publish
from tests.support.granting import FEBRUARY, complete_dossier, grant_it, instalment, open_agreement, sign
from tests.support.lending import lent, repay
from tests.support.roles import as_system

from avenant.foundations.parties.actors import acting_as
from avenant.funding.dossiers.services import judging
from avenant.funding.grants import services
from avenant.funding.grants.models import Grant, Instalment, LoanReceipt
from avenant.funding.grants.selectors import loans

NOVEMBER = datetime(2023, 11, 8, 13, tzinfo=UTC)


def two_aids(cast: FundingCast) -> list[Grant]:
    """Two aids in force, the first instalment of each certified, in the order of their identifiers."""
    call = publish(cast)
    first = complete_dossier(cast, call)
    second = open_for(cast.other_director, call, "99B000002")
    fill(cast.other_director, second)
    hand_in(cast.other_director, second)
    with acting_as(cast.officer):
        judging.judge_completeness(actor=cast.officer, dossier_id=second.pk, at=NOVEMBER)
        second.refresh_from_db()
    grants = sorted([grant_it(cast, one, "20000.00") for one in (first, second)], key=lambda one: one.pk)
    for rank, grant in enumerate(grants):
        sign(cast.officer, open_agreement(cast, grant))
        with as_system():  # the instalment of the later aid is named first
            one = instalment(grant, 1)
            Instalment.objects.filter(pk=one.pk).update(id=uuid.UUID(int=2 - rank))
        with acting_as(cast.officer):
            services.certify(actor=cast.officer, instalment_id=instalment(grant, 1).pk, at=FEBRUARY)
    return grants


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_payment_orders_take_their_aids_in_one_order() -> None:
    cast = make_cast()
    lesser, greater = two_aids(cast)
    wanted = [instalment(one, 1).pk for one in (lesser, greater)]

    def pay() -> str:
        with acting_as(cast.officer):
            return services.order(actor=cast.officer, instalment_ids=wanted, at=FEBRUARY)

    with acting_as(cast.decider), transaction.atomic():
        Grant.objects.select_for_update().get(pk=lesser.pk)
        with meanwhile(pay) as hand:  # the order waits for the first aid, and holds no other
            Grant.objects.select_for_update(nowait=True).get(pk=greater.pk)
    assert hand.settle() == ""
    assert hand.answer == "OP-2024-0001"


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_a_double_click_repays_once_and_never_beyond_the_loan() -> None:
    cast = make_cast()
    grant = lent(cast)

    def click() -> LoanReceipt:
        return repay(cast, grant, "10000.00")

    def too_much() -> LoanReceipt:
        return repay(cast, grant, "30000.01", "ENC-2")

    told = at_once(click, click, too_much)
    with as_system():
        kept = sorted(str(one.amount) for one in LoanReceipt.objects.all())
        assert loans.left_of(grant) == 40_000 - sum(one.amount for one in LoanReceipt.objects.all())
    assert kept in (["10000.00"], ["30000.01"]), "one of them was refused, whole"
    assert [bool(one) for one in told] in ([False, False, True], [True, True, False])
