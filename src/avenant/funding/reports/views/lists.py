"""The lists of reports, recoveries and visits, and their exports."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.paging import Pages, word_count
from avenant.funding.reports import tables
from avenant.funding.reports.forms import RecoveryFilter, ReportFilter, VisitFilter
from avenant.funding.reports.models import GrantReport, Recovery, Visit
from avenant.funding.reports.selectors import impact, recovery, statements

PAGE, EXPORTED = 50, 20_000
TABS = [
    ("reports:reports", "Bilans"),
    ("reports:recoveries", "Récupérations"),
    ("reports:visits", "Visites"),
    ("reports:joint-reviews", "Bilans conjoints"),
]


def _shown(
    request: ActorRequest, template: str, rows: QuerySet[Any], form: forms.Form, noun: str, sort: str, none: str
) -> HttpResponse:
    found = Pages(rows, PAGE)
    page = found.get_page(request.GET.get("page"))
    context = {
        "tabs": TABS, "form": form, "page": page, "rows": list(page), "sort": sort, "query": request.GET.urlencode(),
        "sentence": word_count(found.known, noun, none=none), "at": request.now,
        "reset": request.path if any(form.cleaned_data.values()) else "",
    }  # fmt: skip
    return render(request, template, context)


def _reports(request: ActorRequest) -> tuple[ReportFilter, str, QuerySet[GrantReport]]:
    form = ReportFilter(request.GET, calls=statements.list_calls(request.actor))
    form.is_valid()
    said, sort = form.cleaned_data, request.GET.get("tri", statements.DEFAULT_SORT)
    search = statements.ReportSearch(
        call=said.get("appel"), state=said.get("etat", ""), kind=said.get("nature", ""), text=said.get("texte", ""),
        sort=sort,
    )  # fmt: skip
    return form, sort, statements.list_reports(request.actor, search, at=request.now)


@door(reads={"GET"})
def reports(request: ActorRequest) -> HttpResponse:
    """The reports that I owe, or that I read."""
    form, sort, rows = _reports(request)
    return _shown(request, "reports/reports.html", rows, form, "bilan", sort, "Aucun")


@door(reads={"GET"})
def export_reports(request: ActorRequest, form: str) -> HttpResponse:
    """The reports that the page shows."""
    sheet = tables.reports_sheet(_reports(request)[2][:EXPORTED], at=request.now)
    return sheet_response(sheet, form, name="bilans", at=request.now)


def _recoveries(request: ActorRequest) -> tuple[RecoveryFilter, str, QuerySet[Recovery]]:
    form = RecoveryFilter(request.GET, calls=statements.list_calls(request.actor))
    form.is_valid()
    said, sort = form.cleaned_data, request.GET.get("tri", recovery.DEFAULT_SORT)
    search = recovery.RecoverySearch(
        call=said.get("appel"), state=said.get("etat", ""), text=said.get("texte", ""), sort=sort
    )
    return form, sort, recovery.list_recoveries(request.actor, search)


@door(reads={"GET"})
def recoveries(request: ActorRequest) -> HttpResponse:
    """What is asked back."""
    form, sort, rows = _recoveries(request)
    return _shown(request, "reports/recoveries.html", rows, form, "récupération", sort, "Aucune")


@door(reads={"GET"})
def export_recoveries(request: ActorRequest, form: str) -> HttpResponse:
    """The recoveries that the page shows."""
    sheet = tables.recoveries_sheet(_recoveries(request)[2][:EXPORTED])
    return sheet_response(sheet, form, name="recuperations", at=request.now)


def _visits(request: ActorRequest) -> tuple[VisitFilter, str, QuerySet[Visit]]:
    form = VisitFilter(request.GET)
    form.is_valid()
    said, sort = form.cleaned_data, request.GET.get("tri", impact.DEFAULT_SORT)
    search = impact.VisitSearch(state=said.get("etat", ""), text=said.get("texte", ""), sort=sort)
    return form, sort, impact.list_visits(request.actor, search, at=request.now)


@door(reads={"GET"})
def visits(request: ActorRequest) -> HttpResponse:
    """The visits on site."""
    form, sort, rows = _visits(request)
    return _shown(request, "reports/visits.html", rows, form, "visite", sort, "Aucune")


@door(reads={"GET"})
def export_visits(request: ActorRequest, form: str) -> HttpResponse:
    """The visits that the page shows."""
    sheet = tables.visits_sheet(_visits(request)[2][:EXPORTED], at=request.now)
    return sheet_response(sheet, form, name="visites", at=request.now)
