from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404

from avenant.domain.meetings.committees import SeatFilled, YearPlan, composition_gaps, year_plan
from avenant.foundations.meetings.models import HELD, Attendance, Committee, Report, Seat, Session
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation


def list_committees(actor: Actor) -> QuerySet[Committee]:
    """The committees of my files, with their seats and sessions."""
    rows = Committee.objects.visible_to(actor).select_related("secretariat")
    return rows.prefetch_related(
        Prefetch("seats", Seat.objects.select_related("organisation")), Prefetch("sessions", _by_date())
    )


def _by_date() -> QuerySet[Session]:
    return Session.objects.order_by("starts_at", "year", "month")


def get_committee(actor: Actor, committee_id: uuid.UUID, *, lock: bool = False) -> Committee:
    """One committee; 404 outside its circle."""
    rows = list_committees(actor)
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=committee_id)


def list_seats(committee: Committee) -> list[Seat]:
    return list(committee.seats.all())


def list_members(committee: Committee) -> list[Organisation]:
    """The organisations that sit, experts left out."""
    seated = {seat.organisation_id: seat.organisation for seat in committee.seats.all() if not seat.expert}
    return sorted((one for one in seated.values() if one), key=lambda one: one.short_name)


def list_asked(committee: Committee) -> list[Organisation]:
    """The organisations that sit, and those that the text seats and that have lost their last seat."""
    members = list_members(committee)
    gone = set(committee.asked) - {one.key for one in members}
    if gone:
        members += Organisation.objects.filter(key__in=gone)
    return sorted(members, key=lambda one: one.short_name)


def gaps_of(committee: Committee, expected: Iterable[Organisation] | None = None) -> tuple[SeatFilled, ...]:
    """The seats that the text asks for and nobody holds; ``expected`` are the parties, those asked when it is None."""
    organisations = [one.short_name for one in (list_asked(committee) if expected is None else expected)]
    seats = [
        SeatFilled(seat.organisation.short_name, seat.level)
        for seat in committee.seats.all()
        if seat.organisation and not seat.expert
    ]
    return composition_gaps(organisations, committee.levels, seats)


def plan_of(committee: Committee, year: int, today: date) -> YearPlan:
    """Where a committee stands for one year."""
    meetings = [one.meeting for one in committee.sessions.all()]
    return year_plan(committee.rule, year, meetings, today, due=committee.meets_in(year))


@dataclass(frozen=True, slots=True)
class CommitteeLine:
    """A committee in a list: its plan of the year and the session that comes."""

    committee: Committee
    plan: YearPlan
    following: Session | None


def list_plans(
    actor: Actor, year: int, *, today: date, kind: str = "", words: str = "", sort: str = ""
) -> list[CommitteeLine]:
    """Every committee of mine with its year, filtered and sorted."""
    rows = list_committees(actor)
    if kind:
        rows = rows.filter(kind=kind)
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(file_title__icontains=words))
    lines = []
    for committee in rows:
        sessions = [one for one in committee.sessions.all() if one.state != "cancelled" and one.year == year]
        for one in sessions:
            one.committee = committee
        lines.append(CommitteeLine(committee, plan_of(committee, year, today), _following(sessions, today)))
    keys = {
        "comite": lambda line: (line.committee.short_name, line.committee.kind),
        "dossier": lambda line: line.committee.file_title,
        "seance": lambda line: (line.following is None, _order(line.following)),
        "etat": lambda line: line.plan.state.label,
    }
    name = sort.lstrip("-")
    return sorted(lines, key=keys.get(name, keys["comite"]), reverse=sort.startswith("-"))


def _order(session: Session | None) -> str:
    return session.starts_at.isoformat() if session and session.starts_at else "9"


def _following(sessions: list[Session], today: date) -> Session | None:
    """The next session to come, else the last one."""
    to_come = [one for one in sessions if one.day is None or one.day >= today]
    return next(iter(to_come or sessions[-1:]), None)


def find_next_session(actor: Actor, circle_id: uuid.UUID, at: datetime) -> Session | None:
    """The session that a file waits for: the first to come of its committees, whatever the committee."""
    return (
        Session.objects.visible_to(actor)
        .filter(circle_id=circle_id, state__in=["planned", "convened"])
        .filter(Q(starts_at=None) | Q(ends_at__gt=at))
        .select_related("committee__secretariat")
        .order_by("starts_at", "year")
        .first()
    )


def next_days(actor: Actor, circles: Iterable[uuid.UUID], today: date) -> dict[uuid.UUID, date]:
    """By file, the day of the next session of its follow-up committee, today included. One query."""
    rows = Session.objects.visible_to(actor).filter(
        circle_id__in=list(circles),
        state__in=["planned", "convened"],
        starts_at__isnull=False,
        committee__kind=Committee.Kind.FOLLOW_UP,
    )
    found: dict[uuid.UUID, date] = {}
    for one in rows.select_related("committee").order_by("starts_at"):
        if one.day is not None and one.day >= today:
            found.setdefault(one.circle_id, one.day)
    return found


@dataclass(frozen=True, slots=True)
class Participation:
    """Did an organisation take part in the committee of a year: the evidence of its commitment (article 4)."""

    organisation: Organisation
    kept: bool | None
    comment: str

    @property
    def label(self) -> str:
        return {True: "tenu", False: "non tenu", None: "pas de séance tenue"}[self.kept]


def participation(actor: Actor, committee: Committee, year: int) -> list[Participation]:
    """The commitment of each member to sit, read from the attendance of the sessions held in ``year``."""
    sessions = [one for one in committee.sessions.all() if one.year == year and one.state in HELD]
    rows = Attendance.objects.visible_to(actor).filter(session__in=sessions).select_related("seat")
    there: Mapping[uuid.UUID | None, list[Attendance]] = {}
    for row in rows:
        there.setdefault(row.seat.organisation_id, []).append(row)  # type: ignore[attr-defined]
    found = []
    for one in list_members(committee):
        own = there.get(one.pk, [])
        kept = any(row.status in Attendance.THERE for row in own) if sessions else None
        found.append(Participation(one, kept, " ".join(row.note for row in own if row.note)))
    return found


def list_reports(actor: Actor, committee: Committee) -> QuerySet[Report]:
    """The yearly reports of a committee, the last first."""
    return Report.objects.visible_to(actor).filter(committee=committee)


def get_report(actor: Actor, report_id: uuid.UUID, *, lock: bool = False) -> Report:
    """One yearly report; 404 outside its circle."""
    rows = Report.objects.visible_to(actor).select_related("committee__secretariat", "saved_by")
    rows = rows.prefetch_related(Prefetch("committee__seats", Seat.objects.select_related("organisation")))
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=report_id)
