"""The directory of consultants in psychosocial risks, kept by a fund for its territory."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.domain.decision import DomainError
from avenant.foundations.parties.actors import Actor
from avenant.funding.calls import policies
from avenant.funding.calls.models import Consultant


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultantSaid:
    """A line of the directory. ``valid_to`` is its last day; none, it has no end."""

    name: str
    speciality: str
    contact: str
    listed_since: date
    valid_to: date | None = None


@transaction.atomic
def list_consultant(*, actor: Actor, said: ConsultantSaid) -> Consultant:
    """Put a consultant in the fund's directory, or bring its line up to date (by its name)."""
    policies.may_keep_directory(actor).or_raise()
    if said.valid_to and said.valid_to < said.listed_since:
        raise DomainError("Une inscription finit après son début.", code="dates")
    row, _ = Consultant.objects.update_or_create(
        keeper_id=actor.organisation_id, name=said.name.strip(),
        defaults={"territory_id": actor.territory, "speciality": said.speciality.strip(), "contact": said.contact.strip(),
                  "listed_since": said.listed_since, "valid_to": said.valid_to},
    )  # fmt: skip
    return row


@transaction.atomic
def end_listing(*, actor: Actor, consultant_id: uuid.UUID, on: date) -> Consultant:
    """End a listing: applicants no longer see it from the day after ``on``."""
    policies.may_keep_directory(actor).or_raise()
    row = get_object_or_404(Consultant, pk=consultant_id, keeper_id=actor.organisation_id)
    if on < row.listed_since:
        raise DomainError("Une inscription finit après son début.", code="dates")
    row.valid_to = on
    row.save(update_fields=["valid_to"])
    return row
