from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.contracts.commitments import policies, selectors, services
from avenant.contracts.commitments.forms import DaysForm, OccurrenceForm, ProofForm, RemarkForm, StatusForm
from avenant.contracts.commitments.selectors import RegisterLine
from avenant.contracts.commitments.services import Which
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting import text_pages
from avenant.contracts.drafting.models import Contract
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal import selectors as journal


@door(reads={"GET"})
def line(request: ActorRequest, contract_id: uuid.UUID, clause_key: str, party_id: int, year: int) -> HttpResponse:
    """One commitment of one party in one year: its state, its evidence, what the others say of it, its history."""
    return _show(request, contract_id, clause_key, party_id, year)


@door(writes={"POST"})
def state(request: ActorRequest, contract_id: uuid.UUID, clause_key: str, party_id: int, year: int) -> HttpResponse:
    """My party says where its commitment stands."""
    contract, lines = _lines(request, contract_id, clause_key, party_id, year)
    _may(request, contract, lines).or_raise()
    form = StatusForm(request.POST, lines=lines)
    if form.is_valid():
        with refusals_in(form, "comment"):
            services.state_commitment(
                actor=request.actor,
                which=Which(contract_id, clause_key, party_id, year, form.which),
                said=form.said(),
                at=request.now,
            )
            messages.success(request, "L’état de l’engagement est enregistré.")
            return redirect("commitments:commitment", contract_id, clause_key, party_id, year)
    return _show(request, contract_id, clause_key, party_id, year, status=422, status_form=form)


@door(writes={"POST"})
def add_proof(request: ActorRequest, contract_id: uuid.UUID, clause_key: str, party_id: int, year: int) -> HttpResponse:
    """My party brings evidence."""
    contract, lines = _lines(request, contract_id, clause_key, party_id, year)
    _may(request, contract, lines).or_raise()
    form = ProofForm(request.POST, request.FILES, lines=lines, **_linkable(request, contract))
    if form.is_valid():
        which = Which(contract_id, clause_key, party_id, year, form.which)
        with refusals_in(form):
            services.add_proof(actor=request.actor, which=which, draft=form.draft(), at=request.now)
            messages.success(request, "La preuve est enregistrée\u202f: les autres parties la voient.")
            return redirect("commitments:commitment", contract_id, clause_key, party_id, year)
    return _show(request, contract_id, clause_key, party_id, year, status=422, proof_form=form)


@door(writes={"POST"})
def withdraw(request: ActorRequest, contract_id: uuid.UUID, proof_id: int) -> HttpResponse:
    """My party takes a piece of evidence back."""
    drafting.get_contract(request.actor, contract_id)
    row = services.withdraw_proof(actor=request.actor, proof_id=proof_id, at=request.now)
    messages.success(request, "La preuve est retirée.")
    return redirect(row.page())


@door(writes={"POST"})
def remark(request: ActorRequest, contract_id: uuid.UUID, clause_key: str, party_id: int, year: int) -> HttpResponse:
    """A party says something of a commitment."""
    contract, lines = _lines(request, contract_id, clause_key, party_id, year)
    policies.may_take_part(request.actor, contract).or_raise()
    form = RemarkForm(request.POST, lines=lines)
    if form.is_valid():
        which = Which(contract_id, clause_key, party_id, year, form.which)
        services.remark(actor=request.actor, which=which, text=form.cleaned_data["text"], at=request.now)
        messages.success(request, "Votre remarque est enregistrée. L’état reste celui que la partie déclare.")
        return redirect("commitments:commitment", contract_id, clause_key, party_id, year)
    return _show(request, contract_id, clause_key, party_id, year, status=422, remark_form=form)


@door(writes={"POST"})
def settle_days(
    request: ActorRequest, contract_id: uuid.UUID, clause_key: str, party_id: int, year: int
) -> HttpResponse:
    """The parties settle when a recurring commitment is due."""
    contract, _ = _lines(request, contract_id, clause_key, party_id, year)
    policies.may_take_part(request.actor, contract).or_raise()
    form = DaysForm(request.POST)
    if form.is_valid():
        with refusals_in(form, "days"):
            services.settle_due_days(
                actor=request.actor,
                contract_id=contract_id,
                clause_key=clause_key,
                days=form.chosen(),
                at=request.now,
            )
            messages.success(request, "Les échéances sont fixées\u202f; ce qui restait à venir est déplacé.")
            return redirect("commitments:commitment", contract_id, clause_key, party_id, year)
    return _show(request, contract_id, clause_key, party_id, year, status=422, days_form=form)


def _lines(
    request: ActorRequest, contract_id: uuid.UUID, clause_key: str, party_id: int, year: int
) -> tuple[Contract, list[RegisterLine]]:
    contract = drafting.get_contract(request.actor, contract_id)
    return contract, selectors.get_lines(request.actor, contract, clause_key, party_id, year, request.now)


def _may(request: ActorRequest, contract: Contract, lines: list[RegisterLine]) -> Any:
    frozen = selectors.frozen_balance(request.actor, contract, lines[0].year)
    return policies.may_state(request.actor, contract, lines[0].said.party, frozen)


def _linkable(request: ActorRequest, contract: Contract) -> dict[str, Any]:
    return {
        "sessions": selectors.list_sessions(request.actor, contract).filter(starts_at__lte=request.now),
        "promises": drafting.list_promises(request.actor, contract),
    }


def _show(
    request: ActorRequest,
    contract_id: uuid.UUID,
    clause_key: str,
    party_id: int,
    year: int,
    *,
    status: int = 200,
    **forms: OccurrenceForm | DaysForm,
) -> HttpResponse:
    contract, lines = _lines(request, contract_id, clause_key, party_id, year)
    first = lines[0]
    kept = [one.keeping for one in lines if one.keeping]
    may_state = _may(request, contract, lines)
    initial = {"status": first.status.value, "comment": first.comment}
    days = selectors.due_days_of(first.said.clause, selectors.days_settled(request.actor, contract))
    details = first.said.clause.details
    context = {
        "contract": contract,
        "tabs": text_pages.tabs(request.actor, contract),
        "standing": contract.standing(selectors.local_day(contract, request.now)),
        "lines": lines,
        "first": first,
        "year": year,
        "years": selectors.years_of(contract, selectors.local_day(contract, request.now)),
        "may_state": may_state,
        "may_remark": policies.may_take_part(request.actor, contract),
        "remarks": selectors.list_remarks(request.actor, kept),
        "events": journal.list_events(request.actor, contract.circle_id).filter(subject__in=[one.pk for one in kept])[
            :30
        ],
        "status_form": StatusForm(lines=lines, initial=initial),
        "remark_form": RemarkForm(lines=lines),
        "days_form": DaysForm(initial={"days": ", ".join(days)}),
        "days_open": details["recurrence"] in ("yearly", "half_yearly") and not details.get("due_days"),
    }
    if may_state.allowed and "proof_form" not in forms:
        context["proof_form"] = ProofForm(lines=lines, **_linkable(request, contract))
    return render(request, "commitments/line.html", {**context, **forms}, status=status)
