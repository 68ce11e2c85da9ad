"""From the envelope to the notification: never beyond, nobody told yes wrongly, each reason kept."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from tests.support.allocation import (
    JANUARY,
    NOVEMBER,
    SITTING,
    closed,
    copies,
    envelope_of,
    instructed,
    judged_dossier,
    propose_all,
    session_on,
)
from tests.support.funding import FundingCast
from tests.support.roles import as_system

from avenant.domain.audiences import OrganisationKind
from avenant.domain.decision import DomainError, Refused
from avenant.domain.funding import grid
from avenant.domain.funding.deciding import above_reference, partnership_warning, proportion, rate_warning, step_on_time
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.meetings.models import Attendance, Session
from avenant.foundations.meetings.services import sessions as sittings
from avenant.foundations.meetings.services.sessions import Presence
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import acting_as
from avenant.funding.allocation import policies as rights
from avenant.funding.allocation import printing, scores, selectors, tables
from avenant.funding.allocation.models import Aid, Award, Envelope, Examined, Scenario, Selection, Told
from avenant.funding.allocation.selectors import AidSearch, EnvelopeSearch, LineSearch
from avenant.funding.allocation.services import deciding, envelopes, listing, rates, scenarios, sessions, telling
from avenant.funding.allocation.services.deciding import Decided
from avenant.funding.allocation.services.envelopes import AidSaid
from avenant.funding.allocation.services.scenarios import Hypotheses
from avenant.funding.allocation.services.sessions import Proposal
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants.models import Grant
from avenant.funding.reviews.models import Instruction, Interest, Mark

pytestmark = pytest.mark.django_db
DAY = date(2023, 12, 12)
GUADELOUPE = ZoneInfo("America/Guadeloupe")


@pytest.fixture
def model(cast: FundingCast, call: PublishedCall) -> Dossier:
    return judged_dossier(cast, call)


def decided(cast: FundingCast, selection: Selection) -> deciding.Report:
    with acting_as(cast.decider):
        return deciding.decide_all(actor=cast.decider, selection_id=selection.pk, decided_on=DAY, at=SITTING)


def lines_of(cast: FundingCast, selection: Selection) -> list[Examined]:
    with acting_as(cast.officer):
        return list(Examined.objects.filter(selection=selection).order_by("rank"))


def scenario(cast: FundingCast, selection: Selection, method: str, **said: Any) -> Scenario:
    with acting_as(cast.officer):
        return scenarios.ask_scenario(
            actor=cast.officer, selection_id=selection.pk, method=method, label="", said=Hypotheses(**said), at=NOVEMBER
        )


def whole(cast: FundingCast, call: PublishedCall, model: Dossier, *, more: int, refused: int = 0) -> Selection:
    """A session decided: one dossier and ``more`` like it, the last ``refused`` of them refused."""
    copies(model, more)
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "1000000"))
    propose_all(cast, selection, refused=refused)
    closed(cast, selection)
    decided(cast, selection)
    return selection


# -- Envelopes


@pytest.mark.req("S4-3.2.1-01")
def test_an_envelope_is_never_exceeded_to_the_euro(cast: FundingCast, call: PublishedCall) -> None:
    envelope = envelope_of(cast.officer, "1000000")
    with acting_as(cast.officer):
        said = {"beneficiary": "Forum", "outside": "événement", "subject": "Projet", "on": DAY}
        envelopes.declare_aid(
            actor=cast.officer, envelope_id=envelope.pk, said=AidSaid(granted=Decimal(999_999), **said), at=NOVEMBER
        )  # type: ignore[arg-type]
        with pytest.raises(DomainError, match="dépassée de 1,00"):
            envelopes.declare_aid(
                actor=cast.officer, envelope_id=envelope.pk, said=AidSaid(granted=Decimal(2), **said), at=NOVEMBER
            )  # type: ignore[arg-type]
        envelopes.declare_aid(
            actor=cast.officer, envelope_id=envelope.pk, said=AidSaid(granted=Decimal(1), **said), at=NOVEMBER
        )  # type: ignore[arg-type]
        envelope.refresh_from_db()
        assert (envelope.held, envelope.left) == (1_000_000, 0)


def test_a_part_is_delegated_down_and_counts_once(cast: FundingCast) -> None:
    region = envelope_of(cast.officer, "100000")
    with acting_as(cast.officer):
        said: dict[str, Any] = {"actor": cast.officer, "envelope_id": region.pk, "label": "", "at": NOVEMBER}
        part = envelopes.delegate(territory="978", amount=Decimal(40_000), **said)
        with pytest.raises(DomainError, match="dépassée de 0,01"):
            envelopes.delegate(territory="971", amount=Decimal("60000.01"), **said)
        region.refresh_from_db()
        assert (region.delegated, region.left, part.left) == (40_000, 60_000, 40_000)
        with pytest.raises(DomainError, match="déjà délégués"):
            envelopes.revise_envelope(
                actor=cast.officer, envelope_id=region.pk, amount=Decimal("39999.99"), reason="Gel", at=NOVEMBER
            )
        envelopes.revise_envelope(
            actor=cast.officer, envelope_id=part.pk, amount=Decimal(50_000), reason="Abondement", at=NOVEMBER
        )
        region.refresh_from_db()
        assert region.delegated == 50_000


def test_an_envelope_is_written_by_its_funder_alone(cast: FundingCast) -> None:
    envelope = envelope_of(cast.fund, "5000", source="stpe")
    with acting_as(cast.officer):
        assert selectors.get_envelope(cast.officer, envelope.pk) == envelope
        with pytest.raises(Refused, match="tenue par"):
            envelopes.revise_envelope(
                actor=cast.officer, envelope_id=envelope.pk, amount=Decimal(1), reason="x", at=NOVEMBER
            )
    with acting_as(cast.director):
        assert not Envelope.objects.visible_to(cast.director).exists()
        with pytest.raises(Refused, match="Les enveloppes sont tenues"):
            rights.may_keep_envelopes(cast.director).or_raise()


@pytest.mark.req("S0-2-10")
def test_partners_see_in_one_view_how_each_envelope_is_used(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    """Funder, scheme, envelope, reserved, granted, paid, remaining; and all the grants of all for each dossier."""
    instructed(call)
    ours = envelope_of(cast.officer, "100000")
    theirs = envelope_of(cast.fund, "30000", source="contrat_prevention")
    selection = session_on(cast, call, ours)
    propose_all(cast, selection)
    closed(cast, selection)
    with acting_as(cast.fund):
        said = AidSaid(
            beneficiary="CH des Mornes", subject="Rails de transfert", on=DAY, granted=Decimal(9_000), paid=Decimal(4_000),
            reserved=Decimal(500), dossier_id=model.pk,
        )  # fmt: skip
        envelopes.declare_aid(actor=cast.fund, envelope_id=theirs.pk, said=said, at=NOVEMBER)
    for reader in (cast.officer, cast.fund, cast.labour):
        with acting_as(reader):
            rows = {one.owner.kind: one for one in selectors.list_envelopes(reader, EnvelopeSearch(year=2023))}
            told = {
                kind: (one.amount, one.reserved, one.granted, one.paid, one.remaining) for kind, one in rows.items()
            }
            assert told == {"ars": (100_000, 40_000, 0, 0, 60_000), "fund": (30_000, 500, 9_000, 4_000, 20_500)}
            assert rows["fund"].get_source_display() == "Contrat de prévention"
            found = selectors.list_aids(reader, AidSearch(dossier=model.pk))
            assert {one.envelope.owner.kind: one.reserved + one.granted for one in found} == {
                "ars": 40_000,
                "fund": 9_500,
            }
            columns = [one.title for one in tables.envelope_sheet(()).columns]
            assert {"Financeur", "Source", "Enveloppe", "Réservé", "Accordé", "Versé", "Reste"} <= set(columns)
    decided(cast, selection)
    with acting_as(cast.labour):
        one = selectors.list_envelopes(cast.labour, EnvelopeSearch(source="fir")).get()
        assert (one.reserved, one.granted, one.remaining) == (0, 40_000, 60_000)


@pytest.mark.req("S0-2-05")
def test_a_call_says_which_sources_it_opens_each_with_its_criteria(cast: FundingCast, call: PublishedCall) -> None:
    told = {
        "fir": "Établissements sanitaires de la région, DUERP à jour.",
        "stpe": "Entreprises de 1 à 49 salariés du régime général.",
        "contrat_prevention": "Entreprises d’un secteur couvert par une convention nationale d’objectifs.",
    }
    labels = {
        "Fonds d’intervention régional (FIR)", "Subvention prévention très petites entreprises (STPE)",
        "Contrat de prévention",
    }  # fmt: skip
    with acting_as(cast.officer):
        for source, criteria in told.items():
            envelopes.open_source(actor=cast.officer, call=call, source=source, criteria=criteria, at=NOVEMBER)
        with pytest.raises(DomainError, match="critères"):
            envelopes.open_source(actor=cast.officer, call=call, source="fir", criteria=" ", at=NOVEMBER)
        envelopes.open_source(actor=cast.officer, call=call, source="fir", criteria=told["fir"], at=NOVEMBER)
    with acting_as(cast.fund):
        found = list(selectors.list_sources(cast.fund, call))
        assert {one.get_source_display() for one in found} == labels
        assert {one.source: one.criteria for one in found} == told
        with pytest.raises(Refused):
            envelopes.open_source(actor=cast.fund, call=call, source="stpe", criteria="x", at=NOVEMBER)


@pytest.mark.req("S0-1-05")
def test_the_labour_directorate_pays_logistics_of_a_partnership_action(cast: FundingCast) -> None:
    envelope = envelope_of(cast.labour, "20000", source="partenariat")
    with acting_as(cast.labour):
        for nature in ("logistique", "communication"):
            made = envelopes.declare_aid(
                actor=cast.labour, envelope_id=envelope.pk, at=NOVEMBER,
                said=AidSaid(beneficiary="Forum", outside="événement", subject="Journée TMS", on=DAY, nature=nature,
                             partnership=True, granted=Decimal(1_500)),
            )  # fmt: skip
            assert made.granted == 1_500
            assert not partnership_warning(OrganisationKind.LABOUR, made.nature, partnership=made.partnership)
        alone = envelopes.declare_aid(
            actor=cast.labour, envelope_id=envelope.pk, at=NOVEMBER,
            said=AidSaid(beneficiary="Forum", outside="événement", subject="Salon", on=DAY, nature="logistique",
                         granted=Decimal(1_500)),
        )  # fmt: skip
    warning = partnership_warning(OrganisationKind.LABOUR, alone.nature, partnership=alone.partnership)
    assert "Hors de l’engagement de l’article 1" in warning
    assert not partnership_warning(OrganisationKind.FUND, "logistique", partnership=False)


# -- Session


@pytest.mark.req("S0-2-11")
def test_the_committee_gives_one_collegial_opinion_with_the_institutions_present(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    copies(model, 3)
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "1000000"))
    lines = lines_of(cast, selection)
    with acting_as(cast.officer):
        sittings.convene_session(actor=cast.officer, session_id=selection.meeting_id, at=NOVEMBER)
        seats = list(selection.meeting.committee.seats.all())
        there = {one.pk: Presence(Attendance.Status.PRESENT) for one in seats[:-1]}
        sittings.take_attendance(actor=cast.officer, session_id=selection.meeting_id, noted=there, at=SITTING)
        opinion: dict[str, Any] = {"actor": cast.officer, "at": SITTING}
        with pytest.raises(DomainError, match="il manque un représentant"):
            sessions.give_opinion(line_id=lines[0].pk, value="favourable", comment="", **opinion)
        all_there = {one.pk: Presence(Attendance.Status.REPRESENTED) for one in seats[-1:]}
        sittings.take_attendance(actor=cast.officer, session_id=selection.meeting_id, noted=all_there, at=SITTING)
        told = ("favourable", "reserved", "unfavourable", "adjourned")
        for line, value in zip(lines, told, strict=True):
            comment = "" if value == "favourable" else "Un phasage est demandé."
            made = sessions.give_opinion(line_id=line.pk, value=value, comment=comment, **opinion)
            assert made.opinion == value
            assert len(made.present) == 3
        sessions.withdraw_member(
            actor=cast.officer,
            line_id=lines[3].pk,
            seat_id=seats[0].pk,
            reason="Administrateur de l’établissement",
            at=SITTING,
        )
        assert len(sessions.present_for(cast.officer, selection, lines[3])) == 2
        with pytest.raises(DomainError, match="il manque un représentant"):
            sessions.give_opinion(line_id=lines[3].pk, value="favourable", comment="", **opinion)
    assert [one.get_opinion_display() for one in lines_of(cast, selection)] == [
        "favorable", "favorable avec réserve", "défavorable", "ajourné",
    ]  # fmt: skip


@pytest.mark.req("S4-5.2-05")
def test_the_session_records_members_ranking_decisions_and_reasons(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    copies(model, 3)
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "1000000"))
    lines = lines_of(cast, selection)
    outcomes = ("retained", "partly", "waiting", "refused")
    with acting_as(cast.officer):
        with pytest.raises(DomainError, match="« non retenu » a son motif"):
            sessions.propose(actor=cast.officer, line_id=lines[3].pk, said=Proposal(outcome="refused"), at=SITTING)
        for line, outcome in zip(lines, outcomes, strict=True):
            amount = {"retained": line.computed, "partly": Decimal(10_000)}.get(outcome, Decimal(0))
            said = Proposal(outcome=outcome, amount=amount, reason="Hors orientations." if outcome == "refused" else "")
            sessions.propose(actor=cast.officer, line_id=line.pk, said=said, at=SITTING)
        with pytest.raises(Refused, match="convoquez-la"):
            sessions.close_selection(actor=cast.officer, selection_id=selection.pk, reason="", at=SITTING)
    closed(cast, selection)
    with acting_as(cast.officer):
        with pytest.raises(Refused, match="son classement ne change plus"):
            sessions.rank_again(actor=cast.officer, selection_id=selection.pk, at=SITTING)
        with pytest.raises(Refused, match="son classement ne change plus"):
            sessions.propose(actor=cast.officer, line_id=lines[0].pk, said=Proposal(outcome="waiting"), at=SITTING)
        meeting = Session.objects.get(pk=selection.meeting_id)
        assert meeting.state == "held"
        assert Attendance.objects.filter(session=meeting, status="present").count() == 3
        for line, outcome in zip(lines_of(cast, selection), outcomes, strict=True):
            assert f"{line.rank}. {line.number}" in meeting.minutes
            assert Examined.Outcome(outcome).label in meeting.minutes
        assert "Motif\u202f: Hors orientations." in meeting.minutes
        assert Aid.objects.filter(envelope=selection.envelope).count() == 2


def test_a_quorum_that_is_not_reached_asks_for_a_reason(cast: FundingCast, call: PublishedCall, model: Dossier) -> None:
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "1000000"), quorum=2)
    propose_all(cast, selection)
    with acting_as(cast.officer):
        sittings.convene_session(actor=cast.officer, session_id=selection.meeting_id, at=NOVEMBER)
        seat = selection.meeting.committee.seats.first()
        assert seat is not None
        there = {seat.pk: Presence(Attendance.Status.PRESENT)}
        sittings.take_attendance(actor=cast.officer, session_id=selection.meeting_id, noted=there, at=SITTING)
        with pytest.raises(DomainError, match="quorum n’est pas atteint"):
            sessions.close_selection(actor=cast.officer, selection_id=selection.pk, reason="", at=SITTING)
        sessions.close_selection(
            actor=cast.officer,
            selection_id=selection.pk,
            reason="Seconde convocation.",
            at=SITTING + timedelta(hours=3),
        )


def test_a_session_reopened_gives_back_what_it_reserved(cast: FundingCast, call: PublishedCall, model: Dossier) -> None:
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "40000"))
    propose_all(cast, selection)
    closed(cast, selection)
    with acting_as(cast.officer):
        assert Envelope.objects.get(pk=selection.envelope_id).left == 0
    with acting_as(cast.decider):
        sessions.reopen_selection(
            actor=cast.decider, selection_id=selection.pk, reason="Erreur de lecture.", at=SITTING
        )
        assert Envelope.objects.get(pk=selection.envelope_id).left == 40_000
        assert not Aid.objects.exists()
    with acting_as(cast.officer):
        sessions.close_selection(actor=cast.officer, selection_id=selection.pk, reason="", at=SITTING)


@pytest.mark.req("S4-3.2.2-03")
def test_payroll_gives_each_structure_its_reference_share(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    copies(model, 3)
    with as_system():
        payrolls = (Decimal(10_000_000), Decimal(5_000_000), Decimal(5_000_000), None)
        for one, payroll in zip(Dossier.objects.order_by("number"), payrolls, strict=True):
            Dossier.objects.filter(pk=one.pk).update(payroll=payroll)
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "300000"))
    shares = {one.number: one.reference for one in lines_of(cast, selection)}
    assert [shares[number] for number in sorted(shares)] == [150_000, 75_000, 75_000, None]
    told = scenario(cast, selection, "by_payroll")
    with acting_as(cast.officer):
        unknown = told.shares.get(line__number=sorted(shares)[3])
        assert (unknown.amount, "la masse salariale manque" in unknown.reason) == (0, True)


@pytest.mark.req("S4-5.1-20")
def test_a_request_above_its_payroll_reference_is_flagged_and_not_cut(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    assert above_reference(Decimal(120_000), Decimal(100_000)) == 20_000
    assert above_reference(Decimal(100_000), Decimal(100_000)) == 0
    copies(model, 1)
    with as_system():
        Dossier.objects.update(
            requested=Decimal(120_000), payroll=Decimal(1_000_000), eligible=Decimal(300_000), grant=Decimal(120_000)
        )
    instructed(call)
    envelope = envelope_of(cast.officer, "200000")
    for use, amounts in (("reference", [120_000, 80_000]), ("tie_break", [120_000, 80_000]), ("cap", [80_000, 80_000])):
        selection = session_on(cast, call, envelope, payroll=use)
        lines = lines_of(cast, selection)
        assert [one.reference for one in lines] == [100_000, 100_000]
        assert [above_reference(one.requested, one.reference) for one in lines] == [20_000, 20_000]
        told = scenario(cast, selection, "in_order")
        with acting_as(cast.officer):
            given = [one.amount for one in told.shares.order_by("line__rank")]
            assert given == ([min(120_000, one.ceiling, 100_000) for one in lines] if use == "cap" else amounts)
            sessions.cancel_selection(
                actor=cast.officer, selection_id=selection.pk, reason="Autre hypothèse.", at=NOVEMBER
            )


@pytest.mark.req("S4-2.2-07")
def test_priority_projects_are_retained_first_within_the_envelope(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    copies(model, 2)
    instructed(call)
    with acting_as(cast.officer):
        last = Instruction.objects.select_related("dossier").order_by("-dossier__number")[0]
        Mark.objects.create(
            circle_id=last.circle_id, instruction=last, criterion="innovative", value=grid.Value.MET.value, at=NOVEMBER
        )
        others = Instruction.objects.exclude(pk=last.pk)
        for one in others:
            for criterion in ("earlier_clact", "orientations", "coherence"):
                Mark.objects.create(
                    circle_id=one.circle_id,
                    instruction=one,
                    criterion=criterion,
                    value=grid.Value.MET.value,
                    at=NOVEMBER,
                )
    selection = session_on(cast, call, envelope_of(cast.officer, "40000"))
    lines = lines_of(cast, selection)
    assert [one.priority for one in lines] == [True, False, False]
    assert lines[0].number == last.dossier.number
    assert lines[0].score < lines[1].score
    told = scenario(cast, selection, "in_order", partial=False)
    with acting_as(cast.officer):
        assert [one.amount for one in told.shares.order_by("line__rank")] == [40_000, 0, 0]


# -- Scenarios


def test_scenarios_stand_side_by_side_with_a_reason_for_each_dossier(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    copies(model, 4)
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "100000"))
    with pytest.raises(DomainError, match="au plus ce qui reste"):
        scenario(cast, selection, "in_order", envelope=Decimal("100000.01"))
    told = [scenario(cast, selection, method) for method in ("in_order", "uniform_rate", "by_payroll")]
    assert [one.total <= 100_000 for one in told] == [True] * 3
    assert told[1].rate == 20
    waiting = scenario(cast, selection, "optimum", partial=False)
    assert waiting.progress == "waiting"
    with as_system():
        scenarios.compute_for_system(scenario_id=waiting.pk, at=NOVEMBER)
        scenarios.compute_for_system(scenario_id=waiting.pk, at=NOVEMBER)
    with acting_as(cast.officer):
        waiting.refresh_from_db()
        assert (waiting.progress, waiting.proven, waiting.total) == ("done", True, 80_000)
        lines = lines_of(cast, selection)
        found = selectors.shares_of(cast.officer, [*told, waiting], lines)
        assert all(len(found[line.pk]) == 4 and all(one.reason for one in found[line.pk].values()) for line in lines)
        last = found[lines[-1].pk][told[0].pk]
        assert last.amount == 0
        assert "Il entrerait en entier avec 100" in last.remedy, "the third takes 20, the fourth 40"


def test_the_figures_that_decide_are_told_for_each_scenario(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    copies(model, 2)
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "100000"))
    asked = [
        scenario(cast, selection, "in_order", least=Decimal(5_000), floors={"971": Decimal(30_000)}),
        scenario(cast, selection, "uniform_rate", maximum=Decimal("12.5")),
    ]
    with acting_as(cast.officer):
        places = selectors.list_places(cast.officer, selection)
        order, rate = selectors.compare_scenarios(cast.officer, asked, places)
        assert (order.scenario.retained, order.partly, order.scenario.total, order.scenario.left, order.lowest) == (
            3,
            1,
            100_000,
            0,
            3,
        )
        assert [(one.name, one.establishments, one.amount) for one in order.places] == [
            ("Guadeloupe (département)", 3, 100_000)
        ]
        assert order.supposed == [
            "minimum utile 5\u202f000,00\u202f€",
            "plancher Guadeloupe (département) 30\u202f000,00\u202f€",
            "financement partiel permis",
        ]
        assert (rate.scenario.total, rate.scenario.left, rate.partly) == (37_500, 62_500, 3)
        assert rate.supposed == ["taux maximum 12,5\u202f%"]
        sheet = tables.comparison_sheet([order, rate], places)
        assert [row[4:9] for row in sheet.rows] == [[3, 1, 100_000, 0, 3], [3, 3, 37_500, 62_500, 3]]


def test_an_unfavourable_or_adjourned_opinion_keeps_a_dossier_out_of_the_sharing(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    copies(model, 3)
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "100000"))
    with acting_as(cast.officer):
        first, second, third, last = lines_of(cast, selection)
        Examined.objects.filter(pk=first.pk).update(opinion="unfavourable")
        Examined.objects.filter(pk=second.pk).update(opinion="adjourned")
        Examined.objects.filter(pk=third.pk).update(computed=0)
    told = scenario(cast, selection, "in_order")
    with acting_as(cast.officer):
        shares = {one.line_id: one for one in told.shares.all()}
        assert [shares[one.pk].amount for one in (first, second, third, last)] == [0, 0, 0, 40_000]
        assert "défavorable" in shares[first.pk].reason
        assert "une fois cet avis rendu" in shares[second.pk].remedy
        scenarios.adopt_scenario(actor=cast.officer, scenario_id=told.pk, at=SITTING)
        adopted = lines_of(cast, selection)
        assert [one.outcome for one in adopted] == ["", "", "refused", "retained"], "the committee says the first two"
        assert adopted[2].reason == scenarios.WITHOUT_AID, "not for want of money"


def test_the_committee_may_depart_from_the_adopted_scenario_with_a_reason(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    copies(model, 2)
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "100000"))
    told = scenario(cast, selection, "in_order")
    with acting_as(cast.officer):
        scenarios.adopt_scenario(actor=cast.officer, scenario_id=told.pk, at=SITTING)
        lines = lines_of(cast, selection)
        assert [(one.outcome, one.amount) for one in lines] == [
            ("retained", 40_000),
            ("retained", 40_000),
            ("partly", 20_000),
        ]
        said = Proposal(outcome="partly", amount=Decimal(15_000))
        with pytest.raises(DomainError, match="dites pourquoi le comité s’en écarte"):
            sessions.propose(actor=cast.officer, line_id=lines[2].pk, said=said, at=SITTING)
        high = Proposal(outcome="retained", amount=lines[0].ceiling + Decimal("0.01"), override="Priorité.")
        with pytest.raises(DomainError, match="limitent l’aide"):
            sessions.propose(actor=cast.officer, line_id=lines[0].pk, said=high, at=SITTING)
        said = Proposal(outcome="partly", amount=Decimal(15_000), override="Le projet se phase.")
        sessions.propose(actor=cast.officer, line_id=lines[2].pk, said=said, at=SITTING)
        with pytest.raises(DomainError, match="reste dans la séance"):
            scenarios.remove_scenario(actor=cast.officer, scenario_id=told.pk, at=SITTING)


# -- Rate


@pytest.mark.req("S4-3.2.2-02")
def test_the_tool_proposes_a_rate_and_nothing_changes_before_validation(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    copies(model, 9)
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "500000"))
    with acting_as(cast.officer):
        told = rates.proposal_of(cast.officer, selection, at=NOVEMBER)
        assert (told.total_before, told.total_after) == (400_000, 500_000)
        assert (told.current * 100, told.proposed * 100, told.factor * 100) == (40, 50, 125)
        with pytest.raises(DomainError, match="motivée"):
            rates.propose_revision(
                actor=cast.officer, selection_id=selection.pk, new=Decimal(50), reason=" ", at=NOVEMBER
            )
        made = rates.propose_revision(
            actor=cast.officer,
            selection_id=selection.pk,
            new=Decimal(50),
            reason="L’enveloppe n’est pas consommée.",
            at=NOVEMBER,
        )
    assert {one.computed for one in lines_of(cast, selection)} == {Decimal(40_000)}
    with acting_as(cast.decider):
        rates.validate_revision(actor=cast.decider, revision_id=made.pk, at=SITTING)
        event = Event.objects.get(verb="call.rate_revised")
        assert (event.evidence["old"], event.evidence["new"], event.reason) == (
            "40.00",
            "50.00",
            "L’enveloppe n’est pas consommée.",
        )
        assert (event.person_id, event.at) == (cast.decider.person_id, SITTING)
    with acting_as(cast.officer):
        sessions.rank_again(actor=cast.officer, selection_id=selection.pk, at=SITTING)
    assert {one.computed for one in lines_of(cast, selection)} == {Decimal(50_000)}


@pytest.mark.req("S4-5.1-16")
def test_a_rate_above_the_stated_maximum_is_the_decision_makers(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "500000"))
    said: dict[str, Any] = {"actor": cast.officer, "selection_id": selection.pk, "reason": "Enveloppe.", "at": NOVEMBER}
    with acting_as(cast.officer):
        high = rates.propose_revision(new=Decimal(50), **said)
        assert high.above_maximum
        assert "au-dessus du maximum affiché de 40 %" in rate_warning(high.new, high.maximum).replace("\u202f", " ")
        with pytest.raises(Refused, match="décideur"):
            rates.validate_revision(actor=cast.officer, revision_id=high.pk, at=NOVEMBER)
        low = rates.propose_revision(new=Decimal(35), **said)
        assert not low.above_maximum
        rates.validate_revision(actor=cast.officer, revision_id=low.pk, at=NOVEMBER)
    assert [one.computed for one in lines_of(cast, selection)] == [35_000]
    with acting_as(cast.decider):
        rates.validate_revision(actor=cast.decider, revision_id=high.pk, at=SITTING)
    with acting_as(cast.officer):
        everything = rates.propose_revision(new=Decimal(100), **said)
        assert everything.total_after == 80_000, "80 % of public aid, whatever the rate"
        (_, (book, facts)) = next(
            iter(scores.facts_of(cast.officer, scores.assess(cast.officer, call), at=NOVEMBER).items())
        )
        (project,) = facts.projects or ()
        (line,) = project.expenses or ()
        large = replace(line, excl_tax=Decimal(900_000), incl_tax=Decimal(976_500))
        costly = replace(facts, projects=(replace(project, expenses=(large,)),))
        amounts = sessions.amounts_of(book, costly, known=Decimal(300_000), rate=Decimal(50))
        assert (amounts.computed, amounts.ceiling) == (300_000, 300_000), "the cap of 300,000 € stays"


# -- Decisions


@pytest.mark.req("S4-3.2.1-02")
def test_grants_are_decided_once_every_dossier_received_is_examined(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    copies(model, 9)
    instructed(call, many=9)
    selection = session_on(cast, call, envelope_of(cast.officer, "1000000"))
    propose_all(cast, selection)
    closed(cast, selection)
    with acting_as(cast.decider):
        refused = rights.may_decide(
            cast.decider, selectors.get_selection(cast.decider, selection.pk), scores.all_examined(cast.decider, call)
        )
        assert not refused.allowed
        assert "il en reste 1" in refused.reason
        with pytest.raises(Refused, match="il en reste 1"):
            deciding.decide_all(actor=cast.decider, selection_id=selection.pk, decided_on=DAY, at=SITTING)
    instructed(call)
    assert len(decided(cast, selection).done) == 10


def test_a_rejected_dossier_counts_as_closed(cast: FundingCast, call: PublishedCall, model: Dossier) -> None:
    copies(model, 1, state="rejected_incomplete")
    instructed(call)
    with acting_as(cast.decider):
        assert scores.all_examined(cast.decider, call).allowed


def test_a_decision_is_taken_once_and_departs_from_the_proposal_with_a_reason(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    copies(model, 1)
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "70000"))
    propose_all(cast, selection, "30000")
    with acting_as(cast.officer):
        Examined.objects.filter(selection=selection).update(conditions="Document unique à jour.")
    closed(cast, selection)
    first, second = lines_of(cast, selection)
    with acting_as(cast.decider):
        said: dict[str, Any] = {"actor": cast.decider, "decided_on": DAY, "at": SITTING}
        more = Decided(amount=Decimal("40000.01"), override="Urgence.")
        with pytest.raises(DomainError, match="motif"):
            deciding.award(line_id=first.pk, said=Decided(amount=Decimal(40_000)), **said)
        with pytest.raises(DomainError, match="dépassée de 0,01"):
            deciding.award(line_id=first.pk, said=more, **said)
        emptied = Decided(amount=Decimal(40_000), override="Urgence.", conditions="")
        made = deciding.award(line_id=first.pk, said=emptied, **said)
        assert (made.amount, made.conditions) == (40_000, ""), "what who decides takes away is not brought back"
        with pytest.raises(Refused, match="déjà sa décision"):
            deciding.award(line_id=first.pk, said=Decided(), **said)
        refusal = Decided(outcome="refused", reason="Projet retiré du programme.", override="Avis de la direction.")
        assert deciding.award(line_id=second.pk, said=refusal, **said).conditions == "", "a refusal has none"
        envelope = Envelope.objects.get(pk=selection.envelope_id)
        assert (envelope.held, envelope.left) == (40_000, 30_000)
        assert Selection.objects.get(pk=selection.pk).state == "decided"
    with acting_as(cast.officer), pytest.raises(Refused, match="décideur"):
        deciding.decide_all(actor=cast.officer, selection_id=selection.pk, decided_on=DAY, at=SITTING)


@pytest.mark.req("S0-2-12")
def test_the_table_of_retained_projects_is_sent_to_the_partners(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    selection = whole(cast, call, model, more=11, refused=5)
    with acting_as(cast.officer):
        sent = listing.send_table(actor=cast.officer, selection_id=selection.pk, at=JANUARY)
        assert (sent.rows, sent.total, sent.at) == (7, 280_000, JANUARY)
        assert len(sent.recipients) == 2
        sheet = Document.objects.get(subject=selection.pk, kind=printing.TABLE, name__endswith=".xlsx")
        book = CalamineWorkbook.from_filelike(io.BytesIO(documents.read(sheet)))
        rows = book.get_sheet_by_name("Projets retenus").to_python()
        assert rows[0] == [
            "Établissement", "Secteur", "Intitulé du projet", "Thème", "Coût total", "Montant accordé", "Financeur(s)",
            "Avis collégial", "Date de décision",
        ]  # fmt: skip
        assert len(rows) - 1 == 7
        assert sum(row[5] for row in rows[1:]) == 280_000
        assert book.get_sheet_by_name("Totaux").to_python()[1] == [7, 700_000, 280_000]
        assert documents.read(sent.document).startswith(b"%PDF")
    with as_system():
        told = set(Notice.objects.filter(key__contains=str(sent.pk)).values_list("person_id", flat=True))
        assert told == {cast.fund.person_id, cast.labour.person_id}


@pytest.mark.req("S0-2-13")
def test_a_partner_asks_for_a_detailed_listing_and_the_answer_is_kept(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    selection = whole(cast, call, model, more=1)
    scope = "Le détail des coûts et des avis."
    with acting_as(cast.fund):
        asked = listing.ask_listing(actor=cast.fund, selection_id=selection.pk, scope=scope, at=JANUARY)
        assert (asked.asked_by_id, asked.asked_at, asked.scope) == (cast.fund.organisation_id, JANUARY, scope)
    with acting_as(cast.officer):
        assert DueItem.objects.get(key=f"listing:{asked.pk}").state == "open"
        with pytest.raises(Refused, match="vient d’un partenaire"):
            listing.ask_listing(actor=cast.officer, selection_id=selection.pk, scope="x", at=JANUARY)
        later = JANUARY + timedelta(days=3)
        made = listing.answer_listing(actor=cast.officer, request_id=asked.pk, at=later)
        assert made.answered_at == later
        assert DueItem.objects.get(key=f"listing:{asked.pk}").state == "done"
        with pytest.raises(Refused, match="a reçu sa réponse"):
            listing.answer_listing(actor=cast.officer, request_id=asked.pk, at=later)
    with acting_as(cast.fund):
        kept = selectors.list_requests(cast.fund, selection).get()
        assert kept.document is not None
        book = CalamineWorkbook.from_filelike(io.BytesIO(documents.read(kept.document)))
        assert len(book.get_sheet_by_name("Dossiers").to_python()) == 3


@pytest.mark.req("S4-6-03")
def test_every_applicant_receives_its_decision_in_the_window(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    step = selectors.step_of(call, "notification")
    assert step_on_time(step, date(2024, 1, 31)) == ""
    assert "En retard de 1 jour" in step_on_time(step, date(2024, 2, 1))
    assert "Avant la période" in step_on_time(step, date(2023, 12, 31))
    selection = whole(cast, call, model, more=11, refused=5)
    last = datetime(2024, 1, 31, 23, 59, tzinfo=GUADELOUPE)
    with acting_as(cast.officer):
        told = telling.notify_decisions(actor=cast.officer, selection_id=selection.pk, at=last)
        assert (told.count, told.late) == (12, "")
        late = telling.notify_decisions(actor=cast.officer, selection_id=selection.pk, at=last + timedelta(minutes=2))
        assert late.count == 0
        assert "En retard" in late.late
        assert Grant.objects.count() == 7
    with as_system():
        printing.print_letters_for_system(selection_id=selection.pk, at=last)
        letters = Document.objects.filter(kind=printing.LETTER)
        assert letters.count() == 12
        assert not Told.objects.filter(letter=None).exists()
        assert Told.objects.filter(outcome="refused").exclude(reason="").count() == 5
        assert Document.objects.filter(kind=printing.LETTERS, subject=selection.pk).count() == 1
        texts = {}
        for one in Told.objects.select_related("letter"):
            assert one.letter is not None
            pages = PdfReader(io.BytesIO(documents.read(one.letter))).pages
            texts[one.outcome] = " ".join(" ".join(page.extract_text() for page in pages).split())
        assert "votre projet n’est pas retenu. Motif" in texts["refused"]
        assert "Voies de recours" in texts["refused"]
        assert "votre projet est retenu." in texts["retained"]
        assert "Voies de recours" not in texts["retained"]
    with acting_as(cast.director):
        own = selectors.get_told(cast.director, model.pk)
        assert (own.outcome, own.amount) == ("retained", 40_000)
        assert Told.objects.visible_to(cast.director).count() == 1
        assert not Examined.objects.visible_to(cast.director).exists()
        assert not Award.objects.visible_to(cast.director).exists()


@pytest.mark.req("S4-6-02")
def test_dossiers_without_decision_after_the_examination_are_flagged_and_answered(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    copies(model, 1, state="rejected_incomplete")
    step = selectors.step_of(call, "examination")
    assert step is not None
    assert (step.starts_on, step.ends_on) == (date(2023, 11, 7), date(2023, 12, 31))
    last = datetime(2023, 12, 31, 23, 59, tzinfo=GUADELOUPE)
    after = datetime(2024, 1, 1, tzinfo=GUADELOUPE)
    with acting_as(cast.officer):
        for at, expected in ((last, []), (after, [model.pk])):
            rows = selectors.list_late(cast.officer, call, selectors.today_of(call, at))
            assert [one.pk for one in rows] == expected
    with as_system():
        assert telling.flag_undecided_for_system(at=last) == 0
        assert telling.flag_undecided_for_system(at=after) == 1
        assert telling.flag_undecided_for_system(at=after) == 1
        assert DueItem.objects.filter(key=f"dossier:{model.pk}:undecided", state="open").count() == 1
    with acting_as(cast.officer):
        text = "Le comité se réunit en février."
        assert telling.answer_undecided(actor=cast.officer, call=call, text=text, at=after) == 1
    with as_system():
        assert Notice.objects.filter(person_id=cast.director.person_id, body__contains="février").exists()


def test_a_proportion_is_unknown_without_its_figures() -> None:
    told = proportion(Decimal(200_000), 40, Decimal(8_000_000))
    assert (told.by_agent, told.of_payroll) == (5_000, Decimal("0.025"))
    assert proportion(Decimal(1), 0, None).by_agent is None


def test_who_declared_an_interest_neither_reads_nor_decides_the_dossier(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    copies(model, 1)
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "100000"))
    propose_all(cast, selection)
    closed(cast, selection)
    with acting_as(cast.decider):
        instruction = Instruction.objects.get(dossier=model)
        Interest.objects.create(
            circle_id=instruction.circle_id, instruction=instruction, person_id=cast.decider.person_id,
            organisation_id=cast.decider.organisation_id, reason="Parent employé", at=NOVEMBER,
        )  # fmt: skip
        rows = selectors.list_open_lines(cast.decider, selection, LineSearch())
        assert [one.dossier_id == model.pk for one in rows] == [False]
        assert selectors.count_closed(cast.decider, selection) == 1
    report = decided(cast, selection)
    assert len(report.done) == 1
    assert "lien d’intérêt" in report.left[0][1]
