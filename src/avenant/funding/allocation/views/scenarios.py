"""Scenarios side by side, with the reason of each dossier; the rate of the call revised."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.decision import DomainError
from avenant.domain.funding.deciding import rate_warning
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.paging import Pages, word_count
from avenant.foundations.parties.models import Territory
from avenant.funding.allocation import policies, selectors, tables
from avenant.funding.allocation.forms import RateForm, ScenarioForm
from avenant.funding.allocation.models import Scenario
from avenant.funding.allocation.services import rates
from avenant.funding.allocation.services import scenarios as services
from avenant.funding.allocation.views.sessions import PAGE, _search, frame


@door(reads={"GET"}, writes={"POST"})
def scenarios(request: ActorRequest, selection_id: uuid.UUID) -> HttpResponse:
    """The scenarios of a session, dossier by dossier; a POST asks for one more."""
    row, actor = selectors.get_selection(request.actor, selection_id), request.actor
    places = selectors.list_places(actor, row)
    floors = {f"floor_{code}": amount for code, amount in selectors.floors_of(row.call).items()}
    asked = ScenarioForm(request.POST or None, places=places, initial={"partial": True, **floors})
    if request.method == "POST" and asked.is_valid():
        said = asked.cleaned_data
        with refusals_in(asked):
            made = services.ask_scenario(
                actor=actor,
                selection_id=row.pk,
                method=said["method"],
                label=said["label"],
                said=asked.said(),
                at=request.now,
            )
            messages.success(request, f"{made} : {made.get_progress_display()}.")
            return redirect(request.path)
    context = _context(request, row, places) | {"asked": asked}
    return render(request, "allocation/scenarios.html", context, status=422 if asked.errors else 200)


def _context(request: ActorRequest, row: Any, places: Sequence[Territory]) -> dict[str, Any]:
    actor = request.actor
    form, search = _search(request)
    page = Pages(selectors.list_open_lines(actor, row, search), PAGE).get_page(request.GET.get("page"))
    found = selectors.list_scenarios(actor, row)
    shares = selectors.shares_of(actor, found, list(page))
    rows = [(line, [shares.get(line.pk, {}).get(one.pk) for one in found]) for line in page]
    return {
        **frame(actor, row), "form": form, "page": page, "rows": rows, "scenarios": found,
        "compared": selectors.compare_scenarios(actor, found, places),
        "sort": search.sort or "rang", "query": request.GET.urlencode(), "may_work": policies.may_work(actor, row),
        "sentence": word_count(page.paginator.count, "dossier", none="Aucun"),
        "reset": request.path if any(form.cleaned_data.values()) else "",
        "computing": any(one.progress == Scenario.Progress.WAITING for one in found),
    }  # fmt: skip


@door(reads={"GET"})
def export(request: ActorRequest, selection_id: uuid.UUID, form: str) -> HttpResponse:
    """The scenarios of the dossiers that the page shows, amounts and reasons."""
    row, actor = selectors.get_selection(request.actor, selection_id), request.actor
    lines = list(selectors.list_open_lines(actor, row, _search(request)[1]))
    found = selectors.list_scenarios(actor, row)
    sheet = tables.scenario_sheet(lines, found, selectors.shares_of(actor, found, lines))
    places = selectors.list_places(actor, row)
    compared = tables.comparison_sheet(selectors.compare_scenarios(actor, found, places), places)
    name = f"scenarios-{row.call.key}-{row.number}"
    return sheet_response(sheet, form, name=name, at=request.now, first=[compared])


@door(writes={"POST"})
def adopt(request: ActorRequest, scenario_id: uuid.UUID) -> HttpResponse:
    """Take a scenario as the proposal of the committee."""
    row = services.adopt_scenario(actor=request.actor, scenario_id=scenario_id, at=request.now)
    messages.success(request, "Le scénario est adopté : ses montants sont proposés, chacun se change avec son motif.")
    return redirect("allocation:selection", row.selection_id)


@door(writes={"POST"})
def remove(request: ActorRequest, scenario_id: uuid.UUID) -> HttpResponse:
    """Take a scenario away."""
    row = services.remove_scenario(actor=request.actor, scenario_id=scenario_id, at=request.now)
    return redirect("allocation:scenarios", row.pk)


@door(reads={"GET"}, writes={"POST"})
def rate(request: ActorRequest, selection_id: uuid.UUID) -> HttpResponse:
    """The rate that the envelope allows, and a revision to propose; nothing changes before it is validated."""
    row, actor = selectors.get_selection(request.actor, selection_id), request.actor
    form = RateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            made = rates.propose_revision(actor=actor, selection_id=row.pk, at=request.now, **form.cleaned_data)
            warning = rate_warning(made.new, made.maximum)
            messages.add_message(
                request,
                messages.WARNING if warning else messages.SUCCESS,
                warning or "La révision est proposée : elle attend sa validation.",
            )
            return redirect(request.path)
    context = {
        **frame(actor, row),
        "form": form,
        "may_propose": policies.may_prepare(actor, row.call),
        **_rates(request, row),
    }
    return render(request, "allocation/rate.html", context, status=422 if form.errors else 200)


def _rates(request: ActorRequest, row: Any) -> dict[str, Any]:
    found = [
        (one, policies.may_validate_rate(request.actor, one))
        for one in selectors.list_revisions(request.actor, row.call)
    ]
    context: dict[str, Any] = {
        "revisions": found,
        "proposal": None,
        "no_proposal": "",
        "in_force": selectors.rate_in_force(request.actor, row.call),
    }
    if policies.may_work(request.actor, row).allowed and request.GET.get("calculer"):
        try:
            told = rates.proposal_of(request.actor, row, at=request.now)
            context["proposal"] = told
            context["percent"] = {
                "old": _percent(told.current),
                "new": _percent(told.proposed),
                "factor": Decimal(told.factor.numerator) / told.factor.denominator,
            }
        except DomainError as error:
            context["no_proposal"] = error.message
    return context


def _percent(value: Fraction) -> Decimal:
    return Decimal(value.numerator * 100) / value.denominator


@door(writes={"POST"})
def validate_rate(request: ActorRequest, revision_id: uuid.UUID) -> HttpResponse:
    """Put a revised rate in force."""
    made = rates.validate_revision(actor=request.actor, revision_id=revision_id, at=request.now)
    messages.success(request, "Le taux révisé est en vigueur : les aides calculées l’ont suivi.")
    return redirect("allocation:call", made.call.key)
