from __future__ import annotations

import uuid
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from avenant.contracts.amendments import pages, policies, selectors, services
from avenant.contracts.amendments.forms import (
    DenunciationForm,
    DifficultyForm,
    OutcomeForm,
    ReceiptForm,
    RulingForm,
    StepForm,
)
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.models import Contract
from avenant.contracts.drafting.policies import may_speak
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door


@door(reads={"GET"})
def amendments(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """How a signed contract changes, and how it ends."""
    return _list(request, drafting.get_contract(request.actor, contract_id))


def _list(request: ActorRequest, contract: Contract, **forms: Any) -> HttpResponse:
    today = timezone.localdate(request.now)
    parties = [one for one in contract.parties.all() if one.organisation_id != request.actor.organisation_id]
    context = pages.list_page(request.actor, contract, request.now) | {
        "difficulty_form": DifficultyForm(initial={"raised_on": today}, auto_id="difficulty_%s"),
        "step_form": StepForm(initial={"taken_on": today}, auto_id="step_%s"),
        "outcome_form": OutcomeForm(initial={"closed_on": today}, auto_id="outcome_%s"),
        "denunciation_form": DenunciationForm(parties=parties, auto_id="denunciation_%s"),
        "ruling_form": RulingForm(
            difficulties=selectors.list_difficulties(request.actor, contract), initial={"ruled_on": today},
            auto_id="ruling_%s",
        ),
        **forms,
    }  # fmt: skip
    return render(request, "amendments/amendments.html", context)


@door(writes={"POST"})
def difficulty(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """A difficulty enters the register."""
    contract = drafting.get_contract(request.actor, contract_id)
    policies.may_raise_difficulty(request.actor, contract).or_raise()
    form = DifficultyForm(request.POST, auto_id="difficulty_%s")
    return _noted(request, contract, form, "difficulty_form", services.raise_difficulty)


@door(writes={"POST"})
def step(request: ActorRequest, contract_id: uuid.UUID, difficulty_id: int) -> HttpResponse:
    """What was tried."""
    contract = drafting.get_contract(request.actor, contract_id)
    policies.may_raise_difficulty(request.actor, contract).or_raise()
    selectors.get_difficulty(request.actor, contract, difficulty_id)
    form = StepForm(request.POST, auto_id="step_%s")
    return _noted(request, contract, form, "step_form", services.note_step, difficulty_id=difficulty_id)


@door(writes={"POST"})
def outcome(request: ActorRequest, contract_id: uuid.UUID, difficulty_id: int) -> HttpResponse:
    """How it ended."""
    contract = drafting.get_contract(request.actor, contract_id)
    policies.may_raise_difficulty(request.actor, contract).or_raise()
    selectors.get_difficulty(request.actor, contract, difficulty_id)
    form = OutcomeForm(request.POST, auto_id="outcome_%s")
    return _noted(request, contract, form, "outcome_form", services.settle_difficulty, difficulty_id=difficulty_id)


@door(writes={"POST"})
def ruling(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """What a court decided."""
    contract = drafting.get_contract(request.actor, contract_id)
    policies.may_note_ruling(request.actor, contract).or_raise()
    known = selectors.list_difficulties(request.actor, contract)
    form = RulingForm(request.POST, difficulties=known, auto_id="ruling_%s")
    said = {"draft": form.draft()} if form.is_valid() else None
    return _noted(request, contract, form, "ruling_form", services.note_ruling, said=said)


@door(writes={"POST"})
def denounce(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """A party denounces the contract by registered letters."""
    contract = drafting.get_contract(request.actor, contract_id)
    may_speak(request.actor, contract).or_raise()
    parties = [one for one in contract.parties.all() if one.organisation_id != request.actor.organisation_id]
    form = DenunciationForm(request.POST, parties=parties, auto_id="denunciation_%s")
    if not form.is_valid():
        return _list(request, contract, denunciation_form=form)
    typed = {name: form.cleaned_data[name] for name in ("grounds", "override_reason", "effective_on")}
    return _noted(request, contract, form, "denunciation_form", services.denounce,
                  said=typed | {"letters": form.letters()})  # fmt: skip


@door(writes={"POST"})
def receipt(request: ActorRequest, contract_id: uuid.UUID, letter_id: int) -> HttpResponse:
    """What is known of one registered letter."""
    contract = drafting.get_contract(request.actor, contract_id)
    may_speak(request.actor, contract).or_raise()
    form = ReceiptForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Une date de la lettre ne se lit pas. Rien n’est changé.")
        return redirect("amendments:amendments", contract_id)
    typed = form.cleaned_data
    services.note_receipt(
        actor=request.actor,
        contract_id=contract_id,
        letter_id=letter_id,
        letter=services.LetterDraft(typed["number"], typed["sent_on"]),
        received_on=typed["received_on"],
        at=request.now,
    )
    messages.success(request, "La lettre est notée.")
    return redirect("amendments:amendments", contract_id)


def _noted(
    request: ActorRequest,
    contract: Contract,
    form: django_forms.Form,
    name: str,
    service: Any,
    said: dict[str, Any] | None = None,
    **more: Any,
) -> HttpResponse:
    """Call a service of the register; its no is said in the form, where what was typed stays."""
    if form.is_valid():
        with refusals_in(form):
            given = said if said is not None else form.cleaned_data
            service(actor=request.actor, contract_id=contract.pk, at=request.now, **given, **more)
            messages.success(request, "C’est noté au registre.")
            return redirect("amendments:amendments", contract.pk)
    return _list(request, contract, **{name: form})
