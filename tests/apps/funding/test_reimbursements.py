"""Invoices paid back before the balance: asked, read line by line, computed, counted once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import FundingCast
from tests.support.granting import instalment, pay
from tests.support.invoices import claim, claimable, pay_back
from tests.support.reports import MARCH_2025, MARCH_2026, THERE, accept, declare, follow, report_of, whole
from tests.support.reports import bill as a_bill
from tests.support.roles import as_system

from avenant.domain.decision import DomainError, Refused
from avenant.foundations.journal.models import DueItem
from avenant.foundations.parties.actors import acting_as
from avenant.funding.grants.models import Grant, Instalment
from avenant.funding.reports.models import FollowUp, GrantReport, ReimbursedExpense, Reimbursement, ReportedExpense
from avenant.funding.reports.selectors import statements
from avenant.funding.reports.services import reimbursing, reviewing, settling

pytestmark = pytest.mark.django_db
D = Decimal
APRIL_2025 = datetime(2025, 4, 10, 9, tzinfo=THERE)


@pytest.fixture
def grant(cast: FundingCast) -> Grant:
    return claimable(cast)


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")


def instalments(grant: Grant) -> list[tuple[int, str, str]]:
    with as_system():
        return [
            (one.number, one.after, str(one.amount))
            for one in Instalment.objects.filter(grant=grant).order_by("number")
        ]


def test_accepted_invoices_give_what_the_advance_does_not_cover(cast: FundingCast, grant: Grant) -> None:
    accept(cast, claim(cast, grant, ("F-1", "30000.00"), ("F-2", "20000.00")))
    with as_system():
        assert DueItem.objects.get(key=reimbursing.reimburse_key(grant)).state == "open"
    made = pay_back(cast, grant)
    assert (made.amount, made.compliant) == (D(8000), D(50000)), "40 % of 50 000 €, less the 12 000 € of the advance"
    assert instalments(grant)[1:] == [
        (2, "invoices", "8000.00"),
        (3, "invoices", "12000.00"),
        (4, "balance", "8000.00"),
    ]
    one = instalment(grant, 2)
    with as_system():
        assert sorted(one.needs.values()) == [
            "facture F-1, Ergo Conseil (fictif)",
            "facture F-2, Ergo Conseil (fictif)",
        ]
        assert DueItem.objects.get(key=reimbursing.reimburse_key(grant)).state == "done"
    paid = pay(cast, one, APRIL_2025)
    assert len({piece["sha256"] for piece in paid.justified_by}) == 2, "each invoice justifies the payment"


def test_each_request_counts_its_new_expenses_and_none_twice(cast: FundingCast, grant: Grant) -> None:
    accept(cast, claim(cast, grant, ("F-1", "30000.03")))
    first = pay_back(cast, grant)
    assert first.amount == D("0.01")
    with pytest.raises(DomainError, match="déjà comptées"):
        pay_back(cast, grant)
    pay(cast, instalment(grant, 2), APRIL_2025)
    accept(cast, claim(cast, grant, ("F-2", "10000.00"), at=APRIL_2025), at=APRIL_2025)
    second = pay_back(cast, grant, APRIL_2025)
    assert (second.number, second.compliant) == (2, D("40000.03"))
    assert [line["code"] for line in second.content["lines"]] == ["D1"]
    assert first.amount + second.amount == D("4000.01")
    with as_system():
        row = ReimbursedExpense.objects.filter(reimbursement=first).get()
        with pytest.raises(IntegrityError), transaction.atomic():
            ReimbursedExpense.objects.create(
                circle_id=row.circle_id, expense_id=row.expense_id, reimbursement=second, counted=D(1)
            )
    twice = reimbursing_twice(cast, grant)
    assert "déjà déclarée" in plain(twice)


def reimbursing_twice(cast: FundingCast, grant: Grant) -> str:
    """What is told of an invoice that another request already declared."""
    with pytest.raises(Refused) as refusal:
        claim(cast, grant, ("F-1", "30000.03"), at=APRIL_2025)
    return refusal.value.message


def test_two_requests_before_the_certification_make_one_payment(cast: FundingCast, grant: Grant) -> None:
    accept(cast, claim(cast, grant, ("F-1", "40000.00")))
    assert pay_back(cast, grant).amount == D(4000)
    accept(cast, claim(cast, grant, ("F-2", "25000.00")))
    later = pay_back(cast, grant)
    assert (later.amount, later.instalment.amount, later.instalment.number) == (D(10000), D(14000), 2)
    assert len(later.instalment.needs) == 2
    assert sum(D(amount) for _, _, amount in instalments(grant)) == D(40000)


def test_the_advance_covers_the_first_invoices(cast: FundingCast, grant: Grant) -> None:
    accept(cast, claim(cast, grant, ("F-1", "30000.00")))
    with pytest.raises(DomainError, match="rien de plus"):
        pay_back(cast, grant)
    with as_system():
        assert not Reimbursement.objects.exists()
        assert not DueItem.objects.filter(key=reimbursing.reimburse_key(grant)).exists()
    page = plain(signed_in(cast.officer).get(reverse("reports:reimbursements", args=[grant.pk])).content.decode())
    assert "couvre déjà ces dépenses" in page
    accept(cast, claim(cast, grant, ("F-2", "0.03")))
    assert pay_back(cast, grant).amount == D("0.01"), "one cent above"


@pytest.mark.parametrize(
    ("spent", "gives"), [("79999.97", "19999.99"), ("80000.00", "20000.00"), ("99000.00", "20000.00")]
)
def test_never_beyond_the_share_before_the_balance(cast: FundingCast, grant: Grant, spent: str, gives: str) -> None:
    accept(cast, claim(cast, grant, ("F-1", spent)))
    assert pay_back(cast, grant).amount == D(gives)
    with as_system():
        assert sum(one.amount for one in Instalment.objects.filter(grant=grant)) == D(40000)


def test_a_refused_expense_and_a_late_one_give_nothing(cast: FundingCast, grant: Grant) -> None:
    report = claim(cast, grant, ("F-1", "50000.00"), ("F-2", "10000.00"))
    with as_system():
        pk = ReportedExpense.objects.get(report=report, position=2).pk
    accept(cast, report, refuse={pk: "Étrangère au projet."})
    last = date(2026, 3, 31)
    late = datetime(2026, 6, 1, 9, tzinfo=THERE)
    report = claim(cast, grant, ("F-3", "1000.00"), paid_on=last, at=late)
    accept(cast, report, at=late)
    made = pay_back(cast, grant, late)
    assert (made.compliant, made.amount) == (D(51000), D(8400))
    with pytest.raises(DomainError, match="après le"):
        claim(cast, grant, ("F-4", "1000.00"), paid_on=last + timedelta(days=1), at=late)


def test_a_credit_note_lowers_what_its_invoice_gives(cast: FundingCast, grant: Grant) -> None:
    report = claim(cast, grant, ("F-1", "50000.00"), credit=("A-1", "-10000.00"))
    with as_system():
        invoice, note = ReportedExpense.objects.filter(report=report).order_by("position")
    with acting_as(cast.officer):
        reviewing.judge_expense(actor=cast.officer, expense_id=invoice.pk, accepted=True, reason="", at=MARCH_2025)
        reviewing.judge_expense(actor=cast.officer, expense_id=note.pk, accepted=False, reason="Non.", at=MARCH_2025)
        with pytest.raises(Refused, match="suit sa facture"):
            reviewing.accept_report(actor=cast.officer, report_id=report.pk, at=MARCH_2025)
        reviewing.judge_expense(actor=cast.officer, expense_id=note.pk, accepted=True, reason="", at=MARCH_2025)
    accept(cast, report)
    made = pay_back(cast, grant)
    assert (made.compliant, made.amount) == (D(40000), D(4000))
    assert [one["piece"].split(" ")[0] for one in made.content["lines"]] == ["facture", "avoir"]


def test_expenses_are_counted_on_the_base_of_the_rule(cast: FundingCast, grant: Grant) -> None:
    report = claim(cast, grant, ("F-1", "40000.00"))
    with as_system():
        FollowUp.objects.filter(grant=grant).update(excluding_tax=False)
    accept(cast, report)
    made = pay_back(cast, grant)
    assert (made.compliant, made.amount) == (D(43400), D(5360)), "including tax"


def test_a_request_is_the_establishment_s_until_it_is_handed_in(cast: FundingCast, grant: Grant) -> None:
    with acting_as(cast.director):
        one = reimbursing.open_claim(actor=cast.director, grant_id=grant.pk, at=MARCH_2025)
        assert reimbursing.open_claim(actor=cast.director, grant_id=grant.pk, at=MARCH_2025).pk == one.pk
    assert (str(one), one.standing(MARCH_2025)) == ("Demande de remboursement n° 1", "en préparation")
    declare(cast.director, one, a_bill())
    with acting_as(cast.officer):
        assert not ReportedExpense.objects.exists()
    for other in (cast.officer, cast.staff):
        with acting_as(other), pytest.raises(Refused):
            reimbursing.open_claim(actor=other, grant_id=grant.pk, at=MARCH_2025)
    with acting_as(cast.director), pytest.raises(Refused, match="autorité"):
        reimbursing.pay_back(actor=cast.director, grant_id=grant.pk, at=MARCH_2025)
    page = reverse("reports:reimbursements", args=[grant.pk])
    assert signed_in(cast.other_director).get(page).status_code == 404
    assert signed_in(cast.other_director).post(reverse("reports:pay-back", args=[grant.pk])).status_code == 404


def test_the_page_shows_the_computation_and_the_payment(cast: FundingCast, grant: Grant) -> None:
    director, officer = signed_in(cast.director), signed_in(cast.officer)
    opened = director.post(reverse("reports:open-claim", args=[grant.pk]))
    assert opened.status_code == 302
    assert "Demande de remboursement n° 1" in director.get(opened["Location"]).content.decode()
    accept(cast, claim(cast, grant, ("F-1", "50000.00")))
    page = plain(officer.get(reverse("reports:reimbursements", args=[grant.pk])).content.decode())
    for words in (
        "facture F-1",
        "50 000,00 €",
        "Aide à 40,00 %",
        "20 000,00 €",
        "32 000,00 €",
        "12 000,00 €",
        "8 000,00 €",
    ):
        assert words in page, words
    assert officer.post(reverse("reports:pay-back", args=[grant.pk])).status_code == 302
    page = plain(officer.get(reverse("reports:reimbursements", args=[grant.pk])).content.decode())
    assert "Remboursement 1 : 8 000,00 €" in page
    for form in ("csv", "xlsx"):
        assert officer.get(reverse("reports:export-reimbursements", args=[grant.pk, form])).status_code == 200
    assert officer.get(reverse("reports:follow-up", args=[grant.pk])).status_code == 200
    assert officer.get(grant.page()).status_code == 200


def test_a_request_speaks_of_itself_and_remembers_the_former_ones(cast: FundingCast, grant: Grant) -> None:
    first = claim(cast, grant, ("F-1", "30000.00"))
    officer, director = signed_in(cast.officer), signed_in(cast.director)
    read = plain(officer.get(first.page()).content.decode())
    for words in (
        "reçue",
        "Accepter la demande",
        "Renvoyer la demande",
        "Télécharger la demande (PDF)",
        "la demande est acceptée",
    ):
        assert words in read, words
    assert "le bilan" not in read.lower()
    accept(cast, first)
    assert "acceptée" in officer.get(first.page()).content.decode()
    second = claim(cast, grant, ("F-2", "20000.00"))
    with acting_as(cast.officer):
        total = statements.read_report(cast.officer, second, at=APRIL_2025).statement[1]
        before = statements.read_report(
            cast.officer, statements.get_report(cast.officer, first.pk), at=APRIL_2025
        ).statement[1]
    assert (total.in_year, total.to_date) == (D(20000), D(50000)), "what the first request told is spent too"
    assert (before.in_year, before.to_date) == (D(30000), D(30000)), "the first never tells what came after"
    told = officer.get(reverse("reports:statement", args=[second.pk, "csv"])).getvalue().decode()
    assert "Dans cette demande" in told
    with acting_as(cast.director):
        third = reimbursing.open_claim(actor=cast.director, grant_id=grant.pk, at=APRIL_2025)
    written = plain(director.get(third.page()).content.decode())
    assert "Une demande de remboursement porte une facture au moins." in written
    assert "Rien n’a été dépensé" not in written


def test_the_balance_deducts_what_was_reimbursed(cast: FundingCast, grant: Grant) -> None:
    accept(cast, claim(cast, grant, ("F-1", "50000.00")))
    pay_back(cast, grant)
    pay(cast, instalment(grant, 2), APRIL_2025)
    with acting_as(cast.director):
        reimbursing.open_claim(actor=cast.director, grant_id=grant.pk, at=APRIL_2025)
    with acting_as(cast.decider):
        told = settling.strike_balance(
            actor=cast.decider, grant_id=grant.pk, at=datetime(2026, 7, 1, 9, tzinfo=THERE), reason=""
        )
    assert (told.due, told.paid, told.to_pay, told.recovered) == (D(20000), D(20000), D(0), D(0))
    with as_system():
        assert Grant.objects.get(pk=grant.pk).state == "closed", "a request never handed in stops nothing"
        assert GrantReport.objects.get(grant=grant, rank=2).state == "expected"


def test_an_invoice_of_a_request_is_told_in_the_statement_of_its_year(cast: FundingCast, grant: Grant) -> None:
    with as_system():
        terms = {**grant.terms, "report_day": [3, 30], "consume_until": "2026-03-31"}
        Grant.objects.filter(pk=grant.pk).update(terms=terms)
    follow(grant)
    accept(cast, claim(cast, grant, ("F-1", "50000.00")))
    report = report_of(cast.director, grant, 2024)
    whole(cast.director, report, ["100.00"])
    accept(cast, report)
    with acting_as(cast.officer):
        total = statements.read_report(cast.officer, report, at=MARCH_2026).statement[1]
    assert (total.in_year, total.to_date) == (D(50100), D(50100))
    assert pay_back(cast, grant).compliant == D(50100)
