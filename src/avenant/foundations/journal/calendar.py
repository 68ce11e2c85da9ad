"""My échéances in my own calendar: a secret address, and what it gives (iCalendar, RFC 5545)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse
from icalendar import Calendar, Event

from avenant.domain.reminders import word_limit
from avenant.foundations.journal.models import CalendarAddress, DueItem
from avenant.foundations.parties.actors import Actor

_SIGNER = Signer(salt="calendar", sep=".")
SHOWN = timedelta(minutes=30)
"""How long an échéance lasts in a calendar: the half hour before its instant."""


@transaction.atomic
def open_address(*, actor: Actor, at: datetime) -> CalendarAddress:
    """Give me a new secret address; the former one no longer answers."""
    return CalendarAddress.objects.update_or_create(
        person_id=actor.person_id, defaults={"number": uuid.uuid4(), "opened_at": at}
    )[0]


@transaction.atomic
def close_address(*, actor: Actor) -> None:
    """My address no longer answers."""
    CalendarAddress.objects.filter(person_id=actor.person_id).delete()


def address_of(calendar: CalendarAddress) -> str:
    """The whole secret address."""
    page = reverse("journal:calendar", args=[_SIGNER.sign(calendar.number.hex)])
    return f"{settings.ADDRESS.rstrip('/')}{page}"


def find_person(token: str) -> uuid.UUID | None:
    """Whose address it is; nobody's when it was revoked, or never was."""
    try:
        number = uuid.UUID(_SIGNER.unsign(token))
    except (BadSignature, ValueError):
        return None
    found = CalendarAddress.objects.filter(number=number, person__is_active=True).first()
    return found.person_id if found else None


def write_calendar(items: Iterable[DueItem], *, at: datetime) -> bytes:
    """The calendar of these échéances, each ending at its instant, on the clocks of its own zone."""
    calendar = Calendar()
    calendar.add("prodid", "-//Avenant//Echeances//FR")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Échéances Avenant")
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"value": "DURATION"})
    for item in items:
        calendar.add_component(_event(item, at))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(item: DueItem, at: datetime) -> Event:
    due = item.due_at.astimezone(ZoneInfo(item.zone))
    page = f"{settings.ADDRESS.rstrip('/')}{item.page}"
    said = [
        word_limit(due),
        f"Attendu par {item.waiting}.",
        f"{item.basis}." if item.basis else "",
        f"Si rien n’est fait\u202f: {item.consequence}" if item.consequence else "",
        page,
    ]
    event = Event()
    event.add("uid", f"{item.pk}@{urlsplit(settings.ADDRESS).hostname}")
    event.add("dtstamp", at)
    event.add("dtstart", due - SHOWN)
    event.add("dtend", due)
    event.add("summary", item.label)
    event.add("description", "\n".join(line for line in said if line))
    event.add("url", page)
    event.add("categories", [item.circle.title])
    event.add("transp", "TRANSPARENT")
    return event
