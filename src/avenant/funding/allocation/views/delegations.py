"""What national bodies delegate: given, changed, withdrawn, and its use by region."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.audiences import OrganisationKind
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.paging import Pages, word_count
from avenant.funding.allocation import policies, selectors, tables
from avenant.funding.allocation.forms import ChangeForm, DelegationFilter, EntrustForm, TakeBackForm
from avenant.funding.allocation.selectors import DelegationSearch
from avenant.funding.allocation.services import delegating
from avenant.funding.allocation.views.envelopes import PAGE, page_of


def _search(request: ActorRequest) -> tuple[DelegationFilter, DelegationSearch]:
    form = DelegationFilter(request.GET, territories=selectors.list_territories(request.actor))
    form.is_valid()
    said = form.cleaned_data
    return form, DelegationSearch(
        envelope=said.get("enveloppe"), year=said.get("annee"), source=said.get("source", ""),
        territory=said.get("territoire", ""), text=said.get("texte", ""), sort=request.GET.get("tri", ""),
    )  # fmt: skip


@door(reads={"GET"})
def delegations(request: ActorRequest) -> HttpResponse:
    """What a national body delegated, region by region, and what became of it; what the funders of a region received."""
    form, search = _search(request)
    found = selectors.list_delegations(request.actor, search)
    page = Pages(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form, "page": page, "lines": [(one, selectors.use_of(one)) for one in page],
        "total": selectors.total_use(found), "sort": search.sort or "region", "query": request.GET.urlencode(),
        "sentence": word_count(page.paginator.count, "délégation"),
        "reset": request.path if any(form.cleaned_data.values()) else "",
        "national": request.actor.kind is OrganisationKind.NATIONAL,
    }  # fmt: skip
    return render(request, "allocation/delegations.html", context)


@door(reads={"GET"})
def export(request: ActorRequest, form: str) -> HttpResponse:
    """The delegations that the page shows."""
    rows = selectors.list_delegations(request.actor, _search(request)[1])
    return sheet_response(tables.delegation_sheet(rows), form, name="credits-delegues", at=request.now)


@door(writes={"POST"})
def entrust(request: ActorRequest, envelope_id: uuid.UUID) -> HttpResponse:
    """Delegate a part of a national envelope to an institution of a region."""
    row = selectors.get_envelope(request.actor, envelope_id)
    policies.may_entrust(request.actor, row).or_raise()
    form = EntrustForm(request.POST, receivers=selectors.list_receivers(request.actor), prefix="entrust")
    if form.is_valid():
        with refusals_in(form):
            delegating.entrust(actor=request.actor, envelope_id=row.pk, at=request.now, **form.said())
            messages.success(request, "La délégation est inscrite ; l’organisme qui la reçoit en est averti.")
            return redirect(row.page())
    return page_of(request, row, status=422, entrust_form=form)


@door(writes={"POST"})
def change(request: ActorRequest, envelope_id: uuid.UUID) -> HttpResponse:
    """Change what is delegated."""
    row = selectors.get_envelope(request.actor, envelope_id)
    policies.may_change_delegation(request.actor, row).or_raise()
    form = ChangeForm(request.POST, prefix="change")
    if form.is_valid():
        with refusals_in(form):
            delegating.change_delegation(actor=request.actor, envelope_id=row.pk, said=form.said(), at=request.now)
            messages.success(request, "La délégation est modifiée ; l’organisme qui la reçoit en est averti.")
            return redirect(row.page())
    return page_of(request, row, status=422, change_form=form)


@door(writes={"POST"})
def withdraw(request: ActorRequest, envelope_id: uuid.UUID) -> HttpResponse:
    """Withdraw a delegation of which nothing is committed."""
    row = selectors.get_envelope(request.actor, envelope_id)
    policies.may_change_delegation(request.actor, row).or_raise()
    form = TakeBackForm(request.POST, prefix="withdraw")
    if form.is_valid():
        with refusals_in(form):
            delegating.withdraw_delegation(actor=request.actor, envelope_id=row.pk, at=request.now, **form.cleaned_data)
            messages.success(request, "La délégation est retirée ; l’organisme qui la recevait en est averti.")
            return redirect(row.page())
    return page_of(request, row, status=422, withdraw_form=form)
