"""A call from its preparation to what everybody reads of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from tests.support.funding import (
    LAST,
    OCTOBER,
    SEPTEMBER,
    TOO_LATE,
    FundingCast,
    draft_of_2023,
    partners,
    publish,
)
from tests.support.roles import as_system

from avenant import rulebooks
from avenant.domain.decision import DomainError, Refused
from avenant.domain.french import typeset
from avenant.domain.funding.calendar import read_calendar
from avenant.domain.rules.parameters import BadParameter, Unit
from avenant.domain.rules.rulebook import KINDS
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import acting_as
from avenant.funding.calls import selectors, services
from avenant.funding.calls.forms import ParametersForm
from avenant.funding.calls.models import Call, CallQuestion, PublishedCall
from avenant.funding.calls.selectors import book_of
from avenant.funding.calls.wording import GROUPS, MAKES, does, rule_groups

pytestmark = pytest.mark.django_db


def _prepared(cast: FundingCast, **changes: object) -> Call:
    with acting_as(cast.officer):
        return services.prepare_call(
            actor=cast.officer, draft=draft_of_2023(**changes), partners=partners(), at=SEPTEMBER
        )


def _heard(cast: FundingCast, call: Call, organisation: str) -> None:
    partner = {"fund": cast.fund, "labour": cast.labour}[organisation].organisation_id
    with acting_as(cast.officer):
        services.consult_partner(
            actor=cast.officer, call_id=call.pk, organisation_id=partner, on=date(2023, 9, 12), agrees=True,
            comment="Bien.", at=SEPTEMBER,
        )  # fmt: skip


@pytest.mark.req("S0-2-04")
def test_the_criteria_wait_for_both_consultations(cast: FundingCast) -> None:
    call = _prepared(cast, concerted=True)
    _heard(cast, call, "fund")
    with acting_as(cast.officer), pytest.raises(Refused, match="DEETS"):
        services.submit_to_committee(actor=cast.officer, call_id=call.pk, at=SEPTEMBER)
    _heard(cast, call, "labour")
    with acting_as(cast.officer):
        told = selectors.list_consultations(cast.officer, call)
        assert [(one.on, one.comment, one.agrees) for one in told] == [(date(2023, 9, 12), "Bien.", True)] * 2
        assert services.submit_to_committee(actor=cast.officer, call_id=call.pk, at=SEPTEMBER).state == "consulted"


@pytest.mark.req("S0-2-06")
def test_committee_then_validation_then_publication(cast: FundingCast) -> None:
    call = _prepared(cast, concerted=True)
    with acting_as(cast.decider), pytest.raises(Refused):
        services.validate_call(actor=cast.decider, call_id=call.pk, at=SEPTEMBER)
    _heard(cast, call, "fund")
    _heard(cast, call, "labour")
    with acting_as(cast.officer):
        services.submit_to_committee(actor=cast.officer, call_id=call.pk, at=SEPTEMBER)
        with pytest.raises(Refused):
            services.publish_call(actor=cast.officer, call_id=call.pk, at=SEPTEMBER)
        services.advise_on_criteria(
            actor=cast.officer, call_id=call.pk, on=date(2023, 9, 20), agrees=True, comment="", at=SEPTEMBER
        )
    with acting_as(cast.decider):
        services.validate_call(actor=cast.decider, call_id=call.pk, at=SEPTEMBER)
    with acting_as(cast.officer):
        assert services.publish_call(actor=cast.officer, call_id=call.pk, at=SEPTEMBER).version == 1
        told = Event.objects.filter(
            subject=call.pk, verb__in=["call.consult", "call.advise", "call.validate", "call.publish"]
        )
        assert {one.organisation_id for one in told} == {cast.officer.organisation_id}
        assert all(one.at == SEPTEMBER and one.person_id for one in told)
        assert told.count() == 4


def test_a_parameter_out_of_its_bounds_is_refused_and_nothing_is_written(cast: FundingCast) -> None:
    call = _prepared(cast)
    with acting_as(cast.officer):
        for name, value in (("rate", "100.01"), ("max_grant", "-0.01"), ("rate_base", "autre"), ("no_such", 1)):
            with pytest.raises(BadParameter):
                services.set_parameters(actor=cast.officer, call_id=call.pk, values={name: value}, at=SEPTEMBER)
        services.set_parameters(actor=cast.officer, call_id=call.pk, values={"rate": 100}, at=SEPTEMBER)
        assert Call.objects.get(pk=call.pk).parameters == {"rate": 100}


def test_what_the_form_shows_is_what_it_reads_back(cast: FundingCast) -> None:
    call = _prepared(cast)
    book = book_of(call)
    raws = {one["name"]: one.get("value") for one in book.content["parameter"]}
    shown = ParametersForm(book, raws)
    typed = {f"p-{name}": str(shown.initial.get(name) or field.initial or "") for name, field in shown.fields.items()}
    form = ParametersForm(book, raws, typed)
    assert form.is_valid(), form.errors
    assert form.changed_values(raws) == {}


@pytest.mark.parametrize("name", rulebooks.names())
def test_the_codes_of_a_rulebook_are_shown_and_typed_by_their_words(name: str) -> None:
    book = rulebooks.load(name)
    raws = {one["name"]: one.get("value") for one in book.content["parameter"]}
    typed = {f"p-{key}": str(field.initial or "") for key, field in ParametersForm(book, raws).fields.items()}
    labels = book.vocabulary.labels
    for key in (key for key, one in book.parameters.items() if one.unit is Unit.CODES and raws[key]):
        assert typed[f"p-{key}"] == " ; ".join(typeset(labels[code]) for code in raws[key]), key
    form = ParametersForm(book, raws, typed)
    assert form.is_valid(), form.errors
    assert form.changed_values(raws) == {}


def test_a_rate_is_typed_as_an_exact_fraction(cast: FundingCast) -> None:
    """« 1/3 » is a third, as no percentage writes it; it is shown as it was typed, and thirds make a whole."""
    book = rulebooks.load("exemple_fictif")
    raws = {one["name"]: one.get("value") for one in book.content["parameter"]}
    shown = {f"p-{key}": str(field.initial or "") for key, field in ParametersForm(book, raws).fields.items()}
    assert (shown["p-rate"], shown["p-parts"]) == ("1/3", "1/3 ; 1/3 ; 1/3")
    form = ParametersForm(book, raws, {**shown, "p-rate": "2 / 7", "p-parts": "1/4 ; 41,67 % ; 33,33"})
    assert form.is_valid(), form.errors
    changed = form.changed_values(raws)
    assert changed == {"rate": "2/7", "parts": ["1/4", "41.67", "33.33"]}
    assert book.with_parameters(changed).value("rate") == Fraction(2, 7)
    for typed, words in (("4/3", "maximum"), ("1/0", "taux"), ("1//3", "nombre"), ("-1/3", "nombre")):
        wrong = ParametersForm(book, raws, {**shown, "p-rate": typed})
        assert not wrong.is_valid()
        assert words in str(wrong.errors["rate"]), (typed, wrong.errors)


def test_each_kind_of_rule_is_told_to_its_reader_with_what_it_does() -> None:
    """No kind is left out of the page of a call; each says whether it refuses, cuts or warns, unless it gives something."""
    assert {kind for _, kinds in GROUPS.values() for kind in kinds} == set(KINDS)
    for kind, made in KINDS.items():
        for effect in made.effects:
            told = does({"kind": kind, "effect": str(effect)})
            assert told == "" if kind in MAKES else told
            if kind not in MAKES:
                wanted = {"refuses": "refusé", "warns": "averti", "caps": "ramené"}[str(effect)]
                assert wanted in told or "pas comptée" in told or kind == "portfolio", kind
    sentences = [one for _, found in rule_groups(rulebooks.load("exemple_fictif")) for one in found]
    assert {one.rule: one.does for one in sentences if one.rule in {"cap", "floors", "shares", "rate", "paid-in-time"}} == {
        "cap": "au-delà, le montant est ramené", "floors": "sinon, aucune décision n’est prise",
        "shares": "sinon, l’instructeur est averti", "rate": "",
        "paid-in-time": "la dépense n’est pas comptée, le dossier n’est pas refusé",
    }  # fmt: skip


def test_a_blank_keeps_the_call_from_being_published(cast: FundingCast) -> None:
    call = _prepared(cast, parameters={"min_project": None})
    with acting_as(cast.decider):
        services.validate_call(actor=cast.decider, call_id=call.pk, at=SEPTEMBER)
    with acting_as(cast.officer), pytest.raises(Refused, match="Montant minimum"):
        services.publish_call(actor=cast.officer, call_id=call.pk, at=SEPTEMBER)


def test_a_draft_is_of_its_circle_and_the_publication_of_everybody(cast: FundingCast, call: PublishedCall) -> None:
    with acting_as(cast.director):
        assert not Call.objects.exists()
        assert PublishedCall.objects.get().key == call.key
    page = Client().get(call.page())
    assert page.status_code == 200
    assert Client().get(reverse("calls:call", args=["brouillon"])).status_code == 404


@pytest.mark.req("S4-H-01")
def test_the_call_of_2023_is_closed_once_its_deadline_has_passed(cast: FundingCast, call: PublishedCall) -> None:
    with as_system():
        assert services.close_passed_calls(at=LAST) == 0
        assert services.close_passed_calls(at=TOO_LATE) == 1
        assert services.close_passed_calls(at=TOO_LATE) == 0
    with acting_as(cast.officer):
        row = Call.objects.select_related("owner", "unit").get()
    assert (row.year, row.state, row.reference) == (2023, "closed", "ARS/DAOSS/ N°971-2023-")
    assert row.title.startswith("Contrats locaux d’amélioration des conditions de travail (CLACT)")
    assert row.owner.key == "ars-guadeloupe"


@pytest.mark.req("S4-H-03")
@pytest.mark.parametrize("words", ["appel à candidatures", "CLACT", "2023-"])
def test_either_name_finds_the_same_call(call: PublishedCall, words: str) -> None:
    assert [one.pk for one in selectors.list_published(now=OCTOBER, text=words)] == [call.pk]


@pytest.mark.req("S4-6-01")
def test_the_calendar_has_four_steps_and_says_how_late_one_was(cast: FundingCast, call: PublishedCall) -> None:
    steps = read_calendar(call.content["calendar"])
    assert [one.status(date(2023, 12, 15)) for one in steps] == ["done", "now", "next", "next"]
    with acting_as(cast.officer):
        told = services.tell_step_done(
            actor=cast.officer, call_id=call.call_id, step="notification", on=date(2024, 2, 2), at=TOO_LATE
        )
    late = {one.key: one.days_late for one in read_calendar(told.content["calendar"])}
    assert late == {"deposit": 0, "examination": 0, "notification": 2, "agreement": 0}
    page = Client().get(call.page()).content.decode()
    assert page.count("<li class") >= 4
    assert "en retard" in page
    told = page.replace("\u202f", " ").replace("\xa0", " ")
    for words in ("Dépôt des dossiers", "Instruction des projets et sélection", "Notification des projets retenus",
                  "Conventionnement et délégation des crédits (40 % de la dotation)"):  # fmt: skip
        assert words in told, words


def test_the_public_page_says_rules_foundations_strands_and_contact(call: PublishedCall) -> None:
    page = Client().get(call.page()).content.decode()
    for words in (
        "R. 1435-19, 1°", "DGOS/RH3/MEIMMS/2013/410", "FIR) 2023", "Management et organisation du travail",
        "Prévention QVCT et mutualisation des ressources", "ars971-daoss@ars.sante.fr", call.digest,
    ):  # fmt: skip
        assert words in page, words
    assert [one["code"] for one in call.content["strands"]] == ["1", "2", "3", "4"]


def test_the_same_call_as_data(call: PublishedCall) -> None:
    data = Client().get(reverse("calls:call-json", args=[call.key])).json()
    assert data["closes_before"] == "2023-11-07T00:00:00-04:00"
    assert data["rulebook"]["digest"] == call.digest
    assert call.versions.get().content["version"] == 1


def test_the_missing_annexes_are_told(call: PublishedCall) -> None:
    missing = [one for one in call.content["documents"] if one["state"] == "missing"]
    assert len(missing) == 2
    page = Client().get(call.page()).content.decode()
    assert page.count("manquant") == 2
    assert "paragraphes 1 à 5" in page


@pytest.mark.req("S4-7-01")
def test_a_question_is_kept_routed_answered_and_may_be_told_to_all(cast: FundingCast, call: PublishedCall) -> None:
    with acting_as(cast.director):
        question = services.ask_question(actor=cast.director, call=call, text="Deux projets ?", at=OCTOBER)
    with acting_as(cast.other_director):
        assert not CallQuestion.objects.exists()
    with acting_as(cast.officer):
        assert CallQuestion.objects.get().asked_at == OCTOBER
        due = DueItem.objects.get(key=f"question:{question.pk}")
        assert (due.organisation_id, due.basis) == (cast.officer.organisation_id, "ars971-daoss@ars.sante.fr")
        services.answer_question(
            actor=cast.officer,
            question_id=question.pk,
            answer="Deux au plus.",
            to_all="Combien de projets ?",
            at=OCTOBER,
        )
        assert DueItem.objects.get(key=due.key).state == "done"
    with acting_as(cast.director):
        assert CallQuestion.objects.get().answer == "Deux au plus."
        assert Notice.objects.filter(person_id=cast.director.person_id).exists()
    page = Client().get(call.page()).content.decode()
    assert "Combien de projets ?" in page
    assert "Deux projets ?" not in page


def test_the_authority_does_not_ask_itself(cast: FundingCast, call: PublishedCall) -> None:
    with acting_as(cast.officer), pytest.raises(DomainError):
        services.ask_question(actor=cast.officer, call=call, text="Qui ?", at=OCTOBER)


@pytest.mark.req("S0-2-16")
def test_criteria_go_to_the_selection_committee_and_validation_is_the_authority_s(cast: FundingCast) -> None:
    call = _prepared(cast, concerted=True)
    for one in ("fund", "labour"):
        _heard(cast, call, one)
    with acting_as(cast.officer):
        services.submit_to_committee(actor=cast.officer, call_id=call.pk, at=SEPTEMBER)
        services.advise_on_criteria(
            actor=cast.officer, call_id=call.pk, on=date(2023, 9, 20), agrees=True, comment="", at=SEPTEMBER
        )
        committee = selectors.list_consultations(cast.officer, call)[-1]
        assert committee.get_kind_display() == "comité régional de sélection et de suivi"
        with pytest.raises(Refused, match="décideur de l’ARS"):
            services.validate_call(actor=cast.officer, call_id=call.pk, at=SEPTEMBER)


def test_publication_freezes_what_the_preparation_may_no_longer_change(cast: FundingCast, call: PublishedCall) -> None:
    with acting_as(cast.officer), pytest.raises(Refused, match="publié"):
        services.set_parameters(actor=cast.officer, call_id=call.call_id, values={"rate": 30}, at=OCTOBER)
    assert call.closes_at == datetime(2023, 11, 7, 4, tzinfo=UTC)
    assert call.zone == ZoneInfo("America/Guadeloupe").key
    assert publish(cast, key="autre").digest == call.digest
