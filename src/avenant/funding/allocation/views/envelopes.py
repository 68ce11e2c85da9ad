"""The envelopes of the region's funders in one view, one envelope, and the aids of all."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from avenant.domain.audiences import OrganisationKind
from avenant.domain.decision import DomainError
from avenant.domain.funding.deciding import partnership_warning
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.selectors import list_events
from avenant.foundations.paging import Pages, word_count
from avenant.funding.allocation import policies, selectors, tables
from avenant.funding.allocation.forms import (
    AidForm,
    DelegateForm,
    EnvelopeFilter,
    EnvelopeForm,
    ReviseForm,
    SearchForm,
    SourceForm,
)
from avenant.funding.allocation.models import Envelope
from avenant.funding.allocation.selectors import AidSearch, EnvelopeSearch
from avenant.funding.allocation.services import envelopes as services
from avenant.funding.allocation.tables import total_of
from avenant.funding.calls import selectors as calls

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
    names = ("amount", "reserved", "granted", "paid", "remaining")
    context = {
        "form": form, "page": page, "rows": rows, "sort": search.sort or "-annee", "query": request.GET.urlencode(),
        "sentence": word_count(page.paginator.count, "enveloppe"),
        "reset": request.path if any(form.cleaned_data.values()) else "",
        "totals": {name: total_of(getattr(one, name) for one in rows if one.parent_id is None) for name in names},
        "may_write": policies.may_keep_envelopes(request.actor),
    }  # fmt: skip
    return render(request, "allocation/envelopes.html", context)


@door(reads={"GET"})
def export(request: ActorRequest, form: str) -> HttpResponse:
    """The envelopes that the page shows."""
    rows = selectors.list_envelopes(request.actor, _search(request)[1])
    return sheet_response(tables.envelope_sheet(rows), form, name="enveloppes", at=request.now)


@door(reads={"GET"}, writes={"POST"})
def write(request: ActorRequest) -> HttpResponse:
    """Write an envelope of my institution."""
    allowed, initial = policies.may_keep_envelopes(request.actor), {"year": request.now.year}
    form = EnvelopeForm(request.POST or None, territories=selectors.list_territories(request.actor), initial=initial)
    if request.method == "POST":
        allowed.or_raise()
    if request.method == "POST" and form.is_valid():
        try:
            made = services.write_envelope(actor=request.actor, said=form.said(), at=request.now)
            return redirect(made.page())
        except DomainError as error:
            form.add_error(None, error.message)
    context = {"form": form, "may_write": allowed}
    return render(request, "allocation/write_envelope.html", context, status=422 if form.errors else 200)


@door(reads={"GET"})
def envelope(request: ActorRequest, envelope_id: uuid.UUID) -> HttpResponse:
    """One envelope: its figures, its parts, its aids."""
    return _page(request, selectors.get_envelope(request.actor, envelope_id))


def _page(request: ActorRequest, row: Envelope, *, status: int = 200, **forms: Any) -> HttpResponse:
    actor, territories = request.actor, selectors.list_territories(request.actor)
    told = selectors.list_envelopes(actor, EnvelopeSearch()).get(pk=row.pk)
    found = selectors.list_aids(actor, AidSearch(envelope=row.pk, sort=request.GET.get("tri", "")))
    page = Pages(found, PAGE).get_page(request.GET.get("page"))
    kind = OrganisationKind(row.owner.kind)
    lines = [(one, partnership_warning(kind, one.nature, partnership=one.partnership)) for one in page]
    context = {
        "envelope": told, "page": page, "lines": lines, "parts": selectors.list_parts(actor, row),
        "may_change": policies.may_change(actor, row), "sort": request.GET.get("tri", "beneficiaire"),
        "revise_form": ReviseForm(prefix="revise"), "delegate_form": DelegateForm(territories=territories, prefix="delegate"),
        "aid_form": AidForm(prefix="aid"),
        "journal": list_events(actor, row.circle_id).filter(subject=row.pk).select_related("organisation")[:15],
        **forms,
    }  # fmt: skip
    return render(request, "allocation/envelope.html", context, status=status)


@door(writes={"POST"})
def revise(request: ActorRequest, envelope_id: uuid.UUID) -> HttpResponse:
    """Change the amount of an envelope."""
    row, form = selectors.get_envelope(request.actor, envelope_id), ReviseForm(request.POST, prefix="revise")
    if not form.is_valid():
        return _page(request, row, status=422, revise_form=form)
    services.revise_envelope(actor=request.actor, envelope_id=row.pk, at=request.now, **form.cleaned_data)
    messages.success(request, "L’enveloppe est révisée.")
    return redirect(row.page())


@door(writes={"POST"})
def delegate(request: ActorRequest, envelope_id: uuid.UUID) -> HttpResponse:
    """Delegate a part of an envelope."""
    row = selectors.get_envelope(request.actor, envelope_id)
    form = DelegateForm(request.POST, territories=selectors.list_territories(request.actor), prefix="delegate")
    if not form.is_valid():
        return _page(request, row, status=422, delegate_form=form)
    made = services.delegate(actor=request.actor, envelope_id=row.pk, at=request.now, **form.cleaned_data)
    messages.success(request, "Le montant est délégué.")
    return redirect(made.page())


@door(writes={"POST"})
def declare_aid(request: ActorRequest, envelope_id: uuid.UUID) -> HttpResponse:
    """Write an aid on an envelope of my institution."""
    row, form = selectors.get_envelope(request.actor, envelope_id), AidForm(request.POST, prefix="aid")
    if not form.is_valid():
        return _page(request, row, status=422, aid_form=form)
    made = services.declare_aid(actor=request.actor, envelope_id=row.pk, said=form.said(), at=request.now)
    warning = partnership_warning(OrganisationKind(row.owner.kind), made.nature, partnership=made.partnership)
    messages.add_message(request, messages.WARNING if warning else messages.SUCCESS, warning or "L’aide est inscrite.")
    return redirect(row.page())


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
    if form.is_valid():
        services.open_source(actor=request.actor, call=call, at=request.now, **form.cleaned_data)
        messages.success(request, "La source est ouverte par l’appel.")
    else:
        policies.may_prepare(request.actor, call).or_raise()
        messages.error(request, "Dites la source et ses critères d’éligibilité.")
    return redirect(reverse("allocation:call", args=[key]))
