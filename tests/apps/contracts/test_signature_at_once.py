"""Two hands on one contract at the same instant, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.support.acts import MARCH, Acts
from tests.support.at_once import at_once, meanwhile
from tests.support.cast import make_people
from tests.support.roles import as_system

from avenant.contracts.drafting import services
from avenant.contracts.drafting.models import Contract, FrozenText, Signature
from avenant.contracts.drafting.services import ClauseText
from avenant.foundations.journal.models import Event
from avenant.foundations.parties.actors import acting_as

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed")]


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
    assert "n’est pas celle de la version à signer" in hand.settle()
    assert acts.signatures(contract)["labour"] == "signature attendue"
    assert acts.reference("labour", contract) != reference


def test_a_text_that_changes_while_a_party_signs_is_signed_again_by_it(acts: Acts) -> None:
    contract = acts.opened()
    with acting_as(acts.cast.labour):
        acts.sign("labour", contract)
        with meanwhile(rewrite(acts, contract)) as hand:
            pass
    assert hand.settle() == ""
    assert acts.signatures(contract)["labour"] == "à signer de nouveau"
    with as_system():
        row = Signature.objects.get(subject=contract.pk, party__role="labour")
        assert row.signed_text_id != row.asked_text_id, "what was signed is kept beside what is asked"
        assert FrozenText.objects.filter(subject=contract.pk).count() == 2
