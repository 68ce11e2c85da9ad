"""The socle of an authority is written, then adopted: adopted, it never changes."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone

from avenant.domain.decision import DomainError
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.services import own_circle
from avenant.funding.grants import policies
from avenant.funding.grants.models import Practice, Socle


@transaction.atomic
def prepare_socle(*, actor: Actor, title: str, at: datetime) -> Socle:
    """Open the next version of my authority's socle; the one being written is found again."""
    policies.may_write_socle(actor).or_raise()
    own_circle(actor)
    rows = Socle.objects.filter(authority_id=actor.organisation_id)
    draft = rows.filter(adopted_on=None).first()
    if draft is not None:
        return draft
    if not title.strip():
        raise DomainError("Donnez un intitulé au socle.", code="title")
    last = rows.order_by("-number").first()
    row = Socle.objects.create(
        authority_id=actor.organisation_id, number=(last.number if last else 0) + 1, title=title.strip()[:200]
    )
    record(own_circle(actor), verb="socle.prepare", label=f"{row} en préparation", actor=actor, at=at, subject=row.pk)
    return row


def _draft(actor: Actor, socle_id: uuid.UUID) -> Socle:
    policies.may_write_socle(actor).or_raise()
    rows = Socle.objects.select_for_update().filter(authority_id=actor.organisation_id)
    row = get_object_or_404(rows, pk=socle_id)
    if row.adopted_on is not None:
        raise DomainError("Cette version est adoptée : elle ne change plus. Préparez la suivante.", code="adopted")
    return row


@transaction.atomic
def add_practice(
    *, actor: Actor, socle_id: uuid.UUID, label: str, for_staff: bool, for_residents: bool, at: datetime
) -> Practice:
    """Add a practice to the version being written, with its purposes: one at least."""
    row = _draft(actor, socle_id)
    if not label.strip():
        raise DomainError("Écrivez la bonne pratique.", code="label")
    if not (for_staff or for_residents):
        raise DomainError(
            "Une bonne pratique a une finalité au moins : salariés, résidents, ou les deux.", code="purpose"
        )
    return Practice.objects.create(
        socle=row, position=row.practices.count() + 1, label=label.strip()[:300], for_staff=for_staff,
        for_residents=for_residents,
    )  # fmt: skip


@transaction.atomic
def take_practice_out(*, actor: Actor, socle_id: uuid.UUID, practice_id: uuid.UUID, at: datetime) -> None:
    """Take a practice out of the version being written."""
    _draft(actor, socle_id).practices.filter(pk=practice_id).delete()


@transaction.atomic
def adopt_socle(*, actor: Actor, socle_id: uuid.UUID, at: datetime) -> Socle:
    """Adopt the version: the agreements to come are signed with it."""
    policies.may_adopt_socle(actor).or_raise()
    row = _draft(actor, socle_id)
    if not row.practices.exists():
        raise DomainError("Un socle a une bonne pratique au moins.", code="empty")
    row.adopted_on = timezone.localdate(at)
    row.save(update_fields=["adopted_on"])
    record(own_circle(actor), verb="socle.adopt", label=f"{row} adoptée", actor=actor, at=at, subject=row.pk)
    return row
