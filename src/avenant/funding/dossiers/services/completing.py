"""A complete dossier is completed on request: the fields asked for, and no other. What was handed in stays as it was."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction

from avenant.domain.decision import Decision, DomainError
from avenant.foundations.documents.models import Document
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers.fields import PIECE
from avenant.funding.dossiers.models import Action, Dossier, Expense, FundingLine, Indicator, Piece, Project
from avenant.funding.dossiers.services.writing import settle

_MODELS: Final[Mapping[str, Any]] = {
    "project": Project, "action": Action, "indicator": Indicator, "expense": Expense, "plan": FundingLine,
}  # fmt: skip


@transaction.atomic
def complete_fields(
    *,
    actor: Actor,
    dossier_id: uuid.UUID,
    values: Mapping[str, Any],
    pieces: Mapping[str, Document],
    at: datetime,
) -> Dossier:
    """Write ``values`` (by the address of :mod:`avenant.funding.dossiers.fields`) and add ``pieces`` (by their name) to a
    complete dossier of the actor's establishment. The caller has checked that each was asked for.

    A piece is added, never replaced. The deposit, hashed, is untouched. Raises DomainError on an address that the
    dossier does not have, or on amounts and dates that contradict each other.
    """
    dossier = (
        Dossier.objects.visible_to(actor).select_for_update(of=("self",)).select_related("call").get(pk=dossier_id)
    )
    if dossier.owner_id != actor.organisation_id:
        Decision.no("Le dossier est complété par son établissement.").or_raise()
    if dossier.state != "complete":
        Decision.no(f"Le dossier est « {dossier.state_label} » : il ne se complète plus.").or_raise()
    for target, value in values.items():
        _write(dossier, target, value)
    for kind, document in pieces.items():
        Piece.objects.create(
            circle_id=dossier.circle_id, dossier=dossier, kind=kind.removeprefix(f"{PIECE}."), document=document,
            added_at=at,
        )  # fmt: skip
    settle(dossier, actor=actor, at=at)
    return dossier


def _write(dossier: Dossier, target: str, value: Any) -> None:
    name, _, rest = target.partition(".")
    if name == "dossier":
        setattr(dossier, rest, value)
        return
    if name == "answer":
        dossier.answers = {**dossier.answers, rest: value}
        return
    key, _, column = rest.partition(".")
    try:
        row = _MODELS[name]._default_manager.get(pk=key, circle_id=dossier.circle_id)  # noqa: SLF001
    except (KeyError, ObjectDoesNotExist):
        raise DomainError("Un champ demandé n’est plus dans le dossier.", code="no_field") from None
    setattr(row, column, value)
    try:
        with transaction.atomic():
            row.save(update_fields=[column])
    except IntegrityError:
        raise DomainError(f"« {row} » : cette valeur contredit le reste du dossier.", code="contradicts") from None
