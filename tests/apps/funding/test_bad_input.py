"""Bad input in the story of a call: nothing is lost, nothing is half done, one clear sentence answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import OCTOBER, PDF, TOO_LATE, FundingCast, expense, fill, hand_in, open_for, row

from avenant.domain.decision import Refused
from avenant.foundations import clock
from avenant.foundations.documents.models import Document
from avenant.foundations.parties.actors import acting_as
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier, Expense, FundingLine, Piece
from avenant.funding.dossiers.services import judging, writing
from avenant.funding.dossiers.services.writing import RowSaid
from avenant.funding.reviews.services import opening

pytestmark = pytest.mark.django_db
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.fixture
def dossier(cast: FundingCast, call: PublishedCall) -> Dossier:
    made = open_for(cast.director, call)
    fill(cast.director, made)
    return made


@pytest.fixture
def october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: OCTOBER)


@pytest.fixture
def antivirus(tmp_path: Path, settings: Any) -> Iterator[None]:
    """A clamd that finds the test signature of the EICAR, wherever it is in a file."""
    place = str(tmp_path / "clamd")
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(place)
    server.listen()

    def answer() -> None:
        while True:
            try:
                asked, _ = server.accept()
            except OSError:
                return
            with asked:
                said = b""
                while not said.endswith(b"\0\0\0\0"):
                    said += asked.recv(65_536)
                asked.sendall(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in said else b"stream: OK\0")

    threading.Thread(target=answer, daemon=True).start()
    settings.CLAMAV_SOCKET = place
    yield
    server.close()


@pytest.mark.usefixtures("october", "antivirus")
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("eicar.com", EICAR, "n’est pas d’un type accepté"),
        ("duerp.pdf", PDF + EICAR, "L’antivirus a refusé"),
        ("duerp.exe", b"MZ\x90\x00", "n’est pas d’un type accepté"),
    ],
)
def test_a_file_of_the_wrong_type_or_infected_is_named_and_not_kept(
    cast: FundingCast, dossier: Dossier, name: str, content: bytes, words: str
) -> None:
    with acting_as(cast.director):
        before = (Piece.objects.count(), Document.objects.count())
    said = {"kind": "duerp", "on": "2022-06-01", "file": SimpleUploadedFile(name, content)}
    answer = signed_in(cast.director).post(reverse("dossiers:pieces", args=[dossier.pk]), said)
    assert answer.status_code == 422
    page = answer.content.decode().replace("\u202f", " ")
    assert words in page
    assert name in page
    assert 'value="2022-06-01"' in page, "what was typed stays"
    with acting_as(cast.director):
        assert (Piece.objects.count(), Document.objects.count()) == before


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ("59999.99", "le plan apporte 99 999,99 € pour un coût de 100 000,00 €"),
        ("60000.01", "le plan apporte 100 000,01 €, plus que le coût de 100 000,00 €"),
        ("60000.00", ""),
    ],
)
def test_amounts_that_do_not_add_up_are_told_to_the_cent(
    cast: FundingCast, dossier: Dossier, own: str, words: str
) -> None:
    with acting_as(cast.director):
        writing.plan_funding(
            actor=cast.director, dossier_id=dossier.pk, position=1, at=OCTOBER,
            lines=[
                *(RowSaid(one.pk, None) for one in FundingLine.objects.all()),
                row(payer="ARS", nature="requested", amount=Decimal(40_000), granted=False),
                row(payer="Établissement", nature="own", amount=Decimal(own), granted=True),
            ],
        )  # fmt: skip
    if words:
        with pytest.raises(Refused) as refused:
            hand_in(cast.director, dossier)
        assert words in refused.value.message.replace("\u202f", " ").replace("\xa0", " ")
    else:
        assert hand_in(cast.director, dossier).number


@pytest.mark.usefixtures("october")
def test_an_expense_below_its_own_price_or_negative_is_refused_and_stays_typed(
    cast: FundingCast, dossier: Dossier
) -> None:
    client, place = signed_in(cast.director), reverse("dossiers:depenses", args=[dossier.pk, 1])
    with acting_as(cast.director):
        pk = Expense.objects.get().pk
    typed = {"expenses": str(pk), f"{pk}-label": "Équipe", f"{pk}-kind": "accompagnement", f"{pk}-vat": "recovered"}
    for excl, incl, words in (
        ("1 000", "999,99", "Le montant TTC est au moins le montant HT."),
        ("-1", "-1", "Un montant est positif ou nul."),
        ("mille", "mille", "n’est pas un nombre"),
    ):
        answer = client.post(place, {**typed, f"{pk}-excl_tax": excl, f"{pk}-incl_tax": incl})
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert f'value="{excl}"' in answer.content.decode(), "what was typed stays"
    with acting_as(cast.director):
        assert Expense.objects.get().excl_tax == Decimal(100_000)


def test_vat_recovered_on_one_line_and_not_on_another_is_counted_line_by_line(
    cast: FundingCast, dossier: Dossier
) -> None:
    """The base of the call is excluding tax: mixed VAT changes no amount, and never the aid."""
    with acting_as(cast.director):
        before = Dossier.objects.get().grant
        lines = [expense("Accompagnement", "50000.00"), expense("Formation des équipes", "50000.00")]
        lines[1] = replace(lines[1], values={**(lines[1].values or {}), "vat": "recovered"})
        writing.list_expenses(actor=cast.director, dossier_id=dossier.pk, position=1, at=OCTOBER, expenses=lines)
        assert Dossier.objects.get().grant == before
        assert set(Expense.objects.values_list("vat", flat=True)) == {"not_recovered", "recovered"}


def test_two_officers_who_judge_at_once_make_one_decision(cast: FundingCast, dossier: Dossier) -> None:
    hand_in(cast.director, dossier)
    with acting_as(cast.officer):
        judging.judge_completeness(actor=cast.officer, dossier_id=dossier.pk, at=TOO_LATE)
        with pytest.raises(Refused, match="Le dossier est « complet »"):
            judging.judge_completeness(actor=cast.officer, dossier_id=dossier.pk, at=TOO_LATE)
        first = opening.open_instruction(actor=cast.officer, dossier_id=dossier.pk, at=TOO_LATE)
        assert opening.open_instruction(actor=cast.officer, dossier_id=dossier.pk, at=TOO_LATE).pk == first.pk
