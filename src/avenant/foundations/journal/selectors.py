"""Reads of the journal and of the due items, actor first."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from avenant.foundations.journal.models import NEWEST_FIRST, CalendarAddress, DueItem, Event
from avenant.foundations.parties.actors import Actor

READ_FOR_ONE = 5
"""Events read for each line of what moved: an act of a whole region is noted in every contract."""


def list_events(actor: Actor, circle_id: uuid.UUID) -> QuerySet[Event]:
    """What happened in a file, newest first."""
    return (
        Event.objects.visible_to(actor).filter(circle_id=circle_id).select_related("person", "organisation__territory")
    )


def list_latest_moves(actor: Actor, count: int) -> list[tuple[Event, int]]:
    """The ``count`` last things that moved, each with the number of my other files in which the same act is noted."""
    rows = Event.objects.visible_to(actor).select_related("organisation__territory", "circle").order_by(*NEWEST_FIRST)
    told: dict[tuple[object, ...], list[Event]] = {}
    for one in rows[: READ_FOR_ONE * count]:
        told.setdefault((one.at, one.verb, one.label, one.organisation_id), []).append(one)
    return [(events[0], len({one.circle_id for one in events}) - 1) for events in told.values()][:count]


def list_due(actor: Actor) -> QuerySet[DueItem]:
    """What is due from me: my organisation's open items, less those of another unit, role or person."""
    return (
        DueItem.objects.visible_to(actor)
        .filter(organisation_id=actor.organisation_id, state=DueItem.State.OPEN)
        .filter(Q(unit=None) | Q(unit_id=actor.unit_id))
        .filter(Q(role="") | Q(role__in=[role.value for role in actor.roles]))
        .filter(Q(person=None) | Q(person_id=actor.person_id))
        .order_by("due_at", "label")
    )


def list_due_in_file(actor: Actor, circle_id: uuid.UUID) -> QuerySet[DueItem]:
    """Who holds the pen in a file: every open due item of its circle."""
    return (
        DueItem.objects.visible_to(actor)
        .filter(circle_id=circle_id, state=DueItem.State.OPEN)
        .select_related("organisation", "unit")
        .order_by("due_at")
    )


CATCH_UP = timedelta(days=30)


def list_to_remind(at: datetime, steps: Iterable[int]) -> QuerySet[DueItem]:
    """Open items that a reminder of ``steps`` (days before, negative after) may concern at ``at``. For jobs.

    A reminder that a stopped platform has missed is caught up within thirty days.
    """
    first, last = max(steps), min(steps)
    return DueItem.objects.filter(
        state=DueItem.State.OPEN,
        due_at__lt=at + timedelta(days=first + 2),
        due_at__gt=at + timedelta(days=min(last, 0)) - CATCH_UP,
    ).order_by("due_at")


def find_calendar(person_id: uuid.UUID) -> CalendarAddress | None:
    """The calendar address of a person, if they opened one."""
    return CalendarAddress.objects.filter(person_id=person_id).first()
