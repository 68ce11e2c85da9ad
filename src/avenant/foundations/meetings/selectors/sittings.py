from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404

from avenant.domain.meetings.committees import Quorum, quorum
from avenant.foundations.meetings.models import (
    AgendaItem,
    Approval,
    Attendance,
    Committee,
    CommitteeDecision,
    MinutesRemark,
    Pack,
    Seat,
    Session,
)
from avenant.foundations.meetings.selectors.bodies import list_members
from avenant.foundations.parties.actors import Actor

SORTS = {
    "date": ("starts_at", "year", "month"),
    "comite": ("committee__short_name", "starts_at"),
    "etat": ("state", "starts_at"),
}


def list_sessions(
    actor: Actor, *, year: int | None = None, state: str = "", words: str = "", sort: str = "date"
) -> QuerySet[Session]:
    """The sessions of my committees, filtered and sorted: the regional calendar is the union of my files."""
    rows = Session.objects.visible_to(actor).select_related("committee__secretariat").defer("approved")
    if year:
        rows = rows.filter(year=year)
    if state:
        rows = rows.filter(state=state)
    if words:
        rows = rows.filter(
            Q(committee__name__icontains=words) | Q(committee__file_title__icontains=words) | Q(place__icontains=words)
        )
    order = SORTS.get(sort.lstrip("-"), SORTS["date"])
    return rows.order_by(*(f"-{one}" if sort.startswith("-") else one for one in order), "pk")


def get_session(actor: Actor, session_id: uuid.UUID, *, lock: bool = False) -> Session:
    """One session; 404 outside its circle."""
    rows = (
        Session.objects.visible_to(actor)
        .select_related("committee__secretariat", "minutes_by")
        .prefetch_related(Prefetch("committee__seats", seats_in(session_id)))
    )
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=session_id)


def seats_in(session_id: uuid.UUID) -> QuerySet[Seat]:
    """The seats that a session reads: those that are held, and those that sat in it and have ended since."""
    sat = Attendance.objects.filter(session=session_id, seat=OuterRef("pk"))
    rows: QuerySet[Seat] = Seat.ever.filter(Q(ended_on=None) | Exists(sat)).select_related("organisation")
    return rows


def list_agenda(actor: Actor, session: Session) -> list[AgendaItem]:
    """The points in their order, with the decisions taken on each."""
    decisions = CommitteeDecision.objects.visible_to(actor).select_related("owner")
    rows = AgendaItem.objects.visible_to(actor).filter(session=session).select_related("asked_by")
    return list(rows.prefetch_related(Prefetch("decisions", decisions)))


def list_points(actor: Actor, session: Session) -> list[AgendaItem]:
    """The points in their order, without their decisions."""
    return list(AgendaItem.objects.visible_to(actor).filter(session=session).select_related("asked_by"))


def get_agenda_item(actor: Actor, session: Session, item_id: int) -> AgendaItem:
    """One point of a session's agenda; 404 elsewhere."""
    return get_object_or_404(AgendaItem.objects.visible_to(actor).filter(session=session), pk=item_id)


def list_decisions(actor: Actor, session: Session) -> QuerySet[CommitteeDecision]:
    """What a session decided and proposed, by number."""
    return CommitteeDecision.objects.visible_to(actor).filter(session=session).select_related("owner", "item")


def get_decision(actor: Actor, decision_id: int, *, lock: bool = False) -> CommitteeDecision:
    """One decision; 404 outside its circle."""
    rows = CommitteeDecision.objects.visible_to(actor).select_related("session__committee__secretariat", "owner")
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=decision_id)


def list_followed_up(actor: Actor, committee: Committee) -> QuerySet[CommitteeDecision]:
    """The decisions of a committee that are still to be done."""
    rows = CommitteeDecision.objects.visible_to(actor).filter(
        session__committee=committee, progress__in=CommitteeDecision.PENDING
    )
    return rows.select_related("session__committee", "owner").order_by("due_on", "pk")


def list_former_decisions(actor: Actor, session: Session) -> list[CommitteeDecision]:
    """What this session looks back on: the decisions of the session before, and older ones still to be done."""
    earlier = Session.objects.visible_to(actor).filter(committee_id=session.committee_id).exclude(pk=session.pk)
    if session.starts_at:
        earlier = earlier.filter(starts_at__lt=session.starts_at)
    last = earlier.exclude(starts_at=None).order_by("-starts_at").values("pk")[:1]
    rows = CommitteeDecision.objects.visible_to(actor).filter(session__in=earlier)
    rows = rows.filter(Q(session__in=last) | Q(progress__in=CommitteeDecision.PENDING))
    return list(rows.select_related("session__committee", "owner").order_by("session__starts_at", "number"))


def attendance_of(actor: Actor, session: Session) -> dict[int, Attendance]:
    """The attendance noted, by seat."""
    return {row.seat_id: row for row in Attendance.objects.visible_to(actor).filter(session=session)}


def quorum_of(session: Session, noted: Iterable[Attendance]) -> Quorum:
    """Which members are there, organisation by organisation, by what was noted."""
    names = {seat.pk: seat.organisation.short_name for seat in session.committee.seats.all() if seat.organisation}
    there = {names[row.seat_id] for row in noted if row.status in Attendance.THERE and row.seat_id in names}
    members = [one.short_name for one in list_members(session.committee)]
    return quorum(members, there, session.committee.quorum)


def list_remarks(actor: Actor, session: Session) -> QuerySet[MinutesRemark]:
    """What members asked to correct."""
    return MinutesRemark.objects.visible_to(actor).filter(session=session).select_related("person", "organisation")


def list_approvals(actor: Actor, session: Session) -> QuerySet[Approval]:
    """Who approved the minutes as they were last shared."""
    rows = Approval.objects.visible_to(actor).filter(session=session, version=session.minutes_version)
    return rows.select_related("organisation").order_by("at")


def approved_by(actor: Actor, session: Session) -> set[uuid.UUID]:
    """The organisations that approved the minutes as they were last shared."""
    return set(list_approvals(actor, session).values_list("organisation_id", flat=True))


def list_packs(actor: Actor, session: Session) -> QuerySet[Pack]:
    """The packs of a session, the last first."""
    return Pack.objects.visible_to(actor).filter(session=session).select_related("document", "organisation")


def get_pack(actor: Actor, pack_id: uuid.UUID) -> Pack:
    """One pack; 404 outside its circle."""
    rows = Pack.objects.visible_to(actor).select_related("session__committee", "document")
    return get_object_or_404(rows, pk=pack_id)
