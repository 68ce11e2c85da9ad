"""Filling a part: nothing typed is lost, nobody's figures are overwritten, the page stays light."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader
from tests.support.cast import Cast
from tests.support.story import FEBRUARY, Story

from avenant.domain.indicators import Provider
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.indicators.declarations.models import DraftValue, FreeText, Part, Submission
from avenant.indicators.declarations.rows import Row
from avenant.indicators.declarations.services import control, entry
from avenant.indicators.declarations.sheet import sheet

LATER = FEBRUARY + timedelta(minutes=3)


def row_of(actor: Actor, part: Part, code: str) -> Row:
    with acting_as(actor):
        return next(one for one in sheet(actor, part).rows if one.definition.code == code)


def typed(row: Row, value: str, **also: str) -> dict[str, str]:
    pk = row.record.pk
    return {f"{pk}.total": value, f"{pk}.seen": "", **{f"{pk}.{name}": text for name, text in also.items()}}


def plain(text: str) -> str:
    return text.replace("\u202f", " ")


def save_address(part: Part, row: Row) -> str:
    return f"/declarations/parts/{part.pk}/saisie/{row.record.pk}"


def test_an_autosave_answers_the_findings_of_every_row_and_the_time(
    part: Part, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    client, row = signed_in(cast.service), row_of(cast.service, part, "pdp-1.11")
    answer = client.post(save_address(part, row), typed(row, "371"), headers={"HX-Request": "true"}).content.decode()
    assert "Enregistré le" in answer
    assert answer.count('class="av-entry-findings"') == 61
    with acting_as(cast.service):
        assert DraftValue.objects.get().value == {"total": 371}


def test_two_people_see_both_values_and_choose(
    part: Part, story: Story, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    story.type(part, "pdp-1.10", "398")
    client, row = signed_in(cast.contributor), row_of(cast.service, part, "pdp-1.10")
    answer = client.post(save_address(part, row), typed(row, "400")).content.decode()
    assert "Responsable CPOM a enregistré une autre valeur le 24 février 2026 à 16 h 02" in answer.replace(
        "\u202f", " "
    )
    assert "<strong>398</strong>" in answer
    with acting_as(cast.service):
        assert DraftValue.objects.get().value == {"total": 398}
    client.post(save_address(part, row), typed(row, "400", overwrite="1"))
    with acting_as(cast.service):
        assert DraftValue.objects.get().value == {"total": 400}


def test_a_stale_form_sent_whole_keeps_what_was_typed_and_saves_the_rest(
    part: Part, story: Story, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    story.type(part, "pdp-1.10", "398")
    ten, eleven = (row_of(cast.service, part, code) for code in ("pdp-1.10", "pdp-1.11"))
    page = signed_in(cast.contributor).post(
        f"/declarations/parts/{part.pk}/saisie", typed(ten, "400") | typed(eleven, "371")
    )
    assert page.status_code == 409
    shown = page.content.decode()
    assert f'name="{ten.record.pk}.total" form="entry" value="400"' in shown, "what was typed is still in its field"
    assert "Valeur enregistrée" in shown
    with acting_as(cast.service):
        assert {one.definition.code: one.value for one in DraftValue.objects.select_related("definition")} == {
            "pdp-1.10": {"total": 398},
            "pdp-1.11": {"total": 371},
        }


def test_a_form_sent_whole_rewrites_only_what_changed(
    part: Part, story: Story, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    story.type(part, "pdp-1.10", "398")
    row = row_of(cast.service, part, "pdp-1.10")
    sent = signed_in(cast.contributor).post(f"/declarations/parts/{part.pk}/saisie", typed(row, "398"))
    assert sent.status_code == 302, "the same value is no conflict"
    with acting_as(cast.service):
        kept = DraftValue.objects.get()
        assert (kept.saved_by_id, kept.saved_at) == (cast.service.person_id, FEBRUARY)
        assert DraftValue.pgh_event_model.objects.count() == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("htmx", [True, False])
def test_an_ended_session_says_so_and_comes_back_to_the_form(part: Part, cast: Cast, htmx: bool) -> None:
    row = row_of(cast.service, part, "pdp-1.10")
    form = f"http://testserver{part.page()}"
    headers = {"Referer": form} | ({"HX-Request": "true"} if htmx else {})
    answer = Client().post(save_address(part, row), typed(row, "398"), headers=headers)
    if htmx:
        assert answer.status_code == 401
        assert "Votre saisie reste à l’écran" in answer.content.decode()
    else:
        assert answer.status_code == 302
        assert answer.headers["Location"].endswith("?next=/compte/reprise"), "after signing in, what was typed"
    with acting_as(cast.service):
        assert not DraftValue.objects.exists()


def test_the_form_keeps_in_the_browser_what_is_not_saved(
    part: Part, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    shown = signed_in(cast.service).get(part.page()).content.decode()
    assert f'data-keep="{part.pk}.{cast.service.person_id}"' in shown
    assert re.search(r"entry[.\w]*\.js", shown)


def test_a_double_click_on_submit_makes_one_submission(
    story: Story, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    story.campaign()
    social = story.part(Provider.SOCIAL_SERVICE)
    story.type(social, "pdp-1.4", "15")
    client = signed_in(cast.social_service)
    answers = [client.post(f"/declarations/parts/{social.pk}/transmettre", {"number": "1"}) for _ in range(2)]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    with acting_as(cast.social_service):
        assert Submission.objects.get().number == 1


def test_the_page_of_sixty_two_indicators_takes_twenty_queries_at_most(
    part: Part, story: Story, cast: Cast, signed_in: Callable[[Actor], Client], django_assert_max_num_queries: Any
) -> None:
    story.fill(part)
    client = signed_in(cast.service)
    client.get(part.page())
    with django_assert_max_num_queries(20 + 3):  # three are the test's own: a savepoint, its end, the context back
        page = client.get(part.page())
    assert page.content.decode().count('class="av-entry"') == 62


def test_a_date_and_a_decimal_are_shown_as_they_are_typed_again(part: Part, story: Story, cast: Cast) -> None:
    story.type(part, "satdl-1.1.2", {"procedures": [{"title": "Alerte", "validated_on": "12/03/2025"}]})
    row = row_of(cast.service, part, "satdl-1.1.2")
    assert row.raw == {"procedures": [{"title": "Alerte", "validated_on": "12/03/2025"}]}


def test_a_list_of_nothing_is_said_by_its_box(part: Part, cast: Cast, signed_in: Callable[[Actor], Client]) -> None:
    row = row_of(cast.service, part, "satdl-1.1.2")
    client = signed_in(cast.service)
    name = f"{row.record.pk}.procedures"
    client.post(save_address(part, row), {f"{name}.0.title": "", name: "0", f"{row.record.pk}.seen": ""})
    with acting_as(cast.service):
        assert DraftValue.objects.get().value == {"procedures": []}
    assert f'name="{name}" value="0" form="entry" checked' in client.get(part.page()).content.decode()


@pytest.mark.req("S3-5.V2.2-10")
def test_fact_has_no_indicator_and_a_free_text_follows_it(
    part: Part, story: Story, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    with acting_as(cast.service):
        filled = sheet(cast.service, part)
        strand = next(one for one in filled.strands if one.key == "volet-2")
    assert not [row for row in strand.rows if "FACT" in row.definition.label or "FACT" in row.definition.group]
    assert len(filled.rows) == 62
    assert [one.field.label for one in strand.free] == ["Avancement du projet FACT (aide à domicile)"]
    client = signed_in(cast.service)
    assert "Avancement du projet FACT" in client.get(part.page()).content.decode()
    client.post(f"/declarations/parts/{part.pk}/saisie-libre/satdl-fact", {"free.satdl-fact": "Deux diagnostics."})
    with acting_as(cast.labour):
        assert not FreeText.objects.exists(), "the provider's alone until it is handed in"
    story.fill(part)
    story.settle(part)
    submission = story.submit(part)
    assert submission.texts == {"satdl-fact": "Deux diagnostics."}
    assert "Deux diagnostics." in signed_in(cast.labour).get(part.page()).content.decode()


def test_a_free_text_changed_meanwhile_is_not_overwritten(part: Part, cast: Cast) -> None:
    with acting_as(cast.service):
        entry.save_free_text(actor=cast.service, part_id=part.pk, code="satdl-fact", text="un", at=FEBRUARY)
    with acting_as(cast.contributor):
        with pytest.raises(entry.StaleForm):
            entry.save_free_text(actor=cast.contributor, part_id=part.pk, code="satdl-fact", text="deux", at=LATER)
        kept = entry.save_free_text(
            actor=cast.contributor, part_id=part.pk, code="satdl-fact", text="deux", at=LATER, seen=FEBRUARY
        )
    assert kept is not None
    assert kept.text == "deux"


def test_every_check_runs_at_any_time_with_a_link_to_its_field(
    part: Part, story: Story, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    story.type(part, "pdp-1.10", "398")
    story.type(part, "pdp-1.11", "402")
    page = signed_in(cast.service).get(f"/declarations/parts/{part.pk}/controle")
    shown = page.content.decode()
    assert "À régler avant de transmettre" in shown
    assert "Pas encore transmissible" in shown
    row = row_of(cast.service, part, "pdp-1.11")
    assert f"{part.page()}#{row.record.pk}.total" in shown
    with acting_as(cast.service):
        assert not Submission.objects.exists()


def test_the_provider_reads_who_changed_what_and_nobody_else_does(
    part: Part, story: Story, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    story.type(part, "pdp-1.10", "398")
    story.type(part, "pdp-1.10", "400", at=LATER, comment="après recomptage")
    row = row_of(cast.service, part, "pdp-1.10")
    address = f"/declarations/parts/{part.pk}/historique/{row.record.pk}"
    page = signed_in(cast.contributor).get(address)
    first, second = reversed(page.context["history"])
    assert (first.person, first.before, first.after, first.at) == ("Responsable CPOM", "", "398", FEBRUARY)
    assert (second.before, second.after) == ("398", "400")
    assert "après recomptage" in second.also
    assert not signed_in(cast.labour).get(address).context["history"]


def test_the_receipt_says_the_same_each_time(story: Story, cast: Cast, signed_in: Callable[[Actor], Client]) -> None:
    story.campaign()
    social = story.hand_in(Provider.SOCIAL_SERVICE)
    with acting_as(cast.social_service):
        submission = Submission.objects.get(part=social)
    address = f"/declarations/transmissions/{submission.pk}/accuse.pdf"
    answer = signed_in(cast.social_service).get(address)
    assert answer.content.startswith(b"%PDF")
    assert submission.receipt in answer.headers["Content-Disposition"]
    again = signed_in(cast.labour).get(address)
    texts = [
        [page.extract_text().split("Confidentiel")[0] for page in PdfReader(BytesIO(one.content)).pages]
        for one in (answer, again)
    ]
    assert texts[0] == texts[1], "only the stamp of who takes it away differs"
    assert submission.receipt in "".join(texts[0])
    assert signed_in(cast.outsider).get(address).status_code == 404


def test_the_controller_accepts_a_justification_or_asks_from_the_finding(
    part: Part, story: Story, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    story.fill(part)
    story.type(part, "pdp-1.3", "10")
    story.settle(part)
    story.submit(part)
    with acting_as(cast.labour):
        justified = next(row for row in sheet(cast.labour, part).rows if row.stated and row.stated.justification)  # type: ignore[union-attr]
    client = signed_in(cast.labour)
    pk = justified.record.pk
    assert "Accepter la justification" in client.get(part.page()).content.decode()
    assert f'name="question.{pk}"' in client.get(f"{part.page()}?question={pk}").content.decode()
    assert client.get(f"{part.page()}?question={pk}").context["questioned"].question
    refused = signed_in(cast.service).post(f"/declarations/parts/{part.pk}/justifications/{pk}")
    assert refused.status_code == 403
    client.post(f"/declarations/parts/{part.pk}/justifications/{pk}")
    assert "Justification acceptée" in client.get(part.page()).content.decode()
    with acting_as(cast.labour):
        accepted = control.accept_justification(
            actor=cast.labour, part_id=part.pk, definition_id=pk, at=datetime(2026, 3, 9, tzinfo=UTC)
        )
        assert accepted.at != datetime(2026, 3, 9, tzinfo=UTC), "accepting twice keeps the first"
