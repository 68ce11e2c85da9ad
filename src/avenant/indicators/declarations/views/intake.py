from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify

from avenant.domain.decision import DomainError
from avenant.domain.strands import section_title
from avenant.foundations.documents.attachments import XLSX, file_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.forms import ImportForm, PasteForm
from avenant.indicators.declarations.intake import Intake, counts_of, read_paste, read_workbook
from avenant.indicators.declarations.models import Part
from avenant.indicators.declarations.rows import Sheet
from avenant.indicators.declarations.services import entry as entries
from avenant.indicators.declarations.sheet import sheet
from avenant.indicators.declarations.workbook import template

KEPT = timedelta(hours=12)  # how long a preview may wait for its confirmation


@door(reads={"GET"})
def download_template(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """The workbook to fill."""
    part, filled = _opened(request, part_id)
    name = slugify(f"indicateurs {part.declaration.year} {part.declaration.service.short_name}")
    return file_response(template(filled, at=request.now), name=f"{name}.xlsx", media_type=XLSX)


@door(reads={"GET"}, writes={"POST"})
def take_file(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """Read a filled workbook and show what it would change."""
    part, filled = _opened(request, part_id)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with refusals_in(form, "file"):
            found = read_workbook(filled, file.read(), file.name)
            return _preview(request, part, found, f"«\u202f{file.name}\u202f»")
    return render(request, "declarations/import.html", {"part": part, "form": form}, status=422 if form.errors else 200)


@door(reads={"GET"}, writes={"POST"})
def take_paste(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """Read pasted cells and show what they would change."""
    part, filled = _opened(request, part_id)
    form = PasteForm(request.POST or None, sections=_columns(filled))
    if request.method == "POST" and form.is_valid():
        with refusals_in(form, "text"):
            found = read_paste(filled, form.cleaned_data["text"], form.cleaned_data["section"])
            return _preview(request, part, found, "Les cellules collées")
    return render(request, "declarations/paste.html", {"part": part, "form": form}, status=422 if form.errors else 200)


@door(writes={"POST"})
def confirm(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """Save what the preview showed, less what a colleague saved meanwhile."""
    part = selectors.get_part(request.actor, part_id)
    policies.may_fill(request.actor, part, at=request.now).or_raise()
    try:
        kept = signing.loads(request.POST.get("kept", ""), salt=_salt(request, part.pk), max_age=KEPT)
    except signing.BadSignature as error:
        raise DomainError(
            "Cet aperçu n’est plus valable. Recommencez l’import\u202f: rien n’a été enregistré."
        ) from error
    found = [_entry(one) for one in kept]
    conflicts = entries.save_form(actor=request.actor, part_id=part_id, entries=found, at=request.now)
    saved = len(found) - len(conflicts)
    messages.success(request, f"{saved} indicateur{'s' if saved > 1 else ''} enregistré{'s' if saved > 1 else ''}.")
    for stale in conflicts.values():
        messages.warning(request, f"{stale.draft.definition.printed_code} n’est pas repris\u202f: {stale.message}")  # type: ignore[union-attr]
    return redirect(part.page())


def _opened(request: ActorRequest, part_id: uuid.UUID) -> tuple[Part, Sheet]:
    part = selectors.get_part(request.actor, part_id)
    policies.may_fill(request.actor, part, at=request.now).or_raise()
    return part, sheet(request.actor, part)


def _columns(filled: Sheet) -> list[tuple[str, str]]:
    """The groups that a bare column can fill, with how many numbers each waits for."""
    groups = [(group, len(counts_of(group.rows))) for strand in filled.strands for group in strand.groups]
    return [
        (group.section, f"{section_title(group.section)}\u202f: {count} nombre{'s' if count > 1 else ''}")
        for group, count in groups
        if count
    ]


def _preview(request: ActorRequest, part: Part, found: Intake, source: str) -> HttpResponse:
    # What was read waits in the page, signed for this person and this part: the server keeps nothing.
    kept = signing.dumps([_kept(one) for one in found.entries], salt=_salt(request, part.pk), compress=True)
    context = {"part": part, "intake": found, "source": source, "kept": kept if found.entries else ""}
    return render(request, "declarations/preview.html", context)


def _salt(request: ActorRequest, part_id: uuid.UUID) -> str:
    return f"declarations.intake:{request.actor.person_id}:{part_id}"


def _kept(entry: entries.Entry) -> dict[str, Any]:
    return {
        **asdict(entry),
        "definition_id": str(entry.definition_id),
        "seen": entry.seen.isoformat() if entry.seen else "",
    }


def _entry(kept: dict[str, Any]) -> entries.Entry:
    seen = datetime.fromisoformat(kept["seen"]) if kept["seen"] else None
    return entries.Entry(**{**kept, "definition_id": uuid.UUID(kept["definition_id"]), "seen": seen})
