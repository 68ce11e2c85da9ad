"""The follow-up of one aid: its reports, its balance, its promises, its news."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from avenant.domain.decision import DomainError
from avenant.foundations.doing import do
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.selectors import list_due_in_file
from avenant.funding.grants import selectors as grants
from avenant.funding.grants.models import Grant, GrantedAction
from avenant.funding.reports import policies
from avenant.funding.reports.balances import strike
from avenant.funding.reports.forms import DuerpForm, NewsForm, ReasonForm, SettleForm
from avenant.funding.reports.models import FollowUp
from avenant.funding.reports.selectors import impact, recovery, statements
from avenant.funding.reports.services import evaluating, following, settling


@door(reads={"GET"})
def follow_up(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """What is owed, what was told, where the balance stands."""
    return _page(request, grants.get_grant(request.actor, grant_id))


def _page(request: ActorRequest, grant: Grant, *, status: int = 200, **more: Any) -> HttpResponse:
    actor, at = request.actor, request.now
    held = statements.find_follow_up(actor, grant)
    reports = statements.list_of_grant(actor, grant)
    actions = list(GrantedAction.objects.visible_to(actor).filter(grant=grant))
    news = list(impact.list_news(actor, grant)[:30])
    duerp = impact.find_duerp(actor, grant)
    recoveries = list(recovery.list_of_grant(actor, grant))
    asked_back = any(one.state not in {"settled", "waived"} for one in recoveries)
    context = {
        "grant": grant, "follow_up": held, "at": at, "reports": [(one, one.standing(at), one.tone(at)) for one in reports],
        "struck": None if asked_back else _struck(request, grant, held), "settlement": recovery.last_settlement(actor, grant),
        "recoveries": recoveries, "evaluation": impact.find_evaluation(actor, grant),
        "visits": [(one, one.standing(at)) for one in impact.list_of_grant(actor, grant)],
        "duerp": duerp, "duerp_standing": duerp.standing(at) if duerp else "", "news": news,
        "own": grant.beneficiary_id == actor.organisation_id,
        "settle_form": SettleForm(), "news_form": NewsForm(actions=actions), "duerp_form": DuerpForm(),
        "again_form": ReasonForm(), "due": list_due_in_file(actor, grant.circle_id),
        "may_follow": policies.may_follow(actor, grant),
        "may_plan_visit": policies.may_plan_visit(actor, grant),
        "may_settle": policies.may_settle(actor, grant, reports, at=at),
        "may_close": policies.may_close(actor, grant, recovery.last_settlement(actor, grant)),
        "may_tell": policies.may_tell_news(actor, grant),
        "may_bring": policies.may_hand_in_duerp(actor, duerp) if duerp else None,
        "may_ask_again": policies.may_ask_duerp_again(actor, duerp) if duerp else None,
    }  # fmt: skip
    return render(request, "reports/follow_up.html", {**context, **more}, status=status)


def _struck(request: ActorRequest, grant: Grant, held: FollowUp | None) -> Any:
    if held is None:
        return None
    try:
        return strike(request.actor, grant, held)
    except DomainError:
        return None


@door(writes={"POST"})
def open_follow_up(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Open the follow-up now, without waiting for the job."""
    grants.get_grant(request.actor, grant_id)
    following.follow_grant(actor=request.actor, grant_id=grant_id, at=request.now)
    messages.success(request, "Le suivi est ouvert\u202f: les bilans à remettre sont à l’échéancier.")
    return redirect("reports:follow-up", grant_id)


@door(writes={"POST"})
def settle(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Strike the balance."""
    grant, form = grants.get_grant(request.actor, grant_id), SettleForm(request.POST)
    reports = statements.list_of_grant(request.actor, grant)
    policies.may_settle(request.actor, grant, reports, at=request.now).or_raise()
    actor, at = request.actor, request.now
    return do(
        request, form, lambda: settling.strike_balance(actor=actor, grant_id=grant.pk, at=at, **form.cleaned_data),
        page=reverse("reports:follow-up", args=[grant.pk]), told="Le solde est arrêté.",
    ) or _page(request, grant, status=422, settle_form=form)  # fmt: skip


@door(writes={"POST"})
def close(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Settle the aid."""
    settling.close_grant(actor=request.actor, grant_id=grant_id, at=request.now)
    messages.success(request, "L’aide est soldée.")
    return redirect("reports:follow-up", grant_id)


@door(writes={"POST"})
def tell_news(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Tell how an action goes."""
    grant, actor, at = grants.get_grant(request.actor, grant_id), request.actor, request.now
    policies.may_tell_news(actor, grant).or_raise()
    form = NewsForm(request.POST, actions=list(GrantedAction.objects.visible_to(actor).filter(grant=grant)))

    def act() -> object:
        said = dict(form.cleaned_data)
        return evaluating.tell_news(actor=actor, grant_id=grant.pk, action_id=said.pop("action"), at=at, **said)

    page = reverse("reports:follow-up", args=[grant.pk])
    return do(request, form, act, page=page, told="L’ARS en est informée.") or _page(
        request, grant, status=422, news_form=form
    )


@door(writes={"POST"})
def bring_duerp(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Bring the updated DUERP."""
    promise, actor, at = impact.get_duerp(request.actor, grant_id), request.actor, request.now
    policies.may_hand_in_duerp(actor, promise).or_raise()
    form = DuerpForm(request.POST, request.FILES)

    def act() -> object:
        file, day = form.cleaned_data["file"], form.cleaned_data["updated_on"]
        return evaluating.hand_in_duerp(
            actor=actor, grant_id=grant_id, name=file.name, content=file.read(), updated_on=day, at=at
        )

    return do(request, form, act, page=promise.page(), told="Le DUERP mis à jour est remis.") or _page(
        request, grants.get_grant(actor, grant_id), status=422, duerp_form=form
    )


@door(writes={"POST"})
def ask_duerp_again(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Ask for the DUERP again."""
    promise, form = impact.get_duerp(request.actor, grant_id), ReasonForm(request.POST)
    policies.may_ask_duerp_again(request.actor, promise).or_raise()
    actor, at = request.actor, request.now
    return do(
        request, form, lambda: evaluating.ask_duerp_again(actor=actor, grant_id=grant_id, at=at, **form.cleaned_data),
        page=promise.page(), told="Le DUERP est redemandé.",
    ) or _page(request, grants.get_grant(actor, grant_id), status=422, again_form=form)  # fmt: skip
