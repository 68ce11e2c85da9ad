from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from avenant.contracts.drafting import policies, reference_pages, selectors, services, text_pages
from avenant.contracts.drafting.models import Contract, Provision
from avenant.contracts.drafting.writing_forms import InjunctionForm, SubAgreementForm
from avenant.domain.decision import DomainError
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door

PAGE = 50


@door(reads={"GET"})
def references(request: ActorRequest) -> HttpResponse:
    """The texts that my contracts cite: laws, instructions, models."""
    form, lines, order = reference_pages.find_texts(request.actor, request.GET)
    context = {
        "form": form,
        "page": Paginator(lines, PAGE).get_page(request.GET.get("page")),
        "sort": order,
        "sentence": reference_pages.word_texts(len(lines), active=form.active),
        "reset": request.path if form.active else "",
        "query": request.GET.urlencode(),
    }
    return render(request, "drafting/references.html", context)


@door(reads={"GET"})
def export_references(request: ActorRequest, form: str) -> HttpResponse:
    """The list as it is filtered and sorted."""
    _, lines, _ = reference_pages.find_texts(request.actor, request.GET)
    return sheet_response(reference_pages.texts_sheet(lines), form, name="textes-cites", at=request.now)


@door(reads={"GET"})
def reference(request: ActorRequest, key: str) -> HttpResponse:
    """One text: what it is, and the contracts that cite it."""
    _, lines, _ = reference_pages.find_texts(request.actor, {})
    found = next((one for one in lines if one.key == key), None)
    if found is None:
        raise Http404
    return render(request, "drafting/reference.html", {"text": found})


@door(writes={"POST"})
def injunction(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """An injunction that the CPOM of an establishment takes into account."""
    contract = selectors.get_contract(request.actor, contract_id)
    policies.may_link_injunction(request.actor, contract).or_raise()
    form = InjunctionForm(request.POST)
    if not form.is_valid():
        raise DomainError("Donnez la référence, la date et l’objet de l’injonction. Rien n’est changé.")
    services.link_injunction(actor=request.actor, contract_id=contract_id, at=request.now, **form.cleaned_data)
    messages.success(request, "L’injonction est rattachée au contrat.")
    return redirect("drafting:contract", contract_id)


@door(reads={"GET"}, writes={"POST"})
def sub_agreement(request: ActorRequest, contract_id: uuid.UUID, key: str) -> HttpResponse:
    """An agreement that the text foresees begins; what was chosen stays when it cannot."""
    contract = selectors.get_contract(request.actor, contract_id)
    foreseen = _foreseen(request, contract, key)
    parties = [one for one in contract.parties.all() if one.organisation.key in foreseen["parties"]]
    may = policies.may_prepare_sub_agreement(request.actor, contract, parties)
    form = SubAgreementForm(request.POST if request.method == "POST" else None, foreseen=foreseen)
    if request.method == "POST":
        may.or_raise()
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            row = services.prepare_sub_agreement(
                actor=request.actor, contract_id=contract_id, draft=form.draft(), at=request.now
            )
            messages.success(request, "La convention est en préparation\u202f: relisez ses clauses.")
            return redirect("drafting:writing", row.pk)
    context = {
        "contract": contract,
        "tabs": text_pages.tabs(request.actor, contract),
        "foreseen": foreseen,
        "form": form,
        "names": [text_pages.party_name(one) for one in parties],
        "may": may,
    }
    return render(request, "drafting/sub_agreement.html", context)


def _foreseen(request: ActorRequest, contract: Contract, key: str) -> Mapping[str, Any]:
    rows = selectors.list_provisions(request.actor, contract, [Provision.Kind.SUB_AGREEMENT])
    found: Mapping[str, Any] | None = next((one.content for one in rows if one.key == key), None)
    if found is None:
        raise Http404
    return found
