from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from avenant.contracts.catalogue import selectors as catalogue
from avenant.contracts.drafting import catalogue_pages as pages
from avenant.contracts.drafting import policies, selectors
from avenant.contracts.drafting.forms import CatalogueFilter, MethodForm, attachment
from avenant.contracts.drafting.pages import word_found
from avenant.contracts.drafting.services import collection
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doors import ActorRequest, door

PAGE = 50


def _found(request: ActorRequest) -> tuple[CatalogueFilter, list[pages.Line], str]:
    contracts = list(selectors.list_contracts(request.actor))
    form = CatalogueFilter(
        request.GET,
        jeu=[(one.code, one.label) for one in catalogue.list_sets(request.actor)],
        contrat=[(str(one.pk), one.title) for one in contracts],
    )
    order = request.GET.get("tri") or "code"
    lines = pages.list_lines(request.actor, form, contracts, today=timezone.localdate(request.now))
    return form, pages.in_order(lines, order), order


@door(reads={"GET"})
def definitions(request: ActorRequest) -> HttpResponse:
    """The definitions that a filter keeps; the address can be shared."""
    form, lines, order = _found(request)
    return render(
        request,
        "catalogue/definitions.html",
        {
            "form": form,
            "page": Paginator(lines, PAGE).get_page(request.GET.get("page")),
            "sort": order,
            "sentence": word_found(len(lines), "indicateur", active=form.active),
            "reset": request.path if form.active else "",
            "query": request.GET.urlencode(),
        },
    )


@door(reads={"GET"})
def export(request: ActorRequest, form: str) -> HttpResponse:
    """What the list shows, in the same order, as a CSV or a workbook."""
    _, lines, _ = _found(request)
    return sheet_response(pages.lines_sheet(lines), form, name="catalogue-indicateurs", at=request.now)


@door(reads={"GET"}, writes={"POST"})
def definition(request: ActorRequest, code: str) -> HttpResponse:
    """One definition, and the publication of how it is collected."""
    page = pages.definition_page(request.actor, code)
    may_publish = policies.may_publish_methods(request.actor)
    form = MethodForm(
        request.POST or None,
        request.FILES or None,
        promises=page.promises,
        initial={"applies_from": timezone.localdate(request.now).isoformat()},
    )
    if request.method == "POST" and form.is_valid():
        published = collection.publish_collection_method(
            actor=request.actor,
            code=code,
            contract_ids=form.contract_ids(),
            text=form.cleaned_data["text"],
            applies_from=form.cleaned_data["applies_from"],
            annex=attachment(form.cleaned_data, "annex"),
            at=request.now,
        )
        plural = "s" if len(published) > 1 else ""
        messages.success(request, f"Modalité publiée aux parties de {len(published)} contrat{plural}.")
        return redirect("catalogue:definition", code)
    today = timezone.localdate(request.now)
    return render(
        request,
        "catalogue/definition.html",
        {
            "page": page,
            "one": page.definition,
            "methods": selectors.list_methods(request.actor, code),
            "state": selectors.method_states(request.actor, today).get(code),
            "may_publish": may_publish,
            "form": form if may_publish.allowed and page.promises else None,
        },
    )
