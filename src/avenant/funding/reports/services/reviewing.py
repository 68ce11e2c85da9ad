"""The authority reads a report, expense by expense; then accepts it, accepts it with a reserve, or sends it back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.domain.french import format_euros
from avenant.domain.lifecycles import APPLICANTS
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import advance, record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.funding.reports import policies
from avenant.funding.reports.models import ExpenseVerdict, GrantReport, ReportedExpense
from avenant.funding.reports.selectors import statements as selectors
from avenant.funding.reports.services import reimbursing, unblocking
from avenant.funding.reports.services.following import locked_report, midnight_after, plan_hand_in
from avenant.funding.reports.services.handing_in import review_key

DAYS_TO_CORRECT = 15


@transaction.atomic
def judge_expense(*, actor: Actor, expense_id: uuid.UUID, accepted: bool, reason: str, at: datetime) -> ExpenseVerdict:
    """Accept an expense, or refuse it with its reason."""
    row = selectors.get_expense(actor, expense_id)
    report = locked_report(actor, row.report_id)
    policies.may_judge(actor, report).or_raise()
    return _judge(actor, row, accepted=accepted, reason=reason, at=at)


def _judge(actor: Actor, row: ReportedExpense, *, accepted: bool, reason: str, at: datetime) -> ExpenseVerdict:
    if not accepted and not reason.strip():
        raise DomainError(f"{row.code}\u202f: une dépense refusée a son motif.", code="reason")
    verdict, _ = ExpenseVerdict.objects.update_or_create(
        expense=row,
        defaults={"circle_id": row.circle_id, "accepted": accepted, "reason": "" if accepted else reason.strip()[:500],
                  "at": at, "person_id": actor.person_id},
    )  # fmt: skip
    record(
        row.circle_id, verb="expense.judge", actor=actor, at=at, reason=reason.strip(), page=row.report.page(),
        label=f"{row.report}, {row.code} {'acceptée' if accepted else 'refusée'}, {format_euros(row.excl_tax)} hors taxes",
        subject=row.report_id,
    )  # fmt: skip
    return verdict


@transaction.atomic
def accept_remaining(*, actor: Actor, report_id: uuid.UUID, but: Iterable[uuid.UUID] = (), at: datetime) -> int:
    """Accept every expense that nobody has judged yet, ``but`` some; how many."""
    report = locked_report(actor, report_id)
    policies.may_judge(actor, report).or_raise()
    rows = ReportedExpense.objects.filter(report=report, verdict=None).exclude(pk__in=list(but))
    waiting = list(rows.select_related("report"))
    for row in waiting:
        _judge(actor, row, accepted=True, reason="", at=at)
    return len(waiting)


@transaction.atomic
def return_report(
    *, actor: Actor, report_id: uuid.UUID, reason: str, at: datetime, until: date | None = None
) -> GrantReport:
    """Send a report back with what is to correct; it is due again, fifteen days later when no day is told."""
    report = locked_report(actor, report_id)
    policies.may_return(actor, report).or_raise()
    zone = ZoneInfo(report.grant.follow_up.zone)
    today = at.astimezone(zone).date()
    day = until or today + timedelta(days=DAYS_TO_CORRECT)
    if day < today:
        raise DomainError("Le jour de la correction est à venir.", code="past")
    advance(report, "return", actor=actor, at=at, reason=reason, label=f"{report} renvoyé{report.e}")
    due_on = day if report.is_claim else max(day, report.ends_on)
    report.due_on, report.due_at = due_on, midnight_after(due_on, zone)
    report.save(update_fields=["due_on", "due_at"])
    journal.drop(review_key(report))
    plan_hand_in(report, report.grant, zone)
    unblocking.refuse(actor, report, reason=reason, at=at)
    _tell(report, f"{report}\u202f: à corriger", f"Corriger {report.noun}", reason, at, but=actor)
    return report


@transaction.atomic
def accept_report(*, actor: Actor, report_id: uuid.UUID, reserve: str = "", at: datetime) -> GrantReport:
    """Accept a report whose every expense was judged; with a reserve, the next instalment waits until it is lifted."""
    report = locked_report(actor, report_id)
    standing = selectors.read_report(actor, report, at=at)
    policies.may_accept(actor, standing).or_raise()
    words = f"{format_euros(standing.accepted)} acceptés, {format_euros(standing.refused)} refusés"
    verb = "accept_with_reserve" if reserve.strip() else "accept"
    advance(
        report, verb, actor=actor, at=at, reason=reserve.strip(), label=f"{report}\u202f: {words}",
        evidence={"accepted": str(standing.accepted), "refused": str(standing.refused)},
    )  # fmt: skip
    journal.close(review_key(report))
    unblocking.accept(actor, report, reserve=reserve.strip(), at=at)
    reimbursing.expect(actor, report.grant, at=at)
    title = f"{report} {report.state_label}"
    _tell(report, title, "Lire les décisions", f"{words}. {reserve.strip()}".strip(), at, but=actor)
    return report


@transaction.atomic
def lift_reserve(*, actor: Actor, report_id: uuid.UUID, reason: str, at: datetime) -> GrantReport:
    """Lift the reserve held against a report; what it blocked may be paid."""
    report = locked_report(actor, report_id)
    policies.may_lift(actor, report).or_raise()
    advance(report, "lift_reserve", actor=actor, at=at, reason=reason, label=f"{report}\u202f: réserve levée")
    unblocking.lift(actor, report, at=at)
    return report


def _tell(report: GrantReport, title: str, act: str, body: str, at: datetime, *, but: Actor) -> None:
    if report.grant.beneficiary_id is None:
        return
    notify_organisation(
        report.circle_id, report.grant.beneficiary_id,
        Message(
            key=f"report:{report.pk}:{report.state}:{at:%Y%m%dT%H%M%S}", title=title, act=act, page=report.page(),
            body=body, basis="§3.3", waiting=report.grant.authority.short_name if report.state == "returned" else "",
            consequence="Une dépense refusée ne compte pas dans l’aide due.",
        ),
        at=at, roles=APPLICANTS, but=but,
    )  # fmt: skip
