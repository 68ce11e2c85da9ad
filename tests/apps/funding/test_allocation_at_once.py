"""Twenty people decide at once on one envelope: it is never exceeded, and nobody is told yes wrongly."""

from __future__ import annotations

import queue
import uuid
from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.support.allocation import (
    SITTING,
    closed,
    copies,
    envelope_of,
    instructed,
    judged,
    one_dossier,
    propose_all,
    session_on,
)
from tests.support.at_once import at_once
from tests.support.funding import FundingCast, make_cast, publish
from tests.support.roles import as_system

from avenant.domain.decision import DomainError
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.funding.allocation.models import Award, Envelope, Examined, Selection
from avenant.funding.allocation.services import deciding
from avenant.funding.allocation.services.deciding import Decided

WORKERS, DOSSIERS = 20, 100
PROPOSED, DECIDED, ENVELOPE = Decimal(100), Decimal(1_000), Decimal(60_550)
FIT = 56  # 900 € more than reserved for each, in the 50 550 € that the reservations leave
SAID = Decided(amount=DECIDED, override="Montant entier.")

Answer = tuple[uuid.UUID, str]
"""The dossier in session, and the refusal: empty when its award was granted."""


def prepared(cast: FundingCast) -> Selection:
    """A closed session of a hundred dossiers, each with little reserved."""
    call = publish(cast)
    model = one_dossier(cast, call)
    judged(model)
    copies(model, DOSSIERS - 1)
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, str(ENVELOPE)))
    propose_all(cast, selection, str(PROPOSED))
    return closed(cast, selection)


def deciding_all(decider: Actor, waiting: queue.Queue[uuid.UUID], told: list[Answer]) -> Callable[[], None]:
    """One person takes the next dossier that waits and decides on it, until none is left."""

    def act() -> None:
        while True:
            try:
                line = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                with acting_as(decider):
                    deciding.award(actor=decider, line_id=line, said=SAID, decided_on=SITTING.date(), at=SITTING)
                told.append((line, ""))
            except DomainError as refusal:
                told.append((line, refusal.message))

    return act


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_an_envelope_is_never_exceeded_by_twenty_at_once() -> None:
    cast = make_cast()
    selection = prepared(cast)
    with acting_as(cast.officer):
        lines = list(Examined.objects.filter(selection=selection).values_list("pk", flat=True))
    waiting: queue.Queue[uuid.UUID] = queue.Queue()
    for line in [*lines, *lines]:  # every dossier is asked twice, by two of the twenty
        waiting.put(line)
    told: list[Answer] = []
    at_once(*[deciding_all(cast.decider, waiting, told)] * WORKERS)
    with as_system():
        awards = {one.line_id: one.amount for one in Award.objects.all()}
        envelope = Envelope.objects.get(pk=selection.envelope_id)
    yes = [line for line, refusal in told if not refusal]
    assert len(told) == 2 * DOSSIERS
    assert len(yes) == len(set(yes)) == len(awards) == FIT
    assert set(yes) == set(awards), "who was told yes has its award, and nobody else"
    assert set(awards.values()) == {DECIDED}
    assert envelope.held == FIT * DECIDED + (DOSSIERS - FIT) * PROPOSED
    assert envelope.held <= envelope.amount
    assert all("dépassée" in refusal or "déjà sa décision" in refusal for _, refusal in told if refusal)
