"""A report is written, handed in and read."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from avenant.foundations.documents.attachments import PDF, file_response, sheet_response
from avenant.foundations.doing import do
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.selectors import list_events
from avenant.funding.grants.models import GrantedAction
from avenant.funding.reports import letters, policies, tables
from avenant.funding.reports.forms import AcceptForm, EvidenceForm, ExpenseForm, ReasonForm, ReturnForm, TextForm
from avenant.funding.reports.models import GrantReport, ReportedExpense
from avenant.funding.reports.reading import Standing
from avenant.funding.reports.selectors import statements as selectors
from avenant.funding.reports.services import handing_in, reviewing, writing


@door(reads={"GET"}, writes={"POST"})
def report(request: ActorRequest, grantreport_id: uuid.UUID) -> HttpResponse:
    """A report: what it says, its expenses, what stops it, its statement; its text is saved here."""
    row = selectors.get_report(request.actor, grantreport_id)
    if request.method == "GET":
        return _page(request, row)
    policies.may_write(request.actor, row).or_raise()
    form = TextForm(request.POST, report=row)
    actor, at = request.actor, request.now
    return do(
        request, form, lambda: writing.write_report(actor=actor, report_id=row.pk, said=form.said(), at=at),
        page=row.page(), told=_told(row, "enregistré"),
    ) or _page(request, row, status=422, text_form=form)  # fmt: skip


def _page(request: ActorRequest, row: GrantReport, *, status: int = 200, **more: Any) -> HttpResponse:
    actor, at = request.actor, request.now
    standing = selectors.read_report(actor, row, at=at)
    text = standing.text
    told = {name: getattr(text, name) for name in TextForm.base_fields} if text else {}
    readable = row.received_at is not None or row.grant.beneficiary_id == actor.organisation_id
    context = {
        "report": row, "grant": row.grant, "standing": standing, "at": at, "readable": readable,
        "own": row.grant.beneficiary_id == actor.organisation_id,
        "rows": standing.statement[0] if readable else [], "total": standing.statement[1] if readable else None,
        "lines": [(one, standing.counts(one)) for one in standing.expenses],
        "text_form": TextForm(report=row, initial=told), "evidence_form": EvidenceForm(), "return_form": ReturnForm(),
        "accept_form": AcceptForm(report=row), "lift_form": ReasonForm(), "handed_in": list(selectors.list_handed_in(actor, row)),
        "may_write": policies.may_write(actor, row), "may_hand_in": policies.may_hand_in(actor, standing, at=at),
        "may_judge": policies.may_judge(actor, row), "may_return": policies.may_return(actor, row),
        "may_accept": policies.may_accept(actor, standing), "may_lift": policies.may_lift(actor, row),
        "journal": list_events(actor, row.circle_id).filter(subject=row.pk)[:20],
    }  # fmt: skip
    return render(request, "reports/report.html", {**context, **more}, status=status)


def _told(row: GrantReport, participle: str, more: str = "") -> str:
    return f"{row.noun.capitalize()} est {participle}{row.e}{more}."


def _expense_form(request: ActorRequest, standing: Standing, row: ReportedExpense | None = None) -> ExpenseForm:
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    return ExpenseForm(
        *data,
        initial=ExpenseForm.initial_of(row) if row else {},
        actions=list(GrantedAction.objects.visible_to(request.actor).filter(grant=standing.report.grant_id)),
        evidence=standing.evidence,
        deadlines=standing.follow_up.deadlines,
        invoices=[one for one in standing.expenses if not one.credits_id and (row is None or one.pk != row.pk)],
    )


def _declare(request: ActorRequest, report: GrantReport, row: ReportedExpense | None, told: str) -> HttpResponse:
    standing = selectors.read_report(request.actor, report, at=request.now)
    form = _expense_form(request, standing, row)
    status = 200
    if request.method == "POST":
        policies.may_write(request.actor, report).or_raise()
        actor, at, pk = request.actor, request.now, row.pk if row else None
        done = do(
            request, form,
            lambda: writing.declare_expense(actor=actor, report_id=report.pk, said=form.said(), at=at, expense_id=pk),
            page=f"{report.page()}#depenses", told=told,
        )  # fmt: skip
        if done:
            return done
        status = 422
    context = {
        "report": report, "grant": report.grant, "form": form, "expense": row, "follow_up": standing.follow_up,
        "may_write": policies.may_write(request.actor, report),
    }  # fmt: skip
    return render(request, "reports/expense.html", context, status=status)


@door(reads={"GET"}, writes={"POST"})
def add_expense(request: ActorRequest, grantreport_id: uuid.UUID) -> HttpResponse:
    """Add an expense with its evidence."""
    return _declare(request, selectors.get_report(request.actor, grantreport_id), None, "La dépense est ajoutée.")


@door(reads={"GET"}, writes={"POST"})
def expense(request: ActorRequest, reportedexpense_id: uuid.UUID) -> HttpResponse:
    """Correct an expense."""
    row = selectors.get_expense(request.actor, reportedexpense_id)
    return _declare(request, selectors.get_report(request.actor, row.report_id), row, "La dépense est corrigée.")


@door(writes={"POST"})
def take_out_expense(request: ActorRequest, reportedexpense_id: uuid.UUID) -> HttpResponse:
    """Take an expense out."""
    row = writing.take_out_expense(actor=request.actor, expense_id=reportedexpense_id)
    messages.success(request, "La dépense est retirée.")
    return redirect(f"{row.page()}#depenses")


@door(writes={"POST"})
def join_evidence(request: ActorRequest, grantreport_id: uuid.UUID) -> HttpResponse:
    """Join a file."""
    row, form = selectors.get_report(request.actor, grantreport_id), EvidenceForm(request.POST, request.FILES)
    policies.may_write(request.actor, row).or_raise()
    actor, at = request.actor, request.now
    return do(
        request, form, lambda: writing.join_evidence(actor=actor, report_id=row.pk, file=form.said(), at=at),
        page=f"{row.page()}#justificatifs", told="Le justificatif est joint.",
    ) or _page(request, row, status=422, evidence_form=form)  # fmt: skip


@door(writes={"POST"})
def take_out_evidence(request: ActorRequest, reportevidence_id: uuid.UUID) -> HttpResponse:
    """Take a file out."""
    row = writing.take_out_evidence(actor=request.actor, evidence_id=reportevidence_id)
    messages.success(request, "Le justificatif est retiré.")
    return redirect(f"{row.page()}#justificatifs")


@door(writes={"POST"})
def hand_in(request: ActorRequest, grantreport_id: uuid.UUID) -> HttpResponse:
    """Hand the report in."""
    done = handing_in.hand_in_report(actor=request.actor, report_id=grantreport_id, at=request.now)
    more = "" if done.report.is_claim else ", en retard" if done.late else " dans les délais"
    messages.success(request, _told(done.report, "remis", more))
    return redirect("reports:report", grantreport_id)


@door(writes={"POST"})
def judge(request: ActorRequest, reportedexpense_id: uuid.UUID) -> HttpResponse:
    """Accept or refuse an expense."""
    row, said = selectors.get_expense(request.actor, reportedexpense_id), request.POST
    reviewing.judge_expense(
        actor=request.actor, expense_id=row.pk, accepted=said.get("decision") == "oui", reason=said.get("reason", ""),
        at=request.now,
    )  # fmt: skip
    return redirect(f"{row.report.page()}#{row.code}")


@door(writes={"POST"})
def accept_remaining(request: ActorRequest, grantreport_id: uuid.UUID) -> HttpResponse:
    """Accept all that nobody has judged."""
    number = reviewing.accept_remaining(actor=request.actor, report_id=grantreport_id, at=request.now)
    messages.success(request, f"{number} dépense{'s' if number > 1 else ''} acceptée{'s' if number > 1 else ''}.")
    return redirect("reports:report", grantreport_id)


@door(writes={"POST"})
def send_back(request: ActorRequest, grantreport_id: uuid.UUID) -> HttpResponse:
    """Send the report back."""
    row, form = selectors.get_report(request.actor, grantreport_id), ReturnForm(request.POST)
    policies.may_return(request.actor, row).or_raise()
    actor, at = request.actor, request.now
    return do(
        request, form, lambda: reviewing.return_report(actor=actor, report_id=row.pk, at=at, **form.cleaned_data),
        page=row.page(), told=_told(row, "renvoyé", " à l’établissement"),
    ) or _page(request, row, status=422, return_form=form)  # fmt: skip


@door(writes={"POST"})
def accept(request: ActorRequest, grantreport_id: uuid.UUID) -> HttpResponse:
    """Accept the report, with a reserve or without."""
    row = selectors.get_report(request.actor, grantreport_id)
    form = AcceptForm(request.POST, report=row)
    policies.may_judge(request.actor, row).or_raise()
    actor, at = request.actor, request.now
    return do(
        request, form, lambda: reviewing.accept_report(actor=actor, report_id=row.pk, at=at, **form.cleaned_data),
        page=row.page(), told=_told(row, "accepté"),
    ) or _page(request, row, status=422, accept_form=form)  # fmt: skip


@door(writes={"POST"})
def lift(request: ActorRequest, grantreport_id: uuid.UUID) -> HttpResponse:
    """Lift the reserve."""
    row, form = selectors.get_report(request.actor, grantreport_id), ReasonForm(request.POST)
    policies.may_lift(request.actor, row).or_raise()
    actor, at = request.actor, request.now
    return do(
        request, form, lambda: reviewing.lift_reserve(actor=actor, report_id=row.pk, at=at, **form.cleaned_data),
        page=row.page(), told="La réserve est levée.",
    ) or _page(request, row, status=422, lift_form=form)  # fmt: skip


@door(reads={"GET"})
def statement(request: ActorRequest, grantreport_id: uuid.UUID, form: str) -> HttpResponse:
    """The statement of consumption, to take away."""
    row = selectors.get_report(request.actor, grantreport_id)
    if row.received_at is None and row.grant.beneficiary_id != request.actor.organisation_id:
        raise Http404
    standing = selectors.read_report(request.actor, row, at=request.now)
    name = f"etat-{row.grant.number.lower()}-{row.year}" + (f"-{row.rank}" if row.rank else "")
    if form != "pdf":
        return sheet_response(tables.statement_sheet(standing), form, name=name, at=request.now)
    pdf = letters.print_statement(standing, at=request.now).pdf
    return file_response(pdf, name=f"{name}.pdf", media_type=PDF)
