from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of
from avenant.domain.indicators import format_value
from avenant.foundations.documents.attachments import PDF, file_response, proof_response
from avenant.foundations.documents.selectors import list_documents
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal import selectors as journal
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.forms import read_questions
from avenant.indicators.declarations.history import history_of
from avenant.indicators.declarations.receipts import print_receipt, prove_submission
from avenant.indicators.declarations.services import control
from avenant.indicators.declarations.sheet import answer_of


@door(reads={"GET"})
def declaration(request: ActorRequest, declaration_id: uuid.UUID) -> HttpResponse:
    """The return of a service for a year: its parts, who is missing, what happened."""
    row = selectors.get_declaration(request.actor, declaration_id)
    return render(
        request,
        "declarations/declaration.html",
        {
            "declaration": row,
            "parts": row.parts.all(),
            "missing": [part for part in row.parts.all() if part.state in policies.EDITABLE],
            "due": journal.list_due_in_file(request.actor, row.circle_id),
            "events": journal.list_events(request.actor, row.circle_id)[:30],
        },
    )


@door(writes={"POST"})
def send_back(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """Return the part with questions."""
    row = control.return_part(
        actor=request.actor,
        part_id=part_id,
        reason=request.POST.get("reason", ""),
        questions=read_questions(request.POST),
        at=request.now,
    )
    messages.success(request, f"La part est renvoyée à {row.owner.short_name} avec vos questions.")
    return redirect(row.page())


@door(writes={"POST"})
def remark(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """The fund has its say."""
    control.remark(actor=request.actor, part_id=part_id, text=request.POST.get("text", ""), at=request.now)
    messages.success(request, "Vos remarques sont enregistrées : la direction du travail peut valider.")
    return redirect("declarations:part", part_id)


@door(writes={"POST"})
def validate(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """Accept the figures."""
    row = control.validate_part(actor=request.actor, part_id=part_id, at=request.now)
    messages.success(request, "La part est validée : ses valeurs ne changent plus sans décision.")
    return redirect(row.page())


@door(writes={"POST"})
def reopen(request: ActorRequest, part_id: uuid.UUID) -> HttpResponse:
    """Reopen by a decision."""
    row = control.reopen_part(
        actor=request.actor, part_id=part_id, reason=request.POST.get("reason", ""), at=request.now
    )
    messages.success(request, f"La part est rouverte : {row.owner.short_name} peut corriger.")
    return redirect(row.page())


@door(writes={"POST"})
def accept(request: ActorRequest, part_id: uuid.UUID, definition_id: uuid.UUID) -> HttpResponse:
    """Accept the reason given for a gap."""
    control.accept_justification(actor=request.actor, part_id=part_id, definition_id=definition_id, at=request.now)
    messages.success(request, "La justification est acceptée.")
    return redirect(reverse("declarations:part", args=[part_id]) + f"#row-{definition_id}")


@door(reads={"GET"})
def versions(request: ActorRequest, part_id: uuid.UUID, definition_id: uuid.UUID) -> HttpResponse:
    """Every value of one indicator: handed in, and for its provider every state of the working copy."""
    part = selectors.get_part(request.actor, part_id)
    policies.may_read_submission(request.actor, part).or_raise()
    definition = definition_of(get_object_or_404(DefinitionRecord.objects.visible_to(request.actor), pk=definition_id))
    answers = [
        (row, answer_of([row], definition)) for row in selectors.list_versions(request.actor, part, definition_id)
    ]
    rows = [(row, one, format_value(definition, one.value) if one.value else "") for row, one in answers]
    mine = policies.holds_pen(request.actor, part)
    events = history_of(selectors.list_draft_events(request.actor, part, definition_id), definition) if mine else []
    return render(
        request,
        "declarations/versions.html",
        {"part": part, "definition": definition, "versions": rows, "mine": mine, "history": events},
    )


@door(reads={"GET"})
def receipt(request: ActorRequest, submission_id: uuid.UUID) -> HttpResponse:
    """The receipt of a submission: number, instant with its zone, hash."""
    row = selectors.get_submission(request.actor, submission_id)
    evidence = list_documents(request.actor, row.pk)
    return render(
        request,
        "declarations/receipt.html",
        {"submission": row, "part": row.part, "count": row.values.count(), "evidence": evidence},
    )


@door(reads={"GET"})
def receipt_pdf(request: ActorRequest, submission_id: uuid.UUID) -> HttpResponse:
    """The receipt as a PDF: the same bytes each time it is asked."""
    row = selectors.get_submission(request.actor, submission_id)
    return file_response(print_receipt(row).pdf, name=f"{row.receipt}.pdf", media_type=PDF)


@door(reads={"GET"})
def proof(request: ActorRequest, submission_id: uuid.UUID) -> HttpResponse:
    """The proof file of a submission, that ``avenant verify`` checks without the platform."""
    row = selectors.get_submission(request.actor, submission_id)
    return proof_response(prove_submission(request.actor, row, at=request.now), name=row.receipt)
