"""What is lent: the loans of an institution, the account of one aid, what is recorded and decided on it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from avenant.domain.french import format_euros
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import do
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.selectors import list_due_in_file
from avenant.foundations.paging import Pages, word_count
from avenant.funding.grants import forms, policies, selectors, services
from avenant.funding.grants.models import Grant
from avenant.funding.grants.selectors import loans as reads
from avenant.funding.grants.services.agreement import today_of
from avenant.funding.grants.tables import account_sheet, loan_sheet
from avenant.funding.grants.views.following import EXPORTED, PAGE


def _search(request: ActorRequest) -> tuple[forms.LoanFilter, reads.LoanSearch]:
    form = forms.LoanFilter(request.GET)
    form.is_valid()
    said = form.cleaned_data
    sort = request.GET.get("tri", reads.DEFAULT_SORT)
    return form, reads.LoanSearch(standing=said.get("etat", ""), text=said.get("texte", ""), sort=sort)


@door(reads={"GET"})
def loans(request: ActorRequest) -> HttpResponse:
    """The loans that I see."""
    form, search = _search(request)
    rows = reads.list_loans(request.actor, search, today=timezone.localdate(request.now))
    found = Pages(rows, PAGE)
    page = found.get_page(request.GET.get("page"))
    return render(
        request,
        "grants/loans.html",
        {
            "form": form, "page": page, "rows": list(page), "sort": search.sort, "query": request.GET.urlencode(),
            "sentence": word_count(found.known, "prêt", none="Aucun"), "totals": reads.totals_of(rows),
            "reset": request.path if any(form.cleaned_data.values()) else "",
        },
    )  # fmt: skip


@door(reads={"GET"})
def export_loans(request: ActorRequest, form: str) -> HttpResponse:
    """The loans that the page shows."""
    rows = reads.list_loans(request.actor, _search(request)[1], today=timezone.localdate(request.now))
    return sheet_response(loan_sheet(rows[:EXPORTED]), form, name="prets", at=request.now)


@door(reads={"GET"})
def loan(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """The account of an aid that was lent."""
    return _page(request, grant_id)


def _page(request: ActorRequest, grant_id: uuid.UUID, status: int = 200, **said: Any) -> HttpResponse:
    actor = request.actor
    grant = selectors.get_grant(actor, grant_id)
    today = today_of(grant, request.now)
    account = reads.read_account(actor, grant, today=today)
    if account is None:
        raise Http404
    waits = account.next_line
    context = {
        "grant": grant, "account": account, "own": actor.organisation_id == grant.beneficiary_id,
        "terms": grant.said_terms.loan, "due": list_due_in_file(actor, grant.circle_id),
        "may_record": policies.may_record_repayment(actor, grant),
        "may_decide": policies.may_decide_loan(actor, grant),
        "repayment_form": forms.RepaymentForm(
            auto_id="repayment_%s", initial={"on": today, "amount": waits.left if waits else None}
        ),
        "schedule_form": forms.ScheduleForm(auto_id="schedule_%s"),
        "write_off_form": forms.WriteOffForm(auto_id="write_off_%s"),
    }  # fmt: skip
    return render(request, "grants/loan.html", context | said, status=status)


@door(reads={"GET"})
def export_loan(request: ActorRequest, grant_id: uuid.UUID, form: str) -> HttpResponse:
    """The account of one aid."""
    grant = selectors.get_grant(request.actor, grant_id)
    account = reads.read_account(request.actor, grant, today=today_of(grant, request.now))
    if account is None:
        raise Http404
    return sheet_response(account_sheet(grant, account), form, name=f"pret-{grant.number.lower()}", at=request.now)


def _act(
    request: ActorRequest, grant: Grant, form: django_forms.Form, name: str, act: Callable[[], str]
) -> HttpResponse:
    done = do(request, form, act, page=grant.loan_page(), told=str)
    return done or _page(request, grant.pk, status=422, **{name: form})


@door(writes={"POST"})
def repay(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """What the establishment repaid is recorded; everything that is left when the button says so."""
    grant = selectors.get_grant(request.actor, grant_id)
    policies.may_record_repayment(request.actor, grant).or_raise()
    whole = "whole" in request.POST
    form = forms.RepaymentForm(request.POST, whole=whole, auto_id="repayment_%s")

    def act() -> str:
        said = form.cleaned_data
        amount = None if whole else said["amount"]
        row = services.record_repayment(
            actor=request.actor, grant_id=grant_id, amount=amount, on=said["on"], reference=said["reference"],
            at=request.now,
        )  # fmt: skip
        return f"Le remboursement de {format_euros(row.amount)} est enregistré. L’établissement est prévenu."

    return _act(request, grant, form, "repayment_form", act)


@door(writes={"POST"})
def take_back_receipt(request: ActorRequest, grant_id: uuid.UUID, loanreceipt_id: uuid.UUID) -> HttpResponse:
    """A receipt no longer counts."""
    services.take_receipt_back(
        actor=request.actor, grant_id=grant_id, receipt_id=loanreceipt_id, reason=request.POST.get("reason", ""),
        at=request.now,
    )  # fmt: skip
    messages.success(request, "L’encaissement est annulé : ses échéances sont de nouveau dues.")
    return redirect("grants:loan", grant_id)


@door(writes={"POST"})
def reschedule(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Another schedule is decided."""
    grant = selectors.get_grant(request.actor, grant_id)
    policies.may_decide_loan(request.actor, grant).or_raise()
    form = forms.ScheduleForm(request.POST, auto_id="schedule_%s")

    def act() -> str:
        services.reschedule_loan(actor=request.actor, grant_id=grant_id, at=request.now, **form.cleaned_data)
        return "Le plan de remboursement est changé. L’établissement est prévenu."

    return _act(request, grant, form, "schedule_form", act)


@door(writes={"POST"})
def write_off(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """A debt is given up."""
    grant = selectors.get_grant(request.actor, grant_id)
    policies.may_decide_loan(request.actor, grant).or_raise()
    form = forms.WriteOffForm(request.POST, auto_id="write_off_%s")

    def act() -> str:
        row = services.write_off_loan(actor=request.actor, grant_id=grant_id, at=request.now, **form.cleaned_data)
        return f"La remise de {format_euros(row.amount)} est décidée. L’établissement est prévenu."

    return _act(request, grant, form, "write_off_form", act)
