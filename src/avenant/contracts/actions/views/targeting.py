from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from avenant.contracts.actions import pages, policies, selectors, services
from avenant.contracts.actions.forms import TargetsForm
from avenant.contracts.actions.services import LinesRead, TargetLine
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.services.collection import Attachment
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door

PAGE = 50


@door(reads={"GET"}, writes={"POST"})
def targets(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """The establishments that a contract targets; the file of its annex loads them."""
    contract = drafting.get_contract(request.actor, contract_id)
    form, found = TargetsForm(request.POST or None, request.FILES or None), LinesRead[TargetLine]()
    if request.method == "POST":
        policies.may_follow(request.actor, contract).or_raise()
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        file = Attachment(sent.name, sent.read())
        with refusals_in(form, "file"):
            found = services.load_targets(
                actor=request.actor, contract_id=contract_id, file=file,
                take_the_rest=form.cleaned_data["take_the_rest"], at=request.now,
            )  # fmt: skip
        if found.taken:
            messages.success(
                request, f"{len(found.lines)} établissements repris, {len(found.rejected)} lignes écartées."
            )
            return redirect("actions:targets", contract_id)
    rows_form, rows, order = pages.find_targets(request.actor, contract, request.GET)
    listed = Paginator(rows, PAGE)
    context = pages.head(request.actor, contract, request.now) | {
        "form": rows_form,
        "file_form": form,
        "found": found,
        "page": listed.get_page(request.GET.get("page")),
        "sort": order,
        "sentence": pages.word_targets(listed.count, active=rows_form.active),
        "reset": request.path if rows_form.active else "",
        "query": request.GET.urlencode(),
        "may_follow": policies.may_follow(request.actor, contract),
    }
    return render(request, "actions/targets.html", context, status=422 if found.rejected or form.errors else 200)


@door(reads={"GET"})
def export_targets(request: ActorRequest, contract_id: uuid.UUID, form: str) -> HttpResponse:
    """The same list as a table."""
    contract = drafting.get_contract(request.actor, contract_id)
    _, rows, _ = pages.find_targets(request.actor, contract, request.GET)
    return sheet_response(pages.targets_sheet(rows), form, name=f"cibles-{contract.key}", at=request.now)


@door(writes={"POST"})
def contact(request: ActorRequest, contract_id: uuid.UUID, target_id: int) -> HttpResponse:
    """Who follows an establishment at the service, by function."""
    said = request.POST.get("contact", "")
    services.name_contact(
        actor=request.actor, contract_id=contract_id, target_id=target_id, contact=said, at=request.now
    )
    messages.success(request, "L’interlocuteur est enregistré.")
    return redirect("actions:targets", contract_id)


@door(reads={"GET"})
def missing(request: ActorRequest) -> HttpResponse:
    """The annexes that no source gives, across my contracts."""
    rows = selectors.list_missing(request.actor, timezone.localdate(request.now))
    found = pages.sort_missing(rows, request.GET)
    context = {"page": Paginator(found, PAGE).get_page(request.GET.get("page")), "count": len(rows),
               "query": request.GET.urlencode(), "sort": request.GET.get("tri", "contrat")}  # fmt: skip
    return render(request, "actions/missing.html", context)


@door(reads={"GET"})
def export_missing(request: ActorRequest, form: str) -> HttpResponse:
    """The same list as a table."""
    rows = selectors.list_missing(request.actor, timezone.localdate(request.now))
    return sheet_response(pages.missing_sheet(pages.sort_missing(rows, request.GET)), form,
                          name="pieces-absentes", at=request.now)  # fmt: skip
