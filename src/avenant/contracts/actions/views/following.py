from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from avenant.contracts.actions import pages, policies, selectors, services
from avenant.contracts.actions.forms import (
    CampaignForm,
    EffectForm,
    ObjectiveForm,
    PlanForm,
    ProgressForm,
    RequestForm,
    RequestStepForm,
)
from avenant.contracts.actions.models import Effect, Progress
from avenant.contracts.actions.selectors import ActionLine
from avenant.contracts.drafting import selectors as drafting
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door

PAGE = 50


@door(reads={"GET"})
def contract(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """The actions of a contract: who answers for each, where it stands, what was done with others."""
    return _page(request, contract_id)


def _page(request: ActorRequest, contract_id: uuid.UUID, **more: Any) -> HttpResponse:
    row = drafting.get_contract(request.actor, contract_id)
    context = pages.contract_page(request.actor, row, request.now) | {
        "campaign_form": CampaignForm(laboratories=pages.laboratory_choices(request.actor, row), auto_id="campaign_%s"),
        "plan_form": PlanForm(auto_id="plan_%s"),
        **more,
    }
    return render(request, "actions/contract.html", context, status=422 if more else 200)


@door(reads={"GET"})
def mine(request: ActorRequest) -> HttpResponse:
    """The actions that my organisation answers for, across its contracts."""
    form, lines, order = pages.find_actions(request.actor, request.GET, timezone.localdate(request.now))
    context = {
        "form": form,
        "page": Paginator(lines, PAGE).get_page(request.GET.get("page")),
        "sort": order,
        "sentence": pages.word_actions(len(lines), active=form.active),
        "reset": request.path if form.active else "",
        "query": request.GET.urlencode(),
    }
    return render(request, "actions/mine.html", context)


@door(reads={"GET"})
def export_mine(request: ActorRequest, form: str) -> HttpResponse:
    """The same list as a table."""
    _, lines, _ = pages.find_actions(request.actor, request.GET, timezone.localdate(request.now))
    return sheet_response(pages.actions_sheet(lines), form, name="mes-actions", at=request.now)


@door(reads={"GET"}, writes={"POST"})
def action(request: ActorRequest, contract_id: uuid.UUID, clause_key: str) -> HttpResponse:
    """One action: its progress, said by who answers for it, its funding, and what its effects were."""
    if request.method == "GET":
        return _action(request, contract_id, clause_key)
    form = ProgressForm(request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        with refusals_in(form):
            services.say_progress(
                actor=request.actor, contract_id=contract_id, clause_key=clause_key,
                state=Progress.State(typed["state"]), comment=typed["comment"], at=request.now,
            )  # fmt: skip
            messages.success(request, "L’avancement de l’action est enregistré.")
            return redirect("actions:contract", contract_id)
    return _action(request, contract_id, clause_key, form=form)


def _line(request: ActorRequest, contract_id: uuid.UUID, clause_key: str) -> ActionLine:
    row = drafting.get_contract(request.actor, contract_id)
    line = selectors.get_action(request.actor, row, clause_key, timezone.localdate(request.now))
    if line is None:
        raise Http404
    return line


def _action(
    request: ActorRequest, contract_id: uuid.UUID, clause_key: str, *, step: tuple[Any, RequestStepForm] | None = None,
    **bound: Any,
) -> HttpResponse:  # fmt: skip
    """The page of an action; ``bound`` and ``step`` are the forms that were sent and say what is wrong."""
    line = _line(request, contract_id, clause_key)
    said = line.progress
    context = pages.action_page(request.actor, line, request.now, step=step) | {
        "form": ProgressForm(initial={"state": said.state, "comment": said.comment} if said else {}),
        "effect_form": EffectForm(effects=[name for name, _ in line.effects], auto_id="effect_%s"),
        "request_form": RequestForm(auto_id="request_%s"),
        "objective_form": ObjectiveForm(auto_id="objective_%s"),
        **bound,
    }
    return render(request, "actions/action.html", context, status=422 if bound or step else 200)


@door(writes={"POST"})
def effect(request: ActorRequest, contract_id: uuid.UUID, clause_key: str) -> HttpResponse:
    """What became of an expected effect."""
    line = _line(request, contract_id, clause_key)
    policies.may_follow(request.actor, line.contract).or_raise()
    form = EffectForm(request.POST, effects=[name for name, _ in line.effects], auto_id="effect_%s")
    if form.is_valid():
        typed = form.cleaned_data
        services.assess_effect(
            actor=request.actor, contract_id=contract_id, clause_key=clause_key, effect=typed["effect"],
            rating=Effect.Rating(typed["rating"]), comment=typed["comment"], at=request.now,
        )  # fmt: skip
        messages.success(request, "L’effet est apprécié.")
        return redirect("actions:action", contract_id, clause_key)
    return _action(request, contract_id, clause_key, effect_form=form)


@door(writes={"POST"})
def ask_funding(request: ActorRequest, contract_id: uuid.UUID, clause_key: str) -> HttpResponse:
    """Follow what an action asks of an outside funder."""
    line = _line(request, contract_id, clause_key)
    policies.may_say_progress(request.actor, line.contract, line.pilot).or_raise()
    form = RequestForm(request.POST, auto_id="request_%s")
    if form.is_valid():
        with refusals_in(form):
            made = services.prepare_request(
                actor=request.actor, contract_id=contract_id, clause_key=clause_key, at=request.now, **form.cleaned_data
            )
            messages.success(request, "La demande de financement est suivie.")
            return redirect(made.page())
    return _action(request, contract_id, clause_key, request_form=form)


@door(writes={"POST"})
def move_request(request: ActorRequest, fundingrequest_id: uuid.UUID) -> HttpResponse:
    """Say that a request is deposited, awaited, granted or refused."""
    row, act = selectors.get_request(request.actor, fundingrequest_id), request.POST.get("act", "")
    policies.may_say_progress(
        request.actor, row.contract, _line(request, row.contract_id, row.clause_key).pilot
    ).or_raise()
    if act not in services.REQUEST_STEPS:
        raise Http404
    form = RequestStepForm(request.POST, act=act)
    if form.is_valid():
        with refusals_in(form):
            services.REQUEST_STEPS[act](actor=request.actor, request_id=row.pk, at=request.now, **form.cleaned_data)
            messages.success(request, "La demande de financement est à jour.")
            return redirect(row.page())
    return _action(request, row.contract_id, row.clause_key, step=(row.pk, form))


@door(writes={"POST"})
def set_objective(request: ActorRequest, contract_id: uuid.UUID, clause_key: str) -> HttpResponse:
    """An operational objective, with the enterprises that take part."""
    line = _line(request, contract_id, clause_key)
    policies.may_say_progress(request.actor, line.contract, line.pilot).or_raise()
    form = ObjectiveForm(request.POST, auto_id="objective_%s")
    if form.is_valid():
        with refusals_in(form):
            services.set_objective(
                actor=request.actor, contract_id=contract_id, clause_key=clause_key, at=request.now, **form.cleaned_data
            )
            messages.success(request, "L’objectif opérationnel est défini.")
            return redirect("actions:action", contract_id, clause_key)
    return _action(request, contract_id, clause_key, objective_form=form)


@door(writes={"POST"})
def campaign(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """A measurement campaign enters the plan of its year."""
    row = drafting.get_contract(request.actor, contract_id)
    policies.may_follow(request.actor, row).or_raise()
    known = pages.laboratory_choices(request.actor, row)
    form = CampaignForm(request.POST, request.FILES, laboratories=known, auto_id="campaign_%s")
    if form.is_valid():
        with refusals_in(form):
            services.plan_campaign(actor=request.actor, contract_id=contract_id, draft=form.draft(), at=request.now)
            messages.success(request, "La campagne est inscrite.")
            return redirect("actions:contract", contract_id)
    return _page(request, contract_id, campaign_form=form)


@door(writes={"POST"})
def plan(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """How many campaigns a year should have."""
    row = drafting.get_contract(request.actor, contract_id)
    policies.may_follow(request.actor, row).or_raise()
    form = PlanForm(request.POST, auto_id="plan_%s")
    if form.is_valid():
        with refusals_in(form):
            services.settle_plan(actor=request.actor, contract_id=contract_id, at=request.now, **form.cleaned_data)
            messages.success(request, "Le nombre de campagnes attendues est fixé.")
            return redirect("actions:contract", contract_id)
    return _page(request, contract_id, plan_form=form)
