"""Writes about parties. Circles are opened here and nowhere else."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from uuid import UUID

from django.db import connection

from avenant.foundations.parties.models import Organisation


def open_circle(*, kind: str, title: str, members: Mapping[UUID, str]) -> UUID:
    """Open a circle of ``members`` (organisation: its role in it) and return its identifier.

    The acting organisation must be one of them: the database refuses otherwise (``open_circle`` in protection.py).
    """
    circle = uuid.uuid4()
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
