"""The aids that the funders of the region declare to each other."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.paging import Pages, word_count
from avenant.funding.grants.selectors import list_schemes
from avenant.funding.reviews import policies
from avenant.funding.reviews.forms import AidFilter, AidForm, CorrectAidForm, WithdrawAidForm
from avenant.funding.reviews.models import PartnerAid
from avenant.funding.reviews.selectors.checks import AID_SORTS, AidSearch, get_aid, list_aids, list_versions
from avenant.funding.reviews.services import aids as services
from avenant.funding.reviews.services.aids import AidSaid
from avenant.funding.reviews.tables import aid_sheet

PAGE, EXPORTED = 50, 20_000


def _search(request: ActorRequest, form: AidFilter) -> AidSearch:
    form.is_valid()
    said = form.cleaned_data
    return AidSearch(
        text=said.get("texte", ""), scheme=said.get("dispositif"), withdrawn=said.get("etat") == "retirees",
        sort=request.GET.get("tri", "-date"),
    )  # fmt: skip


def _filter(request: ActorRequest) -> AidFilter:
    return AidFilter(request.GET, schemes=list_schemes(request.actor))


@door(reads={"GET"})
def aids(request: ActorRequest) -> HttpResponse:
    """The aids declared by the funders of the region, and the form that declares one."""
    policies.may_use_desk(request.actor).or_raise()
    return _page(request, AidForm(schemes=list_schemes(request.actor)), 200)


def _page(request: ActorRequest, aid_form: AidForm, status: int) -> HttpResponse:
    form = _filter(request)
    search = _search(request, form)
    pages = Pages(list_aids(request.actor, search), PAGE)
    context: dict[str, Any] = {
        "form": form, "aid_form": aid_form, "page": pages.get_page(request.GET.get("page")),
        "sort": search.sort if search.sort in AID_SORTS else "-date", "sentence": word_count(pages.known, "aide"),
        "reset": request.path if any(form.cleaned_data.values()) else "", "query": request.GET.urlencode(),
        "may_declare": policies.may_declare_aids(request.actor),
    }  # fmt: skip
    return render(request, "reviews/aids.html", context, status=status)


@door(reads={"GET"})
def export_aids(request: ActorRequest, form: str) -> HttpResponse:
    """The aids that the page shows."""
    policies.may_use_desk(request.actor).or_raise()
    sheet = aid_sheet(list_aids(request.actor, _search(request, _filter(request)))[:EXPORTED])
    return sheet_response(sheet, form, name="aides-des-financeurs", at=request.now)


@door(writes={"POST"})
def declare_aid(request: ActorRequest) -> HttpResponse:
    """Tell the other funders of an aid."""
    policies.may_declare_aids(request.actor).or_raise()
    form = AidForm(request.POST, schemes=list_schemes(request.actor))
    if form.is_valid():
        said = dict(form.cleaned_data)
        with refusals_in(form):
            services.declare_aid(
                actor=request.actor, said=AidSaid(scheme_id=said.pop("scheme"), **said), at=request.now
            )
            messages.success(request, "L’aide est déclarée aux autres financeurs.")
            return redirect("reviews:aids")
    return _page(request, form, 422)


@door(reads={"GET"})
def aid(request: ActorRequest, partneraid_id: uuid.UUID) -> HttpResponse:
    """One declared aid, as it was told at each time, and the acts of the funder that declared it."""
    return _aid_page(request, get_aid(request.actor, partneraid_id))


def _aid_page(request: ActorRequest, row: PartnerAid, *, status: int = 200, **typed: forms.Form) -> HttpResponse:
    versions = list_versions(request.actor, row)
    initial = {name: getattr(row, name) for name in CorrectAidForm.base_fields if name != "reason"}
    initial["scheme"] = row.scheme_id
    context: dict[str, Any] = {
        "aid": row, "versions": versions, "latest": versions[0], "may_change": policies.may_change_aid(request.actor, row),
        "correct_form": CorrectAidForm(schemes=list_schemes(request.actor), initial=initial, prefix="correct"),
        "withdraw_form": WithdrawAidForm(prefix="withdraw"),
    }  # fmt: skip
    return render(request, "reviews/aid.html", context | typed, status=status)


def _mine(request: ActorRequest, partneraid_id: uuid.UUID) -> PartnerAid:
    """An aid that I may change. One that changed since its page was opened is told in the form: what was typed stays."""
    row = get_aid(request.actor, partneraid_id)
    if row.ended_at is None:
        policies.may_change_aid(request.actor, row).or_raise()
    return row


@door(writes={"POST"})
def correct_aid(request: ActorRequest, partneraid_id: uuid.UUID) -> HttpResponse:
    """Say an aid of my institution otherwise."""
    row = _mine(request, partneraid_id)
    form = CorrectAidForm(request.POST, schemes=list_schemes(request.actor), prefix="correct")
    if form.is_valid():
        with refusals_in(form):
            made = services.correct_aid(actor=request.actor, aid_id=partneraid_id, at=request.now, **form.said(row))
            messages.success(request, "L’aide est corrigée\u202f; ce qui était déclaré reste lisible.")
            return redirect(made.story())
    return _aid_page(request, row, status=422, correct_form=form)


@door(writes={"POST"})
def withdraw_aid(request: ActorRequest, partneraid_id: uuid.UUID) -> HttpResponse:
    """Withdraw an aid of my institution."""
    row, form = _mine(request, partneraid_id), WithdrawAidForm(request.POST, prefix="withdraw")
    if form.is_valid():
        with refusals_in(form):
            services.withdraw_aid(
                actor=request.actor, aid_id=partneraid_id, reason=form.cleaned_data["reason"], at=request.now
            )
            messages.success(request, "L’aide est retirée\u202f; ce qui était déclaré reste lisible.")
            return redirect(row.story())
    return _aid_page(request, row, status=422, withdraw_form=form)
