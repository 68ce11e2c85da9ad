"""The structures followed in the FACT action, and their milestones."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.contracts.drafting import selectors as contracts
from avenant.domain.decision import DomainError
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.paging import Pages, word_count
from avenant.indicators.registers import policies, selectors
from avenant.indicators.registers.forms import GridForm, StructureFilter, StructureForm, TransformationForm
from avenant.indicators.registers.models import Structure
from avenant.indicators.registers.services import structures as services
from avenant.indicators.registers.structures import structure_sheet
from avenant.indicators.registers.views.register import EXPORTED, PAGE


@door(reads={"GET"})
def structures(request: ActorRequest) -> HttpResponse:
    """The structures of my files with their milestones."""
    form, sort = _filter(request), request.GET.get("tri", "nom")
    page = Pages(_filtered(request), PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "sort": sort,
        "sentence": word_count(page.paginator.count, "structure"),
        "reset": request.path if any(form.cleaned_data.values()) else "",
        "query": request.GET.urlencode(),
        "may_follow": policies.may_follow(request.actor),
    }
    return render(request, "registers/structures.html", context)


@door(reads={"GET"}, writes={"POST"})
def add(request: ActorRequest) -> HttpResponse:
    """Enter a structure in the action."""
    policies.may_follow(request.actor).or_raise()
    mine = [(one.pk, one.title) for one in contracts.list_contracts(request.actor)]
    form = StructureForm(request.POST or None, initial={"starts_on": request.now.date()}, contracts=mine)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        with refusals_in(form, "name"):
            made = services.follow_structure(
                actor=request.actor, contract_id=said["contract"], name=said["name"], siret=said["siret"],
                starts_on=said["starts_on"], at=request.now,
            )  # fmt: skip
            messages.success(request, "La structure est suivie. Son démarrage attend l’état des lieux.")
            return redirect(made.page())
    return render(request, "registers/structure_add.html", {"form": form})


@door(reads={"GET"})
def export(request: ActorRequest, form: str) -> HttpResponse:
    """The structures that the page shows."""
    sheet = structure_sheet(_filtered(request)[:EXPORTED])
    return sheet_response(sheet, form, name="structures-fact", at=request.now)


@door(reads={"GET"})
def structure(request: ActorRequest, structure_id: uuid.UUID) -> HttpResponse:
    """One structure: its milestones, the versions of its grid, what may be told."""
    return _page(request, selectors.get_structure(request.actor, structure_id))


@door(writes={"POST"})
def attach_grid(request: ActorRequest, structure_id: uuid.UUID) -> HttpResponse:
    """Join a version of the grid."""
    row = selectors.get_structure(request.actor, structure_id)
    policies.may_tell(request.actor, row).or_raise()
    form = GridForm(request.POST, request.FILES)
    if form.is_valid():
        said, file = form.cleaned_data, form.cleaned_data["file"]
        survey = services.Survey(said["surveyed_on"], said["indicators"], file.name, file.read())
        try:
            grid = services.attach_grid(actor=request.actor, structure_id=row.pk, survey=survey, at=request.now)
        except DomainError as error:
            form.add_error("surveyed_on" if error.code == "in_the_future" else "file", error.message)
        else:
            messages.success(request, f"La grille est jointe en version {grid.version}.")
            return redirect(row.page())
    return _page(request, row, grid=form)


@door(writes={"POST"})
def tell_transformation(request: ActorRequest, structure_id: uuid.UUID) -> HttpResponse:
    """Say how the structure takes the QVCT approach into account."""
    row = selectors.get_structure(request.actor, structure_id)
    policies.may_tell(request.actor, row).or_raise()
    form = TransformationForm(request.POST)
    if form.is_valid():
        with refusals_in(form, "on"):
            services.tell_transformation(actor=request.actor, structure_id=row.pk, at=request.now, **form.cleaned_data)
            messages.success(request, "Le jalon « Démarche QVCT » est validé.")
            return redirect(row.page())
    return _page(request, row, transformation=form)


@door(writes={"POST"})
def withdraw(request: ActorRequest, structure_id: uuid.UUID) -> HttpResponse:
    """Take out a structure entered by mistake."""
    services.withdraw_structure(actor=request.actor, structure_id=structure_id, at=request.now)
    messages.success(request, "La structure est retirée du suivi.")
    return redirect("registers:structures")


def _page(
    request: ActorRequest, row: Structure, *, grid: Form | None = None, transformation: Form | None = None
) -> HttpResponse:
    told = {"on": row.transformed_on or request.now.date(), "text": row.transformation}
    context = {
        "structure": row,
        "grids": selectors.list_grids(request.actor, row),
        "grid_form": grid or GridForm(initial={"surveyed_on": request.now.date()}),
        "transformation_form": transformation or TransformationForm(initial=told),
        "may_tell": policies.may_tell(request.actor, row),
        "may_withdraw": policies.may_withdraw(request.actor, row),
    }
    return render(request, "registers/structure.html", context)


def _filter(request: ActorRequest) -> StructureFilter:
    form = StructureFilter(request.GET)
    form.is_valid()
    return form


def _filtered(request: ActorRequest) -> QuerySet[Structure]:
    said = _filter(request).cleaned_data
    return selectors.list_structures(
        request.actor,
        text=said.get("texte", ""),
        milestone=said.get("jalon", ""),
        sort=request.GET.get("tri", "nom"),
    )
