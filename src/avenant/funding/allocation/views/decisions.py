"""Final decisions: preview, bulk, one by one; the table of retained projects and the detailed listings."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.french import counted
from avenant.domain.funding.deciding import step_on_time
from avenant.foundations.documents import selectors as documents
from avenant.foundations.documents.attachments import PDF, XLSX, file_response
from avenant.foundations.documents.spreadsheets import workbook_bytes
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.funding.allocation import policies, printing, scores, selectors, tables
from avenant.funding.allocation.forms import AwardForm, DayForm, TextForm
from avenant.funding.allocation.models import Selection
from avenant.funding.allocation.selectors import LineSearch
from avenant.funding.allocation.services import deciding, listing
from avenant.funding.allocation.views.sessions import _line, frame, line_page


@door(reads={"GET"})
def decisions(request: ActorRequest, selection_id: uuid.UUID) -> HttpResponse:
    """What deciding would do and would not; what is decided, notified, sent."""
    return decisions_page(request, selectors.get_selection(request.actor, selection_id))


def decisions_page(request: ActorRequest, row: Selection, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of the decisions of a session, with what was typed and not taken."""
    actor = request.actor
    lines = list(selectors.list_lines(actor, row, LineSearch()).select_related("award"))
    told, today = selectors.told_of(actor, row), selectors.today_of(row.call, request.now)
    awards = list(selectors.list_awards(actor, row))
    may_decide = policies.may_decide(actor, row, scores.all_examined(actor, row.call))
    context = {
        **frame(actor, row), "preview": deciding.preview(actor, row, lines), "envelope": row.envelope,
        "awards": [(one, told.get(one.dossier_id)) for one in awards], "may_decide": may_decide,
        "day_form": DayForm(initial={"decided_on": row.meeting.day or today}),
        "may_notify": policies.may_notify(actor, row), "pending": len(awards) - len(told),
        "calendar": step_on_time(selectors.step_of(row.call, "notification"), today),
        "may_send": policies.may_send_table(actor, row), "sendings": selectors.list_sendings(actor, row),
        "may_ask": policies.may_ask_listing(actor, row), "text_form": TextForm(),
        "requests": [(one, policies.may_answer_listing(actor, one)) for one in selectors.list_requests(actor, row)],
        "letters": documents.list_documents(actor, row.pk).filter(kind=printing.LETTERS).first(),
        "limits": selectors.CallLimits(actor, row).judge(selectors.amounts_of(lines)),
        "retained": tables.total_of(one.amount for one in awards), "retained_count": sum(1 for one in awards if one.amount),
        **forms,
    }  # fmt: skip
    return render(request, "allocation/decisions.html", context, status=status)


@door(writes={"POST"})
def decide_all(request: ActorRequest, selection_id: uuid.UUID) -> HttpResponse:
    """Decide as the committee proposed; what could not be is told, dossier by dossier."""
    row, form = selectors.get_selection(request.actor, selection_id), DayForm(request.POST)
    policies.may_decide(request.actor, row, scores.all_examined(request.actor, row.call)).or_raise()
    if not form.is_valid():
        return decisions_page(request, row, status=422, day_form=form)
    report = deciding.decide_all(actor=request.actor, selection_id=row.pk, at=request.now, **form.cleaned_data)
    messages.success(
        request, f"{counted(len(report.done), 'décision')} enregistrée{'s' if len(report.done) > 1 else ''}."
    )
    for line, why in report.left[:10]:
        messages.warning(request, f"{line} : {why}")
    return redirect("allocation:decisions", row.pk)


@door(writes={"POST"})
def award(request: ActorRequest, line_id: uuid.UUID) -> HttpResponse:
    """Decide of one dossier."""
    row, form = _line(request.actor, line_id), AwardForm(request.POST, prefix="award")
    policies.may_decide(request.actor, row.selection, scores.all_examined(request.actor, row.selection.call)).or_raise()
    if form.is_valid():
        with refusals_in(form):
            day = form.cleaned_data["decided_on"]
            deciding.award(actor=request.actor, line_id=row.pk, said=form.said(), decided_on=day, at=request.now)
            return redirect(row.page())
    return line_page(request, row, status=422, award_form=form)


@door(reads={"GET"})
def retained(request: ActorRequest, selection_id: uuid.UUID, form: str) -> HttpResponse:
    """The table of retained projects, as a spreadsheet or a PDF."""
    row = selectors.get_selection(request.actor, selection_id)
    rows = listing.retained_of(request.actor, row)
    if form == "xlsx":
        content, kind = workbook_bytes(tables.retained_sheets(rows), title="Projets retenus", at=request.now), XLSX
    elif form == "pdf":
        names = [one.short_name for one in row.call.partners.all()]
        content, kind = printing.print_table(row, rows, names, at=request.now), PDF
    else:
        raise Http404
    name = f"projets-retenus-{row.call.key}-{row.number}.{form}"
    return file_response(content, name=name, media_type=kind)


@door(writes={"POST"})
def send(request: ActorRequest, selection_id: uuid.UUID) -> HttpResponse:
    """Send the table to the partners."""
    sent = listing.send_table(actor=request.actor, selection_id=selection_id, at=request.now)
    messages.success(request, f"Le tableau est envoyé à {', '.join(sent.recipients)}.")
    return redirect("allocation:decisions", selection_id)


@door(writes={"POST"})
def ask(request: ActorRequest, selection_id: uuid.UUID) -> HttpResponse:
    """Ask for a more detailed listing."""
    row, form = selectors.get_selection(request.actor, selection_id), TextForm(request.POST)
    policies.may_ask_listing(request.actor, row).or_raise()
    if not form.is_valid():
        return decisions_page(request, row, status=422, text_form=form)
    listing.ask_listing(actor=request.actor, selection_id=row.pk, scope=form.cleaned_data["text"], at=request.now)
    messages.success(request, "Votre demande est transmise à l’autorité.")
    return redirect("allocation:decisions", row.pk)


@door(writes={"POST"})
def answer(request: ActorRequest, request_id: uuid.UUID) -> HttpResponse:
    """Answer with the detailed listing."""
    made = listing.answer_listing(actor=request.actor, request_id=request_id, at=request.now)
    messages.success(request, f"Le listage détaillé est remis à {made.asked_by.short_name}.")
    return redirect("allocation:decisions", made.selection_id)
