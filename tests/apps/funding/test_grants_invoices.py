"""An aid paid on invoices: nothing at the signature, what compliant expenses give, what is left for the next ones."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import FundingCast
from tests.support.granting import FEBRUARY, accept_documents
from tests.support.invoices import paid_on_invoices

from avenant.domain.decision import DomainError, Refused
from avenant.foundations.journal.models import Event
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.funding.grants import services
from avenant.funding.grants.models import Grant, Instalment

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant(cast: FundingCast) -> Grant:
    return paid_on_invoices(cast)


def by_hand(who: Actor, grant: Grant, compliant: str) -> Instalment:
    return services.reimburse_by_hand(
        actor=who, grant_id=grant.pk, compliant=Decimal(compliant), reason="Reprise.", at=FEBRUARY
    )


def told(cast: FundingCast, grant: Grant) -> list[tuple[int, str, str, str]]:
    with acting_as(cast.officer):
        rows = Instalment.objects.filter(grant=grant).order_by("number")
        return [(one.number, one.after, str(one.amount), one.state) for one in rows]


def test_compliant_invoices_are_paid_back_up_to_their_share(cast: FundingCast, grant: Grant) -> None:
    assert told(cast, grant) == [
        (1, "signature", "12000.00", "planned"), (2, "invoices", "20000.00", "planned"), (3, "balance", "8000.00", "planned"),
    ]  # fmt: skip
    with acting_as(cast.officer):
        services.certify(
            actor=cast.officer, instalment_id=Instalment.objects.get(grant=grant, number=1).pk, at=FEBRUARY
        )
        with pytest.raises(DomainError, match="rien de plus"):  # 40 % of 30 000 € is what the advance already gave
            by_hand(cast.officer, grant, "30000.00")
    client = signed_in(cast.officer)
    page = client.get(grant.page()).content.decode()
    assert "Saisir un total sans bilan ni demande" in page
    assert "Remboursement des factures" in page
    address = reverse("grants:reimburse", args=[grant.pk])
    assert client.post(address, {"compliant": "beaucoup", "reason": "Reprise."}).status_code == 422
    assert client.post(address, {"compliant": "50 000", "reason": ""}).status_code == 422, (
        "a typed total has its reason"
    )
    assert client.post(address, {"compliant": "30 000,03", "reason": "Reprise."}).status_code == 302  # one cent more
    assert told(cast, grant)[1:] == [
        (2, "invoices", "0.01", "planned"), (3, "invoices", "19999.99", "planned"), (4, "balance", "8000.00", "planned"),
    ]  # fmt: skip
    assert client.post(address, {"compliant": "50 000", "reason": "Reprise."}).status_code == 302
    assert told(cast, grant)[1:] == [
        (2, "invoices", "8000.00", "planned"), (3, "invoices", "12000.00", "planned"), (4, "balance", "8000.00", "planned"),
    ]  # fmt: skip
    with acting_as(cast.officer):
        assert Event.objects.filter(verb="grant.reimburse").count() == 2


def test_an_invoice_part_waits_for_its_invoices_and_stops_at_its_share(cast: FundingCast, grant: Grant) -> None:
    with acting_as(cast.officer):
        first, second = Instalment.objects.filter(grant=grant).order_by("number")[:2]
        services.certify(actor=cast.officer, instalment_id=first.pk, at=FEBRUARY)
        services.order(actor=cast.officer, instalment_ids=[first.pk], at=FEBRUARY)
        services.record_payment(actor=cast.officer, instalment_id=first.pk, paid_on=date(2024, 2, 20), at=FEBRUARY)
        made = by_hand(cast.officer, grant, "100_000")
        assert (made.pk, made.amount) == (second.pk, Decimal("20000.00")), "32 000 € before the balance, 12 000 € paid"
        with pytest.raises(Refused, match="factures acquittées"):
            services.certify(actor=cast.officer, instalment_id=second.pk, at=FEBRUARY)
    accept_documents(cast, second, FEBRUARY)
    with acting_as(cast.officer):
        services.certify(actor=cast.officer, instalment_id=second.pk, at=FEBRUARY)
        with pytest.raises(Refused, match="n’attend de factures"):
            by_hand(cast.officer, grant, "100_000")
    with acting_as(cast.director), pytest.raises(Refused, match="autorité"):
        by_hand(cast.director, grant, "1")
