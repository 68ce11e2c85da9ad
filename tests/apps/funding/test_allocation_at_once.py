"""Twenty people decide at once on one envelope: it is never exceeded, and nobody is told yes wrongly."""

from __future__ import annotations

import pytest
from tests.support.envelope import DECIDED, DOSSIERS, FIT, PROPOSED, decide_at_once, prepared
from tests.support.funding import make_cast
from tests.support.roles import as_system

from avenant.foundations.parties.actors import acting_as
from avenant.funding.allocation.models import Award, Envelope, Examined


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_an_envelope_is_never_exceeded_by_twenty_at_once() -> None:
    cast = make_cast()
    selection = prepared(cast)
    with acting_as(cast.officer):
        lines = list(Examined.objects.filter(selection=selection).values_list("pk", flat=True))
    told = decide_at_once(cast.decider, lines)
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
    assert all("dépassée" in refusal or "déjà sa décision" in refusal for _, taken, refusal in told if not taken)
