"""A last day carried by an expense of the dossier, followed to the balance of its aid."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import FundingCast, fill, hand_in, open_for, publish
from tests.support.granting import grant_it, open_agreement, sign
from tests.support.reports import MARCH_2025, THERE, accept, bill, declare, follow, pay, report_of, send, tell
from tests.support.roles import as_system

from avenant.foundations import clock
from avenant.foundations.parties.actors import acting_as
from avenant.funding.dossiers.models import Dossier, Expense
from avenant.funding.dossiers.services import judging
from avenant.funding.grants.models import Grant
from avenant.funding.reports.balances import strike
from avenant.funding.reports.models import FollowUp

pytestmark = pytest.mark.django_db
HIGH = "900000.00"
SAID = {
    "caps": {"public": HIGH}, "dossier_cap": HIGH, "own_cap": HIGH, "group_cap": HIGH, "unit_prices": {},
    "pay_by": "2026-12-31", "until": "2026-12-31",
}  # fmt: skip
LAST = date(2024, 6, 30)


@pytest.fixture
def grant(cast: FundingCast) -> Grant:
    """An aid of 33 708,33 € whose only expense is to be paid by 30 June 2024."""
    call = publish(cast, key="exemple-2023", rulebook="exemple_fictif", parameters=SAID)
    dossier = open_for(cast.director, call)
    with acting_as(cast.director):
        Dossier.objects.filter(pk=dossier.pk).update(answers={"network": False})
    fill(cast.director, dossier, joined=("courrier",), kind="conseil")
    with acting_as(cast.director):
        Expense.objects.update(deadline=LAST)
    hand_in(cast.director, dossier)
    with acting_as(cast.officer):
        judging.judge_completeness(actor=cast.officer, dossier_id=dossier.pk, at=datetime(2023, 11, 8, 9, tzinfo=THERE))
    made = grant_it(cast, dossier, "33708.33")
    sign(cast.officer, open_agreement(cast, made))
    pay(cast, made, 1, date(2024, 2, 21))
    follow(made)
    with as_system():
        made.refresh_from_db()
    return made


def test_an_expense_paid_after_its_own_last_day_is_not_counted(
    cast: FundingCast, grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paid on the day it counts, paid the day after it does not, an expense of no line is under the call's day alone."""
    monkeypatch.setattr(clock, "now", lambda: MARCH_2025)
    with acting_as(cast.officer):
        follow_up = FollowUp.objects.get(grant=grant)
        assert follow_up.deadlines == [
            {"line": "P1/L1", "label": "Accompagnement des équipes", "until": LAST.isoformat()}
        ]
    report = report_of(cast.director, grant, 2024)
    page = signed_in(cast.director).get(reverse("reports:add-expense", args=[report.pk])).content.decode()
    assert "Accompagnement des équipes, à payer le 30 juin 2024 au plus tard" in page
    in_time = declare(cast.director, report, bill(invoice="F-1", line="P1/L1", paid_on=LAST))
    late = declare(cast.director, report, bill(invoice="F-2", line="P1/L1", paid_on=date(2024, 7, 1)))
    free = declare(cast.director, report, bill(invoice="F-3", line="P9/L9", paid_on=date(2024, 7, 1)))
    assert [(one.pay_by, one.paid_late) for one in (in_time, late, free)] == [
        (LAST, False),
        (LAST, True),
        (None, False),
    ]
    told = signed_in(cast.director).get(report.page()).content.decode().replace("\u202f", " ")
    assert told.count("après le 30 juin 2024, son dernier jour : elle n’est pas comptée") == 1
    tell(cast.director, report, "3000.00")
    send(cast.director, report)
    accept(cast, report_of(cast.officer, grant, 2024))
    with acting_as(cast.officer):
        spent = strike(cast.officer, grant, FollowUp.objects.get(grant=grant)).spent
    assert (spent.compliant, spent.late) == (Decimal(2000), Decimal(1000))
    assert "après le 30 juin 2024" in spent.reasons[0].replace("\u202f", " ")
