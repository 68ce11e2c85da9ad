"""Decisions told: notification, the page of the establishment, the dossiers without decision."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.french import counted
from avenant.foundations.documents.attachments import proof_response
from avenant.foundations.doors import ActorRequest, door
from avenant.funding.allocation import policies, selectors
from avenant.funding.allocation.forms import TextForm
from avenant.funding.allocation.proving import prove_decision
from avenant.funding.allocation.services import releasing, telling
from avenant.funding.allocation.views.sessions import _carried
from avenant.funding.grants.models import Grant


@door(writes={"POST"})
def notify(request: ActorRequest, selection_id: uuid.UUID) -> HttpResponse:
    """Tell every decision to its applicant; the letters come by a job."""
    told = telling.notify_decisions(actor=request.actor, selection_id=selection_id, at=request.now)
    words = f"{counted(told.count, 'décision')} notifiée{'s' if told.count > 1 else ''}. Les courriers se préparent."
    messages.success(request, words)
    if told.late:
        messages.warning(request, told.late)
    return redirect("allocation:decisions", selection_id)


@door(reads={"GET"})
def decision(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """The decision on a dossier, as its establishment reads it."""
    told = selectors.get_told(request.actor, dossier_id)
    grant = Grant.objects.visible_to(request.actor).filter(dossier_id=dossier_id).first()
    return render(request, "allocation/told.html", {"told": told, "dossier": told.dossier, "grant": grant})


@door(reads={"GET"})
def proof(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """The proof file of the decision, that « avenant verify » checks without the platform."""
    told = selectors.get_told(request.actor, dossier_id)
    return proof_response(prove_decision(request.actor, told, at=request.now), name=told.dossier.number)


@door(writes={"POST"})
def cancel_aid(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Cancel an aid of which nothing is paid; the envelope has its credits back."""
    reason = request.POST.get("reason", "")
    grant = releasing.cancel_aid(actor=request.actor, grant_id=grant_id, reason=reason, at=request.now)
    messages.success(request, "L’aide est annulée, l’établissement est prévenu ; ses crédits reviennent à l’enveloppe.")
    return redirect(grant.page())


@door(reads={"GET"}, writes={"POST"})
def undecided(request: ActorRequest, key: str) -> HttpResponse:
    """The dossiers of a call that have no decision after its examination; a POST answers their applicants."""
    call, actor = _carried(request.actor, key), request.actor
    form = TextForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        count = telling.answer_undecided(actor=actor, call=call, text=form.cleaned_data["text"], at=request.now)
        messages.success(request, f"Réponse d’attente écrite à {counted(count, 'établissement')}.")
        return redirect(request.path)
    context = {
        "call": call, "form": form, "may_answer": policies.may_prepare(actor, call), "step": selectors.step_of(call, "examination"),
        "rows": selectors.list_late(actor, call, selectors.today_of(call, request.now))[:200],
    }  # fmt: skip
    return render(request, "allocation/undecided.html", context, status=422 if form.errors else 200)
