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
    AmendmentForm,
    ChangeForm,
    ClauseChoiceForm,
    DenunciationForm,
    DifficultyForm,
    OutcomeForm,
    PartyForm,
    ReasonForm,
    ReceiptForm,
    StepForm,
    TargetsForm,
)
from avenant.contracts.amendments.models import Amendment
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.forms import SignedCopyForm
from avenant.contracts.drafting.models import Contract
from avenant.contracts.drafting.policies import may_speak
from avenant.contracts.drafting.services.signing import today_of
from avenant.domain.contracts import ClauseKind, fingerprint_of
from avenant.domain.decision import DomainError, Refused
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.parties.models import Organisation


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
        **forms,
    }
    return render(request, "amendments/amendments.html", context)


@door(reads={"GET"}, writes={"POST"})
def new(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """An amendment begins; what was typed stays when it cannot."""
    contract = drafting.get_contract(request.actor, contract_id)
    may = policies.may_amend(request.actor, contract, today_of(contract, request.now))
    form = AmendmentForm(request.POST or None, initial={"kind": request.GET.get("nature", "content")})
    if request.method == "POST":
        may.or_raise()
    if request.method == "POST" and form.is_valid():
        try:
            row = services.draft_amendment(
                actor=request.actor, contract_id=contract_id, draft=form.draft(), at=request.now
            )
        except Refused:
            raise
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "L’avenant est en préparation\u202f: dites ce qu’il change.")
            return redirect(row.page())
    context = pages.shared(request.actor, contract, request.now) | {"form": form, "may": may}
    return render(request, "amendments/new.html", context)


