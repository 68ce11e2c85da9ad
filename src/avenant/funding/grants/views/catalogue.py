"""The catalogue of schemes: read by all, written by the funders of the territory, sent to partners."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from avenant.domain.decision import DomainError
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import do
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.paging import Pages, word_count
from avenant.foundations.parties.models import Establishment
from avenant.foundations.parties.selectors import find_by_number
from avenant.funding.grants import policies, selectors
from avenant.funding.grants.forms import SchemeFilter, SchemeForm
from avenant.funding.grants.selectors import SchemeSearch
from avenant.funding.grants.services import catalogue as services
from avenant.funding.grants.services.publishing import send_list
from avenant.funding.grants.tables import catalogue_sheet

PAGE = 50


def _search(request: ActorRequest, form: SchemeFilter) -> SchemeSearch:
    form.is_valid()
    said = form.cleaned_data
    today = timezone.localdate(request.now)
    return SchemeSearch(
        text=said.get("texte", ""), kind=said.get("nature", ""), on=None if said.get("voir") else today,
        sort=request.GET.get("tri", "titre"),
    )  # fmt: skip


def _employer(number: str) -> tuple[Establishment | None, str]:
    """Whom the sheets are checked for, or why nobody."""
    try:
        return next(iter(find_by_number(number)), None), ""
    except DomainError as refusal:
        return None, refusal.message


def _labels(request: ActorRequest) -> dict[str, str]:
    return {one.code: str(one) for one in selectors.list_schemes(request.actor)}


@door(reads={"GET"})
def schemes(request: ActorRequest) -> HttpResponse:
    """The schemes open today, or all; what lacks of them; what suits an employer."""
    actor, form, today = request.actor, SchemeFilter(request.GET), timezone.localdate(request.now)
    search = _search(request, form)
    pages, every = Pages(selectors.list_schemes(actor, search), PAGE), list(selectors.list_schemes(actor))
    page, labels = pages.get_page(request.GET.get("page")), {one.code: str(one) for one in every}
    employer, unknown = _employer(form.cleaned_data.get("employeur", "").strip())
    rows = [
        (one, selectors.is_open(one, today), selectors.mismatch(one, employer), [labels.get(code, code) for code in one.excludes])
        for one in page
    ]  # fmt: skip
    context = {
        "form": form, "page": page, "rows": rows, "sort": search.sort,
        "sentence": word_count(pages.known, "dispositif", none="Aucun"),
        "reset": request.path if any(form.cleaned_data.values()) else "", "query": request.GET.urlencode(),
        "employer": employer, "unknown": unknown, "incomplete": [one for one in every if one.lacks],
        "keeps": policies.may_keep_catalogue(actor), "sends": policies.may_send_lists(actor),
        "partners": selectors.list_partners(actor), "sent": selectors.list_sendings(actor),
    }  # fmt: skip
    return render(request, "grants/schemes.html", context)


@door(reads={"GET"})
def export_schemes(request: ActorRequest, form: str) -> HttpResponse:
    """The schemes that the page shows."""
    rows = selectors.list_schemes(request.actor, _search(request, SchemeFilter(request.GET)))
    return sheet_response(catalogue_sheet(rows, _labels(request)), form, name="catalogue-des-aides", at=request.now)


@door(writes={"POST"})
def send_schemes(request: ActorRequest) -> HttpResponse:
    """Send the schemes that my institution keeps, open today, to partners."""
    policies.may_send_lists(request.actor).or_raise()
    search = SchemeSearch(on=timezone.localdate(request.now), owner=request.actor.organisation_id)
    sheet = catalogue_sheet(selectors.list_schemes(request.actor, search), _labels(request))
    recipients = selectors.list_partners(request.actor).filter(key__in=request.POST.getlist("recipient"))
    send_list(
        actor=request.actor, sheet=sheet, name="cno-et-aides-prevention", recipients=list(recipients), at=request.now
    )
    messages.success(request, "La liste est transmise. L’envoi et ses destinataires sont au journal.")
    return redirect("grants:schemes")


@door(writes={"POST"})
def take_up(request: ActorRequest) -> HttpResponse:
    """Bring in the schemes whose texts are published."""
    count = services.take_up_catalogue(actor=request.actor, at=request.now)
    messages.success(request, f"{count} dispositif{'s' if count > 1 else ''} au catalogue.")
    return redirect("grants:schemes")


@door(reads={"GET"}, writes={"POST"})
def add_scheme(request: ActorRequest) -> HttpResponse:
    """Add a scheme to the catalogue."""
    policies.may_keep_catalogue(request.actor).or_raise()
    form = SchemeForm(request.POST or None, schemes=selectors.list_schemes(request.actor))
    words = "Le dispositif est au catalogue"
    done = do(
        request, form, lambda: services.add_scheme(actor=request.actor, said=form.cleaned_data, at=request.now),
        page=reverse("grants:schemes"),
        told=lambda made: f"{words}, conditions à compléter." if made.lacks else f"{words}.",
    )  # fmt: skip
    context = {"form": form, "may_write": policies.may_keep_catalogue(request.actor)}
    return done or render(request, "grants/scheme.html", context, status=422 if form.is_bound else 200)


@door(reads={"GET"}, writes={"POST"})
def scheme(request: ActorRequest, scheme_id: uuid.UUID) -> HttpResponse:
    """One scheme, and its conditions, written by the institution that keeps it."""
    every = selectors.list_schemes(request.actor)
    row = get_object_or_404(every, pk=scheme_id)
    may_write = policies.may_write_scheme(request.actor, row)
    if request.method == "POST":
        may_write.or_raise()
    form = SchemeForm(request.POST or None, schemes=every, scheme=row)
    done = do(
        request, form,
        lambda: services.write_scheme(actor=request.actor, scheme_id=row.pk, said=form.cleaned_data, at=request.now),
        page=reverse("grants:schemes"), told="Le catalogue est à jour.",
    )  # fmt: skip
    context = {"scheme": row, "form": form, "may_write": may_write}
    return done or render(request, "grants/scheme.html", context, status=422 if form.is_bound else 200)
