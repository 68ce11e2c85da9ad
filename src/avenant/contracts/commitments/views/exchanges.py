from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.contracts.commitments import pages, policies, selectors, services
from avenant.contracts.commitments.forms import AnswerForm, ExchangeForm, ExpertiseForm
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting import text_pages
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door

PAGE = 50


@door(reads={"GET"}, writes={"POST"})
def exchanges(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """The exchange log, and the expertise that parties asked each other for."""
    if request.method == "GET":
        return _show(request, contract_id)
    contract = drafting.get_contract(request.actor, contract_id)
    policies.may_take_part(request.actor, contract).or_raise()
    form = ExchangeForm(request.POST, contract=contract)
    if form.is_valid():
        with refusals_in(form):
            services.log_exchange(actor=request.actor, contract_id=contract_id, draft=form.draft(), at=request.now)
            messages.success(request, "L’échange est noté au journal.")
            return redirect("commitments:exchanges", contract_id)
    return _show(request, contract_id, status=422, exchange_form=form)


@door(writes={"POST"})
def ask(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """Ask another party for an expertise."""
    contract = drafting.get_contract(request.actor, contract_id)
    policies.may_take_part(request.actor, contract).or_raise()
    form = ExpertiseForm(request.POST, contract=contract, mine=request.actor.organisation_id)
    if form.is_valid():
        with refusals_in(form):
            services.ask_expertise(actor=request.actor, contract_id=contract_id, draft=form.draft(), at=request.now)
            messages.success(request, "La demande est envoyée\u202f: la réponse est au nombre de ses échéances.")
            return redirect("commitments:exchanges", contract_id)
    return _show(request, contract_id, status=422, expertise_form=form)


@door(writes={"POST"})
def answer(request: ActorRequest, contract_id: uuid.UUID, expertise_id: int) -> HttpResponse:
    """Accept or decline."""
    form = AnswerForm(request.POST)
    typed = form.cleaned_data if form.is_valid() else {}
    row = services.answer_expertise(
        actor=request.actor,
        contract_id=contract_id,
        request_id=expertise_id,
        answer=typed.get("answer", ""),
        reason=typed.get("reason", ""),
        at=request.now,
    )
    messages.success(request, f"La demande est {row.get_answer_display()}.")
    return redirect("commitments:exchanges", contract_id)


@door(reads={"GET"})
def export(request: ActorRequest, contract_id: uuid.UUID, form: str) -> HttpResponse:
    """The log as it is filtered and sorted, as a CSV or a workbook."""
    contract = drafting.get_contract(request.actor, contract_id)
    rows = selectors.list_exchanges(request.actor, contract, **_wanted(request))
    return sheet_response(pages.exchange_sheet(rows), form, name=f"echanges-{contract.key}", at=request.now)


@door(reads={"GET"})
def export_expertises(request: ActorRequest, contract_id: uuid.UUID, form: str) -> HttpResponse:
    """The expertise requests, as a CSV or a workbook."""
    contract = drafting.get_contract(request.actor, contract_id)
    rows = selectors.list_expertises(request.actor, contract)
    return sheet_response(pages.expertise_sheet(rows), form, name=f"expertises-{contract.key}", at=request.now)


def _wanted(request: ActorRequest) -> dict[str, Any]:
    year = request.GET.get("annee", "")
    return {
        "words": request.GET.get("q", "").strip(),
        "party": request.GET.get("partie", ""),
        "year": int(year) if year.isdecimal() and len(year) == 4 else None,
        "sort": request.GET.get("tri", ""),
    }


def _show(request: ActorRequest, contract_id: uuid.UUID, *, status: int = 200, **forms: Any) -> HttpResponse:
    contract = drafting.get_contract(request.actor, contract_id)
    wanted = _wanted(request)
    page = Paginator(selectors.list_exchanges(request.actor, contract, **wanted), PAGE).get_page(
        request.GET.get("page")
    )
    count = page.paginator.count
    asked = selectors.list_expertises(request.actor, contract)
    mine = request.actor.organisation_id
    active = bool(wanted["words"] or wanted["party"] or wanted["year"])
    context = {
        "contract": contract,
        "tabs": text_pages.tabs(request.actor, contract),
        "standing": contract.standing(selectors.local_day(contract, request.now)),
        "page": page,
        "wanted": wanted,
        "sort": wanted["sort"],
        "sentence": f"{count or 'Aucun'} échange{'s' if count > 1 else ''}",
        "reset": request.path if active else "",
        "query": request.GET.urlencode(),
        "expertises": [(one, policies.may_answer(request.actor, one)) for one in asked],
        "answers": AnswerForm.base_fields["answer"].choices,  # type: ignore[attr-defined]
        "may": policies.may_take_part(request.actor, contract),
        "exchange_form": ExchangeForm(contract=contract, initial={"on": selectors.local_day(contract, request.now)}),
        "expertise_form": ExpertiseForm(contract=contract, mine=mine),
    }
    return render(request, "commitments/exchanges.html", {**context, **forms}, status=status)
