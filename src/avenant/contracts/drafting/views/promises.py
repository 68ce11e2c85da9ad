from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from avenant.contracts.drafting import policies, selectors
from avenant.contracts.drafting.forms import LocalIndicatorForm, RemovalForm, TargetsForm
from avenant.contracts.drafting.models import Contract, PromisedIndicator
from avenant.contracts.drafting.services import promises
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door


@door(reads={"GET"}, writes={"POST"})
def add(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """Add an indicator of the parties' own; what was typed stays when it cannot be."""
    contract = selectors.get_contract(request.actor, contract_id)
    may = policies.may_change_indicators(request.actor, contract)
    form = LocalIndicatorForm(request.POST or None, initial=_years(contract))
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            promise = promises.add_local_indicator(
                actor=request.actor,
                contract_id=contract_id,
                indicator=form.indicator(),
                span=form.span(),
                at=request.now,
            )
            messages.success(request, "Indicateur ajouté\u202f: fixez ses cibles par année, si le contrat en prévoit.")
            return redirect(promise.page())
    return render(request, "drafting/add_indicator.html", {"contract": contract, "form": form, "may": may})


def _years(contract: Contract) -> dict[str, int]:
    if contract.starts_on and contract.ends_on:
        return {"first_year": contract.starts_on.year, "last_year": contract.ends_on.year}
    return {}


def _promise(request: ActorRequest, contract_id: uuid.UUID, promise_id: int) -> PromisedIndicator:
    contract = selectors.get_contract(request.actor, contract_id)
    return get_object_or_404(selectors.list_promises(request.actor, contract), pk=promise_id)


@door(reads={"GET"}, writes={"POST"})
def promise(request: ActorRequest, contract_id: uuid.UUID, promise_id: int) -> HttpResponse:
    """One promised indicator: its targets, year by year, and its end."""
    row = _promise(request, contract_id, promise_id)
    form = TargetsForm(request.POST or None, promise=row)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            promises.set_targets(
                actor=request.actor,
                promise_id=promise_id,
                targets=form.targets(),
                at=request.now,
            )
            messages.success(request, "Les cibles sont enregistrées.")
            return redirect(row.page())
    return _page(request, row, form, RemovalForm(auto_id="removal_%s"))


@door(writes={"POST"})
def remove(request: ActorRequest, contract_id: uuid.UUID, promise_id: int) -> HttpResponse:
    """Stop asking for an indicator from a year on."""
    row = _promise(request, contract_id, promise_id)
    form = RemovalForm(request.POST, auto_id="removal_%s")
    if not form.is_valid():
        return _page(request, row, TargetsForm(promise=row), form)
    promises.remove_indicator(
        actor=request.actor,
        promise_id=promise_id,
        from_year=form.cleaned_data["from_year"],
        at=request.now,
    )
    messages.success(request, "L’indicateur est retiré. Ce qui a été déclaré avant est conservé.")
    return redirect("drafting:indicators", contract_id)


def _page(request: ActorRequest, row: PromisedIndicator, form: TargetsForm, removal: RemovalForm) -> HttpResponse:
    may = policies.may_change_indicators(request.actor, row.contract)
    context = {"promise": row, "contract": row.contract, "form": form, "removal": removal, "may": may}
    return render(request, "drafting/promise.html", context)
