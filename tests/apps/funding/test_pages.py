"""The pages of a dossier, as a browser without JavaScript and as htmx ask for them."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import OCTOBER, TOO_LATE, FundingCast, fill, hand_in, open_for
from tests.support.roles import as_system

from avenant.foundations import clock
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.tables import read_table
from avenant.foundations.parties.actors import acting_as
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier, Expense, Project, Workbook
from avenant.funding.dossiers.services import exporting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def october(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site lives in October 2023."""
    monkeypatch.setattr(clock, "now", lambda: OCTOBER)


@pytest.fixture
def dossier(cast: FundingCast, call: PublishedCall) -> Dossier:
    made = open_for(cast.director, call)
    fill(cast.director, made)
    return made


SECTIONS = ("etablissement", "diagnostic", "projet", "actions", "depenses", "financement", "pieces")


def address(dossier: Dossier, section: str) -> str:
    position = [1] if section in {"projet", "actions", "depenses", "financement"} else []
    return reverse(f"dossiers:{section}", args=[dossier.pk, *position])


def test_a_director_opens_a_dossier_from_the_page_of_the_call(cast: FundingCast, call: PublishedCall) -> None:
    client = signed_in(cast.director)
    assert "Ouvrir mon dossier" in client.get(call.page()).content.decode()
    opening = reverse("dossiers:open", args=[call.key])
    assert client.get(opening).status_code == 200
    wrong = client.post(opening, {"number": "990000099", "status": "public", "staff": "public", "sectors": "sanitaire"})
    assert wrong.status_code == 422
    assert "annuaire" in wrong.content.decode()
    said = {"number": "99B000001", "status": "public", "staff": "public", "sectors": "sanitaire", "category": "hopital"}
    made = client.post(opening, said)
    assert made.status_code == 302
    assert "Centre hospitalier des Mornes" in client.get(made.url).content.decode()
    assert client.get(opening).url == made.url


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens_and_says_what_is_missing(cast: FundingCast, call: PublishedCall, section: str) -> None:
    made = open_for(cast.director, call)
    client = signed_in(cast.director)
    assert client.get(address(made, section)).status_code == 200
    page = client.get(made.page()).content.decode()
    assert "Ce qui manque" in page
    assert "à remplir" in page


def typed(page: str) -> dict[str, Any]:
    """The fields of a page as a browser would send them back."""
    said: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name = re.search(r'name="([^"]+)"', tag)
        if name and 'type="checkbox"' not in tag and 'type="radio"' not in tag and 'type="file"' not in tag:
            value = re.search(r'value="([^"]*)"', tag)
            said.setdefault(name[1], []).append(value[1] if value else "")
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        said.setdefault(name, []).append(chosen[1] if chosen else "")
    return said


def test_saving_a_page_of_expenses_twice_never_doubles_a_line(cast: FundingCast, dossier: Dossier) -> None:
    client, place = signed_in(cast.director), address(dossier, "depenses")
    said = typed(client.get(place).content.decode())
    new = said["expenses"][-1]
    said |= {f"{new}-label": ["Étude"], f"{new}-kind": ["etude"], f"{new}-excl_tax": ["12 000,50"],
             f"{new}-engagement": ["prestation"]}  # fmt: skip
    for _ in range(2):
        assert client.post(place, said).status_code == 302
    with acting_as(cast.director):
        assert [one.excl_tax for one in Expense.objects.all()] == [Decimal("100000"), Decimal("12000.50")]


