"""Reads of aids, actor first."""

from __future__ import annotations

import uuid

from django.shortcuts import get_object_or_404

from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants.models import Grant


def get_grant(actor: Actor, grant_id: uuid.UUID) -> Grant:
    """One aid; 404 outside its circle."""
    rows = Grant.objects.visible_to(actor).select_related(
        "call__owner", "call__territory", "authority", "beneficiary", "establishment", "dossier"
    )
    return get_object_or_404(rows, pk=grant_id)


def find_grant(actor: Actor, dossier: Dossier) -> Grant | None:
    """The aid of a dossier, once it is granted."""
    return Grant.objects.visible_to(actor).filter(dossier=dossier).first()
