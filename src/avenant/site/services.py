"""The views that a person keeps: their own alone, whatever else their organisation shares."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from django.db import transaction
from django.http import Http404, QueryDict
from django.urls import Resolver404, resolve

from avenant.domain.decision import DomainError
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.services import own_circle
from avenant.site import selectors
from avenant.site.models import SavedView

MOST, LONGEST = 50, 1500
OF_THE_MOMENT = ("page", "apres")
"""Where one is in a list, which a view does not keep."""


def read_address(address: str) -> tuple[str, str]:
    """The path and the query of a list of ours. Raises DomainError for what is not one of our pages, or is too long."""
    said = urlsplit(address)
    try:
        if said.scheme or said.netloc or not said.path.startswith("/"):
            raise Resolver404
        resolve(said.path)
    except Resolver404:
        raise DomainError("Cette page n’est pas une liste de la plateforme.", code="address") from None
    query = QueryDict(said.query, mutable=True)
    for name in OF_THE_MOMENT:
        query.pop(name, None)
    kept = query.urlencode()
    if len(said.path) > 200 or len(kept) > LONGEST:
        raise DomainError("Ce filtre est trop long pour être enregistré : retirez-en des mots.", code="address")
    return said.path, kept


@transaction.atomic
def save_view(*, actor: Actor, name: str, address: str) -> SavedView:
    """Keep a list under a name; the same name again keeps the new filter. Raises DomainError without a name, or beyond
    fifty views."""
    path, query = read_address(address)
    said = " ".join(name.split())[:80]
    if not said:
        raise DomainError("Donnez un nom à cette vue.", code="name")
    mine = selectors.list_saved_views(actor)
    if mine.exclude(name=said).count() >= MOST:
        raise DomainError(f"Vous avez déjà {MOST} vues : retirez-en une.", code="name")
    row, _ = mine.update_or_create(
        name=said,
        defaults={"path": path, "query": query},
        create_defaults={
            "path": path, "query": query, "circle_id": own_circle(actor), "private_to_id": actor.organisation_id,
            "person_id": actor.person_id,
        },
    )  # fmt: skip
    return row


@transaction.atomic
def forget_view(*, actor: Actor, view_id: uuid.UUID) -> str:
    """Take a view away; its name. 404 for another person's."""
    row = selectors.list_saved_views(actor).filter(pk=view_id).first()
    if row is None:
        raise Http404
    row.delete()
    return row.name
