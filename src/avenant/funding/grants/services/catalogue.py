"""The catalogue of an institution: its financial aids and its national objectives agreements."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.domain.decision import DomainError
from avenant.domain.french import quoted
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Establishment
from avenant.foundations.parties.services import own_circle
from avenant.funding.grants import policies
from avenant.funding.grants.models import FundAid

AT_HOME = ("88.1", "88.10A")
"""Home help and care, by the beginning of the NAF code."""


@transaction.atomic
def write_aid(*, actor: Actor, said: Mapping[str, Any], at: datetime, aid_id: uuid.UUID | None = None) -> FundAid:
    """Add a line to my institution's catalogue, or write it again. Without conditions it stays to be completed."""
    policies.may_keep_catalogue(actor).or_raise()
    rows = FundAid.objects.filter(owner_id=actor.organisation_id)
    row = get_object_or_404(rows, pk=aid_id) if aid_id else FundAid(owner_id=actor.organisation_id)
    for name, value in said.items():
        setattr(row, name, value)
    if row.starts_on and row.ends_on and row.ends_on < row.starts_on:
        raise DomainError("La fin d’une aide suit son début.", code="dates")
    twin = rows.filter(title=row.title, variant=row.variant, starts_on=row.starts_on).exclude(pk=row.pk)
    if twin.exists():
        raise DomainError("Cette aide est déjà au catalogue.", code="twin")
    row.save()
    record(own_circle(actor), verb="catalogue.write", label=f"Catalogue : {row}", actor=actor, at=at, subject=row.pk)
    return row


def list_aids(owner_id: uuid.UUID | None, *, on: date, everything: bool = False) -> list[FundAid]:
    """The lines of a catalogue (of every institution without one) that are valid on a day, or all of them."""
    rows = FundAid.objects.select_related("owner")
    if owner_id is not None:
        rows = rows.filter(owner_id=owner_id)
    return [one for one in rows if everything or is_current(one, on)]


def is_current(one: FundAid, on: date) -> bool:
    """Is a line valid on a day; one without dates is."""
    return (one.starts_on is None or one.starts_on <= on) and (one.ends_on is None or on <= one.ends_on)


def incomplete(rows: list[FundAid]) -> list[FundAid]:
    """The lines whose conditions are to be completed."""
    return [one for one in rows if not one.conditions.strip()]


def mismatch(aid: FundAid, employer: Establishment | None) -> str:
    """The warning of a variant chosen for an employer of the other setting; empty when it suits, or cannot be told."""
    if employer is None or not aid.variant or not employer.naf:
        return ""
    home = employer.naf.startswith(AT_HOME)
    setting = FundAid.Setting.HOME if home else FundAid.Setting.ESTABLISHMENT
    if setting == aid.variant:
        return ""
    return (
        f"{quoted(str(aid.title))} : la fiche choisie est pour « {aid.get_variant_display()} », alors que le code NAF "
        f"{employer.naf} est celui de « {setting.label} »."
    )
