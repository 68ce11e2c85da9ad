"""Two hands on one contract at the same instant, each with a connection of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from tests.support.acts import MARCH, Acts
from tests.support.cast import make_people
from tests.support.roles import as_system

from avenant.contracts.drafting import services
from avenant.contracts.drafting.models import Contract, FrozenText, Signature
from avenant.contracts.drafting.services import ClauseText
from avenant.domain.decision import DomainError
from avenant.foundations.journal.models import Event
from avenant.foundations.parties.actors import acting_as

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed")]


class Hand(threading.Thread):
    """Somebody who acts on a connection of their own; ``told`` is what they were answered, empty when it was done."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self._act, self.told = act, ""

    def run(self) -> None:
        try:
            self._act()
        except DomainError as refusal:
            self.told = refusal.message
        finally:
            connection.close()


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Every act starts at the same instant; what each was told, in order."""
    start = threading.Barrier(len(acts))

    def waiting(act: Callable[[], object]) -> Callable[[], object]:
        return lambda: (start.wait(timeout=60), act())

    hands = [Hand(waiting(act)) for act in acts]
    for one in hands:
        one.start()
    for one in hands:
        one.join(timeout=120)
    return [one.told for one in hands]


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[Hand]:
    """Start ``act`` inside an open transaction, and go on once the database has made it wait."""
    hand = Hand(act)
    hand.start()
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                break
        time.sleep(0.1)
    else:
        raise AssertionError("the second hand never waited for the first")
    yield hand


@pytest.fixture
def acts(committed: None, settings: Any, tmp_path: Any) -> Acts:
    settings.FILES = tmp_path / "files"
    return Acts(make_people())


def rewrite(acts: Acts, contract: Contract) -> Callable[[], object]:
    service, text = acts.cast.other_service, ClauseText("", "Objectifs généraux", "Texte revu par le service.")

    def act() -> None:
        with acting_as(service):
            services.write_clause(actor=service, contract_id=contract.pk, clause_key="objectifs", text=text, at=MARCH)

    return act


def test_the_parties_sign_at_once_and_the_last_one_alone_brings_it_into_force(acts: Acts) -> None:
    contract = acts.opened()
    references = {who: acts.reference(who, contract) for who in acts.parties}
    told = at_once(*(lambda who=who: acts.sign(who, contract, reference=references[who]) for who in acts.parties))
    assert told == ["", "", ""]
    assert set(acts.signatures(contract).values()) == {"signé"}
    assert acts.again(contract).state == "in_force"
    with as_system():
        assert Event.objects.filter(verb="contract.sign_last", subject=contract.pk).count() == 1
        assert Event.objects.filter(verb="contract.signed", subject=contract.pk).count() == 3


def test_two_people_of_one_party_bring_their_copy_at_once(acts: Acts) -> None:
    contract = acts.opened()
    reference = acts.reference("fund", contract)
    told = at_once(*[lambda: acts.sign("fund", contract, reference=reference)] * 2)
    assert sorted(bool(one) for one in told) == [False, True]
    assert "déjà signé" in "".join(told)
    with as_system():
        assert Event.objects.filter(verb="contract.signed", subject=contract.pk).count() == 1


def test_a_signature_that_comes_while_the_text_changes_is_that_of_an_outdated_version(acts: Acts) -> None:
    contract = acts.opened()
    reference = acts.reference("labour", contract)
    with acting_as(acts.cast.other_service):
        rewrite(acts, contract)()
        with meanwhile(lambda: acts.sign("labour", contract, reference=reference)) as hand:
            pass
    hand.join(timeout=60)
    assert "n’est pas celle de la version à signer" in hand.told
    assert acts.signatures(contract)["labour"] == "signature attendue"
    assert acts.reference("labour", contract) != reference


def test_a_text_that_changes_while_a_party_signs_is_signed_again_by_it(acts: Acts) -> None:
    contract = acts.opened()
    with acting_as(acts.cast.labour):
        acts.sign("labour", contract)
        with meanwhile(rewrite(acts, contract)) as hand:
            pass
    hand.join(timeout=60)
    assert hand.told == ""
    assert acts.signatures(contract)["labour"] == "à signer de nouveau"
    with as_system():
        row = Signature.objects.get(subject=contract.pk, party__role="labour")
        assert row.signed_text_id != row.asked_text_id, "what was signed is kept beside what is asked"
        assert FrozenText.objects.filter(subject=contract.pk).count() == 2
