"""From a call whose rules lend, pay invoices and fine, to its award and its recovery: each rule as it is applied."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from tests.support.fictive import publish_loan_call
from tests.support.funding import FundingCast
from tests.support.granting import FEBRUARY, complete_dossier, grant_it, instalment, open_agreement, pay, sign
from tests.support.invoices import claim, pay_back
from tests.support.lending import repay
from tests.support.reports import JUNE_2026, MARCH_2025, MARCH_2026, THERE, accept, follow, report_of, whole
from tests.support.roles import as_system

from avenant.domain.decision import DomainError, Refused
from avenant.domain.funding.loans import LoanTerms
from avenant.foundations.parties.actors import acting_as
from avenant.funding.grants import services as grants
from avenant.funding.grants.models import Grant, LoanDecision
from avenant.funding.grants.selectors import loans
from avenant.funding.grants.wording import articles
from avenant.funding.reports.models import Recovery, Settlement
from avenant.funding.reports.services import recovering, settling
from avenant.funding.reports.services.recovering import EntrySaid

pytestmark = pytest.mark.django_db
D = Decimal
JULY = datetime(2026, 7, 1, 9, tzinfo=THERE)
AUGUST = datetime(2026, 8, 5, 9, tzinfo=THERE)


@pytest.fixture
def grant(cast: FundingCast) -> Grant:
    """40 000 € of the fictional call: 20 000 € lent and paid, 12 000 € on invoices, 8 000 € at the balance."""
    made = grant_it(cast, complete_dossier(cast, publish_loan_call(cast)))
    sign(cast.officer, open_agreement(cast, made))
    pay(cast, instalment(made, 1), FEBRUARY)
    follow(made)
    with as_system():
        return Grant.objects.get(pk=made.pk)


def left(grant: Grant) -> Decimal:
    with as_system():
        return loans.left_of(grant)


def read_reports(cast: FundingCast, grant: Grant, spent: list[str]) -> None:
    for year, kind, at, amounts in (
        (2024, "yearly", MARCH_2025, spent), (2025, "yearly", MARCH_2026, []), (2026, "closing", JUNE_2026, []),
    ):  # fmt: skip
        report = report_of(cast.director, grant, year, kind)
        whole(cast.director, report, amounts, at=at)
        accept(cast, report, at=at)


def struck(cast: FundingCast, grant: Grant, *, breach: bool = False) -> Settlement:
    with acting_as(cast.decider):
        return settling.strike_balance(actor=cast.decider, grant_id=grant.pk, at=JULY, breach=breach)


def recovery_of(grant: Grant) -> Recovery:
    with as_system():
        return Recovery.objects.select_related("settlement").get(grant=grant)


def notify(cast: FundingCast, row: Recovery) -> None:
    with acting_as(cast.officer):
        recovering.notify_recovery(actor=cast.officer, recovery_id=row.pk, at=JULY)


def test_what_is_typed_in_the_call_is_what_the_award_applies(cast: FundingCast, grant: Grant) -> None:
    with as_system():
        rows = list(grant.instalments.order_by("number"))
        assert [(one.after, str(one.amount), one.repayable) for one in rows] == [
            ("signature", "20000.00", True), ("invoices", "12000.00", False), ("balance", "8000.00", False),
        ]  # fmt: skip
        assert grant.said_terms.loan == LoanTerms(over=12, every=3, deferred=6)
        assert grant.follow_up.penalty == "1/10"
        (text,) = grant.agreements.all()
        clause = next(one.body for one in articles(text.content) if one.heading == "Récupération")
        assert "pénalité de 10\u202f% de la somme récupérée" in clause
        lines = list(grant.repayments.order_by("number").values_list("due_on", "amount"))
    assert lines == [(date(2024, 11, 20), D(5000)), (date(2025, 2, 20), D(5000)), (date(2025, 5, 20), D(5000)),
                     (date(2025, 8, 20), D(5000))]  # fmt: skip


def test_interim_payments_come_from_the_accepted_invoices_of_the_call(cast: FundingCast, grant: Grant) -> None:
    accept(cast, claim(cast, grant, ("F-1", "60000.00")))
    assert pay_back(cast, grant).amount == D(4000), "24 000 € due, 20 000 € lent already"
    read_reports(cast, grant, ["40000.00"])
    assert pay_back(cast, grant, JULY).amount == D(8000), "32 000 € before the balance"


@pytest.mark.parametrize(
    ("spent", "breach", "recovered", "penalty"),
    [("30000.00", True, "8000.00", "800.00"), ("30000.00", False, "8000.00", "0.00"), ("49999.98", True, "0.01", "0.00"),
     ("49999.88", True, "0.05", "0.01")],
)  # fmt: skip
def test_a_penalty_is_added_to_a_recovery_for_a_breach(
    cast: FundingCast, grant: Grant, spent: str, breach: bool, recovered: str, penalty: str
) -> None:
    read_reports(cast, grant, [spent])
    told = struck(cast, grant, breach=breach)
    assert (told.recovered, told.penalty) == (D(recovered), D(penalty))
    row = recovery_of(grant)
    assert (row.amount, row.penalty) == (D(recovered) + D(penalty), D(penalty))
    assert left(grant) == D(20000) - D(recovered), "what the recovery asks at once left the schedule"


def test_a_penalty_is_paid_back_and_the_aid_waits_for_its_loan(cast: FundingCast, grant: Grant) -> None:
    read_reports(cast, grant, ["30000.00"])
    struck(cast, grant, breach=True)
    row = recovery_of(grant)
    notify(cast, row)
    with acting_as(cast.decider):
        recovering.decide_recovery(
            actor=cast.decider, recovery_id=row.pk, amount=D(8800), reason="Manquement.", at=AUGUST
        )
    with acting_as(cast.officer):
        entry = EntrySaid(amount=D(8800), on=AUGUST.date(), reference="TITRE 7")
        made = recovering.order_recovery(actor=cast.officer, recovery_id=row.pk, said=entry, at=AUGUST)
        recovering.receive_payment(actor=cast.officer, entry_id=made.pk, amount=D(8800), on=AUGUST.date(), at=AUGUST)
        recovering.close_recovery(actor=cast.officer, recovery_id=row.pk, at=AUGUST)
        assert Grant.objects.get(pk=grant.pk).state == "in_force", "the loan is not repaid"
        with pytest.raises(Refused, match="à rembourser du prêt"):
            settling.close_grant(actor=cast.officer, grant_id=grant.pk, at=AUGUST)
    repay(cast, grant, "11999.99", on=AUGUST.date())
    with acting_as(cast.officer), pytest.raises(Refused, match="0,01"):
        settling.close_grant(actor=cast.officer, grant_id=grant.pk, at=AUGUST)
    with acting_as(cast.decider):
        grants.write_off_loan(actor=cast.decider, grant_id=grant.pk, amount=None, reason="Un centime.", at=AUGUST)
    with acting_as(cast.officer):
        assert settling.close_grant(actor=cast.officer, grant_id=grant.pk, at=AUGUST).state == "closed"
        with pytest.raises(Refused, match="ne change plus"):
            grants.record_repayment(actor=cast.officer, grant_id=grant.pk, amount=D(1), on=AUGUST.date(), reference="X",
                                    at=AUGUST)  # fmt: skip


def test_what_is_repaid_is_not_recovered_again(cast: FundingCast, grant: Grant) -> None:
    repay(cast, grant, "15000.00")
    read_reports(cast, grant, ["0.01"])
    told = struck(cast, grant)
    assert told.due == 0
    assert (told.recovered, left(grant)) == (D(5000), D(0)), "15 000 € are back, 5 000 € are asked at once"
    assert told.content["repaid_before"] == "15000.00"


def test_a_recovery_given_up_comes_back_to_the_schedule(cast: FundingCast, grant: Grant) -> None:
    read_reports(cast, grant, ["30000.00"])
    struck(cast, grant)
    row = recovery_of(grant)
    assert left(grant) == D(12000)
    with acting_as(cast.decider):
        recovering.waive_recovery(actor=cast.decider, recovery_id=row.pk, reason="Facture retrouvée.", at=JULY)
    assert left(grant) == D(20000)
    with as_system():
        kinds = set(LoanDecision.objects.filter(grant=grant).values_list("kind", "amount"))
        assert kinds == {("recalled", D(8000)), ("restored", D(8000))}
        assert min(one.due_on for one in grant.repayments.filter(number__gt=4)) > JULY.date()


def test_a_lower_decision_gives_its_part_back(cast: FundingCast, grant: Grant) -> None:
    read_reports(cast, grant, ["30000.00"])
    struck(cast, grant, breach=True)
    row = recovery_of(grant)
    notify(cast, row)
    with acting_as(cast.decider):
        recovering.decide_recovery(actor=cast.decider, recovery_id=row.pk, amount=D(6000), reason="Réduite.", at=AUGUST)
    assert left(grant) == D(14000), "2 000 € of the 8 000 € are no longer asked at once"


def test_a_loan_repaid_before_the_balance_leaves_nothing_to_recover(cast: FundingCast, grant: Grant) -> None:
    repay(cast, grant, None)
    read_reports(cast, grant, ["30000.00"])
    told = struck(cast, grant, breach=True)
    assert (told.recovered, told.penalty) == (D(0), D(0)), "the whole loan is back: nothing was kept unspent"
    with as_system():
        assert not Recovery.objects.exists()


def test_a_rulebook_without_a_rate_pays_no_invoice(cast: FundingCast, grant: Grant) -> None:
    accept(cast, claim(cast, grant, ("F-1", "60000.00")))
    with as_system():
        Grant.objects.filter(pk=grant.pk).update(rate=None, base=None)
    with pytest.raises(DomainError, match="taux"):
        pay_back(cast, grant)
