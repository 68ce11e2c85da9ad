"""Envelopes delegated by a national body to an institution of a region: given, changed, withdrawn, their use told."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404

from avenant.domain.audiences import INSTITUTIONS
from avenant.domain.decision import DomainError
from avenant.domain.french import format_date, format_euros
from avenant.domain.funding.delegating import below_committed, decided_too_late
from avenant.domain.money import ZERO
from avenant.foundations.journal.states import record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Circle, Organisation
from avenant.foundations.parties.services import admit_to_circle, open_circle
from avenant.funding.allocation import policies, selectors
from avenant.funding.allocation.models import Aid, Consumption, Envelope, Movement
from avenant.funding.allocation.services.envelopes import locked, take_from

NATIONAL_ZONE: Final = ZoneInfo("Europe/Paris")
_SPACE: Final = uuid.UUID("3c8a2f0e-7b1d-5f64-9e0a-5b6f1d2c4a77")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision on a delegation: the amount delegated from then on, the reference, the day, why it changes."""

    amount: Decimal
    reference: str
    decided_on: date
    reason: str = ""


@transaction.atomic
def entrust(
    *, actor: Actor, envelope_id: uuid.UUID, receiver_id: uuid.UUID, label: str, said: Decided, at: datetime
) -> Envelope:
    """Delegate a part of a national envelope to an institution of a region, which may draw on it at once.

    The part is one row, in a circle of the national body and the region's funders. ``label`` is that of the envelope
    when it is empty. Raises DomainError when the envelope does not hold the amount, or the institution has this part.
    """
    envelope = locked(actor, envelope_id)
    policies.may_entrust(actor, envelope).or_raise()
    receiver = get_object_or_404(selectors.list_receivers(actor), pk=receiver_id)
    _check(said, at)
    if said.amount <= 0:
        raise DomainError("Le montant délégué est positif.", code="amount")
    if envelope.territory and envelope.territory_id != receiver.territory_id:
        raise DomainError(f"Cette enveloppe est réservée à {envelope.place}.", code="territory")
    circle, label = _shared_circle(actor, receiver), label.strip()[:120] or envelope.label
    same = Envelope.objects.visible_to(actor).filter(
        giver_id=actor.organisation_id, owner=receiver, source=envelope.source, year=envelope.year, label=label
    )
    if same.exists():
        raise DomainError(
            f"{receiver.short_name} a déjà cette délégation : changez son montant, ou précisez celle-ci.", code="twice"
        )
    take_from(actor, envelope.pk, said.amount)
    made = Envelope.objects.create(
        circle_id=circle, owner=receiver, giver_id=actor.organisation_id, parent=envelope,
        source=envelope.source, year=envelope.year, territory=receiver.territory, label=label, amount=said.amount,
        basis=said.reference.strip(), decided_on=said.decided_on, written_at=at,
    )  # fmt: skip
    Consumption.objects.create(circle_id=made.circle_id, envelope=made, told_at=at)
    _move(actor, made, Movement.Kind.DELEGATED, ZERO, said, at)
    return made


@transaction.atomic
def change_delegation(*, actor: Actor, envelope_id: uuid.UUID, said: Decided, at: datetime) -> Envelope:
    """Change what is delegated, by a decision with its reason; never under what its receiver has committed."""
    row = locked(actor, envelope_id)
    policies.may_change_delegation(actor, row).or_raise()
    if said.amount <= 0:
        raise DomainError("Pour tout reprendre, retirez la délégation.", code="amount")
    if said.amount == row.amount:
        raise DomainError(f"{format_euros(row.amount)} sont déjà délégués.", code="same")
    return _set(actor, row, Movement.Kind.REVISED, said, at)


@transaction.atomic
def withdraw_delegation(
    *, actor: Actor, envelope_id: uuid.UUID, reference: str, decided_on: date, reason: str, at: datetime
) -> Envelope:
    """Withdraw a delegation of which nothing is committed, by a decision with its reason. The row stays, at zero."""
    row = locked(actor, envelope_id)
    policies.may_change_delegation(actor, row).or_raise()
    if not row.amount:
        raise DomainError("Cette délégation est déjà retirée.", code="same")
    said = Decided(amount=ZERO, reference=reference, decided_on=decided_on, reason=reason)
    return _set(actor, row, Movement.Kind.WITHDRAWN, said, at)


def _check(said: Decided, at: datetime) -> None:
    if not said.reference.strip():
        raise DomainError("Une délégation cite sa décision ou son article.", code="reference")
    late = decided_too_late(said.decided_on, at.astimezone(NATIONAL_ZONE).date())
    if late:
        raise DomainError(late, code="decided_on")


