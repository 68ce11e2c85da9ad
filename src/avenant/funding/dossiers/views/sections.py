"""The sections of a dossier: read, saved as they are typed (htmx), saved whole without JavaScript."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.decision import DomainError
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.fields import FrenchDecimalField
from avenant.funding.dossiers import policies, selectors
from avenant.funding.dossiers.checks import TITLES, Standing, section_page, standing_of
from avenant.funding.dossiers.forms import (
    ActionRow,
    CreditRow,
    DialogueRow,
    EstablishmentForm,
    ExpenseRow,
    FundingRow,
    IndicatorRow,
    ObjectiveRow,
    PartnerRow,
    PlanForm,
    ProjectForm,
    Rows,
    SignatureForm,
)
from avenant.funding.dossiers.models import Action, Dossier, Expense, HrIndicator, Indicator, LocalContract, Project
from avenant.funding.dossiers.services import contracting, writing
from avenant.funding.dossiers.views.handing_in import sections_of

Save = Callable[[], Standing]


def _project(row: Dossier, position: int) -> Project:
    project = Project.objects.filter(dossier=row, position=position).first()
    if project is None:
        raise Http404
    return project


def _answer(
    request: ActorRequest, row: Dossier, section: str, parts: dict[str, Any], save: Save | None, position: int = 0
) -> HttpResponse:
    """Show a section, or keep what was typed: what could be read is saved, the rest stays on screen with its reason."""
    template, status, saved = f"dossiers/{section}.html", 200, False
    if save is not None:
        try:
            save()
            saved = True
        except DomainError as error:
            parts["error"] = error
            status = 422
        row = selectors.get_dossier(request.actor, row.pk)
    wrong = _wrong(parts)
    if saved and not wrong and not request.htmx:
        messages.success(request, "Votre saisie est enregistrée.")
        return redirect(section_page(row, section, position))
    standing = standing_of(row, at=request.now)
    context = {
        **parts,
        "dossier": row,
        "section": section,
        "title": TITLES[section],
        "position": position,
        "standing": standing,
        "sections": sections_of(standing),
        "findings": standing.shown(section, position),
        "gaps": [one for one in standing.gaps if (one.section, one.position) == (section, position)],
        "amounts": standing.amounts(position) if position else None,
        "lines": _lines(standing, position) if section == "depenses" else [],
        "credits": list(row.credits.all()) if section == "depenses" else [],
        "plan_total": _plan_total(standing, position) if section == "financement" else None,
        "may_write": policies.may_write(request.actor, row, at=request.now),
        "derived": any(one["state"] == "missing" for one in row.call.content.get("documents", [])),
        "wrong": wrong,
        "saved": saved,
        "action": section_page(row, section, position),
    }
    if request.htmx:
        return render(request, "dossiers/section.html#status", {**context, "swap": True})
    return render(request, template, context, status=422 if wrong else status)


@dataclass(frozen=True, slots=True)
class Fault:
    """A field that could not be read: its name, where it stands on the page, why."""

    label: str
    anchor: str
    message: str


def _wrong(parts: dict[str, Any]) -> list[Fault]:
    """The fields that could not be read, in the order of the page."""
    told: list[Fault] = []
    for part in parts.values():
        if isinstance(part, Rows) and part.forms and part.forms[0].is_bound:
            wrong = part.wrong
            ranked = [(rank, one) for rank, one in enumerate(part, start=1) if one in wrong]
            told += [fault for rank, one in ranked for fault in _faults_of(one, f"Ligne {rank}, ")]
        elif isinstance(part, HrTable):
            told += part.faults
        elif isinstance(part, forms.Form) and part.is_bound:
            told += _faults_of(part, "")
    return told


def _faults_of(form: forms.Form, row: str) -> list[Fault]:
    told = [Fault(row.rstrip(", "), "", str(message)) for message in form.non_field_errors()]
    return told + [
        Fault(f"{row}{bound.label}", bound.id_for_label or bound.auto_id, str(message))
        for bound in form
        for message in bound.errors
    ]


def _lines(standing: Standing, position: int) -> list[tuple[Any, Any, Any]]:
    amounts = standing.amounts(position)
    kept = {one.code: one for one in amounts.lines} if amounts else {}
    project = standing.content.project(position)
    return [
        (one, kept.get(one.code), standing.of_line(position, one.code))
        for one in (project.expenses.all() if project else ())
    ]


def _plan_total(standing: Standing, position: int) -> dict[str, Any]:
    project = standing.content.project(position)
    known = [one.amount for one in project.plan.all() if one.amount is not None] if project else []
    amounts = standing.amounts(position)
    cost = amounts.total_excl_tax if amounts else None
    total = sum(known) if known else None
    return {"total": total, "cost": cost, "left": cost - total if cost is not None and total is not None else None}


def _read_all(form: forms.Form) -> dict[str, Any]:
    """What a form could read, whatever else is wrong in it."""
    form.is_valid()
    return form.cleaned_data


def _opened(request: ActorRequest, dossier_id: uuid.UUID) -> Dossier:
    row = selectors.get_dossier(request.actor, dossier_id)
    if request.method == "POST":
        policies.may_write(request.actor, row, at=request.now).or_raise()
    return row


@door(reads={"GET"}, writes={"POST"})
def establishment(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Who asks."""
    row = _opened(request, dossier_id)
    data = request.POST if request.method == "POST" else None
    form = EstablishmentForm.of(row, data)
    received = Rows(CreditRow, row.credits.all(), name="credits", data=data)

    def save() -> Standing:
        _read_all(form)
        return writing.tell_establishment(
            actor=request.actor, dossier_id=row.pk, said=form.said(), received=received.said, at=request.now
        )

    parts = {"form": form, "received": received}
    return _answer(request, row, "etablissement", parts, save if data is not None else None)


