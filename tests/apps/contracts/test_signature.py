"""Signing a contract: frozen by its hash, signed by each party, in force with the last one."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.support.acts import MARCH, PDF, Acts
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.roles import as_system

from avenant.contracts.drafting import printing, selectors, services
from avenant.contracts.drafting.models import FrozenText
from avenant.contracts.drafting.services import ClauseText
from avenant.contracts.drafting.services.signing import term_from
from avenant.domain.contracts import LegalText
from avenant.domain.decision import DomainError, Refused
from avenant.domain.proof import verify
from avenant.foundations.documents.services import MAX_BYTES, RefusedFile
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.journal.sealing import seal_journal
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import acting_as

pytestmark = pytest.mark.django_db
NEXT = MARCH + timedelta(days=3)


@pytest.fixture
def acts(cast: Cast) -> Acts:
    return Acts(cast)


@pytest.mark.req("S3-V-02")
def test_crpst_is_heard_before_the_signature(acts: Acts) -> None:
    contract = acts.begin()
    acts.write(contract)
    acts.hear(contract, but=("crpst",))
    acts.check(contract)
    labour = acts.cast.labour
    with acting_as(labour), pytest.raises(Refused, match="Comité régional de prévention"):
        services.open_to_signature(actor=labour, contract_id=contract.pk, at=MARCH)
    said = {"body_key": "crpst", "opinion": "favourable", "remarks": "Avis rendu."}
    with acting_as(labour):
        services.record_consultation(actor=labour, contract_id=contract.pk, heard_on=date(2026, 3, 1), at=MARCH, **said)
        services.open_to_signature(actor=labour, contract_id=contract.pk, at=MARCH)
    acts.sign("labour", contract)
    with acting_as(labour), pytest.raises(DomainError, match="doit la précéder"):
        services.record_consultation(actor=labour, contract_id=contract.pk, heard_on=date(2026, 3, 4), at=NEXT, **said)
    with acting_as(labour):
        [row] = [one for one in selectors.list_consultations(labour, contract) if one.body_key == "crpst"]
    assert (row.heard_on, row.opinion, "D4622-44" in row.basis) == (date(2026, 3, 1), "favourable", True)


@pytest.mark.req("S3-V-03")
def test_health_agency_is_heard_before_the_signature(acts: Acts) -> None:
    contract = acts.begin()
    acts.write(contract)
    acts.hear(contract, but=("ars",))
    with acting_as(acts.cast.labour), pytest.raises(Refused, match=r"Agence régionale de santé.*L4622-10"):
        services.open_to_signature(actor=acts.cast.labour, contract_id=contract.pk, at=MARCH)


def test_a_consultation_to_come_is_none(acts: Acts) -> None:
    contract = acts.begin()
    with pytest.raises(DomainError, match="à venir"):
        acts.hear(contract, on=date(2026, 3, 3))


@pytest.mark.req("S3-5-01")
@pytest.mark.parametrize(("missing", "allowed"), [("volet-2", False), ("volet-1", False), ("volet-3", True)])
def test_the_third_strand_alone_is_optional(acts: Acts, missing: str, allowed: bool) -> None:
    contract = acts.begin()
    acts.write(contract, but=(missing,))
    acts.hear(contract)
    acts.check(contract)
    with acting_as(acts.cast.labour):
        if allowed:
            services.open_to_signature(actor=acts.cast.labour, contract_id=contract.pk, at=MARCH)
            return
        with pytest.raises(Refused, match="clause obligatoire absente"):
            services.open_to_signature(actor=acts.cast.labour, contract_id=contract.pk, at=MARCH)


@pytest.mark.req("S1-V-03")
def test_in_force_with_the_last_signature_only(acts: Acts) -> None:
    contract = acts.opened()
    acts.sign("labour", contract)
    acts.sign("fund", contract, at=NEXT)
    assert acts.again(contract).state == "to_sign"
    assert acts.signatures(contract) == {"labour": "signé", "fund": "signé", "service": "signature attendue"}
    signed = acts.sign("service", contract, at=NEXT)
    assert signed.state == "in_force"
    assert (signed.starts_on, signed.ends_on) == (date(2026, 3, 5), date(2031, 3, 4))


@pytest.mark.parametrize(
    ("last", "ends_on"),
    [(date(2028, 2, 29), date(2033, 2, 27)), (date(2026, 3, 1), date(2031, 2, 28))],
)
def test_the_term_counts_in_calendar_years(acts: Acts, last: date, ends_on: date) -> None:
    contract = acts.begin()
    assert term_from(contract, last) == (last, ends_on)


def test_each_party_is_asked_told_and_relieved(acts: Acts) -> None:
    contract = acts.opened()
    with as_system():
        keys = DueItem.objects.filter(key__startswith=f"signature:{contract.pk}", state="open")
        assert keys.count() == 3
        assert Notice.objects.filter(key__startswith=f"sign:{contract.pk.hex}").count() == 2  # not who opens
    acts.sign("fund", contract)
    with as_system():
        assert keys.count() == 2
        event = Event.objects.get(verb="contract.signed", subject=contract.pk)
    assert len(event.evidence["version signée"]) == 64


def test_a_representative_who_changes_signs_alone_again(acts: Acts) -> None:
    contract = acts.opened()
    acts.sign("labour", contract)
    acts.sign("fund", contract)
    with acting_as(acts.cast.fund):
        services.name_representative(
            actor=acts.cast.fund, contract_id=contract.pk, capacity="Directeur par intérim", at=NEXT
        )
    assert acts.signatures(contract) == {
        "labour": "signé", "fund": "à signer de nouveau", "service": "signature attendue",
    }  # fmt: skip


def test_a_text_that_changes_is_signed_again_by_all_who_had(acts: Acts) -> None:
    contract = acts.opened()
    acts.sign("labour", contract)
    acts.sign("fund", contract)
    old = acts.reference("labour", contract)
    with acting_as(acts.cast.other_service):
        services.write_clause(
            actor=acts.cast.other_service,
            contract_id=contract.pk,
            clause_key="objectifs",
            text=ClauseText("", "Objectifs généraux", "Texte revu par le service."),
            at=NEXT,
        )
    states = acts.signatures(contract)
    assert states == {
        "labour": "à signer de nouveau", "fund": "à signer de nouveau", "service": "signature attendue",
    }  # fmt: skip
    with pytest.raises(DomainError, match="version antérieure"):
        acts.sign("labour", contract, at=NEXT, reference=old)
    client = _client(acts, "labour")
    page = client.get(reverse("drafting:signature", args=[contract.pk])).content.decode()
    assert "Le texte a changé depuis votre signature" in page
    assert "<ins>" in page
    assert "<del>" in page
    for who in acts.parties:
        contract = acts.sign(who, contract, at=NEXT)
    assert contract.state == "in_force"


def test_correspondence_asks_nobody_again(acts: Acts) -> None:
    contract = acts.opened()
    acts.sign("labour", contract)
    with acting_as(acts.cast.labour):
        services.name_correspondent(
            actor=acts.cast.labour, contract_id=contract.pk, correspondent="Chargé de mission CPOM",
            mailbox="cpom@example.org", at=NEXT,
        )  # fmt: skip
        assert FrozenText.objects.filter(subject=contract.pk).count() == 1
    assert acts.signatures(contract)["labour"] == "signé"


def test_once_in_force_the_text_no_longer_moves(acts: Acts) -> None:
    contract = acts.in_force()
    with acting_as(acts.cast.labour), pytest.raises(Refused, match="par avenant"):
        services.write_clause(
            actor=acts.cast.labour, contract_id=contract.pk, clause_key="objectifs",
            text=ClauseText("", "x", "y"), at=NEXT,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"bonjour", "signe.pdf", "type accepté"),
        (b"\x89PNG\r\n\x1a\nxx", "scan.png", "n’est pas un PDF"),
        (b"%PDF-1.7 coupe", "coupe.pdf", "incomplet"),
        (b"%PDF-" + b"0" * MAX_BYTES, "lourd.pdf", "20 Mo"),
    ],
)
def test_a_file_that_is_not_a_signed_copy(acts: Acts, content: bytes, name: str, said: str) -> None:
    contract = acts.opened()
    with pytest.raises(RefusedFile, match=said):
        acts.sign("labour", contract, content=content, name=name)
    assert acts.signatures(contract)["labour"] == "signature attendue"


def test_wrong_reference_double_click_and_dates(acts: Acts) -> None:
    contract = acts.opened()
    with pytest.raises(DomainError, match="référence saisie"):
        acts.sign("labour", contract, reference="CONTRAT-000000000000")
    with pytest.raises(DomainError, match="date de signature"):
        acts.sign("labour", contract, on=MARCH.date() + timedelta(days=1))
    with pytest.raises(DomainError):
        acts.sign("labour", contract, on=MARCH.date() - timedelta(days=1))
    acts.sign("labour", contract)
    with pytest.raises(DomainError, match="déjà signé"):
        acts.sign("labour", contract)
    with acting_as(acts.cast.outsider), pytest.raises(Exception, match="No Contract"):
        services.resume_drafting(actor=acts.cast.outsider, contract_id=contract.pk, reason="x", at=NEXT)


def test_taking_the_text_back_asks_for_a_reason(acts: Acts) -> None:
    contract = acts.opened()
    with acting_as(acts.cast.labour):
        with pytest.raises(Refused, match="motif"):
            services.resume_drafting(actor=acts.cast.labour, contract_id=contract.pk, reason=" ", at=NEXT)
        services.resume_drafting(actor=acts.cast.labour, contract_id=contract.pk, reason="Annexe oubliée", at=NEXT)
    with as_system():
        assert not DueItem.objects.filter(key__startswith=f"signature:{contract.pk}", state="open").exists()


def test_the_frozen_text_gives_the_same_fingerprints(acts: Acts) -> None:
    contract = acts.opened()
    with acting_as(acts.cast.labour):
        frozen = selectors.frozen_text(acts.cast.labour, contract.pk)
        live = selectors.legal_text(acts.cast.labour, contract, MARCH.date())
    assert frozen is not None
    kept = LegalText.from_kept(json.loads(json.dumps(frozen.content)))
    assert kept.fingerprint == live.fingerprint == frozen.sha256
    assert kept.fingerprint_for("val-issole") == live.fingerprint_for("val-issole")


def test_the_proof_of_a_contract_is_verified(acts: Acts) -> None:
    contract = acts.in_force()
    with as_system():
        seal_journal(at=NEXT)
    with acting_as(acts.cast.labour):
        proof = printing.prove_contract(acts.cast.labour, contract, at=NEXT)
    assert len(proof["documents"]) == 3
    assert all(one.holds is not False for one in verify(json.loads(json.dumps(proof))))
    proof["content"]["clauses"][0][4] = "autre"
    assert any(one.holds is False for one in verify(json.loads(json.dumps(proof))))


def _client(acts: Acts, who: str) -> Client:
    return signed_in(acts.parties[who])


def test_walked_in_the_browser(acts: Acts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avenant.foundations.clock.now", lambda: MARCH)
    contract = acts.ready()
    labour = _client(acts, "labour")

    def address(name: str, *more: object) -> str:
        return reverse(f"drafting:{name}", args=[contract.pk, *more])

    assert "Prêt à signer" in labour.get(address("signature")).content.decode()
    labour.post(address("consult"))
    labour.post(address("open-signature"))
    page = labour.get(address("signature")).content.decode()
    assert acts.reference("labour", contract) in page
    assert labour.get(address("copy")).content.startswith(b"%PDF-")
    wrong = {"reference": "CONTRAT-1", "signed_on": "2026-03-02", "file": SimpleUploadedFile("s.pdf", PDF)}
    answer = labour.post(address("deposit"), wrong).content.decode()
    assert "référence saisie" in answer
    assert "CONTRAT-1" in answer
    for who in acts.parties:
        right = {
            "reference": acts.reference(who, contract), "signed_on": "2026-03-02",
            "file": SimpleUploadedFile("signe.pdf", PDF),
        }  # fmt: skip
        assert _client(acts, who).post(address("deposit"), right).status_code == 302
    assert acts.again(contract).state == "in_force"
    assert "signé" in labour.get(address("signature")).content.decode()
    assert labour.get(address("proof")).headers["Content-Disposition"].startswith("attachment")


def test_a_stranger_sees_nothing(acts: Acts) -> None:
    contract = acts.opened()
    client = signed_in(acts.cast.outsider)
    assert client.get(reverse("drafting:signature", args=[contract.pk])).status_code == 404
