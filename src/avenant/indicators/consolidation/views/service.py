from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from avenant.contracts.drafting import selectors as contracts
from avenant.contracts.drafting.models import Contract
from avenant.foundations.doors import ActorRequest, door
from avenant.indicators.consolidation import pages, policies, selectors, services
from avenant.indicators.consolidation.forms import DecisionForm, TrendFilterForm
from avenant.indicators.consolidation.models import BenchmarkLine
from avenant.indicators.consolidation.records import position_of
from avenant.indicators.declarations import selectors as declarations

TRENDS = 8


@door(reads={"GET"})
def benchmark(request: ActorRequest, contract_id: uuid.UUID, year: int) -> HttpResponse:
    """Where a service stands among the others, who stay anonymous."""
    contract = contracts.get_contract(request.actor, contract_id)
    lines = pages.positions(request.actor, contract, year)
    years = declarations.list_declarations(request.actor).filter(contract=contract).values_list("year", flat=True)
    context = {"contract": contract, "year": year, "lines": lines, "years": sorted(years)}
    return render(request, "consolidation/benchmark.html", context)


@door(reads={"GET"})
def position(request: ActorRequest, contract_id: uuid.UUID, year: int, definition_id: uuid.UUID) -> HttpResponse:
    """One indicator of a service: its place, its trend, the decisions that it motivated."""
    contract = contracts.get_contract(request.actor, contract_id)
    line = get_object_or_404(selectors.list_positions(request.actor, contract, year), definition_id=definition_id)
    return render(request, "consolidation/position.html", _position(request, contract, line, DecisionForm()))


@door(writes={"POST"})
def decide(request: ActorRequest, contract_id: uuid.UUID, year: int, definition_id: uuid.UUID) -> HttpResponse:
    """Record a decision of reorientation in the review of the contract."""
    contract = contracts.get_contract(request.actor, contract_id)
    line = get_object_or_404(selectors.list_positions(request.actor, contract, year), definition_id=definition_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return render(request, "consolidation/position.html", _position(request, contract, line, form), status=422)
    services.decide_on_indicator(
        actor=request.actor,
        contract_ids=[contract.pk],
        year=year,
        reorientation=form.reorientation(line.definition),
        at=request.now,
    )
    messages.success(request, "La décision est consignée : le prochain bilan dira ce qu’elle est devenue.")
    return redirect("consolidation:position", contract_id, year, definition_id)


def _position(request: ActorRequest, contract: Contract, row: BenchmarkLine, form: DecisionForm) -> dict[str, object]:
    actor, code = request.actor, row.definition.code
    line = pages.position_line(row.definition, position_of(row))
    # A chart drawn before the comparison was withheld is not shown while the job takes it away.
    keys = [f"trend:{code}"] if line.hidden else [f"{row.year}:position:{code}", f"trend:{code}"]
    charts = [selectors.find_chart(actor, contract.circle_id, key) for key in keys]
    return {
        "contract": contract,
        "year": row.year,
        "line": line,
        "charts": [chart for chart in charts if chart],
        "decisions": selectors.list_decisions_on(actor, row.definition, contract),
        "form": form,
        "may_decide": policies.may_write_review(actor),
    }


@door(reads={"GET"})
def trends(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """The indicators of a service over the years, each with the table of its data."""
    contract = contracts.get_contract(request.actor, contract_id)
    strand, words = request.GET.get("volet", ""), request.GET.get("q", "").strip().casefold()
    drawn = selectors.list_trends(request.actor, contract.circle_id)
    shown = [
        drawn[record.code]
        for record in (promise.definition for promise in contracts.list_promises(request.actor, contract))
        if record.code in drawn
        and (not strand or record.strand == strand)
        and words in f"{record.printed_code} {record.label}".casefold()
    ]
    page = Paginator(shown, TRENDS).get_page(request.GET.get("page"))
    context = {
        "contract": contract,
        "page": page,
        "form": TrendFilterForm(request.GET),
        "sentence": f"{len(shown) or 'Aucun'} indicateur{'s' if len(shown) > 1 else ''} sur au moins deux années",
        "reset": request.path if strand or words else "",
    }
    return render(request, "consolidation/trends.html", context)
