from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from avenant.contracts.drafting import policies, printing, selectors, services, signing_pages
from avenant.contracts.drafting.forms import attachment
from avenant.contracts.drafting.models import ConsistencyCheck
from avenant.contracts.drafting.signing_forms import (
    AccreditationForm,
    CheckForm,
    ConsultationForm,
    CorrespondentForm,
    RepresentativeForm,
    ResumeForm,
    SignedCopyForm,
)
from avenant.domain.french import format_date
from avenant.foundations.documents.attachments import file_response, proof_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door


@door(reads={"GET"})
def signature(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """Who has signed what, what is still missing, and my party's own act."""
    return _page(request, contract_id)


def _page(request: ActorRequest, contract_id: uuid.UUID, **forms: Any) -> HttpResponse:
    contract = selectors.get_contract(request.actor, contract_id)
    context = signing_pages.signature_page(request.actor, contract, request.now)
    party = policies.party_of(request.actor, contract)
    said = {"correspondent": party.correspondent, "mailbox": party.mailbox, "capacity": party.capacity} if party else {}
    context |= {
        "copy_form": SignedCopyForm(initial={"signed_on": timezone.localdate(request.now)}),
        "consultation_form": ConsultationForm(bodies=context["bodies"], auto_id="consultation_%s"),
        "representative_form": RepresentativeForm(initial=said),
        "correspondent_form": CorrespondentForm(initial=said, auto_id="correspondent_%s"),
        "resume_form": ResumeForm(auto_id="resume_%s"),
        "check_form": CheckForm(subjects=context["subjects"], auto_id="check_%s"),
        "accreditation_form": AccreditationForm(auto_id="accreditation_%s"),
        **forms,
    }
    return render(request, "drafting/signature.html", context)


@door(writes={"POST"})
def consult(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """The draft goes to the bodies consulted."""
    services.open_consultations(actor=request.actor, contract_id=contract_id, at=request.now)
    messages.success(request, "Les consultations sont ouvertes\u202f: notez chaque avis à sa date.")
    return redirect("drafting:signature", contract_id)


@door(writes={"POST"})
def consultation(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """A body was heard; what was typed stays when it cannot be kept."""
    contract = selectors.get_contract(request.actor, contract_id)
    policies.may_record_consultation(request.actor, contract).or_raise()
    bodies = signing_pages.bodies_of(request.actor, contract, request.now)
    form = ConsultationForm(request.POST, request.FILES, bodies=bodies, auto_id="consultation_%s")
    if form.is_valid():
        typed = {name: form.cleaned_data[name] for name in ("body_key", "heard_on", "opinion", "remarks")}
        file = attachment(form.cleaned_data, "file")
        with refusals_in(form):
            row = services.record_consultation(
                actor=request.actor, contract_id=contract_id, file=file, at=request.now, **typed
            )
            messages.success(request, f"Consultation notée\u202f: {row.body}, {format_date(row.heard_on)}.")
            return redirect("drafting:signature", contract_id)
    return _page(request, contract_id, consultation_form=form)


@door(writes={"POST"})
def check(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """Does the text agree with a plan; what was typed stays when it cannot be kept."""
    contract = selectors.get_contract(request.actor, contract_id)
    policies.may_check(request.actor, contract).or_raise()
    subjects = signing_pages.subjects_of(request.actor, contract, request.now)
    form = CheckForm(request.POST, subjects=subjects, auto_id="check_%s")
    if form.is_valid():
        typed = form.cleaned_data
        found = services.Found(ConsistencyCheck.Result(typed["result"]), typed["comment"])
        subject = ConsistencyCheck.Subject(typed["subject"])
        with refusals_in(form):
            row = services.record_check(
                actor=request.actor, contract_id=contract_id, subject=subject, found=found, at=request.now
            )
            messages.success(request, f"Contrôle noté, {row}.")
            return redirect("drafting:signature", contract_id)
    return _page(request, contract_id, check_form=form)


@door(writes={"POST"})
def accreditation(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """The accreditation of the service, beside the contract."""
    policies.may_speak(request.actor, selectors.get_contract(request.actor, contract_id)).or_raise()
    form = AccreditationForm(request.POST, auto_id="accreditation_%s")
    if form.is_valid():
        with refusals_in(form):
            services.enter_accreditation(
                actor=request.actor, contract_id=contract_id, at=request.now, **form.cleaned_data
            )
            messages.success(request, "L’agrément est enregistré. Le texte signé ne change pas.")
            return redirect("drafting:signature", contract_id)
    return _page(request, contract_id, accreditation_form=form)


@door(writes={"POST"})
def open_to_signature(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """The text is frozen and each party is asked to sign."""
    services.open_to_signature(actor=request.actor, contract_id=contract_id, at=request.now)
    messages.success(request, "Le texte est arrêté. Chaque partie est prévenue qu’elle a un exemplaire à signer.")
    return redirect("drafting:signature", contract_id)


@door(writes={"POST"})
def resume(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """Back to the drafting, with the reason."""
    reason = request.POST.get("reason", "")
    services.resume_drafting(actor=request.actor, contract_id=contract_id, reason=reason, at=request.now)
    messages.success(request, "La rédaction reprend. Ce qui a déjà été signé reste au dossier.")
    return redirect("drafting:writing", contract_id)


@door(reads={"GET"})
def copy(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """My party's copy to sign, with its own reference in the foot."""
    contract = selectors.get_contract(request.actor, contract_id)
    party = policies.party_of(request.actor, contract)
    document = printing.print_contract(request.actor, contract, at=request.now, copy_of=party)
    return file_response(document.pdf, name=f"{contract.key}-a-signer.pdf", media_type="application/pdf")


@door(writes={"POST"})
def deposit(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """My party's signed copy."""
    policies.may_sign(request.actor, selectors.get_contract(request.actor, contract_id)).or_raise()
    form = SignedCopyForm(request.POST, request.FILES)
    if form.is_valid():
        with refusals_in(form):
            contract = services.sign_contract(
                actor=request.actor, contract_id=contract_id, paper=form.paper(), at=request.now
            )
            messages.success(request, signing_pages.word_signed(contract))
            return redirect("drafting:signature", contract_id)
    return _page(request, contract_id, copy_form=form)


@door(writes={"POST"})
def representative(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """My party's signatory signs in another capacity."""
    capacity = request.POST.get("capacity", "")[:120]
    services.name_representative(actor=request.actor, contract_id=contract_id, capacity=capacity, at=request.now)
    messages.success(request, "La qualité du signataire est enregistrée. Seul votre exemplaire change.")
    return redirect("drafting:signature", contract_id)


@door(writes={"POST"})
def correspondent(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """Whom to write to, which nobody signs."""
    policies.speaking_party(request.actor, selectors.get_contract(request.actor, contract_id))
    form = CorrespondentForm(request.POST, auto_id="correspondent_%s")
    if not form.is_valid():
        return _page(request, contract_id, correspondent_form=form)
    services.name_correspondent(actor=request.actor, contract_id=contract_id, at=request.now, **form.cleaned_data)
    messages.success(request, "La correspondance est enregistrée. Le texte signé ne change pas.")
    return redirect("drafting:signature", contract_id)


@door(reads={"GET"})
def proof(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """The proof file, that anyone checks with « avenant verify »."""
    contract = selectors.get_contract(request.actor, contract_id)
    return proof_response(printing.prove_contract(request.actor, contract, at=request.now), name=contract.key)
