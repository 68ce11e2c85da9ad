"""What goes out: open data, the bilan of a call, the list of funded establishments."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from avenant.domain.funding.subsidies import csv_text, lines
from avenant.domain.money import ZERO
from avenant.foundations.documents.attachments import CSV, file_response, sheet_response
from avenant.foundations.doing import do
from avenant.foundations.doors import ActorRequest, door, public_door
from avenant.foundations.paging import Pages, word_count
from avenant.foundations.parties.models import Organisation
from avenant.funding.calls.models import PublishedCall
from avenant.funding.grants import forms, policies, selectors
from avenant.funding.grants.models import Grantor, PublishedSubsidy
from avenant.funding.grants.services import publishing
from avenant.funding.grants.statistics import statistics_of, statistics_sheet
from avenant.funding.grants.tables import funded_sheet
from avenant.funding.grants.views.following import PAGE


@door(reads={"GET"}, writes={"POST"})
def open_data(request: ActorRequest) -> HttpResponse:
    """What is to be published, by when, and what is missing; a POST gives the SIRET or publishes."""
    policies.may_scan(request.actor).or_raise()
    grantor = Grantor.objects.filter(organisation_id=request.actor.organisation_id).first()
    form = forms.GrantorForm(initial={"siret": grantor.siret if grantor else ""})
    if request.method == "POST" and "siret" in request.POST:
        form = forms.GrantorForm(request.POST)
        done = do(
            request, form,
            lambda: publishing.name_grantor(actor=request.actor, siret=form.cleaned_data["siret"], at=request.now),
            page=request.path, told="Le SIRET est enregistré.", field="siret",
        )  # fmt: skip
        if done:
            return done
    elif request.method == "POST":
        number = publishing.publish(actor=request.actor, at=request.now)
        messages.success(request, f"{number} aide{'s' if number > 1 else ''} en données ouvertes.")
        return redirect("grants:open-data")
    rows = publishing.prepare(request.actor)
    total = sum((one.subsidy.amount for one in rows), ZERO)
    context = {"form": form, "rows": rows, "total": total, "today": timezone.localdate(request.now),
               "key": Organisation.objects.get(pk=request.actor.organisation_id).key}  # fmt: skip
    return render(request, "grants/open_data.html", context, status=422 if form.errors else 200)


@public_door(reads={"GET"})
def published(request: HttpRequest, key: str) -> HttpResponse:
    """The subsidies that an authority has published, as anybody takes them: SCDL 2.1.1."""
    authority = get_object_or_404(Organisation, key=key)
    rows = PublishedSubsidy.objects.filter(authority=authority)
    content = csv_text(line for one in rows for line in one.lines)
    return file_response(content, name=f"subventions-{key}.csv", media_type=CSV)


@door(reads={"GET"})
def draft(request: ActorRequest) -> HttpResponse:
    """The lines that would be published, to look at first."""
    policies.may_scan(request.actor).or_raise()
    ready = [one for one in publishing.prepare(request.actor) if one.ready]
    content = csv_text(line for one in ready for line in lines(one.subsidy))
    return file_response(content, name="subventions-a-publier.csv", media_type=CSV)


def _call(request: ActorRequest) -> PublishedCall | None:
    choices = dict(selectors.calls_with_grants(request.actor))
    said = request.GET.get("appel", "")
    pk = next((one for one in choices if str(one) == said), None) or next(iter(choices), None)
    return PublishedCall.objects.defer("rules", "content").get(pk=pk) if pk else None


@door(reads={"GET"})
def statistics(request: ActorRequest) -> HttpResponse:
    """The bilan of a call."""
    call = _call(request)
    context: dict[str, Any] = {"call": call, "calls": selectors.calls_with_grants(request.actor)}
    if call is not None:
        context |= statistics_of(request.actor, call)
    return render(request, "grants/statistics.html", context)


@door(reads={"GET"})
def export_statistics(request: ActorRequest, form: str) -> HttpResponse:
    """The same, as a table."""
    call = _call(request)
    if call is None:
        raise Http404
    sheet = statistics_sheet(statistics_of(request.actor, call))
    return sheet_response(sheet, form, name=f"bilan-{call.key}", at=request.now)


@door(reads={"GET"}, writes={"POST"})
def funded(request: ActorRequest) -> HttpResponse:
    """The establishments that my institution has funded; a POST sends the list to partners."""
    policies.may_send_lists(request.actor).or_raise()
    year = request.GET.get("annee", "") or request.POST.get("annee", "")
    rows = selectors.list_funded(request.actor, int(year) if year.isdigit() else None)
    if request.method == "POST":
        recipients = selectors.list_partners(request.actor).filter(key__in=request.POST.getlist("recipient"))
        publishing.send_list(actor=request.actor, sheet=funded_sheet(rows), name="etablissements-finances",
                             recipients=list(recipients), at=request.now)  # fmt: skip
        messages.success(request, "La liste est transmise. L’envoi et ses destinataires sont au journal.")
        return redirect("grants:funded")
    found, total = Pages(rows, PAGE), rows.order_by().aggregate(sum=Sum("awarded"))["sum"]
    page = found.get_page(request.GET.get("page"))
    context = {"page": page, "rows": list(page), "total": total, "year": year,
               "sentence": word_count(found.known, "financement", none="Aucun"), "query": request.GET.urlencode(),
               "years": selectors.years_with_grants(request.actor), "partners": selectors.list_partners(request.actor),
               "sent": selectors.list_sendings(request.actor)}  # fmt: skip
    return render(request, "grants/funded.html", context)


@door(reads={"GET"})
def export_funded(request: ActorRequest, form: str) -> HttpResponse:
    """The same list, to take away."""
    policies.may_send_lists(request.actor).or_raise()
    year = request.GET.get("annee", "")
    rows = selectors.list_funded(request.actor, int(year) if year.isdigit() else None)
    return sheet_response(funded_sheet(rows), form, name="etablissements-finances", at=request.now)
