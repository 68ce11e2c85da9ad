"""Invoices paid back before the balance: the requests, the computation line by line, what was reimbursed."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.french import format_euros
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.selectors import list_due_in_file
from avenant.funding.grants import policies as grant_policies
from avenant.funding.grants import selectors as grants
from avenant.funding.reports import policies, tables
from avenant.funding.reports.selectors import reimbursing as selectors
from avenant.funding.reports.selectors import statements
from avenant.funding.reports.services import reimbursing


@door(reads={"GET"})
def reimbursements(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """What was asked, what the accepted expenses give now and how, what was reimbursed."""
    actor, grant = request.actor, grants.get_grant(request.actor, grant_id)
    follow_up = statements.find_follow_up(actor, grant)
    waiting = grants.list_waiting_for_invoices(grant)
    context = {
        "grant": grant, "follow_up": follow_up, "own": grant.beneficiary_id == actor.organisation_id,
        "preview": selectors.preview(actor, grant, follow_up) if follow_up else None,
        "claims": [(one, one.standing(request.now), one.tone(request.now)) for one in selectors.list_claims(actor, grant)],
        "made": list(selectors.list_reimbursements(actor, grant)), "due": list_due_in_file(actor, grant.circle_id),
        "may_claim": policies.may_claim(actor, grant, waiting),
        "may_reimburse": grant_policies.may_reimburse(actor, grant, waiting),
    }  # fmt: skip
    return render(request, "reports/reimbursements.html", context)


@door(reads={"GET"})
def export_reimbursements(request: ActorRequest, grant_id: uuid.UUID, form: str) -> HttpResponse:
    """Each expense that was counted, with its reimbursement."""
    grant = grants.get_grant(request.actor, grant_id)
    sheet = tables.reimbursement_sheet(grant, selectors.list_reimbursements(request.actor, grant))
    return sheet_response(sheet, form, name=f"remboursements-{grant.number.lower()}", at=request.now)


@door(writes={"POST"})
def open_claim(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Ask for invoices to be paid back."""
    return redirect(reimbursing.open_claim(actor=request.actor, grant_id=grant_id, at=request.now).page())


@door(writes={"POST"})
def pay_back(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Set what the accepted expenses give."""
    row = reimbursing.pay_back(actor=request.actor, grant_id=grant_id, at=request.now)
    told = (
        f"Le versement {row.instalment.number} est de {format_euros(row.instalment.amount)} : il reste à le certifier."
    )
    messages.success(request, told)
    return redirect("reports:reimbursements", grant_id)
