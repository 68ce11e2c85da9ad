"""Former years are taken over from a spreadsheet: previewed, each refused line told, entered once confirmed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.support.cast import Cast
from tests.support.cast import actor as person
from tests.support.clients import signed_in
from tests.support.roles import as_system
from tests.support.story import JANUARY, Story

from avenant.contracts.drafting.models import Contract
from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError, Refused
from avenant.domain.indicators import Provider
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet, workbook_bytes
from avenant.foundations.documents.tables import read_table
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.declarations.former_years import FormerPeriod, FormerYears, read_former_years, template_workbook
from avenant.indicators.declarations.models import Declaration, DeclaredValue, Part, Submission
from avenant.indicators.declarations.services.taking_over import take_over_years
from avenant.indicators.declarations.sheet import sheet

pytestmark = pytest.mark.django_db
AT = datetime(2026, 1, 9, 10, tzinfo=UTC)
FORMER = FormerPeriod(2020, 2024)
HEADER = "Service;Année;Code;Composante;Valeur"
Line = tuple[Any, ...]


def csv(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *lines]).encode()


def xlsx(*lines: Line, kind: Kind = Kind.CODE) -> bytes:
    columns = [
        Column("Service"),
        Column("Année", Kind.INTEGER),
        Column("Code", kind),
        Column("Composante"),
        Column("Valeur"),
    ]
    return workbook_bytes([Sheet("Années", tuple(columns), lines)], title="Années", at=AT)


def read(actor: Actor, content: bytes, former: FormerPeriod | None = FORMER, at: datetime = AT) -> FormerYears:
    with acting_as(actor):
        return read_former_years(actor=actor, content=content, filename="annees.csv", former=former, at=at)


def take_over(actor: Actor, content: bytes, former: FormerPeriod | None = FORMER, at: datetime = AT) -> FormerYears:
    with acting_as(actor):
        return take_over_years(actor=actor, content=content, filename="annees.csv", former=former, at=at)


def only_reason(found: FormerYears) -> str:
    assert not found.returns
    (line,) = found.rejected
    assert line.line == 2
    return line.reason


# -- what is entered ---------------------------------------------------------------------------------------------------


def test_a_former_year_becomes_last_year_of_the_campaign(cast: Cast) -> None:
    take_over(
        cast.labour,
        csv(
            "Durance Luberon;2024;pdp-1.10;;398",
            "Durance Luberon;2024;1.4;;15",
            "Durance Luberon;2024;a4-v2-1;total;80",
            "Durance Luberon;2024;A4-V2-1;of_which;12",
        ),
    )
    story = Story(cast)
    story.campaign()
    with acting_as(cast.service):
        rows = {row.definition.code: row for row in sheet(cast.service, story.part()).rows}
    assert rows["pdp-1.10"].previous_text == "398"
    assert rows["pdp-1.4"].previous_text == "15"
    assert rows["a4-v2-1"].previous_text == "80, dont 12 (15,0\u202f%)"
    assert rows["pdp-1.11"].previous_text == ""


def test_the_contract_is_made_when_told_and_is_over(cast: Cast) -> None:
    take_over(cast.labour, csv("Durance Luberon;2023;pdp-1.10;;398", "satdl;2024;pdp-1.11;;371"))
    with acting_as(cast.labour):
        contract = Contract.objects.get(key="cpom-satdl-2020-2024")
        assert (contract.state, contract.starts_on, contract.ends_on) == ("ended", date(2020, 1, 1), date(2024, 12, 31))
        assert set(contract.promises.values_list("definition__code", flat=True)) == {"pdp-1.10", "pdp-1.11"}
        assert {(party.role, party.organisation.key) for party in contract.parties.select_related("organisation")} == {
            ("labour", "dreets-paca"), ("fund", "carsat-sud-est"), ("service", "satdl"),
        }  # fmt: skip
    with acting_as(cast.other_service):
        assert not Contract.objects.exists(), "row level security"


def test_each_part_is_consolidated_with_its_hash_and_nothing_is_due(cast: Cast) -> None:
    take_over(cast.labour, csv("Durance Luberon;2024;pdp-1.10;;398", "Durance Luberon;2024;pdp-1.4;;15"))
    with acting_as(cast.labour):
        parts = {Provider(part.provider): part for part in Part.objects.select_related("unit")}
        assert parts.keys() == {Provider.SERVICE, Provider.SOCIAL_SERVICE}, "who has no figure has no part"
        assert {part.state for part in parts.values()} == {"consolidated"}
        assert parts[Provider.SOCIAL_SERVICE].unit.key == "ssam"  # type: ignore[union-attr]
        assert all(len(one.sha256) == 64 for one in Submission.objects.all())
        assert Declaration.objects.get().taken_over
        campaign = Campaign.objects.get()
        assert (campaign.year, campaign.state, campaign.taken_over) == (2024, "closed", True)
        assert not DueItem.objects.exists()
        assert Event.objects.filter(verb="part.take_over", label__contains="repris").count() == 2


def test_a_total_left_out_is_the_sum_of_its_parts(cast: Cast) -> None:
    take_over(cast.labour, csv("satdl;2024;pdp-1.2;via_cell;70", "satdl;2024;pdp-1.2;Hors cellule PDP;28"))
    with acting_as(cast.labour):
        assert DeclaredValue.objects.get().value == {"total": 98, "via_cell": 70, "outside_cell": 28}


def test_a_workbook_and_a_csv_say_the_same(cast: Cast) -> None:
    lines = [("Durance Luberon", 2024, "1.10", "", "1391"), ("Durance Luberon", 2024, "1.1", "", "Réalisé")]
    written = csv(*[";".join(map(str, line)) for line in lines])
    typed = [
        [{record.code: said for record, said in one.typed.items()} for one in read(cast.labour, content).returns]
        for content in (xlsx(*lines), written)
    ]
    assert typed[0] == typed[1] == [{"pdp-1.10": {"total": "1391"}, "pdp-1.1": {"status": "Réalisé"}}]


def test_the_preview_writes_nothing(cast: Cast) -> None:
    with acting_as(cast.labour, read_only=True):
        found = read_former_years(
            actor=cast.labour, content=csv("satdl;2024;pdp-1.10;;398"), filename="a.csv", former=FORMER, at=AT
        )
    assert found.count == 1
    assert [one.key for one in found.without_contract] == ["satdl"]
    with acting_as(cast.labour):
        assert not Declaration.objects.exists()
        assert not Contract.objects.filter(key="cpom-satdl-2020-2024").exists()


def test_what_is_refused_does_not_stop_the_rest(cast: Cast) -> None:
    found = take_over(
        cast.labour, csv("satdl;2024;pdp-1.10;;398", "satdl;2024;pdp-1.11;;beaucoup", "satdl;2024;pdp-9;;1")
    )
    assert [one.line for one in found.rejected] == [3, 4]
    with acting_as(cast.labour):
        assert DeclaredValue.objects.get().value == {"total": 398}


def test_the_same_file_again_enters_nothing(cast: Cast) -> None:
    content = csv("satdl;2024;pdp-1.10;;398")
    take_over(cast.labour, content)
    again = take_over(cast.labour, content)
    assert "existe déjà" in only_reason(again)
    with acting_as(cast.labour):
        assert Declaration.objects.count() == 1


# -- each line refused, with its reason --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Ailleurs;2024;pdp-1.10;;1", "ne désigne pas un service de votre région"),
        ("satdl;deux mille;pdp-1.10;;1", "n’est pas un nombre"),
        ("satdl;1999;pdp-1.10;;1", "au moins égal à 2"),
        ("satdl;2026;pdp-1.10;;1", "n’est pas une année antérieure"),
        ("satdl;2019;pdp-1.10;;1", "hors des contrats à créer (2020 à 2024)"),
        ("satdl;2024;pdp-1.99;;1", "ne désigne pas un seul indicateur"),
        ("satdl;2024;pdp-1.10;autre;1", "n’a pas de composante «\u202fautre\u202f»"),
        ("satdl;2024;pdp-1.10;;", "la valeur est vide"),
        ("satdl;2024;pdp-1.10;;3,5", "n’est pas un nombre entier"),
        ("satdl;2024;pdp-1.10;;1.391", "n’est pas un nombre entier"),
        ("satdl;2024;pdp-1.1;;Presque", "n’est pas une des réponses possibles"),
        ("satdl;2024;satdl-1.1.1;;trois dépliants", "est une liste"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_entered_says_why(cast: Cast, line: str, reason: str) -> None:
    assert reason in only_reason(read(cast.labour, csv(line)))


def test_a_service_without_contract_is_refused_unless_told(cast: Cast) -> None:
    assert "n’a pas de contrat pour 2024" in only_reason(read(cast.labour, csv("satdl;2024;pdp-1.10;;1"), former=None))


def test_a_contract_never_overlaps_another(cast: Cast) -> None:
    found = read(cast.labour, csv("satdl;2024;pdp-1.10;;1"), former=FormerPeriod(2020, 2025))
    assert "chevaucherait" in only_reason(found)
    assert read(cast.labour, csv("satdl;2024;pdp-1.10;;1"), former=FormerPeriod(2020, 2024)).count == 1


def test_a_value_given_twice_is_refused_the_second_time(cast: Cast) -> None:
    found = read(cast.labour, csv("satdl;2024;pdp-1.10;;1", "satdl;2024;1.10;total;2"))
    assert found.count == 1
    assert [(one.line, "déjà donné" in one.reason) for one in found.rejected] == [(3, True)]


def test_a_year_with_its_campaign_is_not_rewritten_from_a_file(cast: Cast) -> None:
    Story(cast).campaign()
    assert "a sa campagne sur la plateforme" in only_reason(
        read(cast.labour, csv("satdl;2025;pdp-1.10;;1"), at=JANUARY)
    )


def test_a_code_that_became_a_number_is_refused_with_the_question(cast: Cast) -> None:
    content = xlsx(("satdl", 2024, 1.10, "", "398"), ("satdl", 2024, 1.1, "", "Réalisé"), kind=Kind.NUMBER)
    found = read(cast.labour, content)
    assert not found.returns
    assert [one.line for one in found.rejected] == [2, 3]
    for one in found.rejected:
        assert "le code est enregistré comme le nombre 1,1. Quel code vouliez-vous écrire" in one.reason


# -- files that are not this table -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"%PDF-1.7 un rapport", "file_kind"),
        (b"\xd0\xcf\x11\xe0 ancien classeur", "file_kind"),
        (xlsx(("satdl", 2024, "pdp-1.10", "", "1"))[:900], "file_unreadable"),
        (csv("satdl;2024;pdp-1.10", header="Service;Année;Code"), "missing_columns"),
        (csv("satdl;2024;pdp-1.10;;1;de trop"), "row_too_long"),
        (csv("x" * 2_100_000), "file_too_large"),
    ],
    ids=["empty", "pdf", "old", "truncated", "columns", "slipped", "large"],
)
def test_another_file_is_refused_whole(cast: Cast, content: bytes, code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        read(cast.labour, content)
    assert refusal.value.code == code


def test_only_the_labour_directorate_takes_years_over(cast: Cast) -> None:
    for actor in (cast.service, cast.fund, cast.reader, cast.social_service):
        with pytest.raises(Refused, match="direction du travail"):
            read(actor, csv("satdl;2024;pdp-1.10;;1"))


def test_the_template_is_read_back_and_lists_the_codes_as_texts(cast: Cast) -> None:
    with acting_as(cast.labour):
        content = template_workbook(cast.labour, at=AT)
    with pytest.raises(DomainError) as refusal:
        read(cast.labour, content[: len(content) // 2])
    assert refusal.value.code == "file_unreadable"
    assert read_table(content, "modele.xlsx").header == ("Service", "Année", "Code", "Composante", "Valeur")
    assert read(cast.labour, content) == FormerYears((), ())


# -- the door ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def door(cast: Cast) -> Client:
    return signed_in(cast.labour)


def send(client: Client, content: bytes) -> Any:
    said = {"make_contracts": "on", "first_year": "2020", "last_year": "2024"}
    file = SimpleUploadedFile("annees.csv", content)
    return client.post(reverse("campaigns:taking-over"), {**said, "file": file})


def test_a_file_is_previewed_then_confirmed_once(door: Client, cast: Cast) -> None:
    page = send(door, csv("satdl;2024;pdp-1.10;;398", "satdl;2024;pdp-1.11;;x"))
    assert page.status_code == 200
    assert "Rien n’est encore enregistré" in page.content.decode()
    assert "n’est pas un nombre" in page.content.decode()
    with acting_as(cast.labour):
        assert not Declaration.objects.exists()
    confirmed = door.post(reverse("campaigns:confirm-taking-over"), {"token": page.context["token"]}, follow=True)
    assert "1 déclaration est reprise" in confirmed.content.decode()
    again = door.post(reverse("campaigns:confirm-taking-over"), {"token": page.context["token"]})
    assert again.status_code == 409
    assert "expiré" in again.content.decode()


def test_a_preview_is_its_senders_alone(door: Client, cast: Cast) -> None:
    token = send(door, csv("satdl;2024;pdp-1.10;;398")).context["token"]
    with as_system():
        colleague = person(cast.organisation("dreets-paca"), "Autre pilote CPOM", Role.LABOUR_LEAD)
    other = signed_in(colleague)
    assert other.post(reverse("campaigns:confirm-taking-over"), {"token": token}).status_code == 409


def test_a_wrong_file_keeps_the_form_and_says_why(door: Client) -> None:
    page = send(door, b"%PDF-1.7")
    assert page.status_code == 422
    assert "n’est ni un classeur" in page.content.decode()
    assert 'value="2020"' in page.content.decode()


def test_contracts_to_make_need_their_years(door: Client) -> None:
    file = SimpleUploadedFile("annees.csv", csv("satdl;2024;pdp-1.10;;398"))
    page = door.post(
        reverse("campaigns:taking-over"),
        {"file": file, "make_contracts": "on", "first_year": "2024", "last_year": "2020"},
    )
    assert page.status_code == 422
    assert "Donnez la première puis la dernière année" in page.content.decode()


def test_the_door_is_closed_to_the_others(cast: Cast) -> None:
    for actor in (cast.service, cast.fund):
        client = signed_in(actor)
        for name in ("taking-over", "taking-over-template"):
            assert client.get(reverse(f"campaigns:{name}")).status_code == 403


def test_the_template_is_downloaded(door: Client) -> None:
    answer = door.get(reverse("campaigns:taking-over-template"))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer.content.startswith(b"PK")
