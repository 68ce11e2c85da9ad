"""Past aids are taken over as they were: what was paid is one payment, what was not is one to come."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.domain.audiences import OrganisationKind
from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.domain.funding.awards import lapse_day
from avenant.foundations.journal.states import advance, record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Circle, Establishment, Organisation
from avenant.foundations.parties.services import open_circle, own_circle
from avenant.funding.grants import policies
from avenant.funding.grants.models import Grant, Instalment, PastExpense


@dataclass(frozen=True, slots=True, kw_only=True)
class PastLine:
    """An expense of a past aid. ``cost`` is its whole cost excluding tax, None when the file does not tell it."""

    label: str
    category: str
    cost: Decimal | None
    on: date | None
    supplier: str
    invoice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastGrant:
    """An aid as a former file tells it."""

    number: str
    name: str
    siret: str
    establishment: Establishment | None
    title: str
    nature: str
    source: str
    sector: str
    amount: Decimal
    paid: Decimal
    consumed: Decimal
    decided_on: date
    signed_on: date | None
    paid_on: date | None
    consume_until: date | None
    shared: bool
    expenses: tuple[PastLine, ...] = ()


@transaction.atomic
def take_over(*, actor: Actor, past: PastGrant, mark: str, at: datetime) -> Grant:
    """Take a past aid over, marked; shared, the authority and the fund of the territory read it too."""
    policies.may_take_over(actor).or_raise()
    circle = _circle(actor) if past.shared else own_circle(actor)
    place = past.establishment
    grant = Grant.objects.create(
        circle_id=circle, state=Grant.lifecycle.start, state_since=at, authority_id=actor.organisation_id,
        establishment=place, name=past.name, siret=past.siret, folded=fold(f"{past.name} {past.number}")[:400],
        territory_code=(place.territory_id or "")[:8] if place else "", number=past.number, title=past.title,
        nature=past.nature, sector=past.sector, source=past.source, awarded=past.amount, amount=past.amount,
        paid=past.paid, consumed=past.consumed, consumed_on=at.date() if past.consumed else None,
        decided_on=past.decided_on, signed_on=past.signed_on, consume_until=past.consume_until,
        lapses_on=lapse_day(past.decided_on), taken_over=True,
    )  # fmt: skip
    advance(grant, "take_over", actor=actor, at=at, label=f"Aide reprise : {mark}")
    number = 0
    for amount, paid in ((past.paid, True), (past.amount - past.paid, False)):
        if not amount:
            continue
        number += 1
        one = Instalment.objects.create(
            circle_id=circle, state=Instalment.lifecycle.start, state_since=at, grant=grant, number=number, amount=amount,
            after=Instalment.Trigger.SIGNATURE if paid else Instalment.Trigger.BALANCE,
            ordered_on=past.paid_on if paid else None, paid_on=past.paid_on if paid else None,
        )  # fmt: skip
        if paid:
            advance(one, "take_over", actor=actor, at=at, label=f"Versement repris : {mark}")
    PastExpense.objects.bulk_create(_expense(grant, one) for one in past.expenses)
    return grant


def _expense(grant: Grant, said: PastLine) -> PastExpense:
    return PastExpense(
        circle_id=grant.circle_id, grant=grant, label=said.label, category=said.category, cost=said.cost, on=said.on,
        supplier=said.supplier, invoice=said.invoice,
    )  # fmt: skip


@transaction.atomic
def add_expense(*, actor: Actor, number: str, said: PastLine, mark: str, at: datetime) -> PastExpense:
    """Add an expense to an aid that my institution took over: it is then compared with those of new dossiers."""
    policies.may_take_over(actor).or_raise()
    rows = Grant.objects.visible_to(actor).filter(authority_id=actor.organisation_id, taken_over=True)
    grant = get_object_or_404(rows, number=number)
    made = _expense(grant, said)
    made.save()
    record(
        grant.circle_id, verb="grant.past_expense", label=f"Dépense reprise, {made} : {mark}"[:250], actor=actor, at=at,
        page=grant.page(), subject=grant.pk,
    )  # fmt: skip
    return made


@transaction.atomic
def undo_expenses(*, actor: Actor, expense_ids: Sequence[uuid.UUID], at: datetime) -> None:
    """Take back the expenses that a file gave; the aids stay."""
    policies.may_take_over(actor).or_raise()
    mine = PastExpense.objects.visible_to(actor).filter(grant__authority_id=actor.organisation_id)
    for one in mine.filter(pk__in=expense_ids).select_related("grant"):
        record(
            one.circle_id, verb="grant.take_back", label=f"Reprise défaite : {one}"[:250], actor=actor, at=at,
            page=one.grant.page(), subject=one.grant_id,
        )  # fmt: skip
        one.delete()


def _circle(actor: Actor) -> uuid.UUID:
    """The circle of my institution with the authority and the fund of its territory (convention, article 4)."""
    kinds = [OrganisationKind.ARS, OrganisationKind.FUND]
    rows = Organisation.objects.filter(territory_id=actor.territory, kind__in=kinds).values_list("pk", flat=True)
    members = sorted({actor.organisation_id, *rows})
    circle = uuid.uuid5(actor.organisation_id, "past grants " + " ".join(map(str, members)))
    if not Circle.objects.filter(pk=circle).exists():
        roles = {pk: "titulaire" if pk == actor.organisation_id else "partenaire" for pk in members}
        open_circle(kind="grants", title=f"Aides reprises, {actor.organisation}", members=roles, circle_id=circle)
    return circle


@transaction.atomic
def undo(*, actor: Actor, grant_ids: Sequence[uuid.UUID], at: datetime) -> None:
    """Take back what a file gave. Raises DomainError when something stands on it."""
    policies.may_take_over(actor).or_raise()
    rows = Grant.objects.visible_to(actor).filter(pk__in=grant_ids, authority_id=actor.organisation_id, taken_over=True)
    held = list(rows.select_for_update(of=("self",)).order_by("pk"))
    engaged = [
        one
        for one in held
        if one.published_on or one.agreements.exists() or one.instalments.exclude(order_number="").exists()
    ]
    if engaged:
        raise DomainError(f"{engaged[0]} a déjà servi : ce qui vient de ce fichier ne se défait plus.", code="engaged")
    for one in held:
        record(
            one.circle_id, verb="grant.take_back", label=f"Reprise défaite : {one}", actor=actor, at=at, subject=one.pk
        )
        one.delete()