def test_htmx_saves_and_answers_the_findings_and_the_aid(cast: FundingCast, dossier: Dossier) -> None:
    client, place = signed_in(cast.director), address(dossier, "depenses")
    said = typed(client.get(place).content.decode())
    first = said["expenses"][0]
    said |= {f"{first}-excl_tax": ["612 000,00"], f"{first}-incl_tax": ["664 020,00"]}
    answer = client.post(place, said, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in answer
    words = answer.replace("\u202f", " ")
    assert "40 % de 612 000,00 € font 244 800,00 €" in words
    assert "244 800,00" in words


def test_an_excluded_expense_says_so_beside_its_line(cast: FundingCast, dossier: Dossier) -> None:
    client, place = signed_in(cast.director), address(dossier, "depenses")
    said = typed(client.get(place).content.decode())
    said[f"{said['expenses'][0]}-kind"] = ["fonctionnement_courant"]
    answer = client.post(place, said, headers={"HX-Request": "true"}).content.decode()
    assert "fonctionnement courant" in answer
    assert "§2.2" in answer


def test_what_cannot_be_read_stays_on_screen_and_the_rest_is_saved(cast: FundingCast, dossier: Dossier) -> None:
    client, place = signed_in(cast.director), address(dossier, "etablissement")
    said = typed(client.get(place).content.decode()) | {"payroll": "31.000", "contact": "Direction", "approach": "x",
                                                        "complementarity": "aucun"}  # fmt: skip
    answer = client.post(place, said)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="31.000"' in page
    assert "se lit de deux façons" in page
    with acting_as(cast.director):
        row = Dossier.objects.get()
        assert (row.contact, row.payroll) == ("Direction", Decimal("31000000"))


@pytest.mark.parametrize("section", ["etablissement", "diagnostic", "projet", "actions", "financement"])
def test_a_page_saved_as_it_is_changes_nothing(cast: FundingCast, dossier: Dossier, section: str) -> None:
    client = signed_in(cast.director)
    with acting_as(cast.director):
        before = (Dossier.objects.get().grant, Project.objects.get().title)
    place = address(dossier, section)
    page = client.get(place).content.decode()
    said = typed(page)
    areas = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\s*(.*?)</textarea>', page, re.DOTALL)
    answer = client.post(place, said | dict(areas))
    assert answer.status_code == 302, re.findall(r"invalid-feedback.*?</div>", answer.content.decode(), re.DOTALL)
    with acting_as(cast.director):
        assert (Dossier.objects.get().grant, Project.objects.get().title) == before


@pytest.mark.req("S4-4-16")
def test_submitting_gives_the_receipt_and_its_pdf(cast: FundingCast, dossier: Dossier) -> None:
    client = signed_in(cast.director)
    assert "8 / 8" in client.get(address(dossier, "pieces")).content.decode()
    done = client.post(reverse("dossiers:submit", args=[dossier.pk]))
    page = client.get(done.url).content.decode()
    for words in ("CLACT-GUADELOUPE-2023-0001", "20 octobre 2023", "heure de Guadeloupe", "courrier_demande.pdf"):
        assert words in page
    pdf = client.get(reverse("dossiers:receipt-pdf", args=[dossier.pk]))
    assert pdf.content.startswith(b"%PDF")
    again = client.post(reverse("dossiers:submit", args=[dossier.pk]))
    assert again.url == done.url


def test_one_second_too_late_the_page_says_why(
    cast: FundingCast, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: TOO_LATE)
    client = signed_in(cast.director)
    answer = client.post(reverse("dossiers:submit", args=[dossier.pk]))
    assert answer.status_code == 403
    assert "heure de Guadeloupe" in answer.content.decode()


def test_the_authority_reads_after_the_deposit_and_lists_it(cast: FundingCast, dossier: Dossier) -> None:
    officer = signed_in(cast.officer)
    assert officer.get(dossier.page()).status_code == 404
    hand_in(cast.director, dossier)
    assert officer.get(dossier.page()).status_code == 200
    for section in SECTIONS:
        assert officer.get(address(dossier, section)).status_code == 200, section
    page = officer.get(reverse("dossiers:dossiers"), {"texte": "mornes", "tri": "-aide"}).content.decode()
    assert "CLACT-GUADELOUPE-2023-0001" in page
    export = b"".join(officer.get(reverse("dossiers:export", args=["csv"]))).decode("utf-8-sig")
    assert "CLACT-GUADELOUPE-2023-0001" in export
    assert officer.get(reverse("dossiers:export", args=["xlsx"])).status_code == 404
    for reader in (officer, signed_in(cast.director)):
        with CaptureQueriesContext(connection) as told:
            reader.get(dossier.page())
        asked = [one["sql"] for one in told if "SAVEPOINT" not in one["sql"]]  # the tests' own
        assert len(asked) <= 20, asked


def test_the_workbook_of_a_list_is_made_by_a_job_for_who_asked(cast: FundingCast, dossier: Dossier) -> None:
    hand_in(cast.director, dossier)
    officer = signed_in(cast.officer)
    asked = officer.post(reverse("dossiers:ask-workbook") + "?texte=mornes&tri=nom")
    waiting = officer.get(asked.url)
    assert "hx-get" in waiting.content.decode()
    with acting_as(cast.officer):
        row = Workbook.objects.get()
        assert (row.search["text"], row.search["sort"], row.total) == ("mornes", "nom", 1)
    assert signed_in(cast.fund).get(asked.url).status_code == 404
    with as_system():
        exporting.make_workbook(workbook_id=row.pk)
        exporting.make_workbook(workbook_id=row.pk)  # twice, the same file
        row = Workbook.objects.select_related("document").get()
        sheet = read_table(documents.read(row.document), row.document.name)
    assert [line.texts[0] for line in sheet.rows] == ["CLACT-GUADELOUPE-2023-0001"]
    assert "Télécharger le classeur" in officer.get(asked.url).content.decode()
    assert officer.get(reverse("documents:download", args=[row.document_id])).content.startswith(b"PK")
    assert signed_in(cast.fund).get(reverse("documents:download", args=[row.document_id])).status_code == 404


def test_the_authority_does_not_write(cast: FundingCast, dossier: Dossier) -> None:
    hand_in(cast.director, dossier)
    answer = signed_in(cast.officer).post(address(dossier, "depenses"), {})
    assert answer.status_code == 403


def test_a_list_goes_on_by_key(cast: FundingCast, call: PublishedCall, dossier: Dossier) -> None:
    second = open_for(cast.other_director, call, "99B000002", status="private_profit", category="clinique")
    fill(cast.other_director, second)
    hand_in(cast.director, dossier)
    hand_in(cast.other_director, second, at=datetime.fromisoformat("2023-10-21T10:00:00-04:00"))
    officer = signed_in(cast.officer)
    newest_first = reverse("dossiers:dossiers")
    page = officer.get(newest_first, {"apres": str(second.pk)}).content.decode()
    assert "Mornes" in page
    assert "Ravine" not in page
    by_name = officer.get(newest_first, {"tri": "nom", "apres": str(dossier.pk)}).content.decode()
    assert "Ravine" in by_name
    assert "Mornes" not in by_name


def test_what_cannot_be_read_is_named_where_it_stands_and_kept_on_screen(
    cast: FundingCast, call: PublishedCall
) -> None:
    dossier = open_for(cast.director, call)
    client, year = signed_in(cast.director), call.year - 1
    place = reverse("dossiers:diagnostic", args=[dossier.pk])
    typed = {f"hr-absenteeism-{year}": "douze", f"hr-absenteeism-{year - 1}": "12,5"}
    answer = client.post(place, typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="douze"' in page
    assert f'href="#hr-absenteeism-{year}"' in page
    assert "1 saisie à corriger" in page.replace("\u202f", " ")
    with acting_as(cast.director):
        assert {one.year: one.value for one in dossier.hr.filter(kind="absenteeism")}[year - 1] == Decimal("12.5")
    swapped = client.post(place, typed, headers={"HX-Request": "true"}).content.decode()
    assert f'href="#hr-absenteeism-{year}"' in swapped
    key = uuid.uuid4()
    lines = {"expenses": str(key), f"{key}-label": "Étude", f"{key}-kind": "etude", f"{key}-excl_tax": "beaucoup"}
    swapped = client.post(
        reverse("dossiers:depenses", args=[dossier.pk, 1]), lines, headers={"HX-Request": "true"}
    ).content.decode()
    assert f'href="#id_{key}-excl_tax"' in swapped
    assert "Ligne 1, Montant HT" in swapped
