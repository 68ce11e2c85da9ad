from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from avenant.contracts.actions import pages, policies, selectors, services
from avenant.contracts.actions.forms import PromotionForm, SharedForm
from avenant.contracts.drafting import selectors as drafting
from avenant.domain.decision import DomainError
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.parties.models import Organisation

PAGE = 50


@door(reads={"GET"})
def shared(request: ActorRequest) -> HttpResponse:
    """What is done for several contracts at once, and how much of it: each action once."""
    form, rows, order = pages.find_shared(request.actor, request.GET)
    found = Paginator(rows, PAGE)
    context = {
        "form": form,
        "page": found.get_page(request.GET.get("page")),
        "sort": order,
        "sentence": pages.word_shared(found.count, active=form.active),
        "reset": request.path if form.active else "",
        "query": request.GET.urlencode(),
        "may_open": policies.may_open_shared(request.actor),
    }
    return render(request, "actions/shared.html", context)


@door(reads={"GET"})
def export_shared(request: ActorRequest, form: str) -> HttpResponse:
    """The same list as a table."""
    _, rows, _ = pages.find_shared(request.actor, request.GET)
    return sheet_response(pages.shared_sheet(rows), form, name="actions-communes", at=request.now)


@door(reads={"GET"}, writes={"POST"})
def new(request: ActorRequest) -> HttpResponse:
    """A shared action is opened; what was typed stays when it cannot."""
    may = policies.may_open_shared(request.actor)
    mine = drafting.list_contracts(request.actor)
    near = Organisation.objects.filter(territory=request.actor.territory).exclude(pk=request.actor.organisation_id)
    initial = {"held_on": timezone.localdate(request.now)}
    form = SharedForm(
        request.POST or None,
        request.FILES or None,
        contracts=mine,
        organisations=near.order_by("name"),
        initial=initial,
    )
    if request.method == "POST":
        may.or_raise()
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            row = services.open_shared(actor=request.actor, draft=form.draft(), at=request.now)
            messages.success(request, "L’action commune est ouverte à ses participants.")
            return redirect(row.page())
    return render(request, "actions/new_shared.html", {"form": form, "may": may})


@door(reads={"GET"}, writes={"POST"})
def one(request: ActorRequest, sharedaction_id: uuid.UUID) -> HttpResponse:
    """A shared action: who takes part, for which contracts, where it was published."""
    row = selectors.get_shared(request.actor, sharedaction_id)
    initial = {"publication": row.publication, "promoted_on": row.promoted_on or timezone.localdate(request.now)}
    form = PromotionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            services.promote_shared(actor=request.actor, action_id=sharedaction_id, at=request.now, **form.cleaned_data)
            messages.success(request, "L’action est dans la liste de communication de l’année.")
            return redirect(row.page())
    context = {"action": row, "form": form, "may_lead": policies.may_lead_shared(request.actor, row)}
    context["contracts"] = list(drafting.list_contracts(request.actor))
    return render(request, "actions/one.html", context, status=422 if form.errors else 200)


@door(writes={"POST"})
def join(request: ActorRequest, sharedaction_id: uuid.UUID) -> HttpResponse:
    """One contract more."""
    selectors.get_shared(request.actor, sharedaction_id)
    try:
        contract_id = uuid.UUID(request.POST.get("contract", ""))
    except ValueError as error:
        raise DomainError("Choisissez un contrat.") from error
    services.join_contract(actor=request.actor, action_id=sharedaction_id, contract_id=contract_id, at=request.now)
    messages.success(request, "L’action est rattachée au contrat.")
    return redirect("actions:shared-one", sharedaction_id)
