"""The envelopes of the region's funders, or of a national body, in one view; one envelope; the aids of all."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render

from avenant.domain.audiences import OrganisationKind
from avenant.domain.funding.deciding import partnership_warning
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.paging import Pages, word_count
from avenant.funding.allocation import policies, selectors, tables
from avenant.funding.allocation.forms import (
    AidForm,
    ChangeForm,
    DelegateForm,
    EntrustForm,
    EnvelopeFilter,
    EnvelopeForm,
    ReviseForm,
    SearchForm,
    SourceForm,
    TakeBackForm,
)
from avenant.funding.allocation.models import Envelope
from avenant.funding.allocation.selectors import AidSearch, DelegationSearch, EnvelopeSearch
from avenant.funding.allocation.services import envelopes as services
from avenant.funding.allocation.views.sessions import call_page
from avenant.funding.calls import selectors as calls
from avenant.funding.grants.selectors import list_schemes

PAGE = 50


def _search(request: ActorRequest) -> tuple[EnvelopeFilter, EnvelopeSearch]:
    form = EnvelopeFilter(
        request.GET,
        funders=selectors.list_funders(request.actor),
        territories=selectors.list_territories(request.actor),
    )
    form.is_valid()
    said = form.cleaned_data
    funder = said.get("financeur")
    return form, EnvelopeSearch(
        year=said.get("annee"), source=said.get("source", ""), funder=uuid.UUID(funder) if funder else None,
        territory=said.get("territoire", ""), text=said.get("texte", ""), sort=request.GET.get("tri", ""),
    )  # fmt: skip


@door(reads={"GET"})
def envelopes(request: ActorRequest) -> HttpResponse:
    """Who funds what, and what is left of it: each institution writes its own, all read all."""
    form, search = _search(request)
    page = Pages(selectors.list_envelopes(request.actor, search), PAGE).get_page(request.GET.get("page"))
    rows = list(page)
    context = {
        "form": form, "page": page, "rows": rows, "sort": search.sort or "-annee", "query": request.GET.urlencode(),
        "sentence": word_count(page.paginator.count, "enveloppe"),
        "reset": request.path if any(form.cleaned_data.values()) else "",
        "may_write": policies.may_keep_envelopes(request.actor),
    }  # fmt: skip
    return render(request, f"allocation/{'national' if _national(request) else 'envelopes'}.html", context)


def _national(request: ActorRequest) -> bool:
    return request.actor.kind is OrganisationKind.NATIONAL


@door(reads={"GET"})
def export(request: ActorRequest, form: str) -> HttpResponse:
    """The envelopes that the page shows."""
    rows = selectors.list_envelopes(request.actor, _search(request)[1])
    sheet = tables.national_sheet(rows) if _national(request) else tables.envelope_sheet(rows)
    return sheet_response(sheet, form, name="enveloppes", at=request.now)


@door(reads={"GET"}, writes={"POST"})
def write(request: ActorRequest) -> HttpResponse:
    """Write an envelope of my institution."""
    allowed, initial = policies.may_keep_envelopes(request.actor), {"year": request.now.year}
    form = EnvelopeForm(
        request.POST or None, territories=selectors.list_territories(request.actor), national=_national(request),
        initial=initial,
    )  # fmt: skip
    if request.method == "POST":
        allowed.or_raise()
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            made = services.write_envelope(actor=request.actor, said=form.said(), at=request.now)
            return redirect(made.page())
    context = {"form": form, "may_write": allowed}
    return render(request, "allocation/write_envelope.html", context, status=422 if form.errors else 200)


@door(reads={"GET"})
def envelope(request: ActorRequest, envelope_id: uuid.UUID) -> HttpResponse:
    """One envelope: its figures, its parts, its aids or its delegations."""
    return page_of(request, selectors.get_envelope(request.actor, envelope_id))


def page_of(request: ActorRequest, row: Envelope, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of an envelope, for its funder and partners, for a national body, or for who delegated it."""
    actor = request.actor
    context: dict[str, Any] = {
        "envelope": row, "movements": selectors.list_movements(actor, row),
        "journal": selectors.list_envelope_events(actor, row)[:15],
    }  # fmt: skip
    if row.giver_id == actor.organisation_id:
        return render(request, "allocation/delegation.html", context | _given(request, row) | forms, status=status)
    context |= {
        "parts": selectors.list_parts(actor, row), "may_change": policies.may_change(actor, row),
        "may_revise": policies.may_revise(actor, row), "revise_form": ReviseForm(prefix="revise"),
        "delegate_form": _delegate_form(request, None),
    }  # fmt: skip
    if _national(request):
        return render(
            request, "allocation/national_envelope.html", context | _giving(request, row) | forms, status=status
        )
    return render(request, "allocation/envelope.html", context | _drawn(request, row) | forms, status=status)


def _delegate_form(request: ActorRequest, typed: QueryDict | None) -> DelegateForm:
    territories = selectors.list_territories(request.actor)
    return DelegateForm(typed, territories=territories, national=_national(request), prefix="delegate")


def _given(request: ActorRequest, row: Envelope) -> dict[str, Any]:
    return {
        "use": selectors.use_of(row), "may_change": policies.may_change_delegation(request.actor, row),
        "change_form": ChangeForm(prefix="change"), "withdraw_form": TakeBackForm(prefix="withdraw"),
    }  # fmt: skip


