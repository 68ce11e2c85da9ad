from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from avenant.contracts.drafting import checklist, policies, selectors, services, text_pages
from avenant.contracts.drafting.models import Clause, Contract
from avenant.contracts.drafting.services.writing import PILOTED, WRITTEN
from avenant.contracts.drafting.writing_forms import BeginningForm, ClauseForm, NewClauseForm
from avenant.domain.contracts import fingerprint_of
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.parties.models import Organisation
from avenant.references.contract_texts.templates import load_contract_template

CPOM = ("cpom-spsti", "cpom-etablissement")
"""The two contracts that share a name, each with its own parties."""


def _shared(request: ActorRequest, contract: Contract) -> dict[str, Any]:
    return {
        "contract": contract,
        "tabs": text_pages.tabs(request.actor, contract),
        "standing": contract.standing(timezone.localdate(request.now)),
        "may_write": policies.may_write(request.actor, contract),
    }


@door(reads={"GET"}, writes={"POST"})
def new(request: ActorRequest) -> HttpResponse:
    """A contract begins, from a template or after another contract."""
    may = policies.may_prepare(request.actor)
    author = Organisation.objects.get(pk=request.actor.organisation_id)
    templates = [load_contract_template(key) for key in CPOM]
    mine = list(selectors.list_contracts(request.actor).filter(kind__in=[one.kind for one in templates]))
    sources = [(one.key, f"Modèle\u202f: {one.title}") for one in templates]
    sources += [(str(one.pk), f"{one.get_kind_display()}\u202f: {one}") for one in mine]
    kinds = {one.key: one.kind for one in templates} | {str(one.pk): one.kind for one in mine}
    first = next((one.key for one in templates if policies.may_prepare(request.actor, one.kind).allowed), CPOM[0])
    initial = {"source": _wanted(request.GET.get("depuis", first))}
    territory = str(author.territory_id)
    form = BeginningForm(request.POST or None, sources=sources, kinds=kinds, territory=territory, initial=initial)
    if request.method == "POST":
        may.or_raise()
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            contract = _begin(request, form, author)
            messages.success(request, "Le contrat est en préparation\u202f: écrivez ses clauses une à une.")
            return redirect("drafting:writing", contract.pk)
    return render(request, "drafting/new.html", {"form": form, "may": may})


def _wanted(said: str) -> str:
    """The identifier of a contract however it is written, else what was said."""
    try:
        return str(uuid.UUID(said))
    except ValueError:
        return said


def _begin(request: ActorRequest, form: BeginningForm, author: Organisation) -> Contract:
    source, beginning = form.cleaned_data["source"], form.beginning(author)
    if source in CPOM:
        return services.prepare_from_template(
            actor=request.actor, template_key=source, beginning=beginning, at=request.now
        )
    return services.prepare_after(actor=request.actor, source_id=uuid.UUID(source), beginning=beginning, at=request.now)


@door(reads={"GET"})
def writing(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """The clauses of a text in preparation, and the checklist of what it must hold."""
    contract = selectors.get_contract(request.actor, contract_id)
    today = timezone.localdate(request.now)
    text = text_pages.Text(request.actor, contract, today)
    context = {
        **_shared(request, contract),
        "nodes": text.nodes,
        "checklist": checklist.check(request.actor, contract, today),
        "written": frozenset(WRITTEN),
    }
    return render(request, "drafting/writing.html", context)


@door(reads={"GET"}, writes={"POST"})
def clause(request: ActorRequest, contract_id: uuid.UUID, clause_key: str) -> HttpResponse:
    """One clause in its form; another's change is shown, what was typed stays."""
    contract = selectors.get_contract(request.actor, contract_id)
    row = _clause(request, contract, clause_key)
    initial = {"number": row.number, "heading": row.heading, "body": row.body, "base": fingerprint_of(row.legal)}
    initial["pilot"] = row.details.get("pilot", "")
    form = ClauseForm(request.POST or None, initial=initial, pilots=_pilots(contract) if row.kind in PILOTED else ())
    changed = False
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            services.write_clause(
                actor=request.actor, contract_id=contract_id, clause_key=clause_key, text=form.text(), at=request.now
            )
            messages.success(request, "La clause est enregistrée.")
            return redirect("drafting:writing", contract_id)
        changed = form.cleaned_data["base"] != initial["base"]
        form.data = {**form.data.dict(), "base": initial["base"]} if changed else form.data  # type: ignore[attr-defined]
    asked = next(
        (one.asked for one in checklist.check(request.actor, contract, timezone.localdate(request.now)).clauses
         if one.asked.key == clause_key),
        None,
    )  # fmt: skip
    context = {**_shared(request, contract), "clause": row, "form": form, "changed": changed, "asked": asked}
    return render(request, "drafting/clause.html", context)


def _pilots(contract: Contract) -> list[tuple[str, str]]:
    return [(one.organisation.key, text_pages.party_name(one)) for one in contract.parties.all()]


def _clause(request: ActorRequest, contract: Contract, clause_key: str) -> Clause:
    rows = Clause.objects.visible_to(request.actor).filter(contract=contract, in_force_from=None)
    row: Clause = get_object_or_404(rows, key=clause_key)
    return row


@door(reads={"GET"}, writes={"POST"})
def add(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """A clause more."""
    contract = selectors.get_contract(request.actor, contract_id)
    text = text_pages.Text(request.actor, contract, timezone.localdate(request.now))
    parents = [(one.clause.key, f"{'— ' * one.depth}{one.clause}") for one in text.contents()]
    initial = {"kind": "article"}
    form = NewClauseForm(request.POST or None, parents=parents, pilots=_pilots(contract), initial=initial)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        services.add_clause(
            actor=request.actor, contract_id=contract_id, kind=typed["kind"], parent_key=typed["parent_key"],
            text=form.text(), at=request.now,
        )  # fmt: skip
        messages.success(request, "La clause est ajoutée.")
        return redirect("drafting:writing", contract_id)
    return render(request, "drafting/add_clause.html", {**_shared(request, contract), "form": form})


@door(writes={"POST"})
def remove(request: ActorRequest, contract_id: uuid.UUID, clause_key: str) -> HttpResponse:
    """A clause less."""
    services.remove_clause(actor=request.actor, contract_id=contract_id, clause_key=clause_key, at=request.now)
    messages.success(request, "La clause est retirée. Le journal garde son texte.")
    return redirect("drafting:writing", contract_id)
