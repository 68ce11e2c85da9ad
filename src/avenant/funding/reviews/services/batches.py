"""One act on several dossiers of the queue: each has it, or is left with its reason while the others have theirs."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from avenant.domain.decision import DomainError
from avenant.domain.french import counted
from avenant.foundations.messages.services import Message, notify
from avenant.foundations.parties.actors import Actor
from avenant.funding.reviews import policies
from avenant.funding.reviews.models import Instruction
from avenant.funding.reviews.selectors import instructions as selectors
from avenant.funding.reviews.services import opening

MOST = 200
"""Dossiers that one act reaches at most: it answers within the request."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of each dossier."""

    done: tuple[Instruction, ...]
    left: tuple[tuple[Instruction, str], ...]


def assign_each(*, actor: Actor, dossiers: Sequence[uuid.UUID], person_id: uuid.UUID, at: datetime) -> Batch:
    """Give each dossier to one examiner, who is told once."""
    batch = _each(
        actor, dossiers,
        lambda one: opening.assign_examiner(actor=actor, dossier_id=one, person_id=person_id, at=at, tell=False),
    )  # fmt: skip
    if batch.done and person_id != actor.person_id:
        first = batch.done[0]
        notify(
            first.circle_id, first.owner_id, [person_id],
            Message(
                key=f"instruction:{first.pk}:assigned-with-others:{at:%Y%m%dT%H%M%S}",
                title=f"À instruire : {counted(len(batch.done), 'dossier')}", act="Ouvrir mes instructions",
                page=f"{reverse('reviews:desk')}?miens=on", waiting=actor.organisation,
                consequence="Les dossiers attendent leur instruction.",
            ), at=at,
        )  # fmt: skip
    return batch


def label_each(*, actor: Actor, dossiers: Sequence[uuid.UUID], label: str, at: datetime, remove: bool = False) -> Batch:
    """Add a label to each dossier, or take it off; the others that a dossier has stay."""

    def relabel(dossier_id: uuid.UUID) -> Instruction:
        had = opening.examining(actor, dossier_id).labels
        kept = [one for one in had if one != label.strip()]
        return opening.label_instruction(
            actor=actor, dossier_id=dossier_id, labels=kept if remove else [*kept, label], at=at
        )

    return _each(actor, dossiers, relabel)


@transaction.atomic
def _each(actor: Actor, dossiers: Sequence[uuid.UUID], act: Callable[[uuid.UUID], Instruction]) -> Batch:
    policies.may_act_on_several(actor).or_raise()
    if not dossiers:
        raise DomainError("Choisissez au moins un dossier.", code="none")
    if len(dossiers) > MOST:
        raise DomainError(f"Un acte porte sur {MOST} dossiers au plus : filtrez la liste.", code="too_many")
    done, left = [], []
    for one in sorted(set(dossiers)):  # always in one order: two officers who act at once wait for each other
        try:
            with transaction.atomic():
                done.append(act(one))
        except DomainError as refusal:
            left.append((selectors.get_instruction(actor, one), refusal.message))
    return Batch(tuple(done), tuple(left))