def _set(actor: Actor, row: Envelope, kind: Movement.Kind, said: Decided, at: datetime) -> Envelope:
    _check(said, at)
    if not said.reason.strip():
        raise DomainError("La modification ou le retrait d’une délégation a son motif.", code="reason")
    refused = below_committed(said.amount, row.committed, row.owner.short_name)
    if refused:
        raise DomainError(refused, code="committed")
    if row.parent_id is None:
        raise DomainError("Cette enveloppe n’a pas d’enveloppe d’origine.", code="parent")
    take_from(actor, row.parent_id, said.amount - row.amount)
    before, row.amount, row.basis, row.decided_on = row.amount, said.amount, said.reference.strip(), said.decided_on
    row.save(update_fields=["amount", "basis", "decided_on"])
    _move(actor, row, kind, before, said, at)
    return row


def _shared_circle(actor: Actor, receiver: Organisation) -> uuid.UUID:
    """The circle of a national body and the funders of a region. Its identifier follows from both; two people who
    delegate to a region at once wait for each other, to open it and to give the same part once."""
    circle = uuid.uuid5(_SPACE, f"{actor.organisation_id}:{receiver.territory_id}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"delegation:{circle}"])
    if Circle.objects.filter(pk=circle).exists():
        admit_to_circle(circle_id=circle, organisation=receiver, role=receiver.kind)
        return circle
    region = Organisation.objects.filter(
        territory_id=receiver.territory_id, kind__in=[one.value for one in INSTITUTIONS]
    )
    open_circle(
        kind="delegation", title=f"Crédits délégués par {actor.organisation}, {receiver.territory.name}",
        members={actor.organisation_id: actor.kind.value, **{one.pk: one.kind for one in region}}, circle_id=circle,
    )  # fmt: skip
    return circle


def _move(actor: Actor, row: Envelope, kind: Movement.Kind, before: Decimal, said: Decided, at: datetime) -> None:
    """Keep the movement, write it in the journals of both circles, tell the receiver."""
    made = Movement.objects.create(
        circle_id=row.circle_id, envelope=row, number=row.movements.count() + 1, kind=kind, before=before, after=row.amount, at=at,
        reference=said.reference.strip(), decided_on=said.decided_on, reason=said.reason.strip(),
    )  # fmt: skip
    changed = {
        Movement.Kind.DELEGATED: f"{format_euros(row.amount)} délégués",
        Movement.Kind.REVISED: f"Délégation modifiée, {format_euros(before)} → {format_euros(row.amount)}",
        Movement.Kind.WITHDRAWN: f"Délégation retirée, {format_euros(before)}",
    }[kind]
    decision = f"{made.reference}, {format_date(said.decided_on)}"
    sides = ((row.circle_id, row), (row.parent.circle_id, row.parent)) if row.parent else ((row.circle_id, row),)
    for circle, one in sides:
        record(
            circle, verb=f"delegation.{kind.value}", label=f"{changed} : {row.owner.short_name} ({decision})", actor=actor,
            at=at, reason=made.reason, page=one.page(), subject=one.pk,
        )  # fmt: skip
    notify_organisation(
        row.circle_id, row.owner_id,
        Message(
            key=f"delegation:{made.pk}", title=f"{changed} par {actor.organisation} : {row.get_source_display()}, {row.year}",
            body=f"Décision du {format_date(said.decided_on)} : {made.reference}. {made.reason}".strip(), basis=made.reference,
            act="Voir l’enveloppe", page=row.page(), consequence="Rien n’est attendu de vous : l’enveloppe est à jour.",
        ), at=at, roles=policies.KEEPERS,
    )  # fmt: skip


def tell_consumption_for_system(*, at: datetime) -> int:
    """Add up, for each received envelope, what it and its parts have granted and paid; how many. A job of the platform."""
    parts: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for part in Envelope.objects.exclude(parent=None).only("parent_id"):
        if part.parent_id:
            parts[part.parent_id].append(part.pk)
    sums = Aid.objects.order_by().values("envelope").annotate(
        given=Sum("granted"), out=Sum(Coalesce("dossier__award__paid", "paid"))
    )  # fmt: skip
    used = {one["envelope"]: (one["given"], one["out"]) for one in sums}
    rows = []
    for envelope in Envelope.objects.exclude(giver=None):
        below, granted, paid = [envelope.pk], ZERO, ZERO
        while below:
            one = below.pop()
            given, out = used.get(one, (ZERO, ZERO))
            granted, paid = granted + given, paid + out
            below += parts[one]
        rows.append(
            Consumption(circle_id=envelope.circle_id, envelope=envelope, granted=granted, paid=paid, told_at=at)
        )
    Consumption.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["envelope"], update_fields=["granted", "paid", "told_at"]
    )
    return len(rows)
