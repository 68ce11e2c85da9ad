from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from avenant.contracts.drafting import services as drafting
from avenant.domain.decision import DomainError
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.indicators.consolidation.cell import cell_context, contract_in
from avenant.indicators.consolidation.forms import CellForm, LevelFilter, LevelsForm, ObjectiveForm
from avenant.indicators.consolidation.strand_one import objective_context, strand_context
from avenant.indicators.registers.services import strand_one


@door(reads={"GET"})
def strand(request: ActorRequest, contract_id: uuid.UUID, year: int) -> HttpResponse:
    """Strand 1 in a year: references, actions by level, objectives, partnerships, cell."""
    form = LevelFilter(request.GET)
    level = form.cleaned_data["niveau"] if form.is_valid() else ""
    context = strand_context(request.actor, contract_id, year, timezone.localdate(request.now), level)
    return render(request, "consolidation/strand_one.html", {**context, "form": form})


@door(reads={"GET"}, writes={"POST"})
def objective(request: ActorRequest, contract_id: uuid.UUID, year: int, clause_key: str) -> HttpResponse:
    """One objective: its indicators, its steps, and what the service says of it this year."""
    context = objective_context(request.actor, contract_id, year, timezone.localdate(request.now), clause_key)
    card = context["card"]
    if request.method == "POST":
        context["may_note"].or_raise()
    form = ObjectiveForm(request.POST or None, steps=[step for step, _ in card.steps], initial=_said(card.note))
    if request.method == "POST" and form.is_valid():
        said = {"validated": [], **form.cleaned_data}
        strand_one.note_objective(
            actor=request.actor, contract_id=contract_id, clause_key=clause_key, year=year, at=request.now, **said
        )
        messages.success(request, "Le suivi de l’objectif est enregistré.")
        return redirect("consolidation:objective", contract_id, year, clause_key)
    levels = LevelsForm(initial={"levels": card.levels})
    return render(request, "consolidation/objective.html", {**context, "form": form, "levels_form": levels})


@door(writes={"POST"})
def tag_levels(request: ActorRequest, contract_id: uuid.UUID, year: int, clause_key: str) -> HttpResponse:
    """The parties say which levels of prevention an objective addresses."""
    contract_in(request.actor, contract_id, year)
    form = LevelsForm(request.POST)
    if not form.is_valid():
        raise DomainError("Un niveau de prévention est primaire, secondaire ou tertiaire.")
    drafting.address_levels(
        actor=request.actor, contract_id=contract_id, clause_key=clause_key, levels=form.cleaned_data["levels"],
        at=request.now,
    )  # fmt: skip
    messages.success(request, "Les niveaux de prévention sont enregistrés. Le texte signé ne change pas.")
    return redirect("consolidation:objective", contract_id, year, clause_key)


@door(reads={"GET"}, writes={"POST"})
def describe_cell(request: ActorRequest, contract_id: uuid.UUID, year: int) -> HttpResponse:
    """The service describes its cell: date, functions, protocol, stages of its index."""
    context = cell_context(request.actor, contract_id, year)
    context["may_note"].or_raise()
    record = context["record"]
    form = CellForm(request.POST or None, initial=_described(record))
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            strand_one.describe_cell(actor=request.actor, contract_id=contract_id, draft=form.draft, at=request.now)
            messages.success(request, "La cellule est décrite.")
            return redirect("consolidation:cell", contract_id, year)
    return render(request, "consolidation/describe_cell.html", {**context, "form": form})


def _said(note: Any) -> dict[str, Any]:
    return {"state": note.state, "comment": note.comment, "validated": note.validated} if note else {}


def _described(record: Any) -> dict[str, Any]:
    if record is None:
        return {}
    lines = {name: "\n".join(getattr(record, name)) for name in ("functions", "stages", "regional_stages")}
    return {"created_on": record.created_on, "protocol_on": record.protocol_on, **lines}
