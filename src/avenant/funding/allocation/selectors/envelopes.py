"""Envelopes of the funders, their aids, and the sources that a call opens."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404

from avenant.domain.audiences import OrganisationKind
from avenant.foundations.journal.models import Event
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation, Territory
from avenant.funding.allocation.models import (
    Aid,
    Envelope,
    OpenedSource,
)
from avenant.funding.allocation.selectors.ordering import EUROS, NOTHING, in_order
from avenant.funding.calls.models import PublishedCall


@dataclass(frozen=True, slots=True)
class EnvelopeSearch:
    """Which envelopes to show."""

    year: int | None = None
    source: str = ""
    funder: uuid.UUID | None = None
    territory: str = ""
    text: str = ""
    sort: str = ""


ENVELOPE_SORTS = {
    "financeur": ("owner__short_name", "-year", "territory_id", "pk"),
    "montant": ("amount", "pk"),
    "reste": ("remaining", "pk"),
    "annee": ("year", "owner__short_name", "pk"),
}


def list_envelopes(actor: Actor, search: EnvelopeSearch) -> QuerySet[Any]:
    """The envelopes of the region's funders in one view: reserved, granted, paid and remaining, each by its own lines.

    What I delegated to another is not among mine: delegations.py.
    """
    aids = Aid.objects.filter(envelope=OuterRef("pk")).order_by().values("envelope")
    rows: QuerySet[Any] = Envelope.objects.visible_to(actor).exclude(giver=actor.organisation_id)
    rows = rows.select_related("owner", "territory", "parent", "giver")
    rows = rows.annotate(
        reserved=_summed(aids, "reserved"),
        granted=_summed(aids, "granted"),
        paid=Coalesce(
            Subquery(
                aids.annotate(sum=Sum(Coalesce("dossier__award__paid", "paid"))).values("sum"), output_field=EUROS
            ),
            NOTHING,
        ),
    ).annotate(remaining=F("amount") - F("delegated") - F("held"))
    return in_order(_filtered(rows, search), search.sort, ENVELOPE_SORTS, "-annee")


def _summed(aids: QuerySet[Any, Any], field: str) -> Coalesce:
    return Coalesce(Subquery(aids.annotate(sum=Sum(field)).values("sum"), output_field=EUROS), NOTHING)


def _filtered(rows: QuerySet[Any], search: EnvelopeSearch) -> QuerySet[Any]:
    said = {"year": search.year, "source": search.source, "owner": search.funder, "territory": search.territory}
    rows = rows.filter(**{name: value for name, value in said.items() if value})
    for word in search.text.split():
        rows = rows.filter(
            Q(label__icontains=word) | Q(owner__name__icontains=word) | Q(owner__short_name__icontains=word)
            | Q(territory__name__icontains=word) | Q(basis__icontains=word)
        )  # fmt: skip
    return rows


def get_envelope(actor: Actor, envelope_id: uuid.UUID) -> Envelope:
    """One envelope; 404 outside its circle."""
    rows = Envelope.objects.visible_to(actor).select_related("owner", "territory", "giver", "parent")
    return get_object_or_404(rows, pk=envelope_id)


def list_own_envelopes(actor: Actor) -> QuerySet[Envelope]:
    """The envelopes that my institution writes."""
    rows = Envelope.objects.visible_to(actor).filter(owner_id=actor.organisation_id)
    return rows.select_related("owner", "territory", "giver").order_by("-year", "source", "territory_id", "label")


def list_parts(actor: Actor, envelope: Envelope) -> QuerySet[Envelope]:
    """What an envelope delegates to territories and uses of its own funder."""
    rows = Envelope.objects.visible_to(actor).filter(parent=envelope, giver=None)
    return rows.select_related("owner", "territory")


def list_envelope_events(actor: Actor, envelope: Envelope) -> QuerySet[Event]:
    """What happened to an envelope, newest first: of a received one, what its giver did and what its owner did."""
    rows = Event.objects.visible_to(actor).filter(subject=envelope.pk)
    return rows.select_related("organisation__territory")


@dataclass(frozen=True, slots=True)
class AidSearch:
    """Which aids to show, of one envelope, one dossier, or all those that I see."""

    envelope: uuid.UUID | None = None
    dossier: uuid.UUID | None = None
    text: str = ""
    sort: str = ""


AID_SORTS = {
    "beneficiaire": ("beneficiary", "on", "pk"),
    "accorde": ("granted", "pk"),
    "date": ("on", "pk"),
    "financeur": ("envelope__owner__short_name", "beneficiary", "pk"),
}


def list_aids(actor: Actor, search: AidSearch) -> QuerySet[Any]:
    """The aids of all the funders, dossier by dossier, so that none is paid twice. ``paid_now`` follows the grant."""
    rows: QuerySet[Any] = Aid.objects.visible_to(actor).select_related(
        "envelope__owner", "envelope__territory", "dossier", "told__establishment"
    )
    rows = rows.annotate(paid_now=Coalesce("dossier__award__paid", "paid"))
    if search.envelope:
        rows = rows.filter(envelope=search.envelope)
    if search.dossier:
        rows = rows.filter(dossier=search.dossier)
    for word in search.text.split():
        rows = rows.filter(
            Q(beneficiary__icontains=word) | Q(subject__icontains=word) | Q(dossier__number__icontains=word)
            | Q(envelope__owner__short_name__icontains=word)
        )  # fmt: skip
    return in_order(rows, search.sort, AID_SORTS, "beneficiaire")


def find_aid(actor: Actor, envelope_id: uuid.UUID, aid_id: uuid.UUID) -> Aid | None:
    """One aid of an envelope; None once it was withdrawn. ``paid_now`` follows the grant."""
    rows: QuerySet[Any] = Aid.objects.visible_to(actor).select_related(
        "envelope__owner", "envelope__territory", "envelope__giver", "dossier", "told__scheme", "told__establishment",
        "told__owner__territory",
    )  # fmt: skip
    rows = rows.filter(envelope=envelope_id, pk=aid_id).annotate(paid_now=Coalesce("dossier__award__paid", "paid"))
    found: Aid | None = rows.first()
    return found


def list_funders(actor: Actor) -> QuerySet[Organisation]:
    """The institutions of my region that fund; a national body reads its own envelopes."""
    if actor.kind is OrganisationKind.NATIONAL:
        return Organisation.objects.filter(pk=actor.organisation_id)
    return Organisation.objects.filter(territory_id=actor.territory, kind__in=["ars", "fund", "labour"])


def list_territories(actor: Actor) -> QuerySet[Territory]:
    """My region and its parts; for a national body, the regions."""
    if actor.kind is OrganisationKind.NATIONAL:
        return Territory.objects.filter(kind=Territory.Kind.REGION).order_by("name")
    return Territory.objects.filter(Q(pk=actor.territory) | Q(parent_id=actor.territory)).order_by("code")


def list_sources(actor: Actor, call: PublishedCall) -> QuerySet[OpenedSource]:
    """The funding sources that a call opens."""
    return OpenedSource.objects.visible_to(actor).filter(call=call)
