"""An aid of which a part is lent: awarded under a loan, signed, paid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from avenant.domain.funding.awards import Terms
from avenant.domain.funding.loans import LoanTerms
from avenant.foundations.parties.actors import acting_as
from avenant.funding.grants import services
from avenant.funding.grants.models import Grant, LoanReceipt
from avenant.funding.grants.services.opening import plan_instalments
from tests.support.funding import FundingCast
from tests.support.granting import FEBRUARY, awarded, instalment, open_agreement, pay, sign
from tests.support.roles import as_system

LENT_ON = date(2024, 2, 20)
QUARTERLY = LoanTerms(over=12, every=3, deferred=6)


def loan_awarded(
    cast: FundingCast, *, share: str = "1", loan: LoanTerms = QUARTERLY, amount: str = "40000.00"
) -> Grant:
    """An aid awarded under a call whose advance is repaid: this share of it, by these terms."""
    made = awarded(cast, amount)
    part = Fraction(share)
    with as_system():
        told = made.said_terms
        lent = Terms(
            parts=(part, 1 - part) if part < 1 else (part,), after=("signature", "balance")[: 1 + (part < 1)], loan=loan,
            consume_until=told.consume_until, report_day=told.report_day, documents=told.documents, method=told.method,
        )  # fmt: skip
        made.instalments.all().delete()
        Grant.objects.filter(pk=made.pk).update(terms=lent.to_json())
        made.refresh_from_db()
        plan_instalments(made, at=FEBRUARY)
    return made


def lent(cast: FundingCast, **more: object) -> Grant:
    """Signed, and the loan paid on 20 February 2024."""
    made = loan_awarded(cast, **more)  # type: ignore[arg-type]
    sign(cast.officer, open_agreement(cast, made))
    pay(cast, instalment(made, 1), FEBRUARY)
    with as_system():
        return Grant.objects.get(pk=made.pk)


def repay(
    cast: FundingCast, grant: Grant, amount: str | None, reference: str = "ENC-1", *, on: date = LENT_ON
) -> LoanReceipt:
    with acting_as(cast.officer):
        return services.record_repayment(
            actor=cast.officer, grant_id=grant.pk, amount=None if amount is None else Decimal(amount), on=on,
            reference=reference, at=FEBRUARY.replace(year=on.year, month=on.month, day=on.day),
        )  # fmt: skip
