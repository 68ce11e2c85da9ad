"""Notes and exchanges on a dossier."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.foundations.doors import ActorRequest, door
from avenant.funding.dossiers.models import Dossier
from avenant.funding.dossiers.policies import may_correspond
from avenant.funding.dossiers.selectors import get_dossier
from avenant.funding.reviews import policies
from avenant.funding.reviews.forms import ThreadForm
from avenant.funding.reviews.models import Instruction, Thread
from avenant.funding.reviews.selectors import exchanges, instructions
from avenant.funding.reviews.services import exchanges as services
from avenant.funding.reviews.views.entering import parts_of


@door(reads={"GET"}, writes={"POST"})
def page(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """The exchanges that I am in, a form to open one, and the notes of my institution."""
    dossier = get_dossier(request.actor, dossier_id)
    may_correspond(request.actor, dossier).or_raise()
    found = _instruction(request, dossier)
    own = dossier.owner_id == request.actor.organisation_id
    form = ThreadForm(request.POST or None, dossier=dossier, own=own)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        services.open_thread(
            actor=request.actor, dossier_id=dossier_id, audience=form.chosen, title=said["title"], text=said["text"],
            at=request.now,
        )  # fmt: skip
        messages.success(request, "Votre message est envoyé.")
        return redirect("reviews:exchanges", dossier_id)
    return _page(request, dossier, found, form, own=own)


def _instruction(request: ActorRequest, dossier: Dossier) -> Instruction | None:
    """The instruction of the dossier, if I see it; closed to who declared an interest."""
    found = instructions.find_instruction(request.actor, dossier.pk)
    if found is not None:
        interested = instructions.has_interest(request.actor, found)
        policies.may_take_part(request.actor, found, interested=interested).or_raise()
    return found


def _page(
    request: ActorRequest, dossier: Dossier, found: Instruction | None, form: ThreadForm, *, own: bool
) -> HttpResponse:
    audience = Thread.Audience.APPLICANT if own else Thread.Audience.INSTITUTIONS
    context = {
        "dossier": dossier, "part": "Échanges", "error": None, "interested": False, "instruction": found,
        "parts": parts_of(request.actor, found, interested=False) if found else (), "own": own, "form": form,
        "threads": list(exchanges.list_threads(request.actor, dossier)[:50]),
        "notes": list(exchanges.list_notes(request.actor, found)[:50]) if found else [],
        "may_open": policies.may_open_thread(request.actor, dossier, audience),
    }  # fmt: skip
    return render(request, "reviews/exchanges.html", context, status=422 if form.is_bound else 200)


@door(writes={"POST"})
def reply(request: ActorRequest, thread_id: uuid.UUID) -> HttpResponse:
    """Answer in an exchange."""
    post = services.reply(actor=request.actor, thread_id=thread_id, text=request.POST.get("text", ""), at=request.now)
    messages.success(request, "Votre message est envoyé.")
    return redirect(post.thread.page())


@door(writes={"POST"})
def note(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Keep a note for my institution."""
    services.write_note(actor=request.actor, dossier_id=dossier_id, text=request.POST.get("text", ""), at=request.now)
    messages.success(
        request, "La note est enregistrée ; elle n’est lue que de votre institution.".replace(" ;", "\u202f;")
    )
    return redirect("reviews:exchanges", dossier_id)
