"""What a national body delegates to the institutions of the regions, as both sides read it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from avenant.domain.audiences import INSTITUTIONS
from avenant.domain.funding.delegating import Use
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.funding.allocation.models import Envelope, Movement
from avenant.funding.allocation.selectors.ordering import NOTHING, in_order


@dataclass(frozen=True, slots=True)
class DelegationSearch:
    """Which delegations to show."""

    envelope: uuid.UUID | None = None
    year: int | None = None
    source: str = ""
    territory: str = ""
    text: str = ""
    sort: str = ""


DELEGATION_SORTS = {
    "region": ("territory__name", "owner__short_name", "-year", "pk"),
    "annee": ("year", "territory__name", "pk"),
    "delegue": ("amount", "pk"),
    "engage": ("used", "pk"),
    "reste": ("remaining", "pk"),
    "date": ("decided_on", "pk"),
}


def list_delegations(actor: Actor, search: DelegationSearch) -> QuerySet[Any]:
    """The delegations that I gave, and those that the funders of my region received; with their use."""
    rows: QuerySet[Any] = Envelope.objects.visible_to(actor).exclude(giver=None)
    rows = rows.select_related("owner", "giver", "territory", "consumption")
    rows = rows.annotate(used=F("delegated") + F("held")).annotate(remaining=F("amount") - F("used"))
    said = {
        "parent": search.envelope,
        "year": search.year,
        "source": search.source,
        "territory": search.territory,
    }
    rows = rows.filter(**{name: value for name, value in said.items() if value})
    for word in search.text.split():
        rows = rows.filter(
            Q(label__icontains=word) | Q(basis__icontains=word) | Q(territory__name__icontains=word)
            | Q(owner__short_name__icontains=word) | Q(owner__name__icontains=word) | Q(giver__short_name__icontains=word)
        )  # fmt: skip
    return in_order(rows, search.sort, DELEGATION_SORTS, "region")


def use_of(row: Envelope) -> Use:
    """What a delegation has become: what is committed as it is read, what is granted and paid as it was last told."""
    told = row.consumption
    return Use(row.amount, row.committed, told.granted, told.paid)


def total_use(rows: QuerySet[Any]) -> Use:
    """The uses of all these delegations together."""
    sums = rows.order_by().aggregate(
        delegated=Coalesce(Sum("amount"), NOTHING), committed=Coalesce(Sum("used"), NOTHING),
        granted=Coalesce(Sum("consumption__granted"), NOTHING), paid=Coalesce(Sum("consumption__paid"), NOTHING),
    )  # fmt: skip
    return Use(**sums)


def list_receivers(actor: Actor) -> QuerySet[Organisation]:
    """The institutions to which a national body may delegate: agencies, funds, labour directorates."""
    rows = Organisation.objects.filter(kind__in=[one.value for one in INSTITUTIONS]).exclude(pk=actor.organisation_id)
    return rows.select_related("territory").order_by("territory__name", "short_name")


def list_movements(actor: Actor, envelope: Envelope) -> QuerySet[Movement]:
    """The decisions on a received envelope, newest first."""
    return Movement.objects.visible_to(actor).filter(envelope=envelope)
