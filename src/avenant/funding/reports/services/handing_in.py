"""A report is handed in: its statement is frozen and hashed, the authority reads it from now on."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from avenant.domain.audiences import Role
from avenant.domain.funding.statements import BASIS, StatementRow
from avenant.domain.proof import fingerprint
from avenant.foundations.documents.models import Document
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import advance
from avenant.foundations.parties.actors import Actor
from avenant.funding.reports import policies
from avenant.funding.reports.models import GrantReport, HandIn, ReportedExpense, ReportEvidence, ReportText
from avenant.funding.reports.reading import Standing
from avenant.funding.reports.selectors import statements as selectors
from avenant.funding.reports.services import unblocking
from avenant.funding.reports.services.following import hand_in_key, locked_report

DAYS_TO_READ = 30
"""Days that the authority gives itself to read a report; the text gives none."""


def review_key(report: GrantReport) -> str:
    """The natural key of the reading of a report."""
    return f"report:{report.pk}:review"


@transaction.atomic
def hand_in_report(*, actor: Actor, report_id: uuid.UUID, at: datetime) -> HandIn:
    """Hand a report in: on time to the last second of its day, late after, incomplete without any evidence (§3.3).

    Raises Refused with what is missing or wrong; nothing is lost.
    """
    report = locked_report(actor, report_id)
    standing = selectors.read_report(actor, report, at=at)
    policies.may_hand_in(actor, standing, at=at).or_raise()
    first = report.received_at is None
    late = at >= report.due_at
    content = frozen(standing)
    handed = HandIn.objects.create(
        circle_id=report.circle_id, report=report, number=HandIn.objects.filter(report=report).count() + 1, at=at,
        late=late, person_id=actor.person_id, content=content, sha256=fingerprint(content),
    )  # fmt: skip
    for model in (ReportText, ReportEvidence, ReportedExpense):
        model.objects.filter(report=report).update(private_to=None)
    Document.objects.filter(pk__in=[one.document_id for one in standing.evidence]).update(private_to=None)
    GrantReport.objects.filter(pk=report.pk).update(
        received_at=at if first else report.received_at, late=late if first else report.late
    )
    report.received_at, report.late = (at, late) if first else (report.received_at, report.late)
    advance(
        report, "hand_in", actor=actor, at=at, label=f"{report} remis{report.e}{', en retard' if late else ''}",
        evidence={"number": handed.number, "sha256": handed.sha256, "late": late},
    )  # fmt: skip
    journal.close(hand_in_key(report))
    _wait_for_reading(report, at)
    unblocking.receive(actor, standing, at=at)
    return handed


def _wait_for_reading(report: GrantReport, at: datetime) -> None:
    zone = ZoneInfo(report.grant.follow_up.zone)
    day = at.astimezone(zone).date() + timedelta(days=DAYS_TO_READ + 1)
    journal.plan(
        report.circle_id,
        Due(
            key=review_key(report), label=f"Lire {report.wording} de {report.grant.name}",
            organisation_id=report.grant.authority_id, waiting=report.grant.name[:200],
            due_at=datetime.combine(day, time(), tzinfo=zone), page=report.page(), basis=BASIS,
            role=Role.ARS_CALL_OFFICER, zone=str(zone), consequence="le versement suivant reste bloqué.",
        ),
    )  # fmt: skip


def row_said(row: StatementRow) -> dict[str, Any]:
    """One line of a statement as plain data."""
    return {
        "action": row.label, "eligible": str(row.eligible), "grant": str(row.grant), "paid": str(row.paid),
        "in_year": str(row.in_year), "to_date": str(row.to_date), "remaining": str(row.remaining),
        "evidence": list(row.evidence),
    }  # fmt: skip


def frozen(standing: Standing) -> dict[str, Any]:
    """All that a report says, as canonical data: text, expenses, files by their SHA-256, statement by action."""
    rows, total = standing.statement
    text = standing.text
    return {
        "report": {"kind": standing.report.kind, "year": standing.report.year,
                   "from": standing.report.starts_on.isoformat(), "to": standing.report.ends_on.isoformat()},
        "story": text.story if text else "",
        "total": str(text.total) if text and text.total is not None else None,
        "nothing_spent": bool(text and text.nothing_spent),
        "vat_note": text.vat_note if text else "",
        "excluding_tax": standing.follow_up.excluding_tax,
        "expenses": [
            {"code": one.code, "label": one.label, "supplier": one.supplier, "invoice": one.invoice,
             "paid_on": one.paid_on.isoformat(), "excl_tax": str(one.excl_tax), "incl_tax": str(one.incl_tax),
             "vat": one.vat, "action": one.action_key, "credits": str(one.credits_id or ""),
             "evidence": one.evidence.code if one.evidence else ""}
            for one in standing.expenses
        ],
        "evidence": [
            {"number": one.code, "kind": one.kind, "file": one.document.name, "sha256": one.document.sha256}
            for one in standing.evidence
        ],
        "statement": [row_said(one) for one in rows],
        "sum": row_said(total),
    }  # fmt: skip
