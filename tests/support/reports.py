"""An aid granted, signed and first paid; its reports written and read, as each person would."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.conftest import as_system
from tests.support.funding import FundingCast, fill, hand_in, open_for, publish

from avenant.foundations.journal.states import advance
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.dossiers.services import judging
from avenant.funding.grants.models import Grant, Instalment
from avenant.funding.grants.services import open_grant
from avenant.funding.reports.models import HandIn, Report, ReportedExpense
from avenant.funding.reports.selectors import statements
from avenant.funding.reports.services import following, handing_in, writing
from avenant.funding.reports.services.writing import EvidenceSaid, ExpenseSaid, TextSaid

THERE = ZoneInfo("America/Guadeloupe")
JUDGED = datetime(2023, 11, 8, 13, tzinfo=UTC)
JANUARY = datetime(2024, 1, 16, 13, tzinfo=UTC)
SIGNED = date(2024, 2, 15)
FEBRUARY = datetime(2024, 2, 16, 13, tzinfo=UTC)
MARCH_2025 = datetime(2025, 3, 20, 9, tzinfo=THERE)
MARCH_2026 = datetime(2026, 3, 20, 9, tzinfo=THERE)
JUNE_2026 = datetime(2026, 6, 15, 9, tzinfo=THERE)
PDF = b"%PDF-1.7 facture"


def complete(cast: FundingCast, call: PublishedCall | None = None, *, cost: str = "100000.00") -> Dossier:
    """A dossier of the first establishment, handed in and complete."""
    call = call or publish(cast)
    dossier = open_for(cast.director, call)
    fill(cast.director, dossier, cost=cost, asked=str(Decimal(cost) * 2 / 5))
    hand_in(cast.director, dossier)
    return judge(cast, dossier)


def judge(cast: FundingCast, dossier: Dossier) -> Dossier:
    with acting_as(cast.officer):
        return judging.judge_completeness(actor=cast.officer, dossier_id=dossier.pk, at=JUDGED)


def award(cast: FundingCast, dossier: Dossier, amount: str = "40000.00") -> Grant:
    """The aid of a complete dossier, its agreement signed on 15 February 2024."""
    with acting_as(cast.decider):
        grant = open_grant(
            actor=cast.decider, at=JANUARY, dossier=dossier, amount=Decimal(amount), rate=Fraction(2, 5), source="FIR",
            decided_on=JANUARY.date(),
        )  # fmt: skip
    return sign(cast, grant)


def sign(cast: FundingCast, grant: Grant, on: date = SIGNED) -> Grant:
    with acting_as(cast.decider):
        advance(grant, "open_to_signature", actor=cast.decider, at=FEBRUARY)
        advance(grant, "sign_last", actor=cast.decider, at=FEBRUARY)
        Grant.objects.filter(pk=grant.pk).update(signed_on=on)
        grant.signed_on = on
    return grant


def pay(cast: FundingCast, grant: Grant, number: int, on: date) -> Instalment:
    """An instalment paid, as the accountant tells."""
    with acting_as(cast.officer):
        row = Instalment.objects.get(grant=grant, number=number)
        for verb in ("certify", "order", "pay"):
            advance(row, verb, actor=cast.officer, at=datetime(on.year, on.month, on.day, 12, tzinfo=UTC))
        Instalment.objects.filter(pk=row.pk).update(ordered_on=on, paid_on=on)
        paid = Grant.objects.get(pk=grant.pk).paid + row.amount
        Grant.objects.filter(pk=grant.pk).update(paid=paid)
        grant.paid = paid
    return row


def follow(grant: Grant, at: datetime = FEBRUARY) -> None:
    with as_system():
        following.follow_grant(actor=None, grant_id=grant.pk, at=at)


def followed(cast: FundingCast, amount: str = "40000.00", **more: Any) -> Grant:
    """Signed, first instalment paid on 20 February 2024, followed."""
    grant = award(cast, complete(cast, **more), amount)
    pay(cast, grant, 1, date(2024, 2, 20))
    follow(grant)
    return grant


def report_of(actor: Actor, grant: Grant, year: int, kind: str = "yearly") -> Report:
    with acting_as(actor):
        pk = Report.objects.get(grant=grant, year=year, kind=kind).pk
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
    director: Actor, report: Report, said: ExpenseSaid, *, at: datetime = MARCH_2025, pk: uuid.UUID | None = None
) -> ReportedExpense:
    with acting_as(director):
        return writing.declare_expense(actor=director, report_id=report.pk, said=said, at=at, expense_id=pk)


def tell(director: Actor, report: Report, total: str | None, *, at: datetime = MARCH_2025, **more: Any) -> None:
    said = {"story": "Les cycles de travail ont été revus avec les équipes.",
            "total": Decimal(total) if total is not None else None, **more}  # fmt: skip
    with acting_as(director):
        writing.write_report(actor=director, report_id=report.pk, said=TextSaid(**said), at=at)


def send(director: Actor, report: Report, *, at: datetime = MARCH_2025) -> HandIn:
    with acting_as(director):
        return handing_in.hand_in_report(actor=director, report_id=report.pk, at=at)


def whole(director: Actor, report: Report, amounts: list[str], *, at: datetime, paid_on: date) -> list[ReportedExpense]:
    """A report of invoices of these amounts excluding tax, handed in."""
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
    tell(director, report, str(sum(map(Decimal, amounts), Decimal(0))), at=at)
    send(director, report, at=at)
    return made
