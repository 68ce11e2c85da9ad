"""An aid followed: its reports written, handed in and read, as each person would."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from avenant.foundations.parties.actors import Actor, acting_as
from avenant.funding.grants.models import Grant
from avenant.funding.reports.models import GrantReport, HandIn, ReportedExpense
from avenant.funding.reports.selectors import statements
from avenant.funding.reports.services import following, handing_in, reviewing, writing
from avenant.funding.reports.services.writing import EvidenceSaid, ExpenseSaid, TextSaid
from tests.support.funding import FundingCast
from tests.support.granting import FEBRUARY, in_force, instalment
from tests.support.granting import pay as pay_instalment
from tests.support.roles import as_system

THERE = ZoneInfo("America/Guadeloupe")
MARCH_2025 = datetime(2025, 3, 20, 9, tzinfo=THERE)
MARCH_2026 = datetime(2026, 3, 20, 9, tzinfo=THERE)
JUNE_2026 = datetime(2026, 6, 15, 9, tzinfo=THERE)
PDF = b"%PDF-1.7 facture"


def follow(grant: Grant, at: datetime = FEBRUARY) -> None:
    with as_system():
        following.follow_grant(actor=None, grant_id=grant.pk, at=at)


def pay(cast: FundingCast, grant: Grant, number: int, on: date) -> None:
    """An instalment paid on a day."""
    with acting_as(cast.officer):
        one = instalment(grant, number)
    pay_instalment(cast, one, datetime(on.year, on.month, on.day, 14, tzinfo=UTC))


def followed(cast: FundingCast, amount: str = "40000.00", **more: Any) -> Grant:
    """Signed, first instalment paid on 21 February 2024, followed."""
    grant = in_force(cast, amount, **more)
    pay(cast, grant, 1, date(2024, 2, 21))
    follow(grant)
    return grant


def report_of(actor: Actor, grant: Grant, year: int, kind: str = "yearly") -> GrantReport:
    with acting_as(actor):
        pk = GrantReport.objects.get(grant=grant, year=year, kind=kind).pk
        return statements.get_report(actor, pk)


def bill(**changes: Any) -> ExpenseSaid:
    """An invoice of 1,000 € excluding tax, at the VAT of Guadeloupe, with its file."""
    number = changes.get("invoice", "F-1")
    said: dict[str, Any] = {
        "label": "Accompagnement des équipes", "supplier": "Ergo Conseil (fictif)", "invoice": number,
        "paid_on": date(2024, 6, 3), "excl_tax": Decimal("1000.00"), "incl_tax": Decimal("1085.00"),
        "file": EvidenceSaid(name=f"{number}.pdf", content=PDF + number.encode()),
    }  # fmt: skip
    return ExpenseSaid(**{**said, **changes})


def declare(
    director: Actor, report: GrantReport, said: ExpenseSaid, *, at: datetime = MARCH_2025, pk: uuid.UUID | None = None
) -> ReportedExpense:
    with acting_as(director):
        return writing.declare_expense(actor=director, report_id=report.pk, said=said, at=at, expense_id=pk)


def tell(director: Actor, report: GrantReport, total: str | None, *, at: datetime = MARCH_2025, **more: Any) -> None:
    said = {"story": "Les cycles de travail ont été revus avec les équipes.",
            "total": Decimal(total) if total is not None else None, **more}  # fmt: skip
    with acting_as(director):
        writing.write_report(actor=director, report_id=report.pk, said=TextSaid(**said), at=at)


def send(director: Actor, report: GrantReport, *, at: datetime = MARCH_2025) -> HandIn:
    with acting_as(director):
        return handing_in.hand_in_report(actor=director, report_id=report.pk, at=at)


def whole(
    director: Actor,
    report: GrantReport,
    amounts: list[str],
    *,
    at: datetime = MARCH_2025,
    paid_on: date = date(2024, 6, 3),
) -> list[ReportedExpense]:
    """A report of invoices of these amounts excluding tax, handed in; without any, nothing was spent."""
    made = [
        declare(
            director, report, at=at,
            said=bill(
                invoice=f"{report.year}-{rank}", paid_on=paid_on, excl_tax=Decimal(one),
                incl_tax=(Decimal(one) * Decimal("1.085")).quantize(Decimal("0.01")),
            ),
        )
        for rank, one in enumerate(amounts, 1)
    ]  # fmt: skip
    total = str(sum(map(Decimal, amounts), Decimal(0))) if amounts else None
    tell(director, report, total, at=at, nothing_spent=not amounts)
    send(director, report, at=at)
    return made


def accept(cast: FundingCast, report: GrantReport, *, refuse: dict[uuid.UUID, str] | None = None, reserve: str = "",
           at: datetime = MARCH_2025) -> GrantReport:  # fmt: skip
    """Every expense accepted but those refused with their reason, then the report."""
    with acting_as(cast.officer):
        for pk, reason in (refuse or {}).items():
            reviewing.judge_expense(actor=cast.officer, expense_id=pk, accepted=False, reason=reason, at=at)
        reviewing.accept_remaining(actor=cast.officer, report_id=report.pk, at=at)
        return reviewing.accept_report(actor=cast.officer, report_id=report.pk, reserve=reserve, at=at)


def all_accepted(cast: FundingCast, grant: Grant, first: list[str], *, refused: int = 0) -> None:
    """The three reports handed in and accepted: expenses in the first, the last ``refused`` of them refused."""
    report = report_of(cast.director, grant, 2024)
    made = whole(cast.director, report, first)
    bad = {one.pk: "Dépense étrangère au projet." for one in made[len(made) - refused :]} if refused else {}
    accept(cast, report, refuse=bad)
    for year, kind, at in ((2025, "yearly", MARCH_2026), (2026, "closing", JUNE_2026)):
        later = report_of(cast.director, grant, year, kind)
        whole(cast.director, later, [], at=at)
        accept(cast, later, at=at)
