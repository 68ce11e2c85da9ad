from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from avenant.domain.decision import DomainError
from avenant.domain.funding.payments import Interim
from avenant.domain.money import ZERO
from avenant.foundations.documents.models import Document
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants import selectors as grants
from avenant.funding.grants.models import Grant
from avenant.funding.reports.models import FollowUp, GrantReport, ReimbursedExpense, Reimbursement, ReportedExpense

ACCEPTED = ("accepted", "accepted_reserve")


@dataclass(frozen=True, slots=True)
class ClaimedLine:
    """An accepted expense that no reimbursement counts yet: what it counts for, on the base of the call."""

    expense: ReportedExpense
    counted: Decimal

    @property
    def label(self) -> str:
        """How a payment names it."""
        kind = "avoir" if self.expense.credits_id else "facture"
        return f"{kind} {self.expense.invoice}, {self.expense.supplier}"

    @property
    def document(self) -> Document | None:
        return self.expense.evidence.document if self.expense.evidence else None


@dataclass(frozen=True, slots=True)
class Preview:
    """What the newly accepted expenses would give now. ``late`` are accepted and paid too late to count; ``steps`` is None
    while the computation is not possible, with its ``refusal``; ``set_before`` is what an earlier request gave to the payment
    that still waits, and that this one takes over."""

    lines: list[ClaimedLine]
    late: list[ClaimedLine]
    before: Decimal
    excluding_tax: bool
    steps: Interim | None
    refusal: str = ""
    set_before: Decimal = ZERO

    @property
    def new(self) -> Decimal:
        """What the new expenses add up to."""
        return sum((one.counted for one in self.lines), ZERO)

    @property
    def gives(self) -> Decimal:
        """What they add to the payment; nothing when none is new."""
        return self.steps.amount - self.set_before if self.steps and self.lines else ZERO

    def content(self) -> dict[str, Any]:
        """The computation as plain data."""
        steps = self.steps
        return {
            "excluding_tax": self.excluding_tax, "before": str(self.before), "new": str(self.new),
            **({} if steps is None else {
                "compliant": str(steps.compliant), "rate": str(steps.rate), "aid": str(steps.aid),
                "ceiling": str(steps.ceiling), "engaged": str(steps.engaged), "pool": str(steps.pool),
            }),
            "lines": [
                {"report": str(one.expense.report), "code": one.expense.code, "label": one.expense.label,
                 "piece": one.label, "paid_on": one.expense.paid_on.isoformat(), "counted": str(one.counted)}
                for one in self.lines
            ],
        }  # fmt: skip


def page_of(grant: Grant) -> str:
    """Where the reimbursements of an aid are read and set."""
    return reverse("reports:reimbursements", args=[grant.pk])


def preview(actor: Actor, grant: Grant, follow_up: FollowUp) -> Preview:
    """The expenses accepted in reports that are accepted whole, apart those already counted; and what they give.

    All that is accepted to date counts once in the total: an earlier payment is deducted by what it engaged.
    """
    base = follow_up.excluding_tax
    rows = ReportedExpense.objects.visible_to(actor).filter(
        report__grant=grant, report__state__in=ACCEPTED, verdict__accepted=True
    )
    told = rows.select_related("report", "evidence__document", "credits").order_by("report__received_at", "position")
    counted = dict(
        ReimbursedExpense.objects.visible_to(actor).filter(expense__in=rows).values_list("expense_id", "counted")
    )
    fresh = [ClaimedLine(one, one.counts(excluding_tax=base)) for one in told if one.pk not in counted]
    late = [one for one in fresh if one.expense.paid_late or one.expense.paid_on > follow_up.until]
    lines = [one for one in fresh if one not in late]
    before = sum(counted.values(), ZERO)
    try:
        steps = grants.interim_of(grant, before + sum((one.counted for one in lines), ZERO))
    except DomainError as error:
        return Preview(lines, late, before, base, None, error.message)
    return Preview(lines, late, before, base, steps, set_before=_set_before(actor, grant))


def _set_before(actor: Actor, grant: Grant) -> Decimal:
    waiting = grants.list_waiting_for_invoices(grant)
    if not waiting or not Reimbursement.objects.visible_to(actor).filter(instalment=waiting[0]).exists():
        return ZERO
    return waiting[0].amount


def list_reimbursements(actor: Actor, grant: Grant) -> QuerySet[Reimbursement]:
    """What was reimbursed of an aid, in order."""
    return Reimbursement.objects.visible_to(actor).filter(grant=grant).select_related("instalment", "person")


def list_claims(actor: Actor, grant: Grant) -> QuerySet[GrantReport]:
    """The requests of an aid, in order."""
    rows = GrantReport.objects.visible_to(actor).filter(grant=grant, kind=GrantReport.Kind.CLAIM)
    return rows.exclude(state="dropped").select_related("grant").order_by("rank")
