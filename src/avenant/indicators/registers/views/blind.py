from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.contracts.drafting import selectors as contracts
from avenant.domain.neutral_count import FLOOR, SMALLEST
from avenant.foundations.documents.attachments import file_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.indicators.registers import policies, selectors
from avenant.indicators.registers.forms import BlindCountForm, BlindMessageForm
from avenant.indicators.registers.models import BlindCount
from avenant.indicators.registers.services import blind

NEWEST = F("starts_on").desc(nulls_last=True)


@door(reads={"GET"}, writes={"POST"})
def ask(request: ActorRequest) -> HttpResponse:
    """Ask a neutral count for a kind of establishments of a contract."""
    policies.may_count_blindly(request.actor, "trained", asked=False, shared=False).or_raise()
    mine = [(one.circle_id, one.title) for one in contracts.list_contracts(request.actor).order_by(NEWEST, "title")]
    form = BlindCountForm(request.POST or None, contracts=mine, initial={"year": request.now.year - 1})
    if request.method == "POST" and form.is_valid():
        said = {"circle_id" if key == "circle" else key: value for key, value in form.cleaned_data.items()}
        with refusals_in(form):
            made = blind.ask_blind_count(actor=request.actor, at=request.now, **said)
            return redirect("registers:blind", made.pk)
    return render(request, "registers/blind_ask.html", {"form": form, "smallest": SMALLEST})


@door(reads={"GET"}, writes={"POST"})
def blind_count(request: ActorRequest, count_id: uuid.UUID) -> HttpResponse:
    """A neutral count: who brought what, what I bring next, and what both are told."""
    count = selectors.get_blind_count(request.actor, count_id)
    context = _context(request, count)
    if request.method == "POST":
        context["may_bring"].or_raise()
    form = BlindMessageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read()
        with refusals_in(form, "file"):
            blind.bring_message(actor=request.actor, count_id=count_id, content=content, at=request.now)
            messages.success(request, "Message vérifié et déposé.")
            return redirect("registers:blind", count_id)
    return render(request, "registers/blind.html", {"count": count, "form": form, **context})


@door(reads={"GET"})
def blinded(request: ActorRequest, count_id: uuid.UUID) -> HttpResponse:
    """The other side's blinded list, to answer at home."""
    count = selectors.get_blind_count(request.actor, count_id)
    row = selectors.blinded_for(request.actor, count)
    content = bytes(row.content or b"")
    return file_response(content, name="liste-masquee-recue.acn", media_type="application/octet-stream")


def _context(request: ActorRequest, count: BlindCount) -> dict[str, Any]:
    progress = selectors.blind_progress(request.actor, count)
    return {
        "progress": progress,
        "may_bring": policies.may_bring(request.actor, count, progress.following, progress.brought),
        "floor": FLOOR,
    }
