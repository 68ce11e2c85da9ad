"""What goes out of the aids and what comes in: open data, lists, catalogue, bilan, past aids, scans."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from tests.support.beside import beside
from tests.support.clients import signed_in
from tests.support.establishments import make_siret
from tests.support.funding import FundingCast
from tests.support.granting import COPY, FEBRUARY, awarded, in_force, instalment, open_agreement, pay, sign
from tests.support.roles import as_system

from avenant.domain.decision import DomainError, Refused
from avenant.domain.funding.subsidies import COLUMNS, csv_text, lines, publish_by
from avenant.foundations.documents import marks
from avenant.foundations.documents.models import Document
from avenant.foundations.imports import services as imports
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import acting_as
from avenant.foundations.parties.models import Establishment, Organisation
from avenant.funding.calls.models import PublishedCall
from avenant.funding.grants import selectors, services
from avenant.funding.grants.models import Grant, ScanBatch, Scheme
from avenant.funding.grants.printing import print_agreement
from avenant.funding.grants.selectors import SchemeSearch
from avenant.funding.grants.services import catalogue, publishing, scanning
from avenant.funding.grants.statistics import statistics_of, statistics_sheet
from avenant.funding.grants.tables import catalogue_sheet, funded_sheet
from avenant.site.cards import compose

pytestmark = pytest.mark.django_db
SCHEMA = beside("scdl-subventions-schema.json")
NEXT = datetime(2024, 6, 3, 13, tzinfo=UTC)


def with_siret(cast: FundingCast) -> str:
    siret = str(make_siret(1))
    with as_system():
        Establishment.objects.filter(finess_et="99B000001").update(siret=siret)
    return siret


def test_the_open_data_of_a_signed_aid_lacks_nothing_once_both_numbers_are_known(cast: FundingCast) -> None:
    in_force(cast)
    with acting_as(cast.officer):
        (one,) = publishing.prepare(cast.officer)
        assert [words.split(" ", 2)[1] for words in one.problems] == ["SIRET", "manque"]
        with pytest.raises(DomainError):
            publishing.name_grantor(actor=cast.officer, siret="12345678901234", at=FEBRUARY)
        assert publishing.publish(actor=cast.officer, at=FEBRUARY) == 0
        assert one.limit == date(2024, 5, 15)
        assert DueItem.objects.filter(key=f"grant:{one.grant.pk}:publish", state="open").exists()


def test_the_published_file_follows_the_national_schema(cast: FundingCast) -> None:
    siret = with_siret(cast)
    grant = in_force(cast)
    with acting_as(cast.officer):
        publishing.name_grantor(actor=cast.officer, siret=str(make_siret(2)), at=FEBRUARY)
        (one,) = publishing.prepare(cast.officer)
        assert one.problems == ()
        text = csv_text(lines(one.subsidy))
        assert publishing.publish(actor=cast.officer, at=FEBRUARY) == 1
        assert publishing.publish(actor=cast.officer, at=NEXT) == 1
        assert Grant.objects.get(pk=grant.pk).published_on == date(2024, 2, 20)
        assert DueItem.objects.get(key=f"grant:{grant.pk}:publish").state == "done"
    (line,) = csv.DictReader(io.StringIO(text))
    assert line["idBeneficiaire"] == siret
    assert (line["montant"], line["nature"], line["conditionsVersement"]) == (
        "40000.00",
        "aide en numéraire",
        "échelonné",
    )
    assert line["datesPeriodeVersement"] == "2024-02-15/2026-03-30"
    assert (line["dateConvention"], line["notificationUE"], line["pourcentageSubvention"]) == (
        "2024-02-15",
        "non",
        "1.00",
    )
    public = Client().get(reverse("grants:published", args=["ars-guadeloupe"]))
    assert public.content.decode() == text
    if not SCHEMA.exists():
        pytest.skip("the schema of SCDL is not here")
    from frictionless import Resource, Schema, system

    with system.use_context(trusted=True):
        descriptor = json.loads(SCHEMA.read_text("utf-8"))
        assert [field["name"] for field in descriptor["fields"]] == list(COLUMNS)
        for name, value, right in (
            ("", "", True), ("idAttribuant", "123", False), ("montant", "40 000", False), ("notificationUE", "faux", False),
        ):  # fmt: skip
            row = {**line, name: value} if name else line
            data = [list(COLUMNS), [row[column] for column in COLUMNS]]
            report = Resource(data=data, schema=Schema.from_descriptor(descriptor)).validate()
            assert report.valid is right, (name, report.flatten(["fieldName", "message"]))


@pytest.mark.parametrize(
    ("signed", "limit"),
    [
        (date(2024, 2, 15), date(2024, 5, 15)),
        (date(2023, 11, 30), date(2024, 2, 29)),
        (date(2024, 1, 31), date(2024, 4, 30)),
    ],
)
def test_three_months_to_publish(signed: date, limit: date) -> None:
    assert publish_by(signed) == limit


@pytest.mark.req("S0-4-03")
def test_the_authority_sends_the_fund_the_list_of_what_it_funded(cast: FundingCast) -> None:
    siret = with_siret(cast)
    in_force(cast)
    fund = Organisation.objects.get(pk=cast.fund.organisation_id)
    with acting_as(cast.officer):
        sheet = funded_sheet(selectors.list_funded(cast.officer, 2024))
        titles = [column.title for column in sheet.columns]
        assert titles == [
            "Établissement", "FINESS", "SIRET", "Secteur", "Nature du financement", "Année", "Montant notifié", "Objet",
        ]  # fmt: skip
        assert list(sheet.rows) == [
            ("Centre hospitalier des Mornes (fictif)", "99B000001", siret, "sanitaire", "CLACT", 2024, Decimal("40000.00"),
             "Équipes en forme")
        ]  # fmt: skip
        assert not selectors.list_funded(cast.officer, 2023)
        assert {str(label) for _, label in Grant.Nature.choices} >= {"AMI/AAC", "PAI", "CLACT", "autre"}
        sheet = funded_sheet(selectors.list_funded(cast.officer))
        with pytest.raises(DomainError, match="destinataire"):
            publishing.send_list(actor=cast.officer, sheet=sheet, name="liste", recipients=[], at=FEBRUARY)
        publishing.send_list(actor=cast.officer, sheet=sheet, name="liste", recipients=[fund], at=FEBRUARY)
    with acting_as(cast.fund):
        event = selectors.list_sendings(cast.fund).get()
        assert event.evidence["destinataires"] == ["CGSS Guadeloupe"]
        assert Document.objects.filter(kind="list", circle_id=event.circle_id).count() == 1
        assert Notice.objects.filter(person_id=cast.fund.person_id, key__startswith="list:").count() == 1
    with acting_as(cast.labour):
        assert not selectors.list_sendings(cast.labour).exists()


@pytest.mark.req("S1-III.C-04")
def test_lists_of_money_add_up_and_payments_are_found_and_sorted(cast: FundingCast) -> None:
    grant = in_force(cast)
    pay(cast, instalment(grant, 1), FEBRUARY)
    client = signed_in(cast.officer)

    def read(name: str, **query: str) -> str:
        answer = client.get(reverse(f"grants:{name}"), query)
        assert answer.status_code == 200
        return answer.content.decode().replace("\u202f", " ").replace("\xa0", " ")

    for name in ("payments", "funded", "statistics"):
        told = read(name)
        assert "40 000,00 €" in told[told.index("<tfoot>") :], name
    assert "16 000,00 €" in read("payments", etat="paid").partition("<tfoot>")[2]
    assert "Aucun versement ne répond" in read("payments", texte="introuvable")
    with acting_as(cast.officer):
        first = [
            selectors.list_payments(cast.officer, selectors.PaymentSearch(text="mornes", sort=sort))[0].amount
            for sort in ("montant", "-montant")
        ]
    assert first == [Decimal("12000.00"), Decimal("16000.00")]


def test_what_has_no_day_yet_is_not_forgotten(cast: FundingCast) -> None:
    grant = awarded(cast)
    with acting_as(cast.officer):
        call = PublishedCall.objects.get(pk=grant.call_id)
        told = statistics_of(cast.officer, call)
        rows = list(statistics_sheet(told).rows)
    assert (told["years"], told["undated"], told["planned"]) == ([], Decimal("40000.00"), Decimal("40000.00"))
    assert rows[-1] == ("À verser, sans date", "", None, Decimal("40000.00"))
    page = signed_in(cast.officer).get(reverse("grants:statistics")).content.decode()
    assert "Sans date" in page


def test_the_fund_keeps_and_sends_its_list_of_aids(cast: FundingCast) -> None:
    today = date(2024, 2, 20)
    ars = Organisation.objects.get(pk=cast.officer.organisation_id)
    with acting_as(cast.fund):
        for kind, title, starts, ends in (
            ("aid", "Aide échue", date(2022, 1, 1), date(2024, 2, 19)), ("aid", "Aide en cours", date(2024, 1, 1), today),
            ("cno", "Convention nationale d’objectifs", None, None),
        ):  # fmt: skip
            catalogue.add_scheme(
                actor=cast.fund, at=FEBRUARY,
                said={"kind": kind, "title": title, "funder": "CGSS", "sector": "aide à la personne", "starts_on": starts,
                      "ends_on": ends, "conditions": "Moins de 50 salariés", "link": "https://example.org/aide"},
            )  # fmt: skip
        mine = SchemeSearch(on=today, owner=cast.fund.organisation_id)
        assert [one.title for one in selectors.list_schemes(cast.fund, mine)] == [
            "Aide en cours",
            "Convention nationale d’objectifs",
        ]
        assert selectors.list_schemes(cast.fund).count() == 3
        sheet = catalogue_sheet(selectors.list_schemes(cast.fund, mine), {})
        assert {"Intitulé", "Secteur", "Valable du", "Au (inclus)", "Conditions", "Adresse"} <= {
            column.title for column in sheet.columns
        }
        publishing.send_list(actor=cast.fund, sheet=sheet, name="aides", recipients=[ars], at=FEBRUARY)
        sent = Event.objects.get(verb="list.send")
        assert (sent.evidence["destinataires"], sent.at) == (["ARS Guadeloupe"], FEBRUARY)
    with acting_as(cast.director), pytest.raises(Refused):
        catalogue.add_scheme(actor=cast.director, said={"title": "x"}, at=FEBRUARY)


def test_the_catalogue_is_read_by_the_establishments_of_its_territory_and_kept_once(cast: FundingCast) -> None:
    """One list: what the fund writes is what the director reads, filters and takes away, and what nobody adds twice."""
    fund = signed_in(cast.fund)
    assert fund.post(reverse("grants:take-up-schemes")).status_code == 302
    said = {"kind": "aid", "title": "Aide au répit", "funder": "CGSS", "rate": "100", "excludes": ["fipu"]}
    assert fund.post(reverse("grants:add-scheme"), {**said, "rate": "100,01"}).status_code == 422
    assert fund.post(reverse("grants:add-scheme"), said).status_code == 302
    twice = fund.post(reverse("grants:add-scheme"), said)
    assert twice.status_code == 422
    assert "déjà au catalogue" in twice.content.decode()
    crossed = fund.post(
        reverse("grants:add-scheme"), {**said, "title": "Autre", "starts_on": "2025-01-02", "ends_on": "2025-01-01"}
    )
    assert "ferme après son ouverture" in crossed.content.decode()
    director = signed_in(cast.director)
    shown = director.get(reverse("grants:schemes"), {"texte": "repit"}).content.decode()
    assert "Aide au répit" in shown
    assert "Subvention prévention des risques ergonomiques (FIPU)" in shown, "what it excludes is named"
    assert "Ajouter un dispositif" not in shown
    csv_file = director.get(reverse("grants:export-schemes", args=["csv"]), {"voir": "tout"})
    assert "Subvention prévention des risques ergonomiques" in csv_file.content.decode("utf-8-sig")
    with acting_as(cast.fund):
        made, clact = Scheme.objects.get(title="Aide au répit"), Scheme.objects.get(code="clact")
        assert clact.owner_id == cast.officer.organisation_id, "the authority keeps what it funds"
    assert director.get(made.page()).status_code == 200
    assert director.post(made.page(), said).status_code == 403
    assert fund.post(clact.page(), said).status_code == 403
    with acting_as(cast.fund), pytest.raises(DatabaseError, match="its owner alone"), transaction.atomic():
        Scheme.objects.filter(pk=clact.pk).update(rate=1)
    with as_system():
        Scheme.objects.filter(pk=made.pk).update(territory_id="R02")
    assert director.get(made.page()).status_code == 404


@pytest.mark.req("S0-A2-01")
def test_the_tpe_subsidy_has_two_sheets_and_the_wrong_one_is_told(cast: FundingCast) -> None:
    with acting_as(cast.fund):
        home, place = (
            catalogue.add_scheme(
                actor=cast.fund, at=FEBRUARY, said={"title": "Subvention TPE", "funder": "CGSS", "variant": variant}
            )
            for variant in Scheme.Setting
        )
        assert [one.get_variant_display() for one in selectors.list_schemes(cast.fund)] == [
            "aide et soins à la personne en établissement", "aide et soins à la personne à domicile",
        ]  # fmt: skip
        assert selectors.list_incomplete(cast.fund) == [place, home]
    employer = Establishment(name="Aide à domicile", naf="88.10A")
    assert "à domicile" in selectors.mismatch(place, employer)
    assert selectors.mismatch(home, employer) == ""
    assert "en établissement" in selectors.mismatch(home, Establishment(naf="87.10A"))
    assert selectors.mismatch(place, Establishment(naf="")) == ""
    with as_system():
        home_care = Establishment.objects.create(
            siret=str(make_siret(7)), name="Aide à domicile", naf="88.10A", territory_id="R01"
        )
    fund = signed_in(cast.fund)
    asked = {"voir": "tout", "employeur": home_care.siret}
    shown = fund.get(reverse("grants:schemes"), asked).content.decode()
    assert shown.count("Fiche à vérifier") == 1
    assert "la fiche choisie est pour" in shown
    assert "aide et soins à la personne à domicile" in shown
    unknown = fund.get(reverse("grants:schemes"), {"employeur": str(make_siret(8))}).content.decode()
    assert "n’est pas dans l’annuaire" in unknown


def test_the_bilan_of_a_call(cast: FundingCast) -> None:
    grant = in_force(cast)
    pay(cast, instalment(grant, 1), FEBRUARY)
    with acting_as(cast.officer):
        assert grant.call
        told = statistics_of(cast.officer, grant.call)
        assert (told["received"]["number"], told["given"]["number"], told["success"]) == (1, 1, Decimal(1))
        assert told["paid_share"] == Decimal("0.4")
        assert told["years"] == [
            {"year": 2024, "paid": Decimal(16000), "planned": Decimal(0)},
            {"year": 2025, "paid": Decimal(0), "planned": Decimal(12000)},
            {"year": 2026, "paid": Decimal(0), "planned": Decimal(12000)},
        ]
        assert [(one["label"], one["amount"]) for one in told["statuses"]] == [("établissement public", Decimal(40000))]
        rows = list(statistics_sheet(told).rows)
        assert ("Versé dans l’année", "2024", None, Decimal(16000)) in rows
    with acting_as(cast.other_director):
        assert statistics_of(cast.other_director, grant.call)["received"]["number"] == 0


HEADER = "Numéro;Bénéficiaire;SIRET ou FINESS;Montant accordé;Date de décision;Objet;Nature du financement;Versé;Consommé;Partagée"


def take(actor: Any, text: str) -> Any:
    with acting_as(actor):
        row = imports.receive_file(actor=actor, kind="aides", filename="aides.csv", content=text.encode(), at=FEBRUARY)
        return row, imports.confirm_import(actor=actor, import_id=row.pk, at=FEBRUARY)


def test_past_aids_are_taken_over_with_their_mark(cast: FundingCast) -> None:
    text = "\n".join(
        [
            HEADER,
            "C-2019-1;CH des Mornes;99B000001;12 000,50;15/03/2019;Rails de transfert;CLACT;12 000,50;12 000,50;",
            "C-2019-2;Clinique;;8000;16/03/2019;;PAI;3 000;0;",
            "C-2019-2;Clinique;;8000;16/03/2019;;PAI;3 000;0;",
            "C-2019-3;Trop versé;;8000;16/03/2019;;PAI;8 000,01;0;",
            "C-2019-4;Négatif;;-1;16/03/2019;;;;;",
            "C-2019-5;À venir;;1;16/03/2030;;;;;",
        ]
    )
    take(cast.officer, text)
    with acting_as(cast.officer):
        rows = list(Grant.objects.filter(taken_over=True).order_by("number"))
        assert [(one.number, one.amount, one.paid, one.state) for one in rows] == [
            ("C-2019-1", Decimal("12000.50"), Decimal("12000.50"), "in_force"),
            ("C-2019-2", Decimal(8000), Decimal(3000), "in_force"),
        ]
        assert rows[0].establishment
        assert rows[0].get_nature_display() == "CLACT"
        assert [(one.amount, one.state) for one in rows[1].instalments.all()] == [
            (Decimal(3000), "paid"), (Decimal(5000), "planned"),
        ]  # fmt: skip
        assert Event.objects.filter(label__startswith="Aide reprise").count() == 2
    with acting_as(cast.fund):
        assert not Grant.objects.filter(taken_over=True).exists()


@pytest.mark.req("S0-4-05")
def test_the_aids_of_the_fund_stand_beside_those_of_the_authority(cast: FundingCast) -> None:
    in_force(cast)
    amounts = ["1000", "2 500,50", "300", "12"]
    lines_said = [
        f"S-{rank};Centre hospitalier des Mornes;99B000001;{amount};0{rank}/05/2023;Objet {rank};STPE;;;oui"
        for rank, amount in enumerate(amounts, 1)
    ]
    take(cast.fund, "\n".join([HEADER, *lines_said]))
    with acting_as(cast.officer):
        place = Establishment.objects.get(finess_et="99B000001")
        (block,) = [one for one in compose(cast.officer, place, now=FEBRUARY) if one.title == "Aides accordées"]
        words = [line.text for line in block.lines]
        assert words[0].startswith("ARS Guadeloupe, CLACT 2024")
        assert [text.split(",")[0] for text in words[1:]] == ["CGSS Guadeloupe"] * 5
        assert words[-1] == "CGSS Guadeloupe, total\u202f: 3\u202f812,50\u202f€"
        mine = Grant.objects.filter(authority_id=cast.fund.organisation_id)
        assert {one.get_nature_display() for one in mine} == {"STPE"}
        assert sum(one.amount for one in mine) == Decimal("3812.50")


def test_a_batch_of_scans_is_sent_back_page_by_page(cast: FundingCast) -> None:
    grant = awarded(cast)
    row = open_agreement(cast, grant)
    with acting_as(cast.officer):
        pdf = print_agreement(row, at=FEBRUARY).pdf
        pages = marks.count_pages(pdf)
        shuffled = marks.extract(pdf, list(reversed(range(pages))))
        batch = services.send_batch(actor=cast.officer, name="lot.pdf", content=shuffled, at=FEBRUARY)
    with as_system():
        services.read_batch(batch_id=batch.pk, at=FEBRUARY)
        services.read_batch(batch_id=batch.pk, at=FEBRUARY)
    with acting_as(cast.officer):
        outcome = ScanBatch.objects.get(pk=batch.pk).outcome
        assert outcome["unread"] == []
        (filed,) = outcome["filed"]
        assert (filed["reference"], filed["total"], filed["agreement"]) == (row.reference, pages, str(row.pk))
        scan = selectors.list_scans(row).get()
        assert [mark.page for mark in marks.read(scan_content(scan)) if mark] == list(range(1, pages + 1))
        copy = services.Copy(reference=row.reference, signed_on=date(2024, 2, 15), document=scan)
        services.take_signatures(
            actor=cast.officer, agreement_id=row.pk, parties=["authority", "direction", "staff"], copy=copy, at=FEBRUARY
        )
        assert Grant.objects.get(pk=grant.pk).state == "in_force"
    with acting_as(cast.director):
        assert selectors.list_scans(row).count() == 1
        with pytest.raises(Refused):
            services.send_batch(actor=cast.director, name="lot.pdf", content=shuffled, at=FEBRUARY)


def scan_content(document: Document) -> bytes:
    from avenant.foundations.documents.services import read

    return read(document)


def test_a_missing_page_or_a_stranger_s_document_is_told_and_nothing_is_filed(cast: FundingCast) -> None:
    row = open_agreement(cast, awarded(cast))
    with acting_as(cast.officer):
        pdf = print_agreement(row, at=FEBRUARY).pdf
        pages = marks.count_pages(pdf)
        batch = services.send_batch(
            actor=cast.officer, name="lot.pdf", content=marks.extract(pdf, list(range(pages - 1))), at=FEBRUARY
        )
        for content, problem in ((b"\x89PNG\r\n\x1a\n", "pas un PDF"), (b"%PDF-1.7 rien %%EOF", "ne se lit pas")):
            with pytest.raises(DomainError, match=problem):
                services.send_batch(actor=cast.officer, name="lot.pdf", content=content, at=FEBRUARY)
    with as_system():
        done = services.read_batch(batch_id=batch.pk, at=FEBRUARY)
        assert done.outcome
        assert f"Page manquante : {pages}" in done.outcome["filed"][0]["says"]
        assert scanning.find_by_reference(cast.fund.organisation_id, row.reference) is None
        assert scanning.find_by_reference(cast.officer.organisation_id, "CONV-000000000000") is None
    with acting_as(cast.officer):
        assert not selectors.list_scans(row).exists()


def test_marks_read_nothing_from_other_codes() -> None:
    assert marks.parse("AVENANT CONV-0123456789AB 2/3") == marks.Mark("CONV-0123456789AB", 2, 3)
    for text in ("", "https://example.org", "AVENANT CONV-0123456789AB 4/3", "AVENANT CONV-0123456789AB 0/3"):
        assert marks.parse(text) is None
    assert COPY
    assert sign
