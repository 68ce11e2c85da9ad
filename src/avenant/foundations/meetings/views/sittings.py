from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.decision import DomainError
from avenant.foundations.documents import selectors as documents
from avenant.foundations.documents.services import read_sent
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.meetings import policies, selectors, services
from avenant.foundations.meetings.forms import (
    DecisionForm,
    ItemForm,
    TextForm,
    TimingForm,
    read_attendance,
    timing_initial,
)
from avenant.foundations.meetings.models import AgendaItem, Attendance, CommitteeDecision, Session
from avenant.foundations.meetings.services.sessions import outside_window, session_gaps

LIFE = ("planned", "convened", "held", "minutes_shared", "minutes_approved")


@door(reads={"GET"})
def session(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """A session: its agenda, its members, its minutes, its decisions, its papers."""
    return page(request, selectors.get_session(request.actor, session_id))


def page(request: ActorRequest, row: Session, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of a session; ``stale`` is the text that was not taken."""
    actor = request.actor
    noted = selectors.attendance_of(actor, row)
    members = selectors.list_members(row.committee)
    shared = row.minutes_version > 0
    approvals = list(selectors.list_approvals(actor, row)) if shared else []
    approved = {one.organisation_id for one in approvals}
    stale = more.get("stale")
    typed = stale.typed if stale else row.minutes
    context = {
        "session": row,
        "committee": row.committee,
        "life": _life(row),
        "agenda": selectors.list_points(actor, row),
        "seats": [(seat, noted.get(seat.pk)) for seat in row.committee.seats.all()],
        "statuses": Attendance.Status.choices,
        "quorum": selectors.quorum_of(row, noted.values()),
        "gaps": session_gaps(actor, row, noted.values()),
        "decisions": selectors.list_decisions(actor, row),
        "former": selectors.list_former_decisions(actor, row),
        "progresses": CommitteeDecision.Progress.choices,
        "remarks": selectors.list_remarks(actor, row) if shared else [],
        "approvals": approvals,
        "awaited": [one for one in members if one.pk not in approved],
        "documents": documents.list_documents(actor, row.pk),
        "packs": selectors.list_packs(actor, row)[:3],
        "item_form": ItemForm(auto_id="id_item_%s"),
        "decision_form": DecisionForm(members=members, auto_id="id_decision_%s"),
        "minutes_form": TextForm(initial={"text": typed}, auto_id="id_minutes_%s"),
        "seen": services.text_mark(row.minutes),
        "may_move": policies.may_move(actor, row),
        "may_convene": policies.may_convene(actor, row),
        "may_cancel": policies.may_cancel(actor, row),
        "may_hold": policies.may_hold(actor, row),
        "may_propose": policies.may_propose_item(actor, row),
        "may_order": policies.may_order_agenda(actor, row),
        "may_attend": policies.may_take_attendance(actor, row),
        "may_write": policies.may_write_minutes(actor, row),
        "may_share": policies.may_share_minutes(actor, row),
        "may_correct": policies.may_correct_minutes(actor, row),
        "may_remark": policies.may_remark(actor, row),
        "may_approve": policies.may_approve_minutes(actor, row, approved),
        "may_ask_pack": policies.may_ask_pack(actor, row),
        "may_follow": policies.may_follow(actor, row.committee),
    }
    return render(request, "meetings/session.html", context | more, status=status)


def _life(row: Session) -> list[dict[str, str]]:
    """The line of life of a session that was not cancelled."""
    if row.state == "cancelled":
        return []
    here = LIFE.index(row.state)
    return [
        {
            "label": Session.lifecycle.states[state],
            "status": "done" if rank < here else "now" if rank == here else "next",
        }
        for rank, state in enumerate(LIFE)
    ]


@door(reads={"GET"}, writes={"POST"})
def move(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """Change the day, the place or the link."""
    row = selectors.get_session(request.actor, session_id)
    policies.may_move(request.actor, row).or_raise()
    form = TimingForm(request.POST or None, zone=row.committee.clock, initial=timing_initial(row))
    if request.method == "POST" and form.is_valid():
        warned = outside_window(row.committee, form.timing(), request.now)
        services.move_session(actor=request.actor, session_id=session_id, timing=form.timing(), at=request.now)
        level = messages.WARNING if warned else messages.SUCCESS
        messages.add_message(request, level, f"{warned} La séance est modifiée.".strip())
        return redirect(row.page())
    status = 422 if form.errors else 200
    return render(request, "meetings/move.html", {"session": row, "form": form}, status=status)


@door(writes={"POST"})
def convene(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """Send the notice and its agenda to the members."""
    row = services.convene_session(actor=request.actor, session_id=session_id, at=request.now)
    messages.success(request, "La convocation est envoyée aux membres, avec l’ordre du jour.")
    return redirect(row.page())


@door(writes={"POST"})
def cancel(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """Cancel with a reason."""
    reason = request.POST.get("reason", "")
    row = services.cancel_session(actor=request.actor, session_id=session_id, reason=reason, at=request.now)
    messages.success(request, "La séance est annulée ; elle ne compte plus dans le plan de l’année.")
    return redirect(row.page())


@door(writes={"POST"})
def hold(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """Close the session."""
    reason = request.POST.get("reason", "")
    try:
        row = services.hold_session(actor=request.actor, session_id=session_id, reason=reason, at=request.now)
    except DomainError as error:
        if type(error) is not DomainError:
            raise
        found = selectors.get_session(request.actor, session_id)
        return page(request, found, status=409, refused=error, typed_reason=reason)
    messages.success(request, "La séance est close : son compte rendu est attendu.")
    return redirect(row.page())


@door(writes={"POST"})
def build_agenda(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """Fill the agenda from the file."""
    added = services.build_agenda(actor=request.actor, session_id=session_id, at=request.now)
    messages.success(request, f"Points ajoutés à l’ordre du jour : {added}.")
    return redirect("meetings:session", session_id)


@door(writes={"POST"})
def add_item(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """Ask for a point."""
    row, form = selectors.get_session(request.actor, session_id), ItemForm(request.POST, auto_id="id_item_%s")
    if not form.is_valid():
        return page(request, row, status=422, item_form=form)
    services.add_agenda_item(actor=request.actor, session_id=session_id, at=request.now, **form.cleaned_data)
    messages.success(request, "Le point est à l’ordre du jour.")
    return redirect(row.page())


@door(writes={"POST"})
def move_item(request: ActorRequest, session_id: uuid.UUID, point_id: int) -> HttpResponse:
    """One place up, or down."""
    up = request.POST.get("sens") != "bas"
    services.move_agenda_item(actor=request.actor, session_id=session_id, item_id=point_id, up=up)
    return redirect("meetings:session", session_id)


@door(writes={"POST"})
def remove_item(request: ActorRequest, session_id: uuid.UUID, point_id: int) -> HttpResponse:
    """Take a point off."""
    services.remove_agenda_item(actor=request.actor, session_id=session_id, item_id=point_id, at=request.now)
    messages.success(request, "Le point est retiré.")
    return redirect("meetings:session", session_id)


@door(writes={"POST"})
def annex(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """Join a file to the papers of the session."""
    selectors.get_session(request.actor, session_id)
    sent = request.FILES.get("file")
    if sent is None:
        raise DomainError("Choisissez un fichier à joindre.")
    services.attach_annex(
        actor=request.actor, session_id=session_id, name=sent.name or "annexe", content=read_sent(sent), at=request.now
    )
    messages.success(request, "Le fichier est joint à la séance.")
    return redirect("meetings:session", session_id)


@door(writes={"POST"})
def attendance(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """Note who is there, and which yearly points were dealt with."""
    row = selectors.get_session(request.actor, session_id)
    noted = read_attendance(request.POST.dict(), row.committee.seats.all())
    services.take_attendance(actor=request.actor, session_id=session_id, noted=noted, at=request.now)
    points = request.POST.getlist("points")
    services.check_points(actor=request.actor, session_id=session_id, points=points, at=request.now)
    messages.success(request, "Les présences sont notées.")
    return redirect("meetings:session", session_id)


@door(reads={"GET"})
def reading(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """One point at a time, full screen: what is decided is typed here and goes to the minutes."""
    row = selectors.get_session(request.actor, session_id)
    asked = request.GET.get("point", "1")
    return read_page(request, row, int(asked) if asked.isdecimal() else 1)


def read_page(request: ActorRequest, row: Session, rank: int, *, status: int = 200, **more: Any) -> HttpResponse:
    """The reading mode at one point of the agenda (from 1)."""
    agenda = selectors.list_agenda(request.actor, row)
    rank = min(max(rank, 1), max(len(agenda), 1))
    item: AgendaItem | None = agenda[rank - 1] if agenda else None
    stale = more.get("stale")
    notes = item.notes if item else ""
    context = {
        "session": row,
        "item": item,
        "rank": rank,
        "count": len(agenda),
        "previous": rank - 1 if rank > 1 else None,
        "next": rank + 1 if rank < len(agenda) else None,
        "notes_form": TextForm(initial={"text": stale.typed if stale else notes}, auto_id="id_notes_%s"),
        "seen": services.text_mark(notes),
        "decision_form": DecisionForm(members=selectors.list_members(row.committee), auto_id="id_decision_%s"),
        "may_write": policies.may_write_minutes(request.actor, row),
    }
    return render(request, "meetings/reading.html", context | more, status=status)


@door(reads={"GET"})
def pack(request: ActorRequest, pack_id: uuid.UUID) -> HttpResponse:
    """How far the papers of a session are, then their file."""
    row = selectors.get_pack(request.actor, pack_id)
    template = "meetings/pack.html#state" if request.htmx else "meetings/pack.html"
    return render(request, template, {"pack": row})
