from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.decision import DomainError
from avenant.foundations.documents import selectors as documents
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.states import may_advance
from avenant.foundations.meetings import policies, selectors, services
from avenant.foundations.meetings.forms import ReportForm
from avenant.foundations.meetings.models import Report
from avenant.foundations.meetings.services.reports import text_of


@door(writes={"POST"})
def open_report(request: ActorRequest, committee_id: uuid.UUID) -> HttpResponse:
    """Start the report of a year, or find it."""
    asked = request.POST.get("year", "")
    if not (asked.isdecimal() and len(asked) == 4):
        raise DomainError("Choisissez l’année du bilan, par exemple 2025.")
    row = services.open_report(actor=request.actor, committee_id=committee_id, year=int(asked), at=request.now)
    return redirect(row.page())


@door(reads={"GET"})
def report(request: ActorRequest, report_id: uuid.UUID) -> HttpResponse:
    """The yearly report of a committee."""
    return _page(request, selectors.get_report(request.actor, report_id))


def _page(request: ActorRequest, row: Report, *, status: int = 200, **more: Any) -> HttpResponse:
    names = ("gains", "difficulties", "no_difficulty", "prospects")
    context = {
        "report": row,
        "form": ReportForm(initial={name: getattr(row, name) for name in names}),
        "seen": services.text_mark(text_of(row).whole),
        "documents": documents.list_documents(request.actor, row.pk),
        "may_write": policies.may_write_report(request.actor, row),
        "may_adopt": policies.may_adopt_report(request.actor, row),
        "may_reopen": may_advance(row, "reopen", request.actor),
    }
    return render(request, "meetings/report.html", context | more, status=status)


@door(writes={"POST"})
def write_report(request: ActorRequest, report_id: uuid.UUID) -> HttpResponse:
    """Write the three parts."""
    row, form = selectors.get_report(request.actor, report_id), ReportForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=422, form=form)
    seen = request.POST.get("seen")
    try:
        services.write_report(
            actor=request.actor, report_id=report_id, text=form.report_text(), seen=seen, at=request.now
        )
    except services.StaleText as stale:
        return _page(request, row, status=409, form=form, stale=stale)
    messages.success(request, "Le bilan est enregistré.")
    return redirect(row.page())


@door(writes={"POST"})
def reopen_report(request: ActorRequest, report_id: uuid.UUID) -> HttpResponse:
    """Reopen an adopted report."""
    reason = request.POST.get("reason", "")
    row = services.reopen_report(actor=request.actor, report_id=report_id, reason=reason, at=request.now)
    messages.success(request, "Le bilan est rouvert ; son ancien PDF reste parmi les documents.")
    return redirect(row.page())
