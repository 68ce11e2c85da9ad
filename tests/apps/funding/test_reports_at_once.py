"""Two people act on one aid at once: whoever needs an aid and its report takes the aid first."""

from __future__ import annotations

import pytest
from django.db import transaction
from tests.support.at_once import meanwhile
from tests.support.funding import make_cast
from tests.support.reports import MARCH_2025, accept, followed, report_of, whole
from tests.support.roles import as_system

from avenant.foundations.parties.actors import acting_as
from avenant.funding.grants.models import Grant
from avenant.funding.reports.models import GrantReport
from avenant.funding.reports.services import following


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_a_report_is_accepted_while_the_calendar_of_its_aid_is_brought_up_to_date() -> None:
    cast = make_cast()
    grant = followed(cast)
    report = report_of(cast.director, grant, 2024)
    whole(cast.director, report, ["1000.00"])

    with acting_as(cast.officer), transaction.atomic():
        Grant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
        with meanwhile(lambda: accept(cast, report)) as hand:  # who reads it waits for the aid, and holds no report
            following.follow_grant(actor=cast.officer, grant_id=grant.pk, at=MARCH_2025)
    assert hand.settle() == ""
    with as_system():
        assert GrantReport.objects.get(pk=report.pk).state == "accepted"
