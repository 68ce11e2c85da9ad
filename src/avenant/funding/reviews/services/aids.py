"""The catalogue that the funders of a region keep together, and the aids that each declares to the others."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404
from django.utils.text import slugify

from avenant.domain.audiences import INSTITUTIONS
from avenant.domain.decision import DomainError
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Circle, Establishment, Organisation, Territory
from avenant.foundations.parties.services import open_circle
from avenant.funding.reviews import policies
from avenant.funding.reviews.models import PartnerAid, Scheme
from avenant.references.reading import read, typeset_content

_SPACE = uuid.UUID("6f1d0a52-6c61-5b0c-9d0b-2f5d8a6f0a11")


@dataclass(frozen=True, slots=True, kw_only=True)
class AidSaid:
    """An aid as a funder declares it. ``cost`` is the whole cost of the expense, when it is known."""

    scheme_id: uuid.UUID
    establishment: Establishment
    label: str
    amount: Decimal
    on: date
    cost: Decimal | None = None
    until: date | None = None
    invoice: str = ""
    supplier: str = ""


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
def add_scheme(*, actor: Actor, said: Mapping[str, Any], at: datetime) -> Scheme:
    """Add an aid to the catalogue. Conditions that nobody knows stay blank: « conditions à compléter » (S0-2-17)."""
    policies.may_keep_catalogue(actor).or_raise()
    if not str(said.get("label", "")).strip():
        raise DomainError("Nommez le dispositif.", code="label")
    code = said.get("code") or slugify(said["label"])[:60]
    try:
        with transaction.atomic():
            return Scheme.objects.create(
                circle_id=funders_circle(actor), owner_id=actor.organisation_id, saved_at=at, **{**said, "code": code}
            )
    except IntegrityError:
        raise DomainError("Ce dispositif est déjà au catalogue, ou ses dates se contredisent.", code="taken") from None


@transaction.atomic
def complete_scheme(*, actor: Actor, scheme_id: uuid.UUID, said: Mapping[str, Any], at: datetime) -> Scheme:
    """Write the conditions of an aid, by the institution that keeps it."""
    scheme = get_object_or_404(Scheme.objects.visible_to(actor), pk=scheme_id)
    policies.may_complete_scheme(actor, scheme).or_raise()
    for name, value in said.items():
        setattr(scheme, name, value)
    scheme.saved_at = at
    try:
        with transaction.atomic():
            scheme.save()
    except IntegrityError:
        raise DomainError("Le dispositif ferme avant d’ouvrir.", code="dates") from None
    return scheme


@transaction.atomic
def take_up_catalogue(*, actor: Actor, at: datetime) -> int:
    """Bring in the aids whose texts are published, those of the catalogue already left as they are; how many."""
    policies.may_keep_catalogue(actor).or_raise()
    circle = funders_circle(actor)
    held = set(Scheme.objects.filter(circle_id=circle).values_list("code", flat=True))
    told = [one for one in typeset_content(read("aids"))["scheme"] if one["code"] not in held]
    for one in told:
        amounts = {name: Decimal(one[name]) for name in ("rate", "cap") if name in one}
        Scheme.objects.create(circle_id=circle, owner_id=actor.organisation_id, saved_at=at, **{**one, **amounts})
    return len(told)


@transaction.atomic
def declare_aid(*, actor: Actor, said: AidSaid, at: datetime) -> PartnerAid:
    """Tell the other funders of an aid that my institution gave to an establishment, for one expense."""
    policies.may_keep_catalogue(actor).or_raise()
    scheme = get_object_or_404(Scheme.objects.visible_to(actor), pk=said.scheme_id)
    if said.amount <= 0:
        raise DomainError("Une aide est un montant positif.", code="amount")
    if said.cost is not None and said.cost < said.amount:
        raise DomainError("L’aide ne dépasse pas le coût de la dépense.", code="cost")
    return PartnerAid.objects.create(
        circle_id=scheme.circle_id, scheme=scheme, owner_id=actor.organisation_id, establishment=said.establishment,
        label=said.label.strip()[:200], amount=said.amount, cost=said.cost, on=said.on, until=said.until,
        invoice=said.invoice.strip()[:60], supplier=said.supplier.strip()[:120], recorded_at=at,
    )  # fmt: skip
