"""What the pages of the committees show, to take away: tables, and invitations for a calendar (iCalendar, RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event

from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet
from avenant.foundations.meetings.models import Session
from avenant.foundations.meetings.selectors.bodies import CommitteeLine

COMMITTEE_COLUMNS = (
    Column("Comité", width=40),
    Column("Dossier", width=40),
    Column("Nature", width=20),
    Column("Secrétariat", width=24),
    Column("Séances par an au moins", Kind.INTEGER),
    Column("Séances tenues", Kind.INTEGER),
    Column("Séance", width=40),
    Column("État de l’année", width=22),
    Column("À savoir", width=60),
)
SESSION_COLUMNS = (
    Column("Séance", width=44),
    Column("Dossier", width=40),
    Column("Début", Kind.INSTANT, 18),
    Column("Fin", Kind.INSTANT, 18),
    Column("Quand", width=40),
    Column("Lieu", width=30),
    Column("Visioconférence", width=30),
    Column("État", width=24),
    Column("Secrétariat", width=24),
)


def committees_sheet(lines: Iterable[CommitteeLine]) -> Sheet:
    """The committees with their year."""
    return Sheet(
        "Comités",
        COMMITTEE_COLUMNS,
        (
            (
                line.committee.name,
                line.committee.file_title,
                line.committee.get_kind_display(),
                line.committee.secretariat.short_name,
                line.plan.minimum,
                line.plan.held,
                line.following.when if line.following else "",
                line.plan.state.label,
                " ".join(line.plan.alerts),
            )
            for line in lines
        ),
    )


def sessions_sheet(sessions: Iterable[Session]) -> Sheet:
    """The sessions, on the clocks of each committee."""
    return Sheet(
        "Séances",
        SESSION_COLUMNS,
        (
            (
                str(one),
                one.committee.file_title,
                one.local_start,
                one.ends_at.astimezone(one.committee.clock) if one.ends_at else None,
                one.when,
                one.place,
                one.visio,
                one.state_label,
                one.committee.secretariat.short_name,
            )
            for one in sessions
        ),
    )


def sessions_calendar(sessions: Sequence[Session], *, at: datetime, name: str) -> bytes:
    """The sessions that have a day, as a calendar: one that moves or is cancelled keeps its identifier."""
    calendar = Calendar()
    calendar.add("prodid", "-//Avenant//Comites//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"value": "DURATION"})
    for session in sessions:
        if session.starts_at is not None:
            calendar.add_component(_event(session, at))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(session: Session, at: datetime) -> Event:
    page = f"{settings.ADDRESS.rstrip('/')}{session.page()}"
    clock = session.committee.clock
    event = Event()
    event.add("uid", f"session-{session.pk}@{urlsplit(settings.ADDRESS).hostname}")
    event.add("dtstamp", at)
    event.add("dtstart", session.local_start)
    event.add("dtend", session.ends_at.astimezone(clock) if session.ends_at else session.local_start)
    event.add("summary", str(session))
    event.add("location", " · ".join(one for one in (session.place, session.visio) if one))
    event.add("description", "\n".join((session.committee.name, session.committee.file_title, page)))
    event.add("url", page)
    event.add("sequence", session.moved)
    event.add("status", {"planned": "TENTATIVE", "cancelled": "CANCELLED"}.get(session.state, "CONFIRMED"))
    event.add("categories", [session.committee.file_title])
    return event
