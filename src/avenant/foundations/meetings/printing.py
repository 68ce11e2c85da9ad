"""The PDF of approved minutes and of adopted reports, made once from what no longer changes."""

from __future__ import annotations

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch
from django.utils.text import slugify

from avenant.domain.french import format_date
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.models import Document
from avenant.foundations.documents.typesetting import ARCHIVED, typeset
from avenant.foundations.documents.typesetting import Document as Printed
from avenant.foundations.journal.models import Event
from avenant.foundations.meetings.models import AgendaItem, Attendance, CommitteeDecision, Report, Seat, Session
from avenant.foundations.meetings.selectors import quorum_of, seats_in

MINUTES = "committee-minutes"
REPORT = "committee-report"
FICTIONAL = "Démonstration, faits fictifs"


def print_minutes(*, session_id: uuid.UUID) -> None:
    """Freeze approved minutes, typeset them and keep them with their hash. Run twice, there is one file."""
    rows = Session.objects.select_related("committee__secretariat").select_for_update(of=("self",))
    session = rows.prefetch_related(Prefetch("committee__seats", seats_in(session_id))).get(pk=session_id)
    if session.state != "minutes_approved" or Document.objects.filter(subject=session.pk, kind=MINUTES).exists():
        return
    session.approved = minutes_content(session)
    session.save(update_fields=["approved"])
    printed = _typeset_minutes(session, session.approved)
    documents.keep(
        circle_id=session.circle_id,
        owner_id=session.committee.secretariat_id,
        subject=session.pk,
        kind=MINUTES,
        name=f"compte-rendu-{session.file_stem}.pdf",
        content=printed.pdf,
        media_type="application/pdf",
        at=session.state_since.astimezone(session.committee.clock),
    )


def copy_minutes(session: Session, original: Document) -> bytes:
    """The approved minutes for one person: the words of ``original``, its hash, and the stamp of who takes them away."""
    return _typeset_minutes(session, {**session.approved, "original": original.sha256}).pdf


def _typeset_minutes(session: Session, content: dict[str, Any]) -> Printed:
    return typeset(
        "committee-minutes",
        content,
        title=f"Compte rendu, {session}",
        reference=f"CR-{session.year}-{session.pk.hex[:8].upper()}",
        at=session.state_since.astimezone(session.committee.clock),
        standards=ARCHIVED,
    )


def minutes_content(session: Session) -> dict[str, Any]:
    """The minutes as data: who was there, point by point, decisions, what was left open, who approved."""
    noted = {row.seat_id: row for row in Attendance.objects.filter(session=session)}
    decisions = list(CommitteeDecision.objects.filter(session=session).select_related("owner"))
    reason = Event.objects.filter(subject=session.pk, verb="session.hold").values_list("reason", flat=True)
    approvals = session.approvals.filter(version=session.minutes_version).select_related("organisation").order_by("at")
    return {
        "head": head_of(session),
        "attendance": [attendance_line(seat, noted.get(seat.pk)) for seat in session.committee.seats.all()],
        "quorum": quorum_of(session, noted.values()).words,
        "gaps": session.gaps,
        "reason": next(iter(reason), ""),
        "points": [
            {
                "title": item.title,
                "notes": item.notes,
                "decisions": [decision_line(one) for one in decisions if one.item_id == item.pk],
            }
            for item in AgendaItem.objects.filter(session=session)
        ],
        "text": session.minutes,
        "decisions": [decision_line(one) for one in decisions],
        "approvals": [
            f"{one.organisation.short_name}, le {format_date(one.at.astimezone(session.committee.clock))}"
            for one in approvals
        ],
    }


def head_of(session: Session) -> dict[str, Any]:
    """What the first lines of a paper of a session say."""
    committee = session.committee
    return {
        "committee": committee.name,
        "file": committee.file_title,
        "when": session.when,
        "place": " · ".join(one for one in (session.place, session.visio) if one),
        "secretariat": committee.secretariat.name,
        "state": session.state_label,
        "basis": committee.basis,
        "mention": FICTIONAL if committee.fictional else None,
    }


def attendance_line(seat: Seat, noted: Attendance | None) -> dict[str, str]:
    """One seat of the attendance list."""
    return {
        "organisation": seat.organisation.short_name if seat.organisation else "expert invité",
        "capacity": seat.capacity,
        "status": noted.get_status_display() if noted else "non noté",
        "note": noted.note if noted else "",
    }


def decision_line(decision: CommitteeDecision) -> dict[str, Any]:
    """One decision, and what became of it."""
    return {
        "number": decision.number,
        "kind": decision.get_kind_display(),
        "text": decision.text,
        "action": decision.action,
        "finding": decision.finding,
        "owner": decision.owner.short_name,
        "due": format_date(decision.due_on) if decision.due_on else "",
        "status": decision.get_progress_display(),
        "outcome": decision.outcome,
    }


def print_report(*, report_id: uuid.UUID) -> None:
    """Typeset an adopted report from its frozen content. Run twice, there is one file."""
    report = Report.objects.select_related("committee").select_for_update(of=("self",)).get(pk=report_id)
    if report.state != "adopted" or report.sha256:
        return
    at = report.state_since.astimezone(ZoneInfo(report.committee.zone))
    printed = typeset(
        "committee-report",
        report.content,
        title=f"Bilan annuel {report.year}",
        reference=f"BILAN-{report.year}-{report.pk.hex[:8].upper()}",
        at=at,
        standards=ARCHIVED,
    )
    documents.keep(
        circle_id=report.circle_id,
        owner_id=report.committee.secretariat_id,
        subject=report.pk,
        kind=REPORT,
        name=f"{slugify(str(report).replace('’', '-'))[:150]}.pdf",
        content=printed.pdf,
        media_type="application/pdf",
        at=at,
    )
    report.sha256 = printed.sha256
    report.save(update_fields=["sha256"])
