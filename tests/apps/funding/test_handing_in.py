"""A dossier from its opening to its receipt, and who sees it when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tests.support.funding import (
    LAST,
    OCTOBER,
    TOO_LATE,
    FundingCast,
    fill,
    hand_in,
    join,
    open_for,
    publish,
)
from tests.support.roles import as_system

from avenant.domain.decision import DomainError, Refused
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import acting_as
from avenant.funding.calls import services as calls
from avenant.funding.calls.models import Call, PublishedCall
from avenant.funding.dossiers.checks import standing_of
from avenant.funding.dossiers.models import Dossier, Piece, Project
from avenant.funding.dossiers.selectors import get_dossier
from avenant.funding.dossiers.services import handing_in, judging, opening

pytestmark = pytest.mark.django_db


@pytest.fixture
def dossier(cast: FundingCast, call: PublishedCall) -> Dossier:
    made = open_for(cast.director, call)
    fill(cast.director, made)
    return made


def test_it_is_prefilled_from_the_directory(cast: FundingCast, call: PublishedCall) -> None:
    made = open_for(cast.director, call)
    assert (made.name, made.agents, made.territory_code) == ("Centre hospitalier des Mornes (fictif)", 640, "971")
    with acting_as(cast.director):
        assert opening.open_dossier(actor=cast.director, call=call, at=OCTOBER).pk == made.pk
        assert DueItem.objects.get(key=opening.deposit_key(made.pk)).due_at == TOO_LATE


def test_a_draft_is_its_establishment_s_alone(cast: FundingCast, dossier: Dossier) -> None:
    for stranger in (cast.officer, cast.fund, cast.labour, cast.other_director):
        with acting_as(stranger):
            assert not Dossier.objects.all().exists()
            assert not Project.objects.all().exists()
            assert not Piece.objects.all().exists()


def test_handed_in_it_is_read_by_the_authority_and_who_gives_an_opinion(cast: FundingCast, dossier: Dossier) -> None:
    hand_in(cast.director, dossier)
    for reader in (cast.officer, cast.fund, cast.labour):
        with acting_as(reader):
            assert Dossier.objects.get().number == "CLACT-GUADELOUPE-2023-0001"
    with acting_as(cast.other_director):
        assert not Dossier.objects.exists()


def test_a_second_click_finds_the_first_deposit(cast: FundingCast, dossier: Dossier) -> None:
    first = hand_in(cast.director, dossier)
    again = hand_in(cast.director, dossier, at=TOO_LATE)
    assert (first.pk, first.number, first.at) == (again.pk, again.number, again.at)


@pytest.mark.req("S4-4-07")
@pytest.mark.parametrize(
    "at",
    [
        LAST - timedelta(seconds=1),
        LAST,
        LAST + timedelta(microseconds=999_999),
        datetime(2023, 11, 7, 2, tzinfo=UTC),
    ],
)
def test_until_the_last_second_it_is_in_time(cast: FundingCast, dossier: Dossier, at: datetime) -> None:
    assert hand_in(cast.director, dossier, at=at).at == at


@pytest.mark.req("S4-4-07")
def test_the_second_after_is_too_late_and_says_so(cast: FundingCast, dossier: Dossier) -> None:
    with pytest.raises(Refused, match=r"lundi 6 novembre 2023, 23.h.59 \(heure de Guadeloupe\)"):
        hand_in(cast.director, dossier, at=TOO_LATE)


@pytest.mark.req("S4-4-16")
def test_the_pieces_are_counted_and_the_letter_is_asked_above_its_threshold(
    cast: FundingCast, call: PublishedCall
) -> None:
    small = open_for(cast.director, call)
    fill(cast.director, small, cost="120000.00", asked="48000.00")
    lines = _standing(cast, small).pieces()
    assert (sum(one.done for one in lines), len(lines)) == (8, 8)
    fill(cast.director, small, cost="160000.00", asked="64000.00")
    lines = _standing(cast, small).pieces()
    assert (sum(one.done for one in lines), len(lines)) == (8, 9)
    with pytest.raises(Refused, match="Il manque"):
        hand_in(cast.director, small)
    join(cast.director, small, "lettre_etablissement", project=1)
    receipt = hand_in(cast.director, small)
    assert receipt.number == "CLACT-GUADELOUPE-2023-0001"
    assert (receipt.at, receipt.zone) == (OCTOBER, "America/Guadeloupe")
    assert {one["file"] for one in receipt.content["piece"]} >= {"courrier_demande.pdf", "lettre_etablissement.pdf"}


@pytest.mark.req("S4-5.1-02")
def test_an_empty_field_of_the_form_refuses_the_deposit_and_is_named(cast: FundingCast, dossier: Dossier) -> None:
    with acting_as(cast.director):
        Dossier.objects.filter(pk=dossier.pk).update(contact="")
    with pytest.raises(Refused, match="Interlocuteur"):
        hand_in(cast.director, dossier)


def test_the_rules_are_copied_and_the_content_hashed(cast: FundingCast, call: PublishedCall, dossier: Dossier) -> None:
    submission = hand_in(cast.director, dossier)
    assert submission.digest == call.digest
    assert submission.book().digest == call.digest
    assert submission.findings["grant"] == "40000.00"
    with acting_as(cast.director):
        kept = get_dossier(cast.director, dossier.pk)
        assert handing_in.content_said(kept) == submission.content


def test_only_the_direction_hands_in(cast: FundingCast, dossier: Dossier) -> None:
    with pytest.raises(Refused, match="direction de l’établissement"):
        hand_in(cast.lead, dossier)


def test_it_may_be_withdrawn_and_opened_again(cast: FundingCast, call: PublishedCall, dossier: Dossier) -> None:
    hand_in(cast.director, dossier)
    with acting_as(cast.director):
        handing_in.withdraw_dossier(actor=cast.director, dossier_id=dossier.pk, reason="Projet reporté", at=OCTOBER)
        assert opening.open_dossier(actor=cast.director, call=call, at=OCTOBER).pk != dossier.pk


@pytest.mark.req("S4-5.2-03")
def test_incomplete_at_the_deadline_it_is_rejected_with_its_reasons(cast: FundingCast, dossier: Dossier) -> None:
    hand_in(cast.director, dossier)
    with acting_as(cast.officer):
        letter = Piece.objects.get(kind="courrier_demande")
        with pytest.raises(Refused, match="date limite"):
            judging.check_piece(actor=cast.officer, piece_id=letter.pk, compliant=False, reason="Non signé.", at=LAST)
        judging.check_piece(actor=cast.officer, piece_id=letter.pk, compliant=False, reason="Non signé.", at=TOO_LATE)
        judged = judging.judge_completeness(actor=cast.officer, dossier_id=dossier.pk, at=TOO_LATE)
        assert judged.state == "rejected_incomplete"
        assert judged.state_label == "rejeté, incomplet"
        told = Event.objects.get(subject=dossier.pk, verb="dossier.reject_incomplete").evidence["reasons"]
        assert [one["rule"] for one in told] == ["request-letter"]
        assert "le courrier de demande signé par l’autorité compétente" in told[0]["sentence"]
        assert (told[0]["said"], told[0]["article"]) == ("Non signé.", "§5.1")
        assert told[0]["remedy"]
        assert not {one.target for one in Dossier.lifecycle.steps if "rejected_incomplete" in one.sources}
        with pytest.raises(Refused):
            judging.judge_completeness(actor=cast.officer, dossier_id=dossier.pk, at=TOO_LATE)
    with acting_as(cast.director):
        letter_of_reasons = Notice.objects.get(key=f"dossier:{dossier.pk}:rejected", person_id=cast.director.person_id)
        assert "Non signé." in letter_of_reasons.body
        assert "courrier de demande" in letter_of_reasons.body


@pytest.mark.req("S4-5.2-03")
def test_complete_it_goes_to_instruction(cast: FundingCast, dossier: Dossier) -> None:
    hand_in(cast.director, dossier)
    with acting_as(cast.officer):
        judged = judging.judge_completeness(actor=cast.officer, dossier_id=dossier.pk, at=TOO_LATE)
    assert judged.state == "complete"


@pytest.mark.req("S4-5.2-07")
def test_a_later_call_changes_its_parameters_and_no_old_dossier(cast: FundingCast, call: PublishedCall) -> None:
    old = open_for(cast.director, call)
    fill(cast.director, old, cost="25000.00", asked="10000.00")
    hand_in(cast.director, old)
    later = publish(
        cast, key="clact-guadeloupe-2024", year=2024, parameters={"min_project": 30000},
    )  # fmt: skip
    new = open_for(cast.director, later)
    fill(cast.director, new, cost="25000.00", asked="10000.00")
    with pytest.raises(Refused, match="30"):
        hand_in(cast.director, new)
    with acting_as(cast.officer):
        assert judging.judge_completeness(actor=cast.officer, dossier_id=old.pk, at=TOO_LATE).state == "complete"


def test_an_incident_extends_the_deposit_by_decision(cast: FundingCast, call: PublishedCall, dossier: Dossier) -> None:
    until = datetime(2023, 11, 8, 23, 59, 59)
    with as_system():
        calls.close_passed_calls(at=TOO_LATE)
    with acting_as(cast.officer), pytest.raises(Refused):
        calls.extend_call(actor=cast.officer, call_id=call.call_id, until=until, reason="Panne", at=TOO_LATE)
    with acting_as(cast.decider):
        calls.extend_call(actor=cast.decider, call_id=call.call_id, until=until, reason="Panne du 6", at=TOO_LATE)
        assert Call.objects.get(pk=call.call_id).state == "published"
    with as_system():
        opening.follow_calls(at=TOO_LATE)
        assert DueItem.objects.get(key=opening.deposit_key(dossier.pk)).due_at > TOO_LATE
    assert hand_in(cast.director, dossier, at=TOO_LATE).call_version == 2


def test_two_dossiers_are_numbered_in_order(cast: FundingCast, call: PublishedCall, dossier: Dossier) -> None:
    second = open_for(cast.other_director, call, "99B000002", status="private_profit", category="clinique")
    fill(cast.other_director, second)
    assert hand_in(cast.other_director, second).number.endswith("-0001")
    assert hand_in(cast.director, dossier).number.endswith("-0002")


def test_a_draft_is_not_withdrawn_by_another(cast: FundingCast, dossier: Dossier) -> None:
    with acting_as(cast.lead), pytest.raises(DomainError):
        handing_in.withdraw_dossier(actor=cast.lead, dossier_id=dossier.pk, reason="non", at=OCTOBER)


def test_the_amounts_are_kept_for_the_lists(cast: FundingCast, dossier: Dossier) -> None:
    with acting_as(cast.director):
        row = Dossier.objects.get()
    assert (row.requested, row.grant, row.eligible) == (Decimal("40000"), Decimal("40000"), Decimal("100000"))


def _standing(cast: FundingCast, dossier: Dossier):  # type: ignore[no-untyped-def]
    with acting_as(cast.director):
        return standing_of(get_dossier(cast.director, dossier.pk), at=OCTOBER)
