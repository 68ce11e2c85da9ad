from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render

from avenant.domain.french import counted
from avenant.foundations.doors import ActorRequest, door
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.forms import read_entry, seen_at
from avenant.indicators.declarations.models import Part
from avenant.indicators.declarations.rows import Sheet
from avenant.indicators.declarations.services import control
from avenant.indicators.declarations.services import entry as entries
from avenant.indicators.declarations.sheet import own_components, sheet
from avenant.indicators.declarations.views.pages import part_context


@door(reads={"GET"})
def mine(request: ActorRequest) -> HttpResponse:
    """The parts that I fill this year: the social service has one for each service of the region, on one page."""
    asked = request.GET.get("annee", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else request.now.year - 1
    parts = selectors.list_own_parts(request.actor, year)
    return render(request, "declarations/mine.html", {"parts": parts, "year": year})


@door(reads={"GET"})
def part(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """A part: its form for its provider while it is open, what was handed in for the others."""
    row = selectors.get_part(request.actor, part_id)
    policies.may_read_submission(request.actor, row).or_raise()
    return render(request, "declarations/part.html", part_context(request, row))


@door(reads={"GET"})
def checks(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """A dry run of every check, by severity, each finding with a link to its field."""
    row = selectors.get_part(request.actor, part_id)
    policies.may_read_submission(request.actor, row).or_raise()
    filled = sheet(request.actor, row)
    may_submit = policies.may_submit(request.actor, row, filled.findings, filled.justified, at=request.now)
    return render(
        request,
        "declarations/checks.html",
        {"part": row, "sheet": filled, "groups": _by_severity(filled), "may_submit": may_submit},
    )


def _by_severity(filled: Sheet) -> list[tuple[str, str, list[Any]]]:
    found = [(row, finding) for row in filled.rows for finding in row.findings]
    titles = {
        "blocking": "À régler avant de transmettre",
        "to_justify": "À justifier",
        "information": "Pour information",
    }
    return [
        (severity, title, [(row, one) for row, one in found if one.severity == severity])
        for severity, title in titles.items()
    ]


@door(writes={"POST"})
def save_one(request: ActorRequest, part_id: uuid.UUID, definition_id: uuid.UUID) -> HttpResponse:
    """Autosave of one indicator; answers the findings of every row, and the time of the save."""
    row = selectors.get_part(request.actor, part_id)
    components = own_components(request.actor, row, definition_id)
    conflict = None
    try:
        entry = read_entry(request.POST, definition_id, components)
        entries.save_entry(actor=request.actor, part_id=part_id, entry=entry, at=request.now)
    except entries.StaleForm as stale:
        conflict = stale
    context = part_context(request, row)
    saved = context["sheet"].row(definition_id)
    saved.conflict = conflict
    return render(request, "declarations/part.html#saved", context | {"row": saved, "swap": True})


@door(writes={"POST"})
def save_free(request: ActorRequest, part_id: uuid.UUID, code: str) -> HttpResponse:
    """Autosave of a free field."""
    conflict = None
    try:
        _save_free(request, part_id, code)
    except entries.StaleForm as stale:
        conflict = stale
    row = selectors.get_part(request.actor, part_id)
    context = part_context(request, row)
    free = next(one for one in context["sheet"].free if one.field.code == code)
    return render(
        request, "declarations/part.html#saved-free", context | {"one": free, "conflict": conflict, "swap": True}
    )


def _save_free(request: ActorRequest, part_id: uuid.UUID, code: str) -> None:
    entries.save_free_text(
        actor=request.actor,
        part_id=part_id,
        code=code,
        text=request.POST.get(f"free.{code}", ""),
        seen=seen_at(request.POST, f"free.{code}"),
        at=request.now,
    )


@door(writes={"POST"})
def save_all(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """Save the whole form, the way without JavaScript; what a colleague saved meanwhile is shown beside."""
    row = selectors.get_part(request.actor, part_id)
    typed = _entries(request.POST, sheet(request.actor, row))
    conflicts = entries.save_form(actor=request.actor, part_id=part_id, entries=typed, at=request.now)
    for name in request.POST:
        if name.startswith("free.") and not name.endswith(".seen"):
            _save_free(request, part_id, name.removeprefix("free."))
    if conflicts:
        return _show_conflicts(request, row, {one.definition_id: one for one in typed}, conflicts)
    messages.success(request, "Votre saisie est enregistrée.")
    return redirect("declarations:part", part_id)


def _show_conflicts(
    request: ActorRequest,
    part: Part,
    typed: dict[uuid.UUID, entries.Entry],
    conflicts: dict[uuid.UUID, entries.StaleForm],
) -> HttpResponse:
    context = part_context(request, part)
    for pk, stale in conflicts.items():
        row = context["sheet"].row(pk)
        row.conflict, row.retyped = stale, typed[pk].raw
    messages.warning(
        request,
        f"{counted(len(conflicts), 'indicateur modifié')} par un collègue\u202f: relisez-les. Le reste est enregistré.",
    )
    return render(request, "declarations/part.html", context, status=409)


def _entries(data: QueryDict, filled: Sheet) -> list[entries.Entry]:
    """The indicators of the form; one whose fields did not come (a section left closed) is left as it is."""
    return [read_entry(data, row.record.pk, row.own) for row in filled.own_rows if f"{row.record.pk}.seen" in data]


@door(writes={"POST"})
def submit(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """Hand the part in. The number that the form carries makes a double click find its first submission."""
    expected = request.POST.get("number", "")
    submission = control.submit_part(
        actor=request.actor, part_id=part_id, at=request.now, expected=int(expected) if expected.isdecimal() else None
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
