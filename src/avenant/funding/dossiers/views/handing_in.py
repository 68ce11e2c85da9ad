"""A dossier is opened, read, handed in, withdrawn, judged."""

from __future__ import annotations

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.french import format_second
from avenant.foundations.documents.attachments import PDF, file_response
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.models import DueItem
from avenant.foundations.journal.selectors import list_due_in_file, list_events
from avenant.foundations.parties.actors import Actor
from avenant.funding.calls import selectors as calls
from avenant.funding.dossiers import policies, selectors
from avenant.funding.dossiers.checks import Standing, section_page, standing_of
from avenant.funding.dossiers.forms import ApplicantForm
from avenant.funding.dossiers.models import Dossier
from avenant.funding.dossiers.receipts import print_receipt
from avenant.funding.dossiers.remarks import concertation, linked_documents, named_pieces, proportions, remarks_of
from avenant.funding.dossiers.services import handing_in, judging, opening
from avenant.funding.dossiers.services.certifying import certified_as_it_stands


@door(reads={"GET"}, writes={"POST"})
def open_dossier(request: ActorRequest, key: str) -> HttpResponse:
    """Open the dossier of my establishment for a call; who it is is asked the first time."""
    call, actor = calls.get_published(key), request.actor
    existing = selectors.find_own(actor, call)
    if existing is not None:
        return redirect(existing.page())
    applicant = selectors.find_applicant(actor)
    form = ApplicantForm(request.POST or None, call=call)
    if request.method == "POST":
        if applicant is None and not _describe(request, form):
            return render(request, "dossiers/open.html", {"call": call, "form": form, "applicant": None}, status=422)
        return redirect(opening.open_dossier(actor=actor, call=call, at=request.now).page())
    may = policies.may_open(actor, call, None, at=request.now)
    return render(request, "dossiers/open.html", {"call": call, "form": form, "applicant": applicant, "may_open": may})


def _describe(request: ActorRequest, form: ApplicantForm) -> bool:
    if not form.is_valid():
        return False
    said = dict(form.cleaned_data)
    place = selectors.find_establishment(said.pop("number"))
    if place is None:
        form.add_error("number", "Ce numéro n’est pas dans l’annuaire : vérifiez-le, ou demandez son ajout à l’ARS.")
        return False
    said["sectors"] = tuple(said["sectors"])
    opening.describe_applicant(actor=request.actor, profile=opening.Profile(establishment=place, **said))
    return True


