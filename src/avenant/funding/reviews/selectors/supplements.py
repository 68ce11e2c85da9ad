"""Requests for more, as the establishment and the institutions read them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers.facts import content_of
from avenant.funding.dossiers.fields import PIECE, Field, find_field, list_fields, read_value
from avenant.funding.dossiers.models import Dossier
from avenant.funding.reviews.models import AskedField, Supplement


@dataclass(frozen=True, slots=True)
class AskedLine:
    """One thing asked, with how it is read, what it was and what is answered."""

    asked: AskedField
    kind: str

    @property
    def before(self) -> Any:
        return read_value(self.kind, self.asked.before)

    @property
    def value(self) -> Any:
        return read_value(self.kind, self.asked.value)


def list_supplements(actor: Actor, dossier: Dossier) -> QuerySet[Supplement]:
    """The requests made on a dossier, in their order."""
    return Supplement.objects.visible_to(actor).filter(dossier=dossier).select_related("owner", "person")


def get_supplement(actor: Actor, supplement_id: uuid.UUID) -> Supplement:
    """One request; 404 outside the dossier's circle."""
    rows = Supplement.objects.visible_to(actor).select_related(
        "dossier__call__owner", "dossier__owner", "owner", "person"
    )
    return get_object_or_404(rows, pk=supplement_id)


def list_asked(actor: Actor, supplement: Supplement) -> list[AskedLine]:
    """What a request asks, each with its kind; a question is a long text."""
    content, pieces = content_of(supplement.dossier), supplement.dossier.call.book().vocabulary.pieces
    rows = AskedField.objects.visible_to(actor).filter(supplement=supplement).select_related("document")
    return [AskedLine(one, _kind(find_field(content, pieces, one.target), one.target)) for one in rows]


def _kind(field: Field | None, target: str) -> str:
    if target.startswith(f"{PIECE}."):
        return PIECE
    return field.kind if field else "long"


def list_askable(dossier: Dossier) -> list[Field]:
    """Every field and piece that may be asked of a dossier already fetched through what the actor sees."""
    return list_fields(content_of(dossier), dossier.call.book().vocabulary.pieces)
