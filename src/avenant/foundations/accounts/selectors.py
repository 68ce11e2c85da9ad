from __future__ import annotations

import uuid
from datetime import date

from django.db.models import Q

from avenant.foundations.parties.models import Membership


def list_memberships(person_id: uuid.UUID, *, on: date) -> list[Membership]:
    """The memberships that a person holds on a day, fetched with what an actor is made of."""
    return list(
        Membership.objects.filter(person_id=person_id, starts_on__lte=on)
        .filter(Q(ends_on=None) | Q(ends_on__gt=on))
        .select_related("person", "organisation", "unit")
        .order_by("organisation__name", "unit__name")
    )
