"""The aids granted to an establishment and to its group, as the rules of a new call add them up."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import Q
from django.db.models.functions import Left

from avenant.domain.rules.facts import EarlierAid
from avenant.foundations.parties.models import Establishment
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants.models import Grant

SIREN = 9


def tell_earlier_aids(dossiers: Collection[Dossier]) -> dict[uuid.UUID, tuple[EarlierAid, ...]]:
    """The aids in force of each dossier's establishment, and of the other establishments of its legal entity (same FINESS of
    the entity, or same SIREN), that whoever reads may see; an aid that was cancelled counts for nothing."""
    places = [one.establishment for one in dossiers]
    entities = {one.finess_ej for one in places if one.finess_ej}
    sirens = {one.siret[:SIREN] for one in places if one.siret}
    near = Q(establishment__in=places) | Q(establishment__finess_ej__in=entities) | Q(siren__in=sirens)
    rows = Grant.objects.annotate(siren=Left("siret", SIREN)).filter(near).exclude(state="cancelled")
    grants = list(rows.select_related("establishment").order_by("decided_on", "pk"))
    found: dict[uuid.UUID, list[EarlierAid]] = defaultdict(list)
    for dossier in dossiers:
        for grant in grants:
            holder = _holder(grant, dossier.establishment)
            if holder and grant.dossier_id != dossier.pk:
                found[dossier.pk].append(
                    EarlierAid(on=grant.decided_on, amount=grant.amount, holder=holder, scheme=grant.title)
                )
    return {pk: tuple(aids) for pk, aids in found.items()}


def _holder(grant: Grant, place: Establishment) -> str:
    """« beneficiary » for the establishment itself, « group » for another of its legal entity, empty for a stranger."""
    if grant.establishment_id == place.pk or (place.siret and grant.siret == place.siret):
        return "beneficiary"
    theirs: Iterable[str] = (grant.siret[:SIREN], grant.establishment.finess_ej if grant.establishment else "")
    ours = (place.siret[:SIREN] if place.siret else "", place.finess_ej)
    return "group" if any(one and one == other for one, other in zip(theirs, ours, strict=True)) else ""
