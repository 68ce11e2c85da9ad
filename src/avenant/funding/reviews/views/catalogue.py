"""The aids of the region's funders: the catalogue, what is missing of it, the aids declared."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from avenant.domain.decision import DomainError
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.paging import Pages
from avenant.funding.dossiers.selectors import find_establishment
from avenant.funding.reviews import policies
from avenant.funding.reviews.forms import AidForm, SchemeForm
from avenant.funding.reviews.selectors import checks as selectors
from avenant.funding.reviews.services import aids as services
from avenant.funding.reviews.services.aids import AidSaid
from avenant.funding.reviews.tables import aid_sheet

PAGE, EXPORTED = 50, 20_000


@door(reads={"GET"})
def catalogue(request: ActorRequest) -> HttpResponse:
    """The aids of the catalogue, those whose conditions are to be completed first, and the aids declared."""
    policies.may_use_desk(request.actor).or_raise()
    return _page(request, None, None, 200)


def _page(request: ActorRequest, scheme_form: SchemeForm | None, aid_form: AidForm | None, status: int) -> HttpResponse:
    schemes = list(selectors.list_schemes(request.actor))
    labels = {one.code: one.label for one in schemes}
    context = {
        "schemes": [(one, [labels.get(code, code) for code in one.excludes]) for one in schemes],
        "incomplete": [one for one in schemes if one.lacks],
        "scheme_form": scheme_form or SchemeForm(schemes=schemes), "aid_form": aid_form or AidForm(schemes=schemes),
        "page": Pages(selectors.list_aids(request.actor), PAGE).get_page(request.GET.get("page")),
        "may_keep": policies.may_keep_catalogue(request.actor),
    }  # fmt: skip
    return render(request, "reviews/catalogue.html", context, status=status)


@door(reads={"GET"})
def export_aids(request: ActorRequest, form: str) -> HttpResponse:
    """The aids declared by the funders of the region."""
    policies.may_use_desk(request.actor).or_raise()
    sheet = aid_sheet(selectors.list_aids(request.actor)[:EXPORTED])
    return sheet_response(sheet, form, name="aides-des-financeurs", at=request.now)


@door(writes={"POST"})
def take_up(request: ActorRequest) -> HttpResponse:
    """Bring in the aids whose texts are published."""
    count = services.take_up_catalogue(actor=request.actor, at=request.now)
    messages.success(request, f"{count} dispositif{'s' if count > 1 else ''} au catalogue.")
    return redirect("reviews:catalogue")


@door(writes={"POST"})
def add_scheme(request: ActorRequest) -> HttpResponse:
    """Add an aid."""
    policies.may_keep_catalogue(request.actor).or_raise()
    form = SchemeForm(request.POST, schemes=selectors.list_schemes(request.actor))
    if form.is_valid():
        try:
            made = services.add_scheme(actor=request.actor, said=form.cleaned_data, at=request.now)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            words = "Le dispositif est au catalogue"
            messages.success(request, f"{words}, conditions à compléter." if made.lacks else f"{words}.")
            return redirect("reviews:catalogue")
    return _page(request, form, None, 422)


@door(reads={"GET"}, writes={"POST"})
def scheme(request: ActorRequest, scheme_id: uuid.UUID) -> HttpResponse:
    """One aid, and its conditions."""
    row = get_object_or_404(selectors.list_schemes(request.actor), pk=scheme_id)
    form = SchemeForm(request.POST or None, schemes=selectors.list_schemes(request.actor), scheme=row)
    if request.method == "POST" and form.is_valid():
        try:
            services.complete_scheme(actor=request.actor, scheme_id=row.pk, said=form.cleaned_data, at=request.now)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "Le dispositif est enregistré.")
            return redirect("reviews:catalogue")
    context = {"scheme": row, "form": form, "may_complete": policies.may_complete_scheme(request.actor, row)}
    return render(request, "reviews/scheme.html", context, status=422 if form.is_bound else 200)


@door(writes={"POST"})
def declare_aid(request: ActorRequest) -> HttpResponse:
    """Tell the other funders of an aid."""
    policies.may_keep_catalogue(request.actor).or_raise()
    form = AidForm(request.POST, schemes=selectors.list_schemes(request.actor))
    if form.is_valid():
        said = dict(form.cleaned_data)
        place = find_establishment(said.pop("number"))
        if place is None:
            form.add_error("number", "Ce numéro n’est pas dans l’annuaire.")
        else:
            aid = AidSaid(scheme_id=said.pop("scheme"), establishment=place, **said)
            try:
                services.declare_aid(actor=request.actor, said=aid, at=request.now)
            except DomainError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, "L’aide est déclarée aux autres financeurs.")
                return redirect("reviews:catalogue")
    return _page(request, None, form, 422)
