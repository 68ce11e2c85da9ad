"""The aids that the funders of a region declare to each other, expense by expense."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.domain.audiences import INSTITUTIONS
from avenant.domain.decision import DomainError
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Circle, Establishment, Organisation, Territory
from avenant.foundations.parties.services import open_circle
from avenant.funding.grants.selectors import list_schemes
from avenant.funding.reviews import policies
from avenant.funding.reviews.models import PartnerAid

_SPACE = uuid.UUID("6f1d0a52-6c61-5b0c-9d0b-2f5d8a6f0a11")


@dataclass(frozen=True, slots=True, kw_only=True)
class AidSaid:
    """An aid as a funder declares it, of a scheme of the catalogue or of a source in words. ``cost`` is the whole cost of
    the expense, when it is known; ``page`` is where the funder keeps the aid."""

    scheme_id: uuid.UUID | None
    establishment: Establishment
    label: str
    amount: Decimal
    on: date
    cost: Decimal | None = None
    until: date | None = None
    invoice: str = ""
    supplier: str = ""
    source: str = ""
    page: str = ""


def funders_circle(actor: Actor) -> uuid.UUID:
    """The circle of the health agency, the fund and the labour directorate of the actor's region, opened when first
    needed. Its identifier follows from the territory: two people at once cannot open two."""
    circle = uuid.uuid5(_SPACE, f"funders:{actor.territory}")
    if not Circle.objects.filter(pk=circle).exists():
        kinds = [one.value for one in INSTITUTIONS]
        members = Organisation.objects.filter(territory_id=actor.territory, kind__in=kinds)
        place = Territory.objects.get(pk=actor.territory)
        open_circle(
            kind="funders",
            title=f"Financeurs, {place}",
            members={one.pk: one.kind for one in members},
            circle_id=circle,
        )
    return circle


@transaction.atomic
def declare_aid(*, actor: Actor, said: AidSaid, at: datetime) -> PartnerAid:
    """Tell the other funders of an aid that my institution gave to an establishment, for one expense."""
    policies.may_declare_aids(actor).or_raise()
    return keep_aid(actor=actor, said=said, at=at)


def keep_aid(*, actor: Actor, said: AidSaid, at: datetime) -> PartnerAid:
    """Write an aid among those that the funders compare; whoever calls it has checked that the actor may."""
    scheme = get_object_or_404(list_schemes(actor), pk=said.scheme_id) if said.scheme_id else None
    if said.amount <= 0:
        raise DomainError("Une aide est un montant positif.", code="amount")
    if said.cost is not None and said.cost < said.amount:
        raise DomainError("L’aide ne dépasse pas le coût de la dépense.", code="cost")
    if said.until is not None and said.until < said.on:
        raise DomainError("L’action finit après la date de l’aide, ou le même jour.", code="until")
    label, invoice = said.label.strip()[:200], said.invoice.strip()[:60]
    same = PartnerAid.objects.filter(owner_id=actor.organisation_id, establishment=said.establishment, label=label)
    if same.filter(amount=said.amount, on=said.on, invoice=invoice).exists():
        raise DomainError("Cette aide est déjà déclarée.", code="twice")
    return PartnerAid.objects.create(
        circle_id=funders_circle(actor), scheme=scheme, owner_id=actor.organisation_id, establishment=said.establishment,
        label=label, amount=said.amount, cost=said.cost, on=said.on, until=said.until,
        invoice=invoice, supplier=said.supplier.strip()[:120], source=said.source[:120], page=said.page,
        recorded_at=at,
    )  # fmt: skip
