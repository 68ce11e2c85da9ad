"""Writes about parties. Circles are opened here and nowhere else; directory.py brings the directory up to date."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.db import connection

from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Circle, Organisation


def open_circle(*, kind: str, title: str, members: Mapping[UUID, str], circle_id: UUID | None = None) -> UUID:
    """Open a circle of ``members`` (organisation: its role in it) and return its identifier.

    The acting organisation must be one of them: the database refuses otherwise (``open_circle`` in protection.py).
    """
    circle = circle_id or uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT open_circle(%s, %s, %s, %s::uuid[], %s::text[])",
            [circle, kind, title, [str(member) for member in members], list(members.values())],
        )
    return circle


def admit_to_circle(*, circle_id: UUID, organisation: Organisation, role: str) -> None:
    """Bring ``organisation`` into a circle of which the acting organisation is a member."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT admit_to_circle(%s, %s, %s)", [circle_id, organisation.pk, role])


def admit_auditor(*, circle_id: UUID, organisation: Organisation, starts_on: date, ends_on: date) -> bool:
    """Let ``organisation`` read a circle of which the acting one is a party, from a day to another (half-open).

    False when it is a party of the circle already.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT admit_auditor(%s, %s, %s, %s)", [circle_id, organisation.pk, starts_on, ends_on])
        return bool(cursor.fetchone()[0])


def dismiss_auditor(*, circle_id: UUID, organisation_id: UUID) -> None:
    """End at once what an auditor reads of a circle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT dismiss_auditor(%s, %s)", [circle_id, organisation_id])


def own_circle(actor: Actor) -> UUID:
    """The circle of which the actor's organisation is the only member, opened when it is first needed.

    Its identifier follows from the organisation's, so that two people at once cannot open two.
    """
    circle = uuid.uuid5(actor.organisation_id, "own circle")
    if not Circle.objects.filter(pk=circle).exists():
        open_circle(
            kind="own", title=actor.organisation, members={actor.organisation_id: "titulaire"}, circle_id=circle
        )
    return circle
