"""Twenty people decide at once on one envelope: it is never exceeded, and nobody is told yes wrongly."""

from __future__ import annotations

import queue
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from tests.conftest import as_system
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
from tests.support.funding import FundingCast, make_cast, publish

from avenant.domain.decision import DomainError
from avenant.foundations.parties.actors import acting_as
from avenant.funding.allocation.models import Award, Envelope, Examined, Selection
from avenant.funding.allocation.services import deciding
from avenant.funding.allocation.services.deciding import Decided

WORKERS, DOSSIERS = 20, 100
PROPOSED, DECIDED, ENVELOPE = Decimal(100), Decimal(1_000), Decimal(60_550)
FIT = 56  # 900 € more than reserved for each, in the 50 550 € that the reservations leave


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


def decide(
    cast: FundingCast, waiting: queue.Queue[Any], told: list[tuple[Any, bool, str]], start: threading.Barrier
) -> None:
    start.wait(timeout=60)
    try:
        while True:
            try:
                line = waiting.get_nowait()
            except queue.Empty:
                return
            said = Decided(amount=DECIDED, override="Montant entier.")
            try:
                with acting_as(cast.decider):
                    deciding.award(actor=cast.decider, line_id=line, said=said, decided_on=SITTING.date(), at=SITTING)
                told.append((line, True, ""))
            except DomainError as refusal:
                told.append((line, False, refusal.message))
    finally:
        connection.close()


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_an_envelope_is_never_exceeded_by_twenty_at_once() -> None:
    cast = make_cast()
    selection = prepared(cast)
    with acting_as(cast.officer):
        lines = list(Examined.objects.filter(selection=selection).values_list("pk", flat=True))
    waiting: queue.Queue[Any] = queue.Queue()
    for line in [*lines, *lines]:  # each dossier is asked twice, by two people
        waiting.put(line)
    told: list[tuple[Any, bool, str]] = []
    start = threading.Barrier(WORKERS)
    threads = [threading.Thread(target=decide, args=(cast, waiting, told, start)) for _ in range(WORKERS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=300)
    with as_system():
        awards = {one.line_id: one.amount for one in Award.objects.all()}
        envelope = Envelope.objects.get(pk=selection.envelope_id)
    yes = [line for line, taken, _ in told if taken]
    assert len(told) == 2 * DOSSIERS
    assert len(yes) == len(set(yes)) == len(awards) == FIT
    assert set(yes) == set(awards), "who was told yes has its award, and nobody else"
    assert set(awards.values()) == {DECIDED}
    assert envelope.held == FIT * DECIDED + (DOSSIERS - FIT) * PROPOSED
    assert envelope.held <= envelope.amount
    refused = [why for _, taken, why in told if not taken]
    assert all("dépassée" in why or "déjà sa décision" in why for why in refused)