@door(reads={"GET"})
def dossier(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """A dossier: where it stands, what is missing, its sections, its acts."""
    row = selectors.get_dossier(request.actor, dossier_id)
    return render(request, "dossiers/dossier.html", dossier_context(request, row))


def dossier_context(request: ActorRequest, row: Dossier) -> dict[str, Any]:
    """What the page of a dossier shows, whichever door it came through."""
    actor, at = request.actor, request.now
    standing = standing_of(row, at=at)
    return {
        "dossier": row,
        "standing": standing,
        "sections": sections_of(standing),
        "missing": standing.missing() if row.state == "draft" else [],
        "shut": row.state == "draft" and policies.is_shut(row.call, at),
        "pieces": standing.pieces(),
        "amounts": [(one, standing.amounts(one.position)) for one in standing.content.projects],
        "now_there": at.astimezone(ZoneInfo(row.call.zone)),
        "last_second": policies.last_second(row.call),
        "own": row.owner_id == actor.organisation_id,
        "may_write": policies.may_write(actor, row, at=at),
        "may_submit": policies.may_submit(actor, row, standing, at=at),
        "may_withdraw": policies.may_withdraw(actor, row),
        "may_judge": policies.may_judge(actor, row, at=at),
        "may_correspond": policies.may_correspond(actor, row),
        "may_certify": policies.may_certify(actor, row, at=at),
        "may_rule_category": policies.may_rule_category(actor, row),
        "certified": bool(row.call.certified) and certified_as_it_stands(actor, row.pk),
        "remarks": remarks_of(standing),
        "linked": linked_documents(standing),
        "proportions": proportions(standing),
        "concertation": concertation(standing),
        "category_waits": any(one.outcome == "warning" for one in standing.evaluation.of(judging.CATEGORY)),
        "earlier": selectors.list_earlier(actor, row),
        "life": life_of(row),
        "due": _pen(actor, row),
        "journal": list_events(actor, row.circle_id)[:15],
    }


def _pen(actor: Actor, row: Dossier) -> list[DueItem]:
    """Who holds the pen; who takes no part in the instruction reads it without the way to a page that refuses them."""
    items = list(list_due_in_file(actor, row.circle_id))
    if not policies.may_correspond(actor, row).allowed:
        for one in items:
            one.page = row.page() if one.page == row.page() else ""
    return items


def sections_of(standing: Standing) -> list[dict[str, Any]]:
    """The index of the form: each section with what is missing in it."""
    dossier = standing.dossier
    wanted: dict[str, int] = {}
    for one in standing.missing() if dossier.state == "draft" else ():
        wanted[one.page] = wanted.get(one.page, 0) + 1
    entries = [
        ("Établissement", section_page(dossier, "etablissement")),
        ("Diagnostic", section_page(dossier, "diagnostic")),
    ]
    for project in standing.content.projects:
        name = f"Projet {project.position}" if len(standing.content.projects) > 1 else "Projet"
        entries += [
            (name, section_page(dossier, "projet", project.position)),
            (f"{name}, actions et indicateurs", section_page(dossier, "actions", project.position)),
            (f"{name}, dépenses", section_page(dossier, "depenses", project.position)),
            (f"{name}, plan de financement", section_page(dossier, "financement", project.position)),
        ]
    entries.append(("Pièces", section_page(dossier, "pieces")))
    told: list[dict[str, Any]] = [
        {"label": label, "page": page, "missing": wanted.get(page, 0)} for label, page in entries
    ]
    signed = getattr(getattr(dossier, "local_contract", None), "finalised_at", None)
    page = section_page(dossier, "contrat")
    return [*told, {"label": "Contrat local", "page": page, "missing": 0, "waits": not signed}]


def life_of(row: Dossier) -> list[dict[str, str]]:
    """The life of a dossier."""
    labels = ["En préparation", "Déposé", "Rejeté, incomplet" if row.state == "rejected_incomplete" else "Complet"]
    now = {"draft": 0, "submitted": 1, "complete": 2, "rejected_incomplete": 2, "withdrawn": 1 if row.number else 0}[
        row.state
    ]
    if row.state == "withdrawn":
        labels = [*labels[: now + 1], "Retiré"]
        now += 1
    return [
        {"label": label, "status": "done" if rank < now else "now" if rank == now else "next"}
        for rank, label in enumerate(labels)
    ]


@door(writes={"POST"})
def submit(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Hand the dossier in; a double click finds the first deposit."""
    handing_in.submit_dossier(actor=request.actor, dossier_id=dossier_id, at=request.now)
    messages.success(request, "Votre dossier est déposé. Voici votre accusé.")
    return redirect("dossiers:receipt", dossier_id)


@door(writes={"POST"})
def withdraw(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Take the dossier back."""
    reason = request.POST.get("reason", "")
    handing_in.withdraw_dossier(actor=request.actor, dossier_id=dossier_id, reason=reason, at=request.now)
    messages.success(request, "Le dossier est retiré.")
    return redirect("dossiers:dossiers")


@door(reads={"GET"})
def receipt(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """The receipt: number, instant with its zone, pieces, hash."""
    submission = selectors.get_submission(request.actor, dossier_id)
    content = standing_of(selectors.get_dossier(request.actor, dossier_id), at=request.now).content
    context = {
        "submission": submission, "dossier": submission.dossier,
        "instant": format_second(submission.at.astimezone(ZoneInfo(submission.zone))),
        "pieces": named_pieces(content.pieces, submission.book().vocabulary.pieces),
        "last_second": policies.last_second(submission.dossier.call),
    }  # fmt: skip
    return render(request, "dossiers/receipt.html", context)


@door(reads={"GET"})
def receipt_pdf(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """The same, typeset."""
    submission = selectors.get_submission(request.actor, dossier_id)
    pdf = print_receipt(submission).pdf
    name = f"accuse-{submission.number.lower()}.pdf"
    return file_response(pdf, name=name, media_type=PDF)


@door(writes={"POST"})
def judge(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Complete, or rejected with its reasons."""
    row = judging.judge_completeness(actor=request.actor, dossier_id=dossier_id, at=request.now)
    if row.state == "complete":
        messages.success(request, "Le dossier est complet : il part à l’instruction.")
    else:
        messages.warning(
            request, "Le dossier est rejeté, incomplet. Les motifs sont dans son journal et lui sont envoyés."
        )
    return redirect(row.page())
