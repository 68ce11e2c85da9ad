"""The last evening: the countdown, photographs made into one PDF, an incident of the platform that extends the window."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader
from tests.support.clients import signed_in
from tests.support.funding import GUADELOUPE, LAST, OCTOBER, TOO_LATE, FundingCast, fill, hand_in, open_for
from tests.support.roles import as_system

from avenant.domain.decision import DomainError, Refused
from avenant.foundations import clock
from avenant.foundations.documents.services import RefusedFile, read
from avenant.foundations.journal.models import DueItem
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import acting_as
from avenant.funding.calls import services as calls
from avenant.funding.calls.models import CallVersion, Incident, PublishedCall
from avenant.funding.dossiers.models import Dossier, Piece
from avenant.funding.dossiers.photographs import LONGEST_SIDE, MOST, bind
from avenant.funding.dossiers.services import opening

pytestmark = pytest.mark.django_db
EVENING = datetime(2023, 11, 6, 21, 30, tzinfo=GUADELOUPE)


@pytest.fixture
def dossier(cast: FundingCast, call: PublishedCall) -> Dossier:
    made = open_for(cast.director, call)
    fill(cast.director, made)
    return made


def photograph(width: int = 30, height: int = 40, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "grey").save(out, kind, **options)
    return out.getvalue()


@pytest.mark.req("S4-4-13")
def test_the_evening_of_the_last_day_is_in_time_and_the_zone_is_shown(
    cast: FundingCast, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    afternoon = datetime(2023, 11, 6, 15, tzinfo=GUADELOUPE)
    monkeypatch.setattr(clock, "now", lambda: afternoon)
    words = "lundi 6 novembre 2023, 23 h 59 (heure de Guadeloupe)"
    for page in (dossier.page(), dossier.call.page()):
        assert words in signed_in(cast.director).get(page).content.decode().replace("\u202f", " ")
    assert hand_in(cast.director, dossier, at=afternoon).at == afternoon  # neither reading of Paris nor the day's start


def test_the_countdown_is_on_the_clock_of_the_server_in_the_zone_of_the_call(
    cast: FundingCast, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: EVENING)
    page = signed_in(cast.director).get(dossier.page()).content.decode()
    end, shown = (
        datetime.fromisoformat(re.search(f'data-{name}="([^"]+)"', page)[1])  # type: ignore[index]
        for name in ("countdown", "now")
    )
    assert (end, shown) == (TOO_LATE, EVENING)
    assert "aujourd’hui" in page
    assert "Tout est prêt" in page


def test_once_closed_a_draft_says_so_and_asks_for_nothing_more(
    cast: FundingCast, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    director = signed_in(cast.director)
    monkeypatch.setattr(clock, "now", lambda: LAST)
    assert "Déposer le dossier" in director.get(dossier.page()).content.decode()
    monkeypatch.setattr(clock, "now", lambda: TOO_LATE)
    page = director.get(dossier.page()).content.decode()
    assert "Le dépôt est clos" in page
    for absent in ("Ce qui manque", "Déposé le 7 novembre", "data-countdown", "à régler"):
        assert absent not in page


def test_the_receipt_says_the_second_in_one_breath(
    cast: FundingCast, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: LAST)
    hand_in(cast.director, dossier, at=LAST)
    page = signed_in(cast.director).get(reverse("dossiers:receipt", args=[dossier.pk])).content.decode()
    assert "6 novembre 2023 à 23 h 59 min 59 s, heure de Guadeloupe" in page.replace("\u202f", " ")


def test_photographs_make_one_pdf_in_their_order(
    cast: FundingCast, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: EVENING)
    sent = [
        SimpleUploadedFile("page1.jpg", photograph(4000, 3000)), SimpleUploadedFile("page2.png", photograph(20, 30, "PNG")),
    ]  # fmt: skip
    typed = {"kind": "compte_rendu_debat", "file": sent, "on": "2023-06-12"}
    client, place = signed_in(cast.director), reverse("dossiers:pieces", args=[dossier.pk])
    assert client.post(place, typed).status_code == 302
    with acting_as(cast.director):
        document = Piece.objects.get(kind="compte_rendu_debat").document
        assert document is not None
        assert (document.name, document.media_type) == ("page1.pdf", "application/pdf")
        pages = PdfReader(io.BytesIO(read(document))).pages
    assert [page.mediabox.width > page.mediabox.height for page in pages] == [True, False]


def test_a_photograph_is_upright_light_and_says_not_where_it_was_taken() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # turned a quarter
    turned[0x010F] = "Téléphone de Claude"
    name, pdf = bind([("a.jpg", photograph(5000, 100, exif=turned)), ("b.jpg", photograph())], at=EVENING)
    first = PdfReader(io.BytesIO(pdf)).pages[0]
    assert name == "a.pdf"
    assert first.mediabox.height > first.mediabox.width
    assert first.images[0].image is not None
    assert max(first.images[0].image.size) == LONGEST_SIDE
    assert b"Claude" not in pdf


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("note.pdf", b"%PDF-1.7", "n’est pas une photographie"),
        (
            "virus.txt",
            b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
            "n’est pas d’un type accepté",
        ),
        ("abime.jpg", b"\xff\xd8\xff\xe0rien", "ne se lit pas"),
    ],
)
def test_what_is_no_photograph_is_named_and_nothing_is_kept(name: str, content: bytes, words: str) -> None:
    with pytest.raises(RefusedFile, match=words) as refused:
        bind([("a.jpg", photograph()), (name, content)], at=EVENING)
    assert name in refused.value.message


def test_a_piece_is_thirty_photographs_at_most() -> None:
    pages = [(f"{rank}.jpg", photograph(2, 2)) for rank in range(MOST)]
    assert len(PdfReader(io.BytesIO(bind(pages, at=EVENING)[1])).pages) == MOST
    with pytest.raises(RefusedFile, match="30 photographies"):
        bind([*pages, ("31.jpg", photograph(2, 2))], at=EVENING)


def test_an_incident_on_record_extends_the_window_by_decision(
    cast: FundingCast, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = dossier.call
    first, last = EVENING, LAST + timedelta(minutes=20)
    until = datetime(2023, 11, 7, 12, 0, 0)
    now = TOO_LATE + timedelta(hours=1)
    with acting_as(cast.fund), pytest.raises(Refused):
        calls.record_incident(
            actor=cast.fund, call_id=call.call_id, started_at=first, ended_at=last, what="Panne.", at=now
        )
    with acting_as(cast.officer):
        for one, other in ((last, first), (first, first), (first, now + timedelta(seconds=1))):
            with pytest.raises(DomainError, match="fini"):
                calls.record_incident(
                    actor=cast.officer, call_id=call.call_id, started_at=one, ended_at=other, what="Panne.", at=now
                )
        incident = calls.record_incident(
            actor=cast.officer, call_id=call.call_id, started_at=first, ended_at=last, what="Panne du réseau", at=now
        )
        with pytest.raises(Refused):
            calls.extend_call(
                actor=cast.officer, call_id=call.call_id, until=until, reason="", incident_id=incident.pk, at=now
            )
    with acting_as(cast.director):
        assert not Incident.objects.exists()
    with pytest.raises(Refused, match="Trop tard"):
        hand_in(cast.director, dossier, at=now)
    with acting_as(cast.decider):
        calls.extend_call(
            actor=cast.decider, call_id=call.call_id, until=until, reason="", incident_id=incident.pk, at=now
        )
    assert "Panne du réseau" in CallVersion.objects.get(call=call, number=2).reason
    monkeypatch.setattr(clock, "now", lambda: now)
    assert "Panne du réseau" in Client().get(call.page()).content.decode()
    with as_system():
        assert opening.follow_calls(at=now) == 1
        assert opening.follow_calls(at=now) == 0
        assert DueItem.objects.get(key=opening.deposit_key(dossier.pk)).due_at == until.replace(
            tzinfo=GUADELOUPE
        ) + timedelta(seconds=1)
        assert Notice.objects.filter(key__startswith=f"dossier:{dossier.pk}:call-version").count() == 2
    assert hand_in(cast.director, dossier, at=now).call_version == 2


def test_the_incident_is_recorded_and_the_window_extended_from_the_page(
    cast: FundingCast, call: PublishedCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: TOO_LATE)
    officer, decider = signed_in(cast.officer), signed_in(cast.decider)
    told = {"started_at": "2023-11-06T21:00", "ended_at": "2023-11-06T23:00:00", "what": "Panne"}
    assert officer.post(reverse("calls:incident", args=[call.call_id]), told).status_code == 302
    with acting_as(cast.officer):
        incident = Incident.objects.get()
    assert incident.started_at == datetime(2023, 11, 6, 21, tzinfo=GUADELOUPE)
    more = {"until": "2023-11-08T23:59:59", "reason": "Une journée de plus.", "incident_id": str(incident.pk)}
    assert decider.post(reverse("calls:extend", args=[call.call_id]), more).status_code == 302
    call.refresh_from_db()
    assert call.closes_at == datetime(2023, 11, 9, tzinfo=GUADELOUPE)


def test_october_is_before_the_last_evening() -> None:
    assert OCTOBER < EVENING < LAST < TOO_LATE
