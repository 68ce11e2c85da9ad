"""The decision that an establishment receives is proved without the platform: words, amount, rules and articles."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from tests.support.allocation import (
    SITTING,
    closed,
    envelope_of,
    instructed,
    judged_dossier,
    propose_all,
    session_on,
)
from tests.support.clients import signed_in
from tests.support.funding import FundingCast
from tests.support.roles import as_system
from tests.support.tampering import tampered, verified

from avenant.domain.proof import fingerprint
from avenant.foundations.journal.sealing import seal_journal
from avenant.foundations.parties.actors import acting_as
from avenant.funding.allocation.services import deciding, telling
from avenant.funding.calls.models import PublishedCall

pytestmark = pytest.mark.django_db
TOLD = SITTING + timedelta(days=20)


def test_a_funding_decision_is_proved_offline_and_each_change_is_seen(
    cast: FundingCast, call: PublishedCall, tmp_path: Path
) -> None:
    dossier = judged_dossier(cast, call)
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "1000000"))
    propose_all(cast, selection)
    closed(cast, selection)
    with acting_as(cast.decider):
        deciding.decide_all(actor=cast.decider, selection_id=selection.pk, decided_on=SITTING.date(), at=SITTING)
    address = reverse("allocation:proof", args=[dossier.pk])
    assert signed_in(cast.director).get(address).status_code == 404, "before it is told"
    with acting_as(cast.officer):
        telling.notify_decisions(actor=cast.officer, selection_id=selection.pk, at=TOLD)
    with as_system():
        seal = seal_journal(at=TOLD + timedelta(hours=9))
    assert seal is not None
    assert address in signed_in(cast.director).get(reverse("allocation:told", args=[dossier.pk])).content.decode()
    for person in (cast.director, cast.officer):
        proof = signed_in(person).get(address).json()
        assert (proof["kind"], proof["content"]["outcome"], proof["content"]["amount"]) == (
            "decision",
            "retained",
            "40000.00",
        )
        assert proof["content"]["rules"] == fingerprint(proof["context"][0]["content"])
        code, words = verified(proof, tmp_path, seal=seal.chain)
        assert (code, "FAUX" in words) == (0, False), words
        assert "vérifié     Constats du règlement et leurs articles" in words
    for told, other in tampered(proof):
        code, words = verified(other, tmp_path)
        assert (code, told in words) == (1, True), (told, words)
    assert signed_in(cast.other_director).get(address).status_code == 404
