"""Decisions taken together never wait for each other for ever: one order of locks for a session and its envelopes."""

from __future__ import annotations

import pytest
from django.db import transaction
from tests.support.allocation import (
    SITTING,
)
from tests.support.at_once import at_once, meanwhile
from tests.support.envelope import prepared
from tests.support.funding import make_cast
from tests.support.roles import as_system

from avenant.foundations.parties.actors import acting_as
from avenant.funding.allocation.models import Award, Envelope, Examined
from avenant.funding.allocation.services import deciding
from avenant.funding.allocation.services.deciding import Decided
from avenant.funding.allocation.services.sessions import reopen_selection


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_one_decides_a_dossier_while_another_decides_the_session() -> None:
    cast = make_cast()
    selection = prepared(cast)
    with as_system():
        lines = list(Examined.objects.filter(selection=selection).order_by("-rank").values_list("pk", flat=True))

    def whole() -> object:
        with acting_as(cast.decider):
            return deciding.decide_all(
                actor=cast.decider, selection_id=selection.pk, decided_on=SITTING.date(), at=SITTING
            )

    def one_by_one() -> None:
        for line in lines:
            with acting_as(cast.decider):
                deciding.award(actor=cast.decider, line_id=line, said=Decided(), decided_on=SITTING.date(), at=SITTING)

    told = at_once(whole, one_by_one)
    with as_system():
        made = list(Award.objects.all())
        envelope = Envelope.objects.get(pk=selection.envelope_id)
    assert len({one.line_id for one in made}) == len(made) == len(lines)
    assert envelope.held == sum(one.amount for one in made) <= envelope.amount
    assert not told[0]
    assert "déjà sa décision" in told[1] or "décidée" in told[1] or not told[1]


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_a_decision_waits_for_who_reopens_its_session() -> None:
    """It would otherwise be taken on a session that is prepared again, and count twice what was reserved."""
    cast = make_cast()
    selection = prepared(cast)
    with as_system():
        line = Examined.objects.filter(selection=selection).order_by("rank").values_list("pk", flat=True)[0]

    def decide() -> object:
        with acting_as(cast.decider):
            return deciding.award(
                actor=cast.decider, line_id=line, said=Decided(), decided_on=SITTING.date(), at=SITTING
            )

    with acting_as(cast.decider), transaction.atomic():
        reopen_selection(actor=cast.decider, selection_id=selection.pk, reason="Un oubli.", at=SITTING)
        with meanwhile(decide) as hand:
            pass
    assert hand.settle(), "the session is no longer closed"
    with as_system():
        assert not Award.objects.exists()
        assert Envelope.objects.get(pk=selection.envelope_id).held == 0
