"""A workbook goes out and comes back, a column is pasted: read whole, refused line by line, written when confirmed."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook
from tests.support.cast import Cast
from tests.support.story import Story
from xlsxwriter import Workbook

from avenant.domain.decision import DomainError
from avenant.domain.indicators import Provider
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.indicators.declarations.intake import Intake, read_paste, read_workbook
from avenant.indicators.declarations.models import DraftValue, Part
from avenant.indicators.declarations.rows import Sheet
from avenant.indicators.declarations.sheet import sheet
from avenant.indicators.declarations.workbook import template

AT = datetime(2026, 2, 24, 15, 2, tzinfo=UTC)
Cells = list[list[object]]


def opened(actor: Actor, part: Part) -> Sheet:
    with acting_as(actor):
        return sheet(actor, part)


def out(filled: Sheet) -> Cells:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(template(filled, at=AT))).get_sheet_by_index(0).to_python()
    return [list(row) for row in rows]


def book(cells: Cells) -> bytes:
    target = io.BytesIO()
    with Workbook(target) as made:
        page = made.add_worksheet()
        for line, row in enumerate(cells):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(line, column, value)
                else:
                    page.write(line, column, value)
    return target.getvalue()


def own(*lines: tuple[object, object]) -> bytes:
    return book([["Code", "Valeur"], *map(list, lines)])


def put(cells: Cells, code: str, value: object) -> None:
    next(row for row in cells if row[1] == code)[6] = value


def read(filled: Sheet, content: bytes, name: str = "reponses.xlsx") -> Intake:
    return read_workbook(filled, content, name)


def test_the_template_holds_a_row_a_component_with_keys_and_what_is_typed(part: Part, story: Story, cast: Cast) -> None:
    story.type(part, "pdp-1.10", "1391")
    filled = opened(cast.service, part)
    header, *rows = out(filled)
    assert header[0] == "Clé (ne pas modifier)"
    keys = [row[0] for row in rows]
    assert len(keys) == len(set(keys))
    assert {str(key).split("|")[0] for key in keys} == {row.definition.code for row in filled.own_rows}
    line = next(row for row in rows if row[0] == "pdp-1.10|v1|total")
    assert (line[1], line[6]) == ("1.10", "1\u202f391"), "the code is a text, never the number 1.1"
    assert not any(str(key).startswith("pdp-1.4|") for key in keys), "the social service's own"


def test_a_template_sent_back_unchanged_changes_nothing(part: Part, story: Story, cast: Cast) -> None:
    story.fill(part)
    filled = opened(cast.service, part)
    found = read(filled, book(out(filled)))
    assert (found.refused, found.changed, found.entries) == ([], [], [])


def test_each_line_that_cannot_be_taken_says_why_and_the_rest_is_offered(part: Part, story: Story, cast: Cast) -> None:
    story.type(part, "pdp-1.8", "12")
    filled = opened(cast.service, part)
    cells = out(filled)
    put(cells, "1.5", "douze")
    put(cells, "1.8", 15)
    put(cells, "1.9", "0")
    put(cells, "1.10", "398")
    next(row for row in cells if row[1] == "1.10")[1] = "1.11"
    next(row for row in cells if row[1] == "1.6")[0] = "pdp-1.6|v1|autre"
    put(cells, "1.7", "7")
    next(row for row in cells if row[1] == "1.7")[1] = 1.7
    found = read(filled, book(cells))
    why = {one.code: one.error for one in found.refused}
    assert why["1.5"].startswith("«\u202fdouze\u202f» n’est pas un nombre")
    assert "La clé cachée désigne 1.10" in why["1.11"]
    assert "a été modifiée" in why["1.6"]
    assert "Quel code vouliez-vous écrire" in why["1,7"]
    assert [(one.code, one.before, one.after) for one in found.changed] == [("1.8", "12", "15"), ("1.9", "", "0")]
    assert len(found.entries) == 2


def test_a_numeric_code_is_refused_with_the_question(part: Part, cast: Cast) -> None:
    found = read(opened(cast.service, part), own((1.10, 398), ("1.11", 371), ("9.9", 3), ("1.4", 15)))
    why = {one.code: one.error for one in found.refused}
    assert "Quel code vouliez-vous écrire" in why["1,1"]
    assert "n’est pas dans cette déclaration" in why["9.9"]
    assert "service social" in why["1.4"]
    assert [(one.code, one.after) for one in found.changed] == [("1.11", "371")]


@pytest.mark.parametrize(
    "content",
    [
        book([["Nom", "Prénom", "Code", "Valeur"], ["x", "y", "1.10", 1]]),
        book([["Code", "Valeur"], ["1.10", "2 55 08 14 168 025 38"]]),
        book([["Code", "Valeur"], ["1.10", "DUPONT Camille"]]),
        book([["Code", "Valeur"], ["1.10", "Mme Durand, aide à domicile"]]),
        book([["NIR", "Valeur"], ["255081416802538", 1]]),
    ],
)
def test_rows_about_people_are_refused_and_it_says_why(content: bytes, part: Part, cast: Cast) -> None:
    with pytest.raises(DomainError, match="La plateforme ne reçoit que des chiffres agrégés"):
        read(opened(cast.service, part), content)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (own(("1.10", 398))[:700], "incomplet ou endommagé"),
        (b"%PDF-1.7 \x00\x01", "ni un classeur"),
        (b"", "est vide"),
        (book([["Service", "Total"], ["a", 1]]), "n’a pas les colonnes"),
    ],
)
def test_a_wrong_or_truncated_file_is_told_in_french(content: bytes, sentence: str, part: Part, cast: Cast) -> None:
    with pytest.raises(DomainError, match=sentence):
        read(opened(cast.service, part), content)


def test_nothing_is_written_before_confirmation(part: Part, cast: Cast, signed_in: Callable[[Actor], Client]) -> None:
    client = signed_in(cast.service)
    file = SimpleUploadedFile("reponses.xlsx", own(("1.10", 398), ("1.11", "abc")))
    page = client.post(f"/declarations/parts/{part.pk}/importer", {"file": file})
    assert page.status_code == 200
    assert "n’est pas un nombre" in page.content.decode()
    kept = page.context["kept"]
    with acting_as(cast.service):
        assert not DraftValue.objects.exists()
    stranger = signed_in(cast.contributor)
    assert stranger.post(f"/declarations/parts/{part.pk}/reprendre", {"kept": kept}).status_code == 409
    assert client.post(f"/declarations/parts/{part.pk}/reprendre", {"kept": f"{kept}x"}).status_code == 409
    assert client.post(f"/declarations/parts/{part.pk}/reprendre", {"kept": kept}).status_code == 302
    with acting_as(cast.service):
        assert DraftValue.objects.get().value == {"total": 398}


def test_a_wrong_file_leaves_the_page_with_its_reason(
    part: Part, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    file = SimpleUploadedFile("photo.xlsx", b"\x89PNG\r\n\x1a\n\x00")
    page = signed_in(cast.service).post(f"/declarations/parts/{part.pk}/importer", {"file": file})
    assert page.status_code == 422
    assert "ni un classeur" in page.content.decode()


def test_what_a_colleague_saved_meanwhile_is_not_overwritten_by_an_import(
    part: Part, story: Story, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    client = signed_in(cast.contributor)
    file = SimpleUploadedFile("reponses.xlsx", own(("1.10", 398)))
    kept = client.post(f"/declarations/parts/{part.pk}/importer", {"file": file}).context["kept"]
    story.type(part, "pdp-1.10", "400")
    page = client.post(f"/declarations/parts/{part.pk}/reprendre", {"kept": kept}, follow=True)
    assert "1.10 n’est pas repris" in page.content.decode()
    with acting_as(cast.service):
        assert DraftValue.objects.get().value == {"total": 400}


def test_pasted_lines_name_their_code(part: Part, cast: Cast) -> None:
    filled = opened(cast.service, part)
    found = read_paste(filled, "1.10\t1 391\n1.11\t371\n1.8\t\n")
    assert [(one.code, one.after, one.error) for one in found.lines] == [("1.10", "1 391", ""), ("1.11", "371", "")]
    assert [dict(one.raw)["total"] for one in found.entries] == ["1 391", "371"]


def test_a_pasted_1_1_is_asked_about_unless_1_10_is_there_too(part: Part, cast: Cast) -> None:
    filled = opened(cast.service, part)
    assert "1.10 comme 1.1" in read_paste(filled, "1.1\t398").refused[0].error
    assert "1.10 comme 1.1" in read_paste(filled, "1.1\t1\n1.1\t398\n1.10\t4").refused[0].error
    assert not read_paste(filled, "1.1\tRéalisé\n1.10\t398").refused


def test_a_bare_column_fills_a_group_in_order_or_nothing(part: Part, cast: Cast) -> None:
    filled = opened(cast.service, part)
    section = "volet-1/Indicateurs de diagnostic territorial"
    nine = "\n".join(str(number) for number in range(9))
    found = read_paste(filled, nine, section)
    assert [(one.code, one.after) for one in found.changed][:2] == [("1.5", "0"), ("1.6", "1")]
    assert not found.refused
    for wrong in (nine + "\n9", nine[:-2]):
        with pytest.raises(DomainError, match="ce groupe attend 9 nombres"):
            read_paste(filled, wrong, section)


def test_pasting_works_without_javascript(part: Part, cast: Cast, signed_in: Callable[[Actor], Client]) -> None:
    client = signed_in(cast.service)
    address = f"/declarations/parts/{part.pk}/coller"
    assert "code, puis valeur(s)" in client.get(address).content.decode()
    preview = client.post(address, {"section": "", "text": "1.10\t398\r\n1.11\tx"})
    assert "398" in preview.content.decode()
    client.post(f"/declarations/parts/{part.pk}/reprendre", {"kept": preview.context["kept"]})
    with acting_as(cast.service):
        assert DraftValue.objects.get().value == {"total": 398}
    people = client.post(address, {"section": "", "text": "1.10\tMARTIN Paule"})
    assert people.status_code == 422
    assert "MARTIN Paule" in people.content.decode(), "what was pasted stays in the field"


def test_only_its_provider_opens_the_workbook(part: Part, cast: Cast, signed_in: Callable[[Actor], Client]) -> None:
    address = f"/declarations/parts/{part.pk}/modele.xlsx"
    assert signed_in(cast.service).get(address).status_code == 200
    assert signed_in(cast.labour).get(address).status_code == 403
    assert signed_in(cast.other_service).get(address).status_code == 404


def test_the_social_service_has_its_own_workbook(story: Story, cast: Cast) -> None:
    story.campaign()
    social = story.part(Provider.SOCIAL_SERVICE)
    rows = out(opened(cast.social_service, social))[1:]
    assert {str(row[0]).split("|")[0] for row in rows} == {"pdp-1.4"}