@door(reads={"GET"}, writes={"POST"})
def diagnosis(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Human-resources indicators for three years, meetings with the staff representatives."""
    row = _opened(request, dossier_id)
    data = request.POST if request.method == "POST" else None
    table = HrTable(row, data)
    dialogue = Rows(DialogueRow, row.dialogue.all(), name="dialogue", data=data, status=row.status)

    def save() -> Standing:
        return writing.tell_diagnosis(
            actor=request.actor, dossier_id=row.pk, figures=table.figures, formulas=table.formulas,
            dialogue=dialogue.said, at=request.now,
        )  # fmt: skip

    parts = {"hr": table, "dialogue": dialogue}
    return _answer(request, row, "diagnostic", parts, save if data is not None else None)


class HrTable:
    """The table of the human-resources indicators: four kinds, three years, the formula of each."""

    def __init__(self, row: Dossier, data: Any) -> None:
        self.years = [row.call.year - back for back in (3, 2, 1)]
        held = {(one.kind, one.year): one for one in row.hr.all()}
        reader = FrenchDecimalField()
        self.figures: dict[tuple[str, int], Any] = {}
        self.formulas: dict[str, str] = {}
        self.rows: list[dict[str, Any]] = []
        self.faults: list[Fault] = []
        for kind, label in HrIndicator.Kind.choices:
            cells = []
            for year in self.years:
                name, kept = f"hr-{kind}-{year}", held.get((kind, year))
                typed = data.get(name, "") if data is not None else reader.prepare_value(kept.value if kept else None)
                error = ""
                if data is not None:
                    try:
                        self.figures[kind, year] = reader.clean(typed)
                    except forms.ValidationError as wrong:
                        error = wrong.messages[0]
                        self.faults.append(Fault(f"{label}, {year}", name, error))
                cells.append({"name": name, "year": year, "value": typed or "", "error": error})
            first = next((one for (own, _), one in held.items() if own == kind and one.formula), None)
            formula = data.get(f"hr-{kind}-formula", "") if data is not None else first.formula if first else ""
            self.formulas[kind] = formula.strip()
            self.rows.append({"kind": kind, "label": label, "cells": cells, "formula": formula})


@door(reads={"GET"}, writes={"POST"})
def project(request: ActorRequest, dossier_id: uuid.UUID, position: int) -> HttpResponse:
    """A project and who shares it."""
    row = _opened(request, dossier_id)
    kept, data = _project(row, position), request.POST if request.method == "POST" else None
    form = ProjectForm(data, call=row.call, project=kept)
    partners = Rows(PartnerRow, kept.partners.all(), name="partners", data=data)

    def save() -> Standing:
        _read_all(form)
        return writing.tell_project(
            actor=request.actor, dossier_id=row.pk, position=position, said=form.said(), partners=partners.said,
            at=request.now,
        )  # fmt: skip

    return _answer(
        request, row, "projet", {"form": form, "partners": partners}, save if data is not None else None, position
    )


@door(writes={"POST"})
def add_project(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Add a project."""
    made = writing.add_project(actor=request.actor, dossier_id=dossier_id, at=request.now)
    return redirect("dossiers:projet", dossier_id, made.position)


@door(writes={"POST"})
def remove_project(request: ActorRequest, dossier_id: uuid.UUID, position: int) -> HttpResponse:
    """Take the last project out."""
    writing.remove_project(actor=request.actor, dossier_id=dossier_id, position=position, at=request.now)
    messages.success(request, "Le projet est retiré du dossier.")
    return redirect("dossiers:dossier", dossier_id)


@door(reads={"GET"}, writes={"POST"})
def actions(request: ActorRequest, dossier_id: uuid.UUID, position: int) -> HttpResponse:
    """The actions of a project and their indicators."""
    row = _opened(request, dossier_id)
    kept, data = _project(row, position), request.POST if request.method == "POST" else None
    rows = Rows(ActionRow, kept.actions.all(), name="actions", data=data)
    plan = PlanForm(data, initial={"plan_on": row.plan_on})
    indicators = Rows(
        IndicatorRow, Indicator.objects.filter(action__project=kept), name="indicators", data=data,
        actions=_choices(Action.objects.filter(project=kept), rows, data),
    )  # fmt: skip

    def save() -> Standing:
        return writing.plan_actions(
            actor=request.actor, dossier_id=row.pk, position=position, actions=rows.said, indicators=indicators.said,
            plan_on=_read_all(plan).get("plan_on"), at=request.now,
        )  # fmt: skip

    parts = {"plan": plan, "actions": rows, "indicators": indicators}
    return _answer(request, row, "actions", parts, save if data is not None else None, position)


def _choices(kept: Any, rows: Rows, data: Any) -> Sequence[tuple[Any, str]]:
    """The actions that an indicator may name: those kept, and those just typed above."""
    if data is None:
        return [(one.pk, one.title) for one in kept]
    return [(one.pk, data.get(one.add_prefix("title"), "")) for one in rows if not one.blank]


@door(reads={"GET"}, writes={"POST"})
def expenses(request: ActorRequest, dossier_id: uuid.UUID, position: int) -> HttpResponse:
    """The expense lines, with what is kept of each and the aid computed."""
    row = _opened(request, dossier_id)
    kept, data = _project(row, position), request.POST if request.method == "POST" else None
    rows = Rows(ExpenseRow, kept.expenses.all(), name="expenses", data=data, call=row.call)

    def save() -> Standing:
        return writing.list_expenses(
            actor=request.actor, dossier_id=row.pk, position=position, expenses=rows.said, at=request.now
        )

    return _answer(request, row, "depenses", {"rows": rows}, save if data is not None else None, position)


@door(reads={"GET"}, writes={"POST"})
def funding(request: ActorRequest, dossier_id: uuid.UUID, position: int) -> HttpResponse:
    """The funding plan, in two columns: cost and resources."""
    row = _opened(request, dossier_id)
    kept, data = _project(row, position), request.POST if request.method == "POST" else None
    lines = [(one.pk, one.label) for one in Expense.objects.filter(project=kept)]
    rows = Rows(FundingRow, kept.plan.all(), name="plan", data=data, expenses=lines)

    def save() -> Standing:
        said = [writing.RowSaid(one.pk, one.values and _with_expense(one.values)) for one in rows.said]
        return writing.plan_funding(
            actor=request.actor, dossier_id=row.pk, position=position, lines=said, at=request.now
        )

    return _answer(request, row, "financement", {"rows": rows}, save if data is not None else None, position)


def _with_expense(values: Any) -> dict[str, Any]:
    told = dict(values)
    told["expense_id"] = told.pop("expense", None)
    return told


@door(reads={"GET"}, writes={"POST"})
def contract(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """The local contract: its quantified objectives, and who has signed it."""
    row = _opened(request, dossier_id)
    data = request.POST if request.method == "POST" else None
    rows = Rows(ObjectiveRow, row.objectives.all(), name="objectives", data=data)

    def save() -> Standing:
        return contracting.set_objectives(
            actor=request.actor, dossier_id=row.pk, objectives=rows.said, at=request.now
        )  # fmt: skip

    return _answer(request, row, "contrat", {"rows": rows, **signing(request, row)}, save if data is not None else None)


def signing(request: ActorRequest, row: Dossier, form: SignatureForm | None = None) -> dict[str, Any]:
    """The second part of the page of the local contract: signatures, and may it be finalised."""
    held = getattr(row, "local_contract", None)
    initial = {name: getattr(held, name) for name in contracting.SIGNATURES} if held else {}
    shown = held or LocalContract(dossier=row)
    return {
        "contract": held,
        "signature_form": form or SignatureForm(status=row.status, initial=initial),
        "may_sign": policies.may_sign(request.actor, row, held),
        "may_finalise": policies.may_finalise(shown, row.objectives.count()),
        "negotiations": [one for one in row.dialogue.all() if one.kind == "negotiation"],
    }
