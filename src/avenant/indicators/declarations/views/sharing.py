from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.decision import DomainError
from avenant.domain.strands import section_title
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.attachments import named_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.forms import EntrustForm
from avenant.indicators.declarations.services import evidence as files
from avenant.indicators.declarations.services import sharing
from avenant.indicators.declarations.sheet import sheet


@door(reads={"GET"}, writes={"POST"})
def sections(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """Who fills which section, until when."""
    part = selectors.get_part(request.actor, part_id)
    policies.may_fill(request.actor, part, at=request.now).or_raise()
    strands = sheet(request.actor, part).strands
    choices = [
        (section, section_title(section))
        for strand in strands
        for section in (strand.key, *(group.section for group in strand.groups if group.heading))
    ]
    people = selectors.list_colleagues(request.actor, part, on=request.now.date())
    form = EntrustForm(
        request.POST or None, sections=choices, people=[(str(one.person_id), one.person.name) for one in people]
    )
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            sharing.entrust_section(
                actor=request.actor,
                part_id=part_id,
                section=form.cleaned_data["section"],
                person_id=uuid.UUID(form.cleaned_data["person"]),
                due_on=form.cleaned_data["due_on"],
                at=request.now,
            )
            messages.success(request, "La section est confiée\u202f: la personne la trouve sur son accueil.")
            return redirect("declarations:sections", part_id)
    assignments = [(one, section_title(one.section)) for one in selectors.list_assignments(request.actor, part)]
    context = {"part": part, "form": form, "assignments": assignments}
    return render(request, "declarations/sections.html", context, status=422 if form.errors else 200)


@door(writes={"POST"})
def finish(request: ActorRequest, assignment_id: uuid.UUID) -> HttpResponse:
    """A section is done."""
    part = sharing.finish_section(actor=request.actor, assignment_id=assignment_id, at=request.now)
    messages.success(request, "La section est marquée terminée.")
    return redirect(part.page())


@door(writes={"POST"})
def take_back(request: ActorRequest, assignment_id: uuid.UUID) -> HttpResponse:
    """A section is not entrusted any more."""
    part = sharing.take_section_back(actor=request.actor, assignment_id=assignment_id, at=request.now)
    messages.success(request, "La section n’est plus confiée.")
    return redirect("declarations:sections", part.pk)


@door(reads={"GET"}, writes={"POST"})
def evidence(request: ActorRequest, part_id: uuid.UUID, definition_id: uuid.UUID) -> HttpResponse:
    """The files that support a figure."""
    part = selectors.get_part(request.actor, part_id)
    policies.may_fill(request.actor, part, at=request.now).or_raise()
    error = ""
    if request.method == "POST":
        error = _join(request, part_id, definition_id)
        if not error:
            messages.success(request, "La pièce est jointe. Les parties la liront quand vous transmettrez.")
            return redirect("declarations:evidence", part_id, definition_id)
    row = sheet(request.actor, part).row(definition_id)
    joined = selectors.list_evidence(request.actor, part).filter(definition_id=definition_id).select_related("person")
    context = {"part": part, "row": row, "evidence": joined, "error": error}
    return render(request, "declarations/evidence.html", context, status=422 if error else 200)


def _join(request: ActorRequest, part_id: uuid.UUID, definition_id: uuid.UUID) -> str:
    file = request.FILES.get("file")
    if file is None or not file.name:
        return "Choisissez un fichier."
    try:
        files.join_evidence(
            actor=request.actor,
            part_id=part_id,
            definition_id=definition_id,
            name=file.name,
            content=file.read(),
            at=request.now,
        )
    except DomainError as error:
        return error.message
    return ""


@door(reads={"GET"})
def download_evidence(request: ActorRequest, evidence_id: uuid.UUID) -> HttpResponse:
    """A file of my part, always as an attachment."""
    one = selectors.get_evidence(request.actor, evidence_id)
    return named_response(documents.retrieve(one.sha256), name=one.name, media_type=one.media_type)


@door(writes={"POST"})
def remove_evidence(request: ActorRequest, evidence_id: uuid.UUID) -> HttpResponse:
    """Take a file back."""
    one = selectors.get_evidence(request.actor, evidence_id)
    files.remove_evidence(actor=request.actor, evidence_id=evidence_id, at=request.now)
    messages.success(request, "La pièce est retirée.")
    return redirect("declarations:evidence", one.part_id, one.definition_id)
