from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.foundations.doors import ActorRequest, door
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.forms import read_entry
from avenant.indicators.declarations.services import control
from avenant.indicators.declarations.services import entry as entries
from avenant.indicators.declarations.sheet import Sheet, sheet
from avenant.indicators.declarations.views.pages import part_context


@door(reads={"GET"})
def mine(request: ActorRequest) -> HttpResponse:
    """The parts that I fill this year: the social service has one for each service of the region, on one page."""
    year = int(request.GET.get("annee") or request.now.year - 1)
    parts = selectors.list_own_parts(request.actor, year)
    return render(request, "declarations/mine.html", {"parts": parts, "year": year})


@door(reads={"GET"})
def part(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """A part: its form for its provider while it is open, what was handed in for the others."""
    row = selectors.get_part(request.actor, part_id)
    policies.may_read_submission(request.actor, row).or_raise()
    return render(request, "declarations/part.html", part_context(request, row))


@door(writes={"POST"})
def save_one(request: ActorRequest, part_id: uuid.UUID, definition_id: uuid.UUID) -> HttpResponse:
    """Autosave of one indicator; answers its row, with the checks, and the time of the save."""
    row = selectors.get_part(request.actor, part_id)
    components = sheet(request.actor, row).row(definition_id).own
    conflict = None
    try:
        entry = read_entry(request.POST, definition_id, components)
        entries.save_entry(actor=request.actor, part_id=part_id, entry=entry, at=request.now)
    except entries.StaleForm as stale:
        conflict = stale
    context = part_context(request, row)
    context |= {"row": context["sheet"].row(definition_id), "conflict": conflict, "typed": request.POST, "swap": True}
    return render(request, "declarations/part.html#saved", context)


@door(writes={"POST"})
def save_all(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """Save the whole form: the way without JavaScript."""
    row = selectors.get_part(request.actor, part_id)
    filled = sheet(request.actor, row)
    entries.save_entries(actor=request.actor, part_id=part_id, entries=_entries(request, filled), at=request.now)
    messages.success(request, "Votre saisie est enregistrée.")
    return redirect("declarations:part", part_id)


def _entries(request: ActorRequest, filled: Sheet) -> list[entries.Entry]:
    """The indicators of the form; one whose fields did not come (a section left closed) is left as it is."""
    return [
        read_entry(request.POST, row.record.pk, row.own)
        for row in filled.own_rows
        if f"{row.record.pk}.seen" in request.POST
    ]


@door(writes={"POST"})
def submit(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """Hand the part in. The number that the form carries makes a double click find its first submission."""
    expected = request.POST.get("number", "")
    submission = control.submit_part(
        actor=request.actor, part_id=part_id, at=request.now, expected=int(expected) if expected.isdigit() else None
    )
    messages.success(request, f"Déclaration transmise. Votre accusé : {submission.receipt}.")
    return redirect("declarations:receipt", submission.pk)


@door(writes={"POST"})
def answer(request: ActorRequest, question_id: uuid.UUID) -> HttpResponse:
    """Answer a question of the authority."""
    question = control.answer_question(
        actor=request.actor, question_id=question_id, text=request.POST.get("text", ""), at=request.now
    )
    messages.success(request, "Votre réponse est enregistrée.")
    return redirect("declarations:part", question.part_id)
