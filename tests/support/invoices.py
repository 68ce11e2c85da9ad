"""An aid paid on invoices: an advance of 30 %, invoices up to 80 % in all, the balance after; its requests."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from avenant.domain.funding.awards import terms_of
from avenant.foundations.parties.actors import acting_as
from avenant.funding.grants.models import Grant
from avenant.funding.grants.services.opening import plan_instalments
from avenant.funding.reports.models import GrantReport, Reimbursement
from avenant.funding.reports.services import reimbursing
from tests.support.funding import FundingCast
from tests.support.granting import FEBRUARY, awarded, instalment, open_agreement, pay, sign
from tests.support.reports import MARCH_2025, bill, declare, follow, send, tell
from tests.support.roles import as_system
from tests.support.rulebook import book

AS_SPENT = """
[[parameter]]
name = "begun"
label = "Avance"
unit = "percent"
value = 30

[[parameter]]
name = "ceiling"
label = "Avant le solde"
unit = "percent"
value = 80

[[rule]]
id = "advance"
kind = "advance"
label = "Avance"
share = "begun"

[[rule]]
id = "interim"
kind = "interim"
label = "Sur factures"
ceiling = "ceiling"
"""


def paid_on_invoices(cast: FundingCast) -> Grant:
    """40 000 € at 40 %: 12 000 € at the signature, invoices up to 32 000 € in all, the balance after. Signed."""
    made = awarded(cast)
    with as_system():
        made.instalments.all().delete()
        Grant.objects.filter(pk=made.pk).update(terms=terms_of(book(AS_SPENT, rate=True)).to_json())
        made.refresh_from_db()
        plan_instalments(made, at=FEBRUARY)
    sign(cast.officer, open_agreement(cast, made))
    return made


def claimable(cast: FundingCast) -> Grant:
    """The same, its advance paid and its follow-up open."""
    made = paid_on_invoices(cast)
    pay(cast, instalment(made, 1), FEBRUARY)
    follow(made)
    with as_system():
        return Grant.objects.get(pk=made.pk)


def claim(cast: FundingCast, grant: Grant, *bills: tuple[str, str], at: datetime = MARCH_2025,
          credit: tuple[str, str] | None = None, paid_on: date = date(2024, 6, 3)) -> GrantReport:  # fmt: skip
    """A request of these invoices (number, amount excluding tax) handed in; ``credit`` is a credit note on the first."""
    with acting_as(cast.director):
        report = reimbursing.open_claim(actor=cast.director, grant_id=grant.pk, at=at)

    def taxed(number: str, amount: str) -> dict[str, object]:
        excl = Decimal(amount)
        return {
            "invoice": number, "excl_tax": excl, "incl_tax": (excl * Decimal("1.085")).quantize(Decimal("0.01")),
            "paid_on": paid_on,
        }  # fmt: skip

    made = [declare(cast.director, report, bill(**taxed(*one)), at=at) for one in bills]
    if credit:
        declare(cast.director, report, bill(**taxed(*credit), credits=made[0].pk), at=at)
    amounts = [amount for _, amount in (*bills, *([credit] if credit else []))]
    tell(cast.director, report, str(sum(map(Decimal, amounts))), at=at, story="")
    send(cast.director, report, at=at)
    return report


def pay_back(cast: FundingCast, grant: Grant, at: datetime = MARCH_2025) -> Reimbursement:
    with acting_as(cast.officer):
        return reimbursing.pay_back(actor=cast.officer, grant_id=grant.pk, at=at)
