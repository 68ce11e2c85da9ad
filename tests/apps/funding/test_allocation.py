"""From the envelope to the notification: never beyond, nobody told yes wrongly, each reason kept."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from tests.conftest import as_system
from tests.support.allocation import (
    JANUARY,
    NOVEMBER,
    SITTING,
    all_present,
    closed,
    copies,
    envelope_of,
    instructed,
    judged,
    one_dossier,
    propose_all,
    session_on,
)
from tests.support.funding import FundingCast

from avenant.domain.decision import DomainError, Refused
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.parties.actors import acting_as
from avenant.funding.allocation import printing, scores, selectors
from avenant.funding.allocation import policies as rights
from avenant.funding.allocation.models import Aid, Award, Envelope, Examined, Selection, Told
from avenant.funding.allocation.services import deciding, envelopes, listing, rates, scenarios, sessions, telling
from avenant.funding.allocation.services.deciding import Decided
from avenant.funding.allocation.services.envelopes import AidSaid, EnvelopeSaid
from avenant.funding.allocation.services.scenarios import Hypotheses
from avenant.funding.allocation.services.sessions import Proposal
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants.models import Grant

pytestmark = pytest.mark.django_db
DAY = date(2023, 12, 12)


@pytest.fixture
def model(cast: FundingCast, call: PublishedCall) -> Dossier:
    made = one_dossier(cast, call)
    judged(made)
    return made


def test_from_the_envelope_to_the_grant(cast: FundingCast, call: PublishedCall, model: Dossier) -> None:
    copies(model, 4)
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "1000000"))
    with acting_as(cast.officer):
        assert Examined.objects.filter(selection=selection).count() == 5
    propose_all(cast, selection, refused=1)
    closed(cast, selection)
    with acting_as(cast.decider):
        report = deciding.decide_all(actor=cast.decider, selection_id=selection.pk, decided_on=DAY, at=SITTING)
        assert len(report.done) == 5
        assert not report.left
        assert Selection.objects.get(pk=selection.pk).state == "decided"
        envelope = Envelope.objects.get(pk=selection.envelope_id)
        assert envelope.held == sum(one.amount for one in Award.objects.all())
    with acting_as(cast.officer):
        told = telling.notify_decisions(actor=cast.officer, selection_id=selection.pk, at=JANUARY)
        assert (told.count, told.late) == (5, "")
        assert Grant.objects.count() == 4
    with as_system():
        printing.print_letters_for_system(selection_id=selection.pk, at=JANUARY)
        assert Told.objects.filter(letter=None).count() == 0
        assert Document.objects.filter(kind=printing.LETTERS).count() == 1
