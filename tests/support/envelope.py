"""Twenty people who decide at once on the dossiers of one session, on one envelope."""

from __future__ import annotations

import queue
import uuid
from collections.abc import Callable
from decimal import Decimal

from avenant.domain.decision import DomainError
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.funding.allocation.models import Selection
from avenant.funding.allocation.services import deciding
from avenant.funding.allocation.services.deciding import Decided
from tests.support.allocation import (
    SITTING,
    closed,
    copies,
    envelope_of,
    instructed,
    judged_dossier,
    propose_all,
    session_on,
)
from tests.support.at_once import at_once
from tests.support.funding import FundingCast, publish

WORKERS, DOSSIERS = 20, 100
PROPOSED, DECIDED, ENVELOPE = Decimal(100), Decimal(1_000), Decimal(60_550)
FIT = 56  # 900 € more than reserved for each, in the 50 550 € that the reservations leave
SAID = Decided(amount=DECIDED, override="Montant entier.")

Answer = tuple[uuid.UUID, bool, str]
"""The dossier in session, whether its award was granted, the refusal."""


def prepared(cast: FundingCast) -> Selection:
    """A closed session of a hundred dossiers, each with little reserved."""
    call = publish(cast)
    model = judged_dossier(cast, call)
    copies(model, DOSSIERS - 1)
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, str(ENVELOPE)))
    propose_all(cast, selection, str(PROPOSED))
    return closed(cast, selection)


def decide_at_once(decider: Actor, lines: list[uuid.UUID]) -> list[Answer]:
    """What each was answered, every dossier asked twice by two of the twenty."""
    waiting: queue.Queue[uuid.UUID] = queue.Queue()
    for line in [*lines, *lines]:
        waiting.put(line)
    told: list[Answer] = []
    at_once(*[_deciding(decider, waiting, told)] * WORKERS)
    return told


def _deciding(decider: Actor, waiting: queue.Queue[uuid.UUID], told: list[Answer]) -> Callable[[], None]:
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
                told.append((line, True, ""))
            except DomainError as refusal:
                told.append((line, False, refusal.message))

    return act
