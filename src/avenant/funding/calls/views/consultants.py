"""The directory of consultants: read by applicants, kept by the fund."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from avenant.foundations import clock
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door, public_door
from avenant.foundations.paging import Pages, word_count
from avenant.funding.calls import policies, selectors, services
from avenant.funding.calls.forms import ConsultantFilter, ConsultantForm
from avenant.funding.calls.models import Consultant

PAGE = 50
COLUMNS = (
    Column("Consultant", width=40), Column("Spécialité", width=40), Column("Contact", width=40),
    Column("Inscrit depuis le", Kind.DATE, 16), Column("Valable jusqu’au", Kind.DATE, 16), Column("Annuaire tenu par", width=30),
)  # fmt: skip


def _found(request: HttpRequest) -> tuple[ConsultantFilter, QuerySet[Consultant]]:
    form = ConsultantFilter(request.GET)
    form.is_valid()
    return form, selectors.list_consultants(on=clock.now().date(), text=form.cleaned_data.get("texte", ""))


@public_door(reads={"GET"})
def consultants(request: HttpRequest) -> HttpResponse:
    """The consultants whose listing runs today; one past its last day is not shown."""
    form, rows = _found(request)
    actor = getattr(request, "actor", None)
    page = Pages(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form, "page": page, "rows": list(page),
        "sentence": word_count(page.paginator.count, "consultant", none="Aucun"),
        "reset": request.path if form.cleaned_data.get("texte") else "", "query": request.GET.urlencode(),
        "may_keep": policies.may_keep_directory(actor) if actor else None,
    }  # fmt: skip
    return render(request, "calls/consultants.html", context)


@public_door(reads={"GET"})
def export(request: HttpRequest, form: str) -> HttpResponse:
    """The same, to take away."""
    _, rows = _found(request)
    lines = (
        (one.name, one.speciality, one.contact, one.listed_since, one.valid_to, one.keeper.short_name) for one in rows
    )
    return sheet_response(Sheet("Consultants RPS", COLUMNS, lines), form, name="consultants-rps", at=clock.now())


@door(reads={"GET"}, writes={"POST"})
def keep(request: ActorRequest) -> HttpResponse:
    """The fund's directory: lists a consultant, or brings its line up to date."""
    policies.may_keep_directory(request.actor).or_raise()
    form = ConsultantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            services.list_consultant(actor=request.actor, said=services.ConsultantSaid(**form.cleaned_data))
            messages.success(request, "Le consultant est dans l’annuaire.")
            return redirect("calls:keep-consultants")
    context = {
        "form": form,
        "rows": list(selectors.list_kept_consultants(request.actor)[:500]),
        "today": request.now.date(),
    }
    return render(request, "calls/keep_consultants.html", context, status=422 if form.errors else 200)


@door(writes={"POST"})
def end(request: ActorRequest, consultant_id: uuid.UUID) -> HttpResponse:
    """End a listing today."""
    services.end_listing(actor=request.actor, consultant_id=consultant_id, on=request.now.date())
    messages.success(request, "L’inscription est close : elle n’est plus montrée à partir de demain.")
    return redirect("calls:keep-consultants")
