"""The pages of an aid, as a browser asks for them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import FundingCast
from tests.support.granting import COPY, FEBRUARY, awarded, in_force, instalment, open_agreement

from avenant.foundations import clock
from avenant.foundations.parties.actors import acting_as
from avenant.funding.grants.models import Grant, ScanBatch, Socle

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def february(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site lives in February 2024."""
    monkeypatch.setattr(clock, "now", lambda: FEBRUARY)


def pdf(name: str = "convention.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, COPY, "application/pdf")


PAGES = ("grants", "payments", "socle", "batches", "open-data", "statistics", "funded", "schemes", "add-scheme")


def test_every_page_opens_for_the_authority_within_twenty_queries(cast: FundingCast) -> None:
    grant = in_force(cast)
    client = signed_in(cast.officer)
    for name, arguments in [*((page, []) for page in PAGES), ("grant", [grant.pk])]:
        with CaptureQueriesContext(connection) as asked:
            response = client.get(reverse(f"grants:{name}", args=arguments))
        assert response.status_code == 200, name
        work = [one for one in asked if "SAVEPOINT" not in one["sql"]]  # the tests' own
        assert len(work) <= 20, (name, len(work))
    for name in ("export", "export-payments", "export-statistics", "export-funded", "export-schemes"):
        for form in ("csv", "xlsx"):
            assert client.get(reverse(f"grants:{name}", args=[form])).status_code == 200, name
    assert client.get(reverse("grants:open-data-draft")).status_code == 200


def test_an_agreement_is_signed_from_the_page(cast: FundingCast) -> None:
    grant = awarded(cast)
    officer, director = signed_in(cast.officer), signed_in(cast.director)
    assert "Ouvrir la convention à la signature" in officer.get(grant.page()).content.decode()
    officer.post(reverse("grants:open-agreement", args=[grant.pk]))
    with acting_as(cast.officer):
        row = grant.agreements.get()
    page = director.get(grant.page()).content.decode()
    assert "l’autorité qui accorde l’aide</label>" not in page
    assert "Télécharger l’exemplaire à signer" in page
    assert director.get(reverse("grants:agreement-pdf", args=[row.pk])).content.startswith(b"%PDF")
    address = reverse("grants:sign", args=[row.pk])
    said = {"parties": ["direction", "staff"], "signed_on": "2024-02-20", "reference": row.reference}
    wrong = director.post(address, {**said, "reference": "CONV-1", "file": pdf()})
    assert wrong.status_code == 422
    assert "bas de page" in wrong.content.decode()
    assert director.post(address, said).status_code == 422
    assert director.post(address, {**said, "file": pdf()}).status_code == 302
    assert (
        officer.post(address, {**said, "parties": ["authority"], "signed_on": "2024-02-20", "file": pdf()}).status_code
        == 302
    )
    with acting_as(cast.officer):
        assert Grant.objects.get(pk=grant.pk).state == "in_force"


def test_a_payment_walks_from_the_certification_to_the_accountant_s_word(cast: FundingCast) -> None:
    grant = in_force(cast)
    officer = signed_in(cast.officer)
    first = instalment(grant, 1)
    assert officer.post(reverse("grants:certify", args=[first.pk])).status_code == 302
    assert "À ordonnancer" in officer.get(reverse("grants:payments")).content.decode()
    assert officer.post(reverse("grants:order"), {"instalment": [str(first.pk)]}).status_code == 302
    assert officer.post(reverse("grants:order"), {"instalment": ["rien"]}).status_code == 404
    given = officer.get(reverse("grants:order-file", args=["OP-2024-0001", "csv"]))
    assert "16000" in given.content.decode().replace("\u202f", "").replace(",00", "")
    assert officer.get(reverse("grants:order-file", args=["OP-2024-0009", "csv"])).status_code == 404
    paid = officer.post(
        reverse("grants:record-payment", args=[first.pk]), {"paid_on": "2024-02-20", "reference": "M 1"}
    )
    assert paid.status_code == 302
    second = instalment(grant, 2)
    director = signed_in(cast.director)
    sent = director.post(
        reverse("grants:send-document", args=[second.pk]), {"code": "bilan_annuel", "file": pdf("b.pdf")}
    )
    assert sent.status_code == 302
    judged = officer.post(
        reverse("grants:judge-document", args=[second.pk]),
        {"code": "bilan_annuel", "verdict": "refused", "reason": "Illisible"},
    )
    assert judged.status_code == 302
    page = director.get(grant.page()).content.decode()
    assert "Illisible" in page
    assert "Certifier le service fait" not in page
    assert officer.post(reverse("grants:certify", args=[second.pk])).status_code == 403
    assert officer.post(reverse("grants:reserve", args=[grant.pk]), {"reason": "À vérifier"}).status_code == 302
    assert "À vérifier" in director.get(grant.page()).content.decode()
    assert officer.post(
        reverse("grants:note-consumption", args=[grant.pk]), {"consumed": "1 000,50", "on": "2024-02-20"}
    ).status_code == 302  # fmt: skip


def test_what_is_typed_stays_when_it_cannot_be_kept(cast: FundingCast) -> None:
    grant = in_force(cast)
    officer, decider = signed_in(cast.officer), signed_in(cast.decider)
    amended = officer.post(reverse("grants:amend", args=[grant.pk]), {"amount": "40 000", "reason": "Un motif long"})
    assert (amended.status_code, "Un motif long" in amended.content.decode()) == (422, True)
    reduced = decider.post(reverse("grants:reduce", args=[grant.pk]), {"amount": "50 000", "reason": "Un motif"})
    assert (reduced.status_code, "inférieur" in reduced.content.decode()) == (422, True)
    assert officer.post(reverse("grants:reduce", args=[grant.pk]), {"amount": "1", "reason": "x"}).status_code == 403


def test_a_payment_on_a_wrong_day_keeps_what_was_typed_and_one_that_bounces_is_taken_back(cast: FundingCast) -> None:
    grant = in_force(cast)
    officer, first = signed_in(cast.officer), instalment(grant, 1)
    officer.post(reverse("grants:certify", args=[first.pk]))
    officer.post(reverse("grants:order"), {"instalment": [str(first.pk)]})
    pay = reverse("grants:record-payment", args=[first.pk])
    wrong = officer.post(pay, {"paid_on": "2024-03-31", "reference": "MANDAT 77"})
    told = wrong.content.decode()
    assert (wrong.status_code, "MANDAT 77" in told, "à aujourd’hui" in told) == (422, True, True)
    assert officer.post(pay, {"paid_on": "31/02/2024", "reference": "MANDAT 77"}).status_code == 422
    assert officer.post(pay, {"paid_on": "2024-02-20", "reference": "MANDAT 77"}).status_code == 302
    assert "Constater le rejet du paiement" in officer.get(grant.page()).content.decode()
    back = reverse("grants:uncertify", args=[first.pk])
    assert signed_in(cast.director).post(back, {"reason": "Compte clos"}).status_code == 403
    assert officer.post(back, {"reason": "Compte clos"}).status_code == 302
    assert instalment(grant, 1).state == "certified"
    assert "Compte clos" in officer.get(grant.page()).content.decode(), "the reason is in the journal"


def test_a_day_that_cannot_be_read_changes_nothing_of_an_action(cast: FundingCast) -> None:
    grant = in_force(cast)
    with acting_as(cast.director):
        action = grant.actions.get()
    address = reverse("grants:tell-action", args=[grant.pk, action.pk])
    refused = signed_in(cast.director).post(address, {"done_on": "31/02/2024"})
    assert refused.status_code == 409
    assert "ne se lit pas" in refused.content.decode()
    with acting_as(cast.director):
        assert grant.actions.get().state == "promised"


@pytest.mark.parametrize(
    ("hour", "day"),
    [(datetime(2024, 2, 21, 3, 59, 59, tzinfo=UTC), date(2024, 2, 20)), (datetime(2024, 2, 21, 4, tzinfo=UTC), date(2024, 2, 21))],
)  # fmt: skip
def test_an_action_is_carried_out_today_where_the_authority_is(
    cast: FundingCast, monkeypatch: pytest.MonkeyPatch, hour: datetime, day: date
) -> None:
    """In the evening of Guadeloupe it is tomorrow in Paris, which no action may be carried out on."""
    grant = in_force(cast)
    with acting_as(cast.director):
        action = grant.actions.get()
    monkeypatch.setattr(clock, "now", lambda: hour)
    address = reverse("grants:tell-action", args=[grant.pk, action.pk])
    assert signed_in(cast.director).post(address, {}).status_code == 302
    with acting_as(cast.director):
        assert grant.actions.get().done_on == day


def test_the_socle_is_written_and_adopted_from_its_page(cast: FundingCast) -> None:
    officer, decider = signed_in(cast.officer), signed_in(cast.decider)
    officer.post(reverse("grants:socle"), {"title": "Socle minimum"})
    with acting_as(cast.officer):
        socle = Socle.objects.get()
    address = reverse("grants:add-practice", args=[socle.pk])
    refused = officer.post(address, {"label": "Sans finalité"})
    assert (refused.status_code, "finalité" in refused.content.decode()) == (422, True)
    officer.post(address, {"label": "Lève-personne", "for_staff": "on", "for_residents": "on"})
    for purpose in ("salaries", "residents"):
        assert "Lève-personne" in officer.get(reverse("grants:socle") + f"?finalite={purpose}").content.decode()
    assert officer.post(reverse("grants:adopt-socle", args=[socle.pk])).status_code == 403
    assert decider.post(reverse("grants:adopt-socle", args=[socle.pk])).status_code == 302
    assert officer.post(address, {"label": "Trop tard", "for_staff": "on"}).status_code == 422


def test_a_stranger_sees_nothing_of_an_aid(cast: FundingCast) -> None:
    grant = awarded(cast)
    row = open_agreement(cast, grant)
    stranger = signed_in(cast.other_director)
    for name, key in (("grant", grant.pk), ("agreement-pdf", row.pk)):
        assert stranger.get(reverse(f"grants:{name}", args=[key])).status_code == 404
    assert stranger.get(reverse("grants:payments")).status_code == 403
    assert grant.name not in stranger.get(reverse("grants:grants")).content.decode()


def test_scans_are_sent_from_their_page(cast: FundingCast) -> None:
    from avenant.funding.grants.printing import print_agreement

    row = open_agreement(cast, awarded(cast))
    with acting_as(cast.officer):
        content = print_agreement(row, at=datetime(2024, 2, 1, tzinfo=UTC)).pdf
    officer = signed_in(cast.officer)
    address = reverse("grants:batches")
    assert officer.post(address, {"file": SimpleUploadedFile("lot.png", b"\x89PNG\r\n\x1a\n")}).status_code == 422
    sent = officer.post(address, {"file": SimpleUploadedFile("lot.pdf", content)})
    assert sent.status_code == 302
    with acting_as(cast.officer):
        batch = ScanBatch.objects.get()
    assert "Lecture en cours" in officer.get(reverse("grants:batch", args=[batch.pk])).content.decode()
