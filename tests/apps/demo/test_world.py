"""What the builder makes: every state of the story, nothing that accuses a real institution."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.support.roles import as_system

from avenant.contracts.amendments.models import Amendment
from avenant.contracts.drafting.models import UNSIGNED, Contract, Signature
from avenant.demo import services
from avenant.demo.building.calendar import PARIS
from avenant.demo.building.world import build
from avenant.demo.models import Visitor, World
from avenant.domain.audiences import Role
from avenant.domain.contracts import Standing
from avenant.domain.decision import Severity
from avenant.domain.indicators import Provider
from avenant.foundations.accounts.models import User
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.meetings.models import Committee, Session
from avenant.foundations.meetings.selectors import list_regional_committees
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Membership, Organisation
from avenant.funding.allocation.models import Award, Scenario, Selection, Told
from avenant.funding.calls.models import Call, PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants.models import Grant
from avenant.funding.reports.models import ExpenseVerdict, GrantReport, Recovery
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation.models import BenchmarkLine, RegionalFigure, Review, ReviewItem
from avenant.indicators.declarations import progress
from avenant.indicators.declarations.models import (
    Declaration,
    DeclaredValue,
    DraftValue,
    Part,
    Question,
    Remark,
    Submission,
)
from avenant.indicators.declarations.sheet import sheet
from avenant.indicators.profiles import selectors as profiles
from avenant.indicators.profiles.comparing import compare
from avenant.site.committees import set_up_committees

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world"), pytest.mark.slow]
MORNING = datetime(2026, 3, 3, 9, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def _system() -> Iterator[None]:
    with as_system():
        yield


def labour() -> Actor:
    membership = Membership.objects.select_related("person", "organisation", "unit").get(
        person__email="pilote@demo.invalid"
    )
    return Actor.of(membership)


def service_parts(year: int = 2025) -> dict[str, Part]:
    rows = Part.objects.filter(declaration__year=year, provider=Provider.SERVICE).select_related("declaration__service")
    return {part.declaration.service.key: part for part in rows}


def test_fourteen_contracts_live_the_campaign_each_at_its_moment() -> None:
    campaign = Campaign.objects.get(year=2025)
    assert campaign.state == "open"
    assert (campaign.opens_on.isoformat(), campaign.committee_on.isoformat()) == ("2026-01-15", "2026-04-10")
    assert campaign.due_at == datetime(2026, 3, 12, tzinfo=PARIS), "11 March is the last day"
    states = Counter(part.state for part in service_parts().values())
    assert states == {"draft": 3, "returned": 1, "submitted": 8, "validated": 2}
    assert service_parts()["val-issole"].state == "returned"
    assert service_parts()["satdl"].state == "draft"


def test_the_two_services_that_have_not_begun_are_late_when_the_clock_passes_the_deadline() -> None:
    campaign = Campaign.objects.get(year=2025)
    with acting_as(labour()):
        assert progress.board(labour(), campaign, at=MORNING).late == 0
        passed = progress.board(labour(), campaign, at=campaign.due_at)
    late = {line.declaration.service.key for line in passed.lines if line.late}
    assert late == {"aubelarde", "mistralonne"}
    assert Event.objects.filter(verb="part.reminded").count() == 2
    assert not DraftValue.objects.filter(part__declaration__service__key__in=late).filter(
        part__provider=Provider.SERVICE
    )


def test_every_state_of_the_collection_can_be_met() -> None:
    assert set(Part.objects.values_list("state", flat=True)) == set(Part.lifecycle.states)
    assert set(Campaign.objects.values_list("state", flat=True)) == {"open", "closed"}
    assert set(Contract.objects.values_list("state", flat=True)) == set(Contract.lifecycle.states)
    assert set(Review.objects.values_list("state", flat=True)) == set(Review.lifecycle.states)
    for provider in (Provider.SOCIAL_SERVICE, Provider.FUND_PREVENTION):
        states = set(Part.objects.filter(declaration__year=2025, provider=provider).values_list("state", flat=True))
        assert states == {"draft", "submitted", "validated"}
    assert {bool(remark.text) for remark in Remark.objects.all()} == {True, False}
    assert {bool(question.answer) for question in Question.objects.all()} == {True, False}
    submitted = Part.objects.filter(declaration__year=2025, provider=Provider.SERVICE, state="submitted")
    assert submitted.filter(submissions__remarks=None).exists(), "one still waits for the fund's remarks"


def test_each_finding_is_settled_and_each_reason_answers_one() -> None:
    told = Counter[str]()
    for part in service_parts().values():
        if part.state == "draft":
            continue
        with acting_as(labour()):
            filled = sheet(labour(), part)
        told.update(one.severity.value for row in filled.rows for one in row.findings)
        handed_in = DeclaredValue.objects.filter(submission__part=part)
        for value in handed_in.select_related("definition"):
            asked = [
                one
                for row in filled.rows
                if row.definition.code == value.definition.code
                for one in row.findings
                if one.severity is Severity.TO_JUSTIFY
            ]
            assert bool(asked) is bool(value.justification), (part, value.definition.code)
    assert told["blocking"] == 0
    assert told["to_justify"] >= 6
    assert DeclaredValue.objects.exclude(unavailable="").count() >= 2


def test_no_figure_and_no_lateness_is_invented_for_a_real_institution() -> None:
    real = Contract.objects.filter(fictional=False)
    assert {contract.key for contract in real} == {
        "convention-martinique-2022-2025",
        "cpom-durance-luberon-2025-2029",
        "cpom-guadeloupe-2025-2030",
    }
    assert real.get(key="cpom-durance-luberon-2025-2029", state="in_force").promises.count() == 62
    returns = Declaration.objects.filter(contract__in=real)
    assert [one.year for one in returns] == [2025]
    assert set(Part.objects.filter(declaration__in=returns).values_list("state", flat=True)) == {"draft"}
    for model in (DraftValue, Submission, Question, Remark):
        path = "submission__part" if model is Remark else "part"
        assert not model.objects.filter(**{f"{path}__declaration__in": returns}).exists()
    assert not DeclaredValue.objects.filter(submission__part__declaration__in=returns).exists()
    assert not Review.objects.filter(contract__in=real).exists()
    assert {line.result["own"] for line in BenchmarkLine.objects.filter(contract__in=real)} == {None}
    # What is handed in in the name of a real organisation is a part of a contract that is marked fictional.
    mine = Submission.objects.filter(part__owner__fictional=False)
    assert not mine.exclude(part__declaration__contract__fictional=True).exists()
    late = DueItem.objects.filter(state=DueItem.State.OPEN, due_at__lte=MORNING, organisation__fictional=False)
    assert not late.exists()
    parties = Organisation.objects.filter(kind="spsti", contracts__contract__in=real)
    assert set(Organisation.objects.filter(kind="spsti", fictional=False)) == set(parties)


@pytest.mark.parametrize("days", [1, 7, 38, 200])
def test_the_clock_never_makes_a_real_service_late(days: int) -> None:
    at = MORNING + timedelta(days=days)
    services.postpone_real_deadlines(at=at)
    for declaration in Declaration.objects.filter(contract__fictional=False):
        assert declaration.due_at > at + timedelta(days=38), "farther than the longest step of the clock"
        due = DueItem.objects.filter(circle=declaration.circle, state=DueItem.State.OPEN)
        assert declaration.due_at in {item.due_at for item in due}
        assert all(item.due_at > at + timedelta(days=38) for item in due)
    postponed = DueItem.objects.filter(state=DueItem.State.OPEN, organisation__fictional=False, due_at__gt=at)
    for item in postponed.filter(due_at__date__range=(at + timedelta(days=89), at + timedelta(days=92))):
        assert item.due_at.astimezone(ZoneInfo(item.zone)).time() == datetime.min.time(), "the end of a day"
    fictional = Declaration.objects.filter(contract__fictional=True, year=2025)
    assert set(fictional.values_list("due_at", flat=True)) == {Campaign.objects.get(year=2025).due_at}


def test_former_years_are_taken_over_and_read_as_last_years() -> None:
    assert set(Campaign.objects.filter(taken_over=True).values_list("year", flat=True)) == {2022, 2023, 2024}
    former = Declaration.objects.filter(taken_over=True)
    assert Counter(former.values_list("year", flat=True)) == {2022: 13, 2023: 13, 2024: 13}
    assert set(Part.objects.filter(declaration__in=former).values_list("state", flat=True)) == {"consolidated"}
    assert not DueItem.objects.filter(page__in=[part.page() for part in Part.objects.filter(declaration__in=former)])
    with acting_as(labour()):
        rows = sheet(labour(), service_parts()["ventarelle"]).rows
    assert all(row.previous_text for row in rows if row.definition.set_code in ("pdp", "a4"))


def test_the_region_is_consolidated_and_one_review_is_signed_off_with_its_pdf() -> None:
    for year in (2022, 2023, 2024):
        figure = RegionalFigure.objects.get(campaign__year=year, definition__code="pdp-1.10")
        assert (figure.contributors, figure.expected) == (13, 13)
    now = RegionalFigure.objects.get(campaign__year=2025, definition__code="pdp-1.10")
    assert (now.contributors, now.expected) == (10, 14)
    signed = Review.objects.get(state="signed_off")
    assert (signed.year, signed.content["mention"]) == (2024, "Démonstration, faits fictifs")
    assert Document.objects.get(subject=signed.pk).sha256 == signed.sha256
    assert Review.objects.filter(state="draft", year=2025).count() == 2


def test_every_contract_in_force_has_its_committee_and_the_region_places_fourteen() -> None:
    bound = Contract.objects.exclude(state__in=("ended", *UNSIGNED)).filter(territory_id="R93", kind="cpom_spsti")
    followed = Committee.objects.filter(kind="follow_up")
    for contract in bound.exclude(ends_on__year__lte=2024):
        assert followed.filter(circle_id=contract.circle_id).exists(), contract
    assert list(set_up_committees(at=MORNING)) == [], "the night has nothing to set up"
    with acting_as(labour()):
        assert len(list_regional_committees(labour(), 2026)) == 14
    apart = followed.filter(regional=False, zone="Europe/Paris", fictional=True)
    sessions = Session.objects.filter(committee__in=apart, year=2026, state="planned")
    assert {one.committee.short_name for one in sessions} == {"Rivebelle", "Tourmaline", "Sauvecombe", "Aigueperle"}


def test_a_reorientation_is_in_the_minutes_and_in_the_review() -> None:
    [item] = ReviewItem.objects.exclude(decided_in=None)
    assert item.decided_in is not None
    assert (item.review.year, item.definition.code, item.review.contract.fictional) == (2025, "pdp-1.10", True)
    assert item.decided_in.session.state == "minutes_shared"


def test_each_state_of_a_contract_and_of_an_amendment_can_be_met() -> None:
    """Draft, in consultation, half signed with one party to sign again, in force, amendment under signature, terminated
    with notice running, denounced, expired, renewed."""
    states = Counter(Contract.objects.filter(fictional=True).values_list("state", flat=True))
    assert all(states[one] for one in ("draft", "in_consultation", "to_sign", "in_force", "denounced", "expired"))
    signatures = Signature.objects.filter(contract__state="to_sign", contract__fictional=True)
    assert Counter(one.status for one in signatures) == {"signé": 1, "à signer de nouveau": 1, "signature attendue": 1}
    amendments = {(one.kind, one.state) for one in Amendment.objects.filter(contract__fictional=True)}
    assert {("content", "applied"), ("content", "to_sign"), ("termination", "signed")} <= amendments
    leaving = Contract.objects.get(key__startswith="cpom-tourmaline-")
    assert leaving.standing(date(2026, 3, 3)) is Standing.TERMINATED
    renewed = Contract.objects.get(key="cpom-aigueperle-2021-2025")
    assert renewed.state == "expired"
    assert Contract.objects.get(key="cpom-aigueperle-2026-2030").state == "draft"


def test_people_are_capacities_or_invented_and_hold_every_role() -> None:
    roles = {role for membership in Membership.objects.all() for role in membership.roles}
    assert roles == {role.value for role in Role if role is not Role.SYSTEM}
    for membership in Membership.objects.select_related("person", "organisation"):
        assert membership.person.email.endswith("@demo.invalid")
        assert not membership.person.has_usable_password()
        if membership.organisation.fictional:
            assert " Démo, " in membership.person.name or membership.person.name.endswith("(fictif)")
        else:
            assert membership.person.name.endswith("(démonstration)")
    managed = Membership.objects.filter(roles__contains=["service_manager"]).values("organisation")
    assert managed.count() == 21
    # Each person has a button to enter by, but the directors who hold a dossier of the former call alone.
    assert 40 < Visitor.objects.count() <= User.objects.count()
    winter = Dossier.objects.filter(call__key="clact-demonstration-hiver-2026")
    for dossier in winter:
        assert Visitor.objects.filter(person__memberships__organisation=dossier.owner_id).exists(), dossier.name
    assert winter.count() == 3


def test_building_again_changes_nothing_and_is_quick() -> None:
    before = (Event.objects.count(), DeclaredValue.objects.count(), User.objects.count())
    started = time.monotonic()
    assert not build()
    assert time.monotonic() - started < 2
    assert (Event.objects.count(), DeclaredValue.objects.count(), User.objects.count()) == before
    assert World.objects.count() == 1


# Acts of the loading of the references, at the instant at which the database was prepared.
REFERENCES = (
    "contract.taken_over",
    "contract.text_taken_over",
    "contract.prepared",
    "contract.bring_into_force",
    "funding_request.take_over",
)


def test_nothing_has_happened_yet_that_the_clock_has_not_reached() -> None:
    story = Event.objects.exclude(verb__in=REFERENCES)
    assert not story.filter(at__gt=MORNING).exists()


CALL = "clact-guadeloupe-2023"


def test_the_call_of_2023_is_closed_and_its_dossiers_are_at_each_state() -> None:
    rows = Dossier.objects.filter(call__key=CALL)
    assert 55 <= rows.values("establishment").distinct().count() <= 65
    assert all(Organisation.objects.filter(pk__in=rows.values("owner")).values_list("fictional", flat=True))
    assert set(rows.values_list("territory_code", flat=True)) == {"971", "977", "978"}
    states = Counter(Dossier.objects.values_list("state", flat=True))
    assert set(states) == set(Dossier.lifecycle.states)
    rejected = Event.objects.filter(verb="dossier.reject_incomplete")
    assert rejected.count() == states["rejected_incomplete"]
    assert all(one.evidence["reasons"][0]["sentence"] and one.evidence["reasons"][0]["remedy"] for one in rejected)


def test_a_session_compared_scenarios_decided_and_gave_each_its_reason() -> None:
    selection = Selection.objects.get(call__key=CALL)
    assert selection.state == "notified"
    methods = set(Scenario.objects.filter(selection=selection).values_list("method", flat=True))
    assert methods >= {"in_order", "uniform_rate", "by_payroll", "optimum"}
    awards = Award.objects.filter(line__selection=selection)
    assert {"refused", "partly"} <= set(awards.values_list("outcome", flat=True))
    assert not awards.filter(outcome="refused", reason="").exists()
    assert Told.objects.filter(dossier__call__key=CALL).count() == awards.count()


def test_aids_are_paid_one_report_is_late_one_expense_refused_one_recovery_offset() -> None:
    grants = Grant.objects.filter(call__key=CALL)
    assert grants.filter(paid__gt=0).count() >= 3
    late = [one for one in GrantReport.objects.filter(grant__in=grants) if one.standing(MORNING) == "en retard"]
    assert len(late) == 1
    assert all(Organisation.objects.get(pk=one.grant.beneficiary_id).fictional for one in late)
    refused = ExpenseVerdict.objects.get(accepted=False, expense__report__grant__in=grants)
    assert refused.reason
    offset = Recovery.objects.get(state="settled", grant__in=grants)
    assert [(one.way, one.amount) for one in offset.entries.all()] == [("offset", offset.decided)]
    assert Recovery.objects.filter(grant__in=grants).exclude(state="settled").count() == 1


def test_one_call_is_open_today_and_one_being_prepared() -> None:
    (open_now,) = PublishedCall.objects.filter(closes_at__gt=MORNING)
    assert open_now.fictional
    assert set(Dossier.objects.filter(call=open_now).values_list("state", flat=True)) == {"draft", "submitted"}
    assert Call.objects.get(state="preparation").fictional


def test_a_counted_declaration_agrees_with_its_return_but_for_what_it_explains() -> None:
    """Its page shows what a count is for: a few differences, each with its reason in the return."""
    for service, expected in {
        "val-issole": ["pdp-1.14", "pdp-1.3", "satdl-1.2.12", "satdl-1.2.2"],
        "castelmistral": ["pdp-1.14", "pdp-1.3"],
    }.items():
        part = Part.objects.get(declaration__service__key=service, declaration__year=2025, provider="service")
        member = Membership.objects.filter(organisation=part.owner, roles__contains=["service_manager"]).first()
        assert member is not None
        manager = Actor.of(member)
        with acting_as(manager):
            rows = compare(manager, part, profiles.list_files(manager, part).first())
        assert sorted(one.row.definition.code for one in rows if one.differs) == expected
