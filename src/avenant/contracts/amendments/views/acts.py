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
    AnnexForm,
    ClauseChoiceForm,
    EndIndicatorForm,
    PartyForm,
    ReasonForm,
    TargetsForm,
)
from avenant.contracts.amendments.models import Amendment
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.services.signing import today_of
from avenant.contracts.drafting.signing_forms import SignedCopyForm
from avenant.domain.contracts import ClauseKind
from avenant.foundations.documents.attachments import PDF, file_response, proof_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.parties.models import Organisation


@door(reads={"GET"}, writes={"POST"})
def new(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """An amendment begins; what was typed stays when it cannot."""
    contract = drafting.get_contract(request.actor, contract_id)
    may = policies.may_amend(request.actor, contract, today_of(contract, request.now))
    form = AmendmentForm(request.POST or None, initial={"kind": request.GET.get("nature", "content")})
    if request.method == "POST":
        may.or_raise()
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            row = services.draft_amendment(
                actor=request.actor, contract_id=contract_id, draft=form.draft(), at=request.now
            )
            messages.success(request, "L’avenant est en préparation\u202f: dites ce qu’il change.")
            return redirect(row.page())
    context = pages.shared(request.actor, contract, request.now) | {"form": form, "may": may}
    return render(request, "amendments/new.html", context)


@door(reads={"GET"})
def amendment(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """One amendment, from its preparation to its effect."""
    return page_of(request, row_of(request, contract_id, amendment_id))


def row_of(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> Amendment:
    """An amendment of a contract of mine, the contract with its parties."""
    contract = drafting.get_contract(request.actor, contract_id)
    row = selectors.get_amendment(request.actor, contract_id, amendment_id)
    row.contract = contract
    return row


def page_of(request: ActorRequest, row: Amendment, **forms: Any) -> HttpResponse:
    """The page of an amendment, with the forms that were typed."""
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
        "end_form": EndIndicatorForm(promises=drafting.list_promises(request.actor, contract), auto_id="end_%s"),
        "annex_form": AnnexForm(annexes=pages.annexes_of(request.actor, row, request.now), auto_id="annex_%s"),
        "party_form": PartyForm(
            parties=contract.parties.all(), organisations=others.order_by("name"), auto_id="party_%s"
        ),
        "resume_form": ReasonForm(auto_id="resume_%s"),
        "withdraw_form": ReasonForm(auto_id="withdraw_%s"),
        **forms,
    }
    return render(request, "amendments/amendment.html", context)


def done(
    request: ActorRequest, row: Amendment, form: django_forms.Form, name: str, message: str, service: Any, **said: Any
) -> HttpResponse:
    """Call a service of an amendment; its no is said in the form, where what was typed stays."""
    with refusals_in(form):
        service(actor=request.actor, contract_id=row.contract_id, amendment_id=row.pk, at=request.now, **said)
        messages.success(request, message)
        return redirect(row.page())
    return page_of(request, row, **{name: form})


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
    row = row_of(request, contract_id, amendment_id)
    pdf = pages.print_amendment(request.actor, row, at=request.now).pdf
    return file_response(pdf, name=f"avenant-{row.number}-{row.contract.key}.pdf", media_type=PDF)


@door(writes={"POST"})
def deposit(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """My party's signed copy."""
    row = row_of(request, contract_id, amendment_id)
    policies.may_sign(request.actor, row).or_raise()
    form = SignedCopyForm(request.POST, request.FILES)
    if not form.is_valid():
        return page_of(request, row, copy_form=form)
    return done(request, row, form, "copy_form", "Votre exemplaire signé est au dossier.",
                 services.sign_amendment, paper=form.paper())  # fmt: skip


@door(reads={"GET"})
def proof(request: ActorRequest, contract_id: uuid.UUID, amendment_id: uuid.UUID) -> HttpResponse:
    """The proof file of the amendment, that anyone checks with « avenant verify »."""
    row = row_of(request, contract_id, amendment_id)
    content = pages.prove_amendment(request.actor, row, at=request.now)
    return proof_response(content, name=f"avenant-{row.number}-{row.contract.key}")
