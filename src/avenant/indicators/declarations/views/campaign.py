from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.states import may_advance
from avenant.indicators.campaigns import policies
from avenant.indicators.campaigns import selectors as campaign_selectors
from avenant.indicators.campaigns import services as campaign_services
from avenant.indicators.declarations import progress, selectors
from avenant.indicators.declarations.forms import CampaignForm, CommitteeForm, ReasonForm
from avenant.indicators.declarations.models import Part
from avenant.indicators.declarations.services import opening

ACTS = {"ouvrir": "open", "clore": "close", "rouvrir": "reopen"}


@door(reads={"GET"})
def campaigns(request: ActorRequest) -> HttpResponse:
    """The campaigns of my region; for a provider, its own declarations."""
    rows = campaign_selectors.list_campaigns(request.actor)
    return render(
        request,
        "declarations/campaigns.html",
        {
            "campaigns": rows,
            "declarations": selectors.list_declarations(request.actor).order_by("-year", "service__name")[:60],
            "may_prepare": policies.may_run_campaigns(request.actor),
        },
    )


@door(reads={"GET"}, writes={"POST"})
def prepare(request: ActorRequest) -> HttpResponse:
    """Prepare the collection of a year."""
    policies.may_run_campaigns(request.actor).or_raise()
    form = CampaignForm(request.POST or None, initial={"year": request.now.year - 1, "opens_on": request.now.date()})
    if request.method == "POST" and form.is_valid():
        campaign = campaign_services.prepare_campaign(actor=request.actor, at=request.now, **form.cleaned_data)
        messages.success(request, f"La campagne {campaign.year} est prête : relisez ses dates, puis ouvrez-la.")
        return redirect(campaign.page())
    return render(request, "declarations/prepare.html", {"form": form})


@door(reads={"GET"})
def campaign(request: ActorRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Progress by service: who has handed in what, who is late, who holds the pen."""
    row = campaign_selectors.get_campaign(request.actor, campaign_id)
    state, sort = request.GET.get("etat", ""), request.GET.get("tri", "service")
    board = progress.board(request.actor, row, at=request.now, state=state, sort=sort)
    return render(
        request,
        "declarations/campaign.html",
        {
            "campaign": row,
            "board": board,
            "columns": [label for _, label in progress.COLUMNS],
            "state": state,
            "sort": sort,
            "states": [*Part.lifecycle.states.items(), ("retard", "en retard")],
            "acts": [
                (word, row.lifecycle.step(verb), may_advance(row, verb, request.actor)) for word, verb in ACTS.items()
            ],
            "committee_form": CommitteeForm(initial={"committee_on": row.committee_on}),
        },
    )


@door(writes={"POST"})
def advance(request: ActorRequest, campaign_id: uuid.UUID, verb: str) -> HttpResponse:
    """Open, close or reopen the collection."""
    if verb not in ACTS:
        raise Http404
    if verb == "ouvrir":
        row = opening.open_campaign(actor=request.actor, campaign_id=campaign_id, at=request.now)
        messages.success(request, f"La campagne {row.year} est ouverte : chaque fournisseur a son échéance.")
        return redirect(row.page())
    form = ReasonForm(request.POST)
    act = opening.close_campaign if verb == "clore" else opening.reopen_campaign
    row = act(actor=request.actor, campaign_id=campaign_id, reason=form.data.get("reason", ""), at=request.now)
    messages.success(request, f"La campagne {row.year} est {row.state_label}.")
    return redirect(row.page())


@door(writes={"POST"})
def move_committee(request: ActorRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Move the first committee, and with it the deadline and the due items."""
    form = CommitteeForm(request.POST)
    row = campaign_selectors.get_campaign(request.actor, campaign_id)
    if form.is_valid():
        row = opening.move_committee(
            actor=request.actor, campaign_id=campaign_id, committee_on=form.cleaned_data["committee_on"], at=request.now
        )
        messages.success(request, "La date du comité et les échéances qui en dépendent ont changé ensemble.")
    else:
        messages.error(request, "Donnez une date de comité : rien n’a changé.")
    return redirect(row.page())
