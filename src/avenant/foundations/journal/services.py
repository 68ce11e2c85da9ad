"""Due items: declared by the service that makes an act due, closed by the service that does it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q

from avenant.domain.audiences import Role
from avenant.foundations.journal.models import DueItem
from avenant.foundations.parties.models import Unit


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done. ``key`` is natural (file, verb, occurrence), so that planning again never doubles it."""

    key: str
    label: str
    organisation_id: uuid.UUID
    waiting: str
    due_at: datetime
    page: str
    basis: str = ""
    consequence: str = ""
    role: Role | None = None
    unit_id: uuid.UUID | None = None
    person_id: uuid.UUID | None = None
    zone: str = "Europe/Paris"


def plan(circle_id: uuid.UUID, due: Due) -> DueItem:
    """Declare ``due``, or move and reopen the one of the same key."""
    item, _ = DueItem.objects.update_or_create(
        key=due.key,
        defaults={
            "circle_id": circle_id,
            "label": due.label[:250],
            "organisation_id": due.organisation_id,
            "unit_id": due.unit_id,
            "role": due.role.value if due.role else "",
            "person_id": due.person_id,
            "waiting": due.waiting,
            "due_at": due.due_at,
            "zone": due.zone,
            "basis": due.basis,
            "consequence": due.consequence,
            "page": due.page,
            "state": DueItem.State.OPEN,
        },
    )
    return item


def hand_over(
    circle_id: uuid.UUID,
    former_id: uuid.UUID,
    successor_id: uuid.UUID,
    *,
    among: tuple[str, ...],
    unit: Unit | None = None,
) -> None:
    """What an organisation that leaves a file had still to do there is due from the one that takes its place.

    ``among`` are the first words of the keys concerned. A person or a unit of the first is no longer expected, but
    ``unit`` of the second where it is known.
    """
    named = reduce(or_, (Q(key__startswith=one) for one in among))
    rows = DueItem.objects.filter(named, circle_id=circle_id, organisation_id=former_id, state=DueItem.State.OPEN)
    rows.update(organisation_id=successor_id, unit=unit, person=None)


def close(*keys: str) -> None:
    """What was due is done."""
    DueItem.objects.filter(key__in=keys, state=DueItem.State.OPEN).update(state=DueItem.State.DONE)


def drop(*keys: str) -> None:
    """What was due has lost its object."""
    DueItem.objects.filter(key__in=keys, state=DueItem.State.OPEN).update(state=DueItem.State.DROPPED)
