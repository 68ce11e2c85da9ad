"""The catalogue of schemes that the funders of a territory keep together, each its own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.text import slugify

from avenant.domain.audiences import OrganisationKind
from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.foundations.parties.services import own_circle
from avenant.funding.grants import policies, selectors
from avenant.funding.grants.models import Scheme
from avenant.references.reading import read, typeset_content

KEEPERS = {"ARS": OrganisationKind.ARS, "Caisse": OrganisationKind.FUND}
"""Who keeps a published scheme, by the funder that its text names."""


@transaction.atomic
def add_scheme(*, actor: Actor, said: Mapping[str, Any], at: datetime) -> Scheme:
    """Add a scheme to the catalogue of my territory. Conditions that nobody knows stay blank (S0-2-17).

    Raises DomainError when the same title is there for the same employers from the same day, or when its dates cross.
    """
    policies.may_keep_catalogue(actor).or_raise()
    row = Scheme(owner_id=actor.organisation_id, territory_id=actor.territory)
    return _write(row, said, actor=actor, at=at)


@transaction.atomic
def write_scheme(*, actor: Actor, scheme_id: uuid.UUID, said: Mapping[str, Any], at: datetime) -> Scheme:
    """Write the conditions of a scheme that my institution keeps."""
    row = get_object_or_404(selectors.list_schemes(actor), pk=scheme_id)
    policies.may_write_scheme(actor, row).or_raise()
    return _write(row, said, actor=actor, at=at)


def _write(row: Scheme, said: Mapping[str, Any], *, actor: Actor, at: datetime) -> Scheme:
    for name, value in said.items():
        setattr(row, name, value)
    if not row.title.strip():
        raise DomainError("Nommez le dispositif.", code="title")
    if row.starts_on and row.ends_on and row.ends_on < row.starts_on:
        raise DomainError("Un dispositif ferme après son ouverture.", code="dates")
    row.code = row.code or code_of(row.title, row.variant, row.starts_on)
    if Scheme.objects.filter(territory_id=row.territory_id, code=row.code).exclude(pk=row.pk).exists():
        raise DomainError("Ce dispositif est déjà au catalogue.", code="twin")
    row.folded, row.saved_at = fold(f"{row.title} {row.funder} {row.sector}")[:400], at
    row.save()
    record(own_circle(actor), verb="catalogue.write", label=f"Catalogue : {row}", actor=actor, at=at, subject=row.pk)
    return row


def code_of(title: str, variant: str, starts_on: date | None) -> str:
    """The code of a scheme: what the exclusions of the others name."""
    return slugify(f"{title[:80]} {variant} {starts_on or ''}")


@transaction.atomic
def take_up_catalogue(*, actor: Actor, at: datetime) -> int:
    """Bring in the schemes whose texts are published, those of the catalogue already left as they are; how many.

    Each is kept by the institution of the territory that funds it; by whoever takes it up when none does.
    """
    policies.may_keep_catalogue(actor).or_raise()
    held = set(Scheme.objects.filter(territory_id=actor.territory).values_list("code", flat=True))
    told = [one for one in typeset_content(read("aids"))["scheme"] if one["code"] not in held]
    rows = Organisation.objects.filter(territory_id=actor.territory, kind__in=KEEPERS.values())
    owners = {one.kind: one.pk for one in rows}
    for one in told:
        amounts = {name: Decimal(one[name]) for name in ("rate", "cap") if name in one}
        owner = owners.get(KEEPERS.get(one["funder"], ""), actor.organisation_id)
        _write(Scheme(owner_id=owner, territory_id=actor.territory), {**one, **amounts}, actor=actor, at=at)
    return len(told)