def _giving(request: ActorRequest, row: Envelope) -> dict[str, Any]:
    sort = request.GET.get("tri", "region")
    found = selectors.list_delegations(request.actor, DelegationSearch(envelope=row.pk, sort=sort))
    page = Pages(found, PAGE).get_page(request.GET.get("page"))
    receivers = selectors.list_receivers(request.actor)
    return {
        "page": page, "lines": [(one, selectors.use_of(one)) for one in page], "sort": sort,
        "total": selectors.total_use(found), "may_entrust": policies.may_entrust(request.actor, row),
        "entrust_form": EntrustForm(receivers=receivers, prefix="entrust"),
    }  # fmt: skip


def _drawn(request: ActorRequest, row: Envelope) -> dict[str, Any]:
    actor, sort = request.actor, request.GET.get("tri", "")
    page = Pages(selectors.list_aids(actor, AidSearch(envelope=row.pk, sort=sort)), PAGE).get_page(
        request.GET.get("page")
    )
    kind = OrganisationKind(row.owner.kind)
    return {
        "told": selectors.list_envelopes(actor, EnvelopeSearch()).get(pk=row.pk), "page": page,
        "lines": [(one, partnership_warning(kind, one.nature, partnership=one.partnership)) for one in page],
        "sort": sort or "beneficiaire", "aid_form": AidForm(prefix="aid", schemes=list_schemes(actor)),
    }  # fmt: skip


@door(writes={"POST"})
def revise(request: ActorRequest, envelope_id: uuid.UUID) -> HttpResponse:
    """Change the amount of an envelope."""
    row, form = selectors.get_envelope(request.actor, envelope_id), ReviseForm(request.POST, prefix="revise")
    if form.is_valid():
        with refusals_in(form):
            services.revise_envelope(actor=request.actor, envelope_id=row.pk, at=request.now, **form.cleaned_data)
            messages.success(request, "L’enveloppe est révisée.")
            return redirect(row.page())
    return page_of(request, row, status=422, revise_form=form)


@door(writes={"POST"})
def delegate(request: ActorRequest, envelope_id: uuid.UUID) -> HttpResponse:
    """Delegate a part of an envelope."""
    row = selectors.get_envelope(request.actor, envelope_id)
    form = _delegate_form(request, request.POST)
    if form.is_valid():
        with refusals_in(form):
            made = services.delegate(actor=request.actor, envelope_id=row.pk, at=request.now, **form.cleaned_data)
            messages.success(request, "Le montant est délégué.")
            return redirect(made.page())
    return page_of(request, row, status=422, delegate_form=form)


@door(writes={"POST"})
def declare_aid(request: ActorRequest, envelope_id: uuid.UUID) -> HttpResponse:
    """Write an aid on an envelope of my institution."""
    row = selectors.get_envelope(request.actor, envelope_id)
    form = AidForm(request.POST, prefix="aid", schemes=list_schemes(request.actor))
    if form.is_valid():
        with refusals_in(form):
            made = services.declare_aid(actor=request.actor, envelope_id=row.pk, said=form.said(), at=request.now)
            warning = partnership_warning(OrganisationKind(row.owner.kind), made.nature, partnership=made.partnership)
            level = messages.WARNING if warning else messages.SUCCESS
            messages.add_message(request, level, warning or "L’aide est inscrite.")
            return redirect(row.page())
    return page_of(request, row, status=422, aid_form=form)


@door(reads={"GET"})
def aids(request: ActorRequest) -> HttpResponse:
    """All the aids of all the partners, dossier by dossier, so that one action is not paid twice."""
    form = SearchForm(request.GET)
    form.is_valid()
    sort = request.GET.get("tri", "beneficiaire")
    found = selectors.list_aids(request.actor, AidSearch(text=form.cleaned_data.get("texte", ""), sort=sort))
    page = Pages(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form, "page": page, "sort": sort, "query": request.GET.urlencode(),
        "sentence": word_count(page.paginator.count, "aide"),
        "reset": request.path if form.cleaned_data.get("texte") else "",
    }  # fmt: skip
    return render(request, "allocation/aids.html", context)


@door(reads={"GET"})
def export_aids(request: ActorRequest, form: str) -> HttpResponse:
    """The aids that the page shows."""
    said = AidSearch(text=request.GET.get("texte", ""), sort=request.GET.get("tri", ""))
    return sheet_response(
        tables.aid_sheet(selectors.list_aids(request.actor, said)), form, name="aides-par-dossier", at=request.now
    )


@door(writes={"POST"})
def open_source(request: ActorRequest, key: str) -> HttpResponse:
    """Say which source a call opens, with its criteria."""
    call, form = calls.get_published(key), SourceForm(request.POST)
    policies.may_prepare(request.actor, call).or_raise()
    if form.is_valid():
        with refusals_in(form):
            services.open_source(actor=request.actor, call=call, at=request.now, **form.cleaned_data)
            messages.success(request, "La source est ouverte par l’appel.")
            return redirect("allocation:call", key)
    return call_page(request, key, status=422, source_form=form)
