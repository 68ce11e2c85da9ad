"""The reports of an aid: what is due when, what is handed in, how the authority reads it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.support.funding import TOO_LATE, FundingCast, fill, hand_in, join, open_for, publish
from tests.support.granting import FEBRUARY, awarded, grant_it, in_force, instalment, open_agreement, sign
from tests.support.reports import (
    MARCH_2025,
    MARCH_2026,
    THERE,
    accept,
    bill,
    declare,
    follow,
    followed,
    pay,
    report_of,
    send,
    tell,
    whole,
)
from tests.support.roles import as_system

from avenant.domain.decision import DomainError, Refused
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.messages.models import Notice
from avenant.foundations.messages.services import remind
from avenant.foundations.parties.actors import acting_as
from avenant.funding.dossiers.services import judging
from avenant.funding.grants import services as grants
from avenant.funding.grants.models import Grant
from avenant.funding.reports.models import (
    DuerpPromise,
    Evaluation,
    FollowUp,
    GrantReport,
    ReportedExpense,
    ReportEvidence,
    ReportText,
)
from avenant.funding.reports.selectors import statements
from avenant.funding.reports.selectors.statements import ReportSearch
from avenant.funding.reports.services import following, reviewing, writing
from avenant.funding.reports.services.writing import EvidenceSaid

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def grant(cast: FundingCast) -> Grant:
    return followed(cast)


@pytest.fixture
def report(cast: FundingCast, grant: Grant) -> GrantReport:
    """The report of 2024, due on 30 March 2025."""
    return report_of(cast.director, grant, 2024)


def due_days(grant: Grant) -> dict[str, list[date]]:
    rows = GrantReport.objects.filter(grant=grant).exclude(state="dropped").order_by("due_on")
    return {kind: [one.due_on for one in rows if one.kind == kind] for kind in ("yearly", "closing")}


@pytest.mark.req("S4-3.3-05")
def test_the_agreement_owes_a_report_each_30_march_and_a_last_evaluation(cast: FundingCast) -> None:
    grant = in_force(cast)  # signed on 15 February 2024
    follow(grant)
    with acting_as(cast.director):
        assert due_days(grant)["yearly"] == [date(2025, 3, 30), date(2026, 3, 30)]
        assert Evaluation.objects.get(grant=grant).state == "expected"
        keys = [following.hand_in_key(one) for one in GrantReport.objects.filter(grant=grant)]
        items = DueItem.objects.filter(key__in=keys)
        assert {one.organisation_id for one in items} == {cast.director.organisation_id}
    with as_system():
        days_of = {
            "bilan annuel 2024": (2025, 3, 30),
            "bilan annuel 2025": (2026, 3, 30),
            "évaluation d’impact": (2026, 6, 30),
        }
        for days in (-10, 10):  # before and after each
            for label, day in days_of.items():
                due = datetime(*day, 12, tzinfo=UTC)
                remind(at=due + timedelta(days=days))
                told = Notice.objects.filter(person_id=cast.director.person_id, title__contains=label)
                assert told.filter(title__contains="retard" if days > 0 else "Dans").exists(), (due, days)


@pytest.mark.req("S4-3.3-06")
def test_the_last_days_are_told_by_a_closing_report(cast: FundingCast) -> None:
    grant = in_force(cast)
    follow(grant)
    with acting_as(cast.director):
        days = due_days(grant)
        assert days == {"yearly": [date(2025, 3, 30), date(2026, 3, 30)], "closing": [date(2026, 6, 30)]}
        closing = GrantReport.objects.get(grant=grant, kind="closing")
        assert (closing.starts_on, closing.ends_on) == (date(2026, 1, 1), date(2026, 3, 31))
        assert Evaluation.objects.get(grant=grant).due_on == date(2026, 6, 30)


def test_nothing_is_owed_before_the_signature(cast: FundingCast) -> None:
    grant = awarded(cast)
    with as_system():
        assert following.follow_grants(at=FEBRUARY) == 0
    sign(cast.officer, open_agreement(cast, grant))
    with acting_as(cast.fund), pytest.raises(Refused):
        following.follow_grant(actor=cast.fund, grant_id=grant.pk, at=FEBRUARY)
    with acting_as(cast.officer):
        following.follow_grant(actor=cast.officer, grant_id=grant.pk, at=FEBRUARY)
    with as_system():
        assert following.follow_grants(at=FEBRUARY) == 1


def test_a_later_first_payment_and_a_longer_duration_move_the_days(cast: FundingCast) -> None:
    grant = in_force(cast)
    follow(grant)
    pay(cast, grant, 1, date(2025, 1, 6))
    follow(grant)
    with acting_as(cast.director):
        assert due_days(grant)["yearly"] == [date(2026, 3, 30)]
        first = GrantReport.objects.get(grant=grant, year=2025)
        assert first.starts_on == FollowUp.objects.get(grant=grant).since
        dropped = GrantReport.objects.get(grant=grant, state="dropped")
        assert DueItem.objects.get(key=following.hand_in_key(dropped)).state == "dropped"
    with acting_as(cast.officer):
        Grant.objects.filter(pk=grant.pk).update(consume_until=date(2027, 3, 31))
    follow(grant)
    with acting_as(cast.director):
        assert due_days(grant) == {"yearly": [date(2026, 3, 30), date(2027, 3, 30)], "closing": [date(2027, 6, 30)]}


def test_what_is_written_is_the_establishment_s_until_it_is_handed_in(cast: FundingCast, report: GrantReport) -> None:
    declare(cast.director, report, bill())
    tell(cast.director, report, "1000.00")
    for reader in (cast.officer, cast.fund):
        with acting_as(reader):
            assert not ReportedExpense.objects.exists()
            assert not ReportEvidence.objects.exists()
            assert not ReportText.objects.exists()
    send(cast.director, report)
    for reader in (cast.officer, cast.fund, cast.labour):
        with acting_as(reader):
            assert ReportedExpense.objects.get().supplier == "Ergo Conseil (fictif)"
    with acting_as(cast.other_director):
        assert not GrantReport.objects.exists()


@pytest.mark.req("S4-3.3-02")
@pytest.mark.parametrize(
    ("at", "late"),
    [
        (datetime(2025, 3, 29, 10, tzinfo=THERE), False),
        (datetime(2025, 3, 30, 23, 59, tzinfo=THERE), False),
        (datetime(2025, 3, 30, 23, 59, 59, 999_999, tzinfo=THERE), False),
        (datetime(2025, 3, 31, 0, 0, tzinfo=THERE), True),
    ],
)
def test_30_march_is_in_time_until_its_last_second_there(
    cast: FundingCast, report: GrantReport, at: datetime, late: bool
) -> None:
    declare(cast.director, report, bill(), at=at)
    tell(cast.director, report, "1000.00", at=at)
    handed = send(cast.director, report, at=at)
    assert handed.late is late
    assert report_of(cast.officer, report.grant, 2024).late is late


@pytest.mark.req("S4-3.3-02")
def test_without_any_evidence_it_is_incomplete(cast: FundingCast, report: GrantReport) -> None:
    row = declare(cast.director, report, bill(file=None))
    tell(cast.director, report, "1000.00")
    with pytest.raises(Refused, match="incomplet"):
        send(cast.director, report)
    assert report_of(cast.director, report.grant, 2024).state == "expected"
    kinds = [("invoice", "facture acquittée"), ("training", "justificatif de réalisation d’une formation"),
             ("other", "autre justificatif")]  # fmt: skip
    assert [(one.value, one.label) for one in ReportEvidence.Kind] == kinds
    file = EvidenceSaid(name="attestation.pdf", content=b"%PDF-1.7 x", kind="training")
    with acting_as(cast.director):
        joined = writing.join_evidence(actor=cast.director, report_id=report.pk, file=file, at=MARCH_2025)
    declare(cast.director, report, bill(file=None, evidence=joined.pk), pk=row.pk)
    assert send(cast.director, report).content["evidence"][0]["kind"] == "training"


@pytest.mark.req("S4-3.3-03")
def test_the_statement_has_its_columns_by_action(cast: FundingCast, grant: Grant, report: GrantReport) -> None:
    assert report.due_on == date(2025, 3, 30)
    with acting_as(cast.director):
        action = grant.actions.get()
    declare(cast.director, report, bill(action=action.pk, excl_tax=D("30000.00"), incl_tax=D("32550.00")))
    tell(cast.director, report, "30000.00")
    first = send(cast.director, report)
    (row,) = first.content["statement"]
    assert row == {
        "action": "Revoir les cycles", "eligible": "100000.00", "grant": "40000.00", "paid": "16000.00",
        "in_year": "30000.00", "to_date": "30000.00", "remaining": "70000.00", "evidence": ["J1"],
    }  # fmt: skip
    second = report_of(cast.director, grant, 2025)
    assert second.due_on == date(2026, 3, 30)
    declare(
        cast.director, second, at=MARCH_2026,
        said=bill(invoice="F-2", action=action.pk, paid_on=date(2025, 5, 5), excl_tax=D("5000.00"), incl_tax=D("5425.00")),
    )  # fmt: skip
    tell(cast.director, second, "5000.00", at=MARCH_2026)
    (row,) = send(cast.director, second, at=MARCH_2026).content["statement"]
    assert (row["in_year"], row["to_date"], row["remaining"]) == ("5000.00", "35000.00", "65000.00")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"excl_tax": D("-10"), "incl_tax": D("-10.85")}, "n’est pas négative"),
        ({"incl_tax": D("1150.00")}, "une ligne par taux"),
        ({"incl_tax": D("999.00")}, "au moins le montant HT"),
        ({"paid_on": date(2025, 1, 2)}, "bilan suivant"),
        ({"paid_on": date(2022, 12, 31)}, "avant le 1er janvier 2023"),
    ],
)
def test_a_wrong_line_is_refused_with_its_sentence_and_nothing_is_kept(
    cast: FundingCast, report: GrantReport, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(DomainError, match=words):
        declare(cast.director, report, bill(**changes))
    with acting_as(cast.director):
        assert not ReportedExpense.objects.exists()
        assert not ReportEvidence.objects.exists()


def test_a_credit_note_takes_back_its_invoice(cast: FundingCast, report: GrantReport) -> None:
    invoice = declare(cast.director, report, bill())
    credit = bill(invoice="A-1", credits=invoice.pk, excl_tax=D("-400.00"), incl_tax=D("-434.00"))
    declare(cast.director, report, credit)
    tell(cast.director, report, "1000.00")
    with pytest.raises(Refused, match="écart de 400,00"):
        send(cast.director, report)
    tell(cast.director, report, "600.00")
    assert send(cast.director, report).content["sum"]["in_year"] == "600.00"
    with pytest.raises(DomainError):
        declare(
            cast.director, report, bill(invoice="A-2", credits=invoice.pk, excl_tax=D("-601"), incl_tax=D("-652.09"))
        )


def test_the_evidence_of_a_draft_is_its_establishment_s_alone_even_in_bare_sql(
    cast: FundingCast, report: GrantReport
) -> None:
    kept = declare(cast.director, report, bill()).evidence
    assert kept is not None
    with acting_as(cast.director):
        document = ReportEvidence.objects.get(pk=kept.pk).document
    for reader in (cast.officer, cast.fund):
        with acting_as(reader):
            assert not Document.objects.filter(pk=document.pk).exists()
            assert not ReportEvidence.objects.filter(pk=kept.pk).exists()
    tell(cast.director, report, "1000.00")
    send(cast.director, report)
    with acting_as(cast.officer):
        assert Document.objects.get(pk=document.pk).sha256 == document.sha256


def test_a_report_for_the_wrong_year_is_refused(cast: FundingCast, grant: Grant) -> None:
    report = report_of(cast.director, grant, 2025)
    declare(cast.director, report, bill(paid_on=date(2024, 6, 3)), at=MARCH_2026)
    tell(cast.director, report, "1000.00", at=MARCH_2026)
    with pytest.raises(Refused, match="Vérifiez l’année du bilan"):
        send(cast.director, report, at=MARCH_2026)
    with pytest.raises(Refused, match="n’est pas finie"):
        send(cast.director, report, at=MARCH_2025)


def test_the_same_invoice_is_not_declared_in_two_reports(cast: FundingCast, grant: Grant, report: GrantReport) -> None:
    whole(cast.director, report, ["1000.00"], at=MARCH_2025, paid_on=date(2024, 6, 3))
    second = report_of(cast.director, grant, 2025)
    declare(cast.director, second, bill(invoice="2024-1", paid_on=date(2025, 6, 3)), at=MARCH_2026)
    tell(cast.director, second, "1000.00", at=MARCH_2026)
    with pytest.raises(Refused, match="déjà déclarée"):
        send(cast.director, second, at=MARCH_2026)


def test_recovered_and_unrecovered_vat_ask_why(cast: FundingCast, report: GrantReport) -> None:
    declare(cast.director, report, bill())
    declare(cast.director, report, bill(invoice="F-2", vat="recovered"))
    tell(cast.director, report, "2000.00")
    with pytest.raises(Refused, match="TVA"):
        send(cast.director, report)
    tell(cast.director, report, "2000.00", vat_note="Une activité annexe est assujettie.")
    assert send(cast.director, report).number == 1


def test_nothing_spent_is_told(cast: FundingCast, report: GrantReport) -> None:
    tell(cast.director, report, None, nothing_spent=True)
    assert send(cast.director, report).content["sum"]["in_year"] == "0.00"


@pytest.mark.req("S4-3.3-07")
def test_each_expense_is_read_then_the_report(cast: FundingCast, grant: Grant, report: GrantReport) -> None:
    at = MARCH_2025
    late = report.due_at
    assert [report.standing(at), report.standing(late)] == ["attendu", "en retard"]
    good, bad = whole(cast.director, report, ["1000.00", "500.00"], at=at, paid_on=date(2024, 6, 3))
    with acting_as(cast.officer):
        assert statements.get_expense(cast.officer, good.pk).verdict_label == "déclarée"
        with pytest.raises(Refused, match="D1, D2"):
            reviewing.accept_report(actor=cast.officer, report_id=report.pk, at=at)
        with pytest.raises(DomainError, match="motif"):
            reviewing.judge_expense(actor=cast.officer, expense_id=bad.pk, accepted=False, reason=" ", at=at)
        reviewing.judge_expense(actor=cast.officer, expense_id=bad.pk, accepted=False, reason="Non prévue.", at=at)
        assert reviewing.accept_remaining(actor=cast.officer, report_id=report.pk, at=at) == 1
        assert statements.get_expense(cast.officer, good.pk).verdict_label == "acceptée"
        refused = statements.get_expense(cast.officer, bad.pk)
        assert (refused.verdict_label, refused.verdict.reason) == ("refusée", "Non prévue.")
        received = statements.get_report(cast.officer, report.pk)
        assert received.standing(at) == "reçu"
        back = reviewing.return_report(actor=cast.officer, report_id=report.pk, reason="Facture F-2 illisible", at=at)
        assert (back.standing(at), back.due_on) == ("renvoyé", date(2025, 4, 4))
    declare(cast.director, report, bill(invoice="2024-2", excl_tax=D("500"), incl_tax=D("542.50")), pk=bad.pk)
    assert send(cast.director, report).number == 2
    with acting_as(cast.officer):
        assert statements.get_expense(cast.officer, bad.pk).verdict_label == "déclarée"
        assert statements.get_expense(cast.officer, good.pk).verdict_label == "acceptée"
        reviewing.accept_remaining(actor=cast.officer, report_id=report.pk, at=at)
        reserve = "Photo de l’aménagement attendue"
        told = reviewing.accept_report(actor=cast.officer, report_id=report.pk, reserve=reserve, at=at)
        assert told.standing(at) == "accepté avec réserve"
        assert Event.objects.get(verb="grant_report.accept_with_reserve").reason == reserve
        lifted = reviewing.lift_reserve(actor=cast.officer, report_id=report.pk, reason="Photo reçue", at=at)
        assert lifted.standing(at) == "accepté"
    with acting_as(cast.director):
        assert Notice.objects.filter(person_id=cast.director.person_id, title__contains="accepté").exists()


def test_an_accepted_report_opens_the_next_instalment_and_a_reserve_holds_it(
    cast: FundingCast, grant: Grant, report: GrantReport
) -> None:
    at = MARCH_2025
    with acting_as(cast.officer):
        second = instalment(grant, 2)
        with pytest.raises(Refused):
            grants.certify(actor=cast.officer, instalment_id=second.pk, at=at)
    whole(cast.director, report, ["20000.00"])
    with acting_as(cast.officer), pytest.raises(Refused):
        grants.certify(actor=cast.officer, instalment_id=second.pk, at=at)
    accept(cast, report, reserve="Photo attendue")
    with acting_as(cast.officer):
        with pytest.raises(Refused, match="réserve"):
            grants.certify(actor=cast.officer, instalment_id=second.pk, at=at)
        reviewing.lift_reserve(actor=cast.officer, report_id=report.pk, reason="Photo reçue", at=at)
        assert grants.certify(actor=cast.officer, instalment_id=second.pk, at=at).state == "certified"
        assert Grant.objects.get(pk=grant.pk).consumed == D("8000.00")


def test_partners_read_and_do_not_judge(cast: FundingCast, report: GrantReport) -> None:
    (row,) = whole(cast.director, report, ["1000.00"], at=MARCH_2025, paid_on=date(2024, 6, 3))
    for reader in (cast.fund, cast.labour, cast.director):
        with acting_as(reader), pytest.raises(Refused):
            reviewing.judge_expense(actor=reader, expense_id=row.pk, accepted=True, reason="", at=MARCH_2025)


def test_a_report_handed_in_does_not_change(cast: FundingCast, report: GrantReport) -> None:
    whole(cast.director, report, ["1000.00"], at=MARCH_2025, paid_on=date(2024, 6, 3))
    with pytest.raises(Refused, match="ne change plus"):
        declare(cast.director, report, bill(invoice="F-9"))
    with pytest.raises(Refused):
        send(cast.director, report)
    with acting_as(cast.lead), pytest.raises(Refused):
        writing.take_out_expense(actor=cast.lead, expense_id=ReportedExpense.objects.get().pk)


def test_reports_are_listed_by_state_and_found_by_name(cast: FundingCast, report: GrantReport) -> None:
    def found(reader: Any, **search: Any) -> list[int]:
        with acting_as(reader):
            rows = statements.list_reports(reader, ReportSearch(**search), at=datetime(2025, 6, 1, tzinfo=UTC))
            return [one.year for one in rows]

    assert found(cast.officer) == [2024, 2025, 2026]
    assert found(cast.officer, state="late") == [2024]
    assert found(cast.fund, text="mornes", sort="-remise") == [2026, 2025, 2024]
    assert found(cast.officer, kind="closing") == [2026]
    assert found(cast.officer, text="ravine") == []
    assert found(cast.other_director) == []


def test_a_duerp_letter_is_followed_from_the_first_report(cast: FundingCast) -> None:
    call = publish(cast)
    dossier = open_for(cast.director, call)
    fill(cast.director, dossier)
    join(cast.director, dossier, "lettre_duerp")
    hand_in(cast.director, dossier)
    with acting_as(cast.officer):
        judging.judge_completeness(actor=cast.officer, dossier_id=dossier.pk, at=TOO_LATE)
    grant = grant_it(cast, dossier)
    sign(cast.officer, open_agreement(cast, grant))
    follow(grant)
    with acting_as(cast.officer):
        promise = DuerpPromise.objects.get(grant=grant)
        assert (promise.due_on, promise.signed_on) == (date(2025, 3, 30), date(2023, 10, 15))
        assert Document.objects.filter(pk=promise.letter_id).exists()