@door(reads={"GET"})
def amendment(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """One amendment, from its preparation to its effect."""
    return _page(request, _row(request, contract_id, amendment_id))


def _row(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> Amendment:
    contract = drafting.get_contract(request.actor, contract_id)
    row = selectors.get_amendment(request.actor, contract_id, amendment_id)
    row.contract = contract
    return row


def _page(request: ActorRequest, row: Amendment, **forms: Any) -> HttpResponse:
    contract, today = row.contract, timezone.localdate(request.now)
    kinds = {one.organisation.kind for one in contract.parties.all()}
    mine = [one.organisation_id for one in contract.parties.all()]
    others = Organisation.objects.filter(kind__in=kinds, territory=contract.territory).exclude(pk__in=mine)
    clauses = [
        (one.key, f"{one}")
        for one in drafting.clauses_on(request.actor, contract, today)
        if one.kind != ClauseKind.TABLE
    ]
    context = pages.amendment_page(request.actor, row, request.now) | {
        "copy_form": SignedCopyForm(initial={"signed_on": today}),
        "choice_form": ClauseChoiceForm(clauses=clauses),
        "targets_form": TargetsForm(promises=drafting.list_promises(request.actor, contract), auto_id="targets_%s"),
        "party_form": PartyForm(
            parties=contract.parties.all(), organisations=others.order_by("name"), auto_id="party_%s"
        ),
        "resume_form": ReasonForm(auto_id="resume_%s"),
        "withdraw_form": ReasonForm(auto_id="withdraw_%s"),
        **forms,
    }
    return render(request, "amendments/amendment.html", context)


@door(reads={"GET"}, writes={"POST"})
def change(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """What the amendment does to one clause, written against the text as it stands."""
    row = _row(request, contract_id, amendment_id)
    today = today_of(row.contract, request.now)
    policies.may_write(request.actor, row, today).or_raise()
    key = request.GET.get("clause", "")
    day = max(row.effective_on or today, today)
    clause = next((one for one in drafting.clauses_on(request.actor, row.contract, day) if one.key == key), None)
    said = row.changes.filter(clause_key=key).first() if key else None
    source = said or clause
    initial = {"verb": said.verb if said else "rewrite" if clause else "add"}
    initial |= {name: getattr(source, name, "") for name in ("number", "heading", "body")}
    initial["base"] = fingerprint_of(clause.legal) if clause else ""
    form = ChangeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_clause(
                actor=request.actor,
                contract_id=contract_id,
                amendment_id=amendment_id,
                change=form.change(key),
                at=request.now,
            )
        except Refused:
            raise
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "La modification est enregistrée.")
            return redirect(row.page())
    context = pages.shared(request.actor, row.contract, request.now)
    return render(request, "amendments/change.html", context | {"amendment": row, "clause": clause, "form": form})


@door(writes={"POST"})
def withdraw_change(
    request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID, change_id: int
) -> HttpResponse:
    """A clause stays as it is."""
    services.withdraw_change(
        actor=request.actor, contract_id=contract_id, amendment_id=amendment_id, change_id=change_id, at=request.now
    )
    messages.success(request, "La modification est retirée de l’avenant.")
    return redirect("amendments:amendment", contract_id, amendment_id)


@door(writes={"POST"})
def retarget(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """New targets of an indicator."""
    row = _row(request, contract_id, amendment_id)
    policies.may_write(request.actor, row, today_of(row.contract, request.now)).or_raise()
    promises = drafting.list_promises(request.actor, row.contract)
    form = TargetsForm(request.POST, promises=promises, auto_id="targets_%s")
    if form.is_valid():
        said = {"promise_id": form.cleaned_data["promise"].pk, "targets": form.cleaned_data["targets"]}
        return _done(request, row, form, "targets_form", "Les cibles de l’avenant sont enregistrées.",
                     services.retarget, **said)  # fmt: skip
    return _page(request, row, targets_form=form)


@door(writes={"POST"})
def party(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """An organisation takes the place of a party."""
    row = _row(request, contract_id, amendment_id)
    policies.may_write(request.actor, row, today_of(row.contract, request.now)).or_raise()
    every = Organisation.objects.filter(territory=row.contract.territory)
    form = PartyForm(request.POST, parties=row.contract.parties.all(), organisations=every, auto_id="party_%s")
    if form.is_valid():
        typed = form.cleaned_data
        said = {**typed, "party_id": typed["party"].pk}
        said.pop("party")
        return _done(request, row, form, "party_form", "Le changement de partie est enregistré.",
                     services.replace_party, **said)  # fmt: skip
    return _page(request, row, party_form=form)


def _done(
    request: ActorRequest, row: Amendment, form: django_forms.Form, name: str, message: str, service: Any, **said: Any
) -> HttpResponse:
    """Call a service; its no is said in the form, where what was typed stays."""
    try:
        service(actor=request.actor, contract_id=row.contract_id, amendment_id=row.pk, at=request.now, **said)
    except Refused:
        raise
    except DomainError as error:
        form.add_error(None, error.message)
        return _page(request, row, **{name: form})
    messages.success(request, message)
    return redirect(row.page())


@door(writes={"POST"})
def open_to_signature(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """The amendment is frozen and each party asked to sign."""
    services.open_amendment(actor=request.actor, contract_id=contract_id, amendment_id=amendment_id, at=request.now)
    messages.success(request, "L’avenant est arrêté. Chaque partie est prévenue qu’elle a un exemplaire à signer.")
    return redirect("amendments:amendment", contract_id, amendment_id)


@door(writes={"POST"})
def resume(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """Back to the drafting."""
    services.resume_amendment(
        actor=request.actor,
        contract_id=contract_id,
        amendment_id=amendment_id,
        reason=request.POST.get("reason", ""),
        at=request.now,
    )
    messages.success(request, "La rédaction de l’avenant reprend.")
    return redirect("amendments:amendment", contract_id, amendment_id)


@door(writes={"POST"})
def withdraw(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """The amendment is given up."""
    services.withdraw_amendment(
        actor=request.actor,
        contract_id=contract_id,
        amendment_id=amendment_id,
        reason=request.POST.get("reason", ""),
        at=request.now,
    )
    messages.success(request, "L’avenant est abandonné. Le contrat ne change pas.")
    return redirect("amendments:amendments", contract_id)


@door(reads={"GET"})
def copy(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """My party's copy to sign."""
    row = _row(request, contract_id, amendment_id)
    response = HttpResponse(
        pages.print_amendment(request.actor, row, at=request.now).pdf, content_type="application/pdf"
    )
    name = f"avenant-{row.number}-{row.contract.key}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@door(writes={"POST"})
def deposit(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """My party's signed copy."""
    row = _row(request, contract_id, amendment_id)
    policies.may_sign(request.actor, row).or_raise()
    form = SignedCopyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, row, copy_form=form)
    return _done(request, row, form, "copy_form", "Votre exemplaire signé est au dossier.",
                 services.sign_amendment, paper=form.paper())  # fmt: skip


# -- The end -----------------------------------------------------------------------------------------------------------


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
    if not form.is_valid():
        return _list(request, contract, **{name: form})
    try:
        given = said if said is not None else form.cleaned_data
        service(actor=request.actor, contract_id=contract.pk, at=request.now, **given, **more)
    except DomainError as error:
        form.add_error(None, error.message)
        return _list(request, contract, **{name: form})
    messages.success(request, "C’est noté au registre.")
    return redirect("amendments:amendments", contract.pk)
