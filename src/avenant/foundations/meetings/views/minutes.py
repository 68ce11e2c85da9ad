from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from avenant.domain.decision import DomainError
from avenant.foundations.documents import selectors as documents
from avenant.foundations.documents.attachments import proof_response
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.meetings import policies, printing, selectors, services
from avenant.foundations.meetings.forms import DecisionForm, FollowUpForm
from avenant.foundations.meetings.proving import prove_decision
from avenant.foundations.meetings.views.files import attachment
from avenant.foundations.meetings.views.sittings import page, read_page


@door(writes={"POST"})
def minutes(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """Write the general text of the minutes; a text changed by another is shown beside mine."""
    text, seen = request.POST.get("text", ""), request.POST.get("seen")
    try:
        services.write_minutes(actor=request.actor, session_id=session_id, text=text, seen=seen, at=request.now)
    except services.StaleText as stale:
        return page(request, selectors.get_session(request.actor, session_id), status=409, stale=stale)
    messages.success(request, "Le compte rendu est enregistré.")
    return redirect("meetings:session", session_id)


@door(reads={"GET"})
def minutes_copy(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """The approved minutes to take away, with the stamp of who takes them."""
    row = selectors.get_session(request.actor, session_id)
    original = documents.list_documents(request.actor, row.pk).filter(kind=printing.MINUTES).first()
    if original is None:
        raise DomainError("Le compte rendu se télécharge une fois approuvé par tous les membres.")
    content = printing.copy_minutes(row, original)
    return attachment(content, f"{original.name.removesuffix('.pdf')}-confidentiel", "pdf")


@door(writes={"POST"})
def notes(request: ActorRequest, session_id: uuid.UUID, point_id: int) -> HttpResponse:
    """Write what was said of one point."""
    text, seen, rank = request.POST.get("text", ""), request.POST.get("seen"), _rank(request)
    try:
        services.write_notes(
            actor=request.actor, session_id=session_id, item_id=point_id, text=text, seen=seen, at=request.now
        )
    except services.StaleText as stale:
        return read_page(request, selectors.get_session(request.actor, session_id), rank, status=409, stale=stale)
    messages.success(request, "Les notes du point sont enregistrées.")
    return redirect(f"{reverse('meetings:reading', args=[session_id])}?point={rank}")


@door(writes={"POST"})
def decide(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """Record a decision; from the reading mode, on the point that is read."""
    row = selectors.get_session(request.actor, session_id)
    form = DecisionForm(request.POST, members=selectors.list_members(row.committee), auto_id="id_decision_%s")
    point = request.POST.get("item", "")
    if not form.is_valid():
        if point:
            return read_page(request, row, _rank(request), status=422, decision_form=form)
        return page(request, row, status=422, decision_form=form)
    draft = form.draft(int(point) if point.isdecimal() else None)
    services.record_decision(actor=request.actor, session_id=session_id, draft=draft, at=request.now)
    messages.success(request, "La décision est consignée au compte rendu.")
    return redirect(f"{reverse('meetings:reading', args=[session_id])}?point={_rank(request)}" if point else row.page())


def _rank(request: ActorRequest) -> int:
    asked = request.POST.get("point", "1")
    return int(asked) if asked.isdecimal() else 1


@door(writes={"POST"})
def remove_decision(request: ActorRequest, session_id: uuid.UUID, decision_id: int) -> HttpResponse:
    """Take a decision back while the minutes are being written."""
    services.remove_decision(actor=request.actor, session_id=session_id, decision_id=decision_id, at=request.now)
    messages.success(request, "La décision est retirée.")
    return redirect("meetings:session", session_id)


@door(reads={"GET"})
def proof(request: ActorRequest, session_id: uuid.UUID, decision_id: int) -> HttpResponse:
    """The proof file of a decision, once every member has approved its minutes; « avenant verify » checks it."""
    row = selectors.get_decision(request.actor, decision_id)
    if row.session_id != session_id:
        raise Http404
    policies.may_prove(row).or_raise()
    proved = prove_decision(request.actor, row, at=request.now)
    return proof_response(proved, name=f"decision-{row.number}-{row.session.file_stem}")


@door(writes={"POST"})
def follow_up(request: ActorRequest, session_id: uuid.UUID, decision_id: int) -> HttpResponse:
    """Say what became of a decision."""
    row, form = selectors.get_session(request.actor, session_id), FollowUpForm(request.POST)
    if not form.is_valid():
        return page(request, row, status=422)
    services.follow_up_decision(actor=request.actor, decision_id=decision_id, at=request.now, **form.cleaned_data)
    messages.success(request, "La suite donnée est enregistrée.")
    return redirect(row.page())


@door(writes={"POST"})
def share(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """Submit the minutes to the members."""
    row = services.share_minutes(actor=request.actor, session_id=session_id, at=request.now)
    messages.success(request, "Le compte rendu est soumis aux membres : chacun l’approuve ou demande une correction.")
    return redirect(row.page())


@door(writes={"POST"})
def correct(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """Take the minutes back to correct them."""
    reason = request.POST.get("reason", "")
    row = services.correct_minutes(actor=request.actor, session_id=session_id, reason=reason, at=request.now)
    messages.success(request, "Le compte rendu est repris : il sera soumis de nouveau à tous.")
    return redirect(row.page())


@door(writes={"POST"})
def approve(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """Approve the minutes for my organisation."""
    row = services.approve_minutes(actor=request.actor, session_id=session_id, at=request.now)
    final = row.state == "minutes_approved"
    messages.success(
        request,
        "Le compte rendu est approuvé par tous ; son PDF se prépare." if final else "Votre approbation est notée.",
    )
    return redirect(row.page())


@door(writes={"POST"})
def remark(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """Ask for a correction."""
    text = request.POST.get("text", "")
    services.remark_on_minutes(actor=request.actor, session_id=session_id, text=text, at=request.now)
    messages.success(request, "Votre remarque est enregistrée : les membres la lisent.")
    return redirect("meetings:session", session_id)
