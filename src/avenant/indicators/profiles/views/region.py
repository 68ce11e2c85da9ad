from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.contracts.drafting import selectors as contracts
from avenant.foundations.doors import ActorRequest, door
from avenant.indicators.campaigns import selectors as campaigns
from avenant.indicators.profiles import policies, selectors, services
from avenant.indicators.profiles.feasibility import foresee
from avenant.indicators.profiles.forms import FeasibilityForm, ThresholdsForm
from avenant.indicators.profiles.pages import label_of


@door(reads={"GET"}, writes={"POST"})
def thresholds(request: ActorRequest) -> HttpResponse:
    """The thresholds of the region, who changed them and why."""
    policies.may_read_thresholds(request.actor).or_raise()
    settings = campaigns.find_settings(request.actor)
    form = ThresholdsForm(request.POST or None, settings=settings)
    if request.method == "POST" and form.is_valid():
        changed = services.change_thresholds(
            actor=request.actor, asked=form.asked, reason=form.cleaned_data["reason"], at=request.now
        )
        told = "Les seuils sont changés\u202f: les tables se refont dans un instant." if changed else "Rien n’a changé."
        messages.success(request, told)
        return redirect("profiles:thresholds")
    context = {
        "settings": settings,
        "form": form,
        "changes": selectors.list_changes(request.actor),
        "may_change": policies.may_change_thresholds(request.actor, settled=settings is not None),
    }
    return render(request, "profiles/thresholds.html", context, status=422 if form.errors else 200)


@door(reads={"GET"})
def feasibility(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """What share of a breakdown would be hidden, before it is put in a contract."""
    contract = contracts.get_contract(request.actor, contract_id)
    past = selectors.list_profiles(request.actor).filter(declaration__contract=contract).order_by("-year").first()
    form = FeasibilityForm(request.GET or None, initial={"people": past.total if past else None})
    rules = selectors.rules_for(request.actor, contract)
    found = None
    if request.GET and form.is_valid():
        said = form.cleaned_data
        found = foresee(said["variables"], said["people"], past, rules)
    context = {
        "contract": contract,
        "form": form,
        "past": past,
        "rules": rules,
        "found": found,
        "proposals": [" × ".join(label_of(name) for name in one.names) for one in found.proposals] if found else [],
    }
    return render(request, "profiles/feasibility.html", context, status=422 if form.errors else 200)
