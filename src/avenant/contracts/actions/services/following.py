"""Where an action stands, and at the end what became of the effects that it expected."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from avenant.contracts.actions import policies, selectors
from avenant.contracts.actions.models import Effect, Progress
from avenant.contracts.actions.selectors import ActionLine
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.models import Contract
from avenant.contracts.drafting.services.signing import today_of
from avenant.domain.decision import DomainError
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor


def page_of(contract: Contract) -> str:
    """Where the actions of a contract are."""
    return reverse("actions:contract", args=[contract.pk])


def line_of(actor: Actor, contract_id: uuid.UUID, clause_key: str, at: datetime) -> tuple[Contract, ActionLine]:
    """An action of a contract that is locked. Raises DomainError for a clause that is no action of it."""
    contract = drafting.get_contract(actor, contract_id, lock=True)
    line = selectors.get_action(actor, contract, clause_key, today_of(contract, at))
    if line is None:
        raise DomainError("Cette action n’est pas dans le contrat.")
    return contract, line


@transaction.atomic
def say_progress(
    *, actor: Actor, contract_id: uuid.UUID, clause_key: str, state: Progress.State, comment: str, at: datetime
) -> Progress:
    """My party says where an action that it answers for stands. Raises DomainError for one dropped without a reason."""
    contract, line = line_of(actor, contract_id, clause_key, at)
    policies.may_say_progress(actor, contract, line.pilot).or_raise()
    if line.pilot is None:
        raise DomainError("Cette action n’a pas de partie responsable.")
    if state == Progress.State.DROPPED and not comment.strip():
        raise DomainError("Dites pourquoi l’action est abandonnée.")
    row, _ = Progress.objects.update_or_create(
        contract=contract,
        clause_key=clause_key,
        defaults={
            "circle_id": contract.circle_id, "party": line.pilot, "state": state, "comment": comment.strip(),
            "said_at": at,
        },
    )  # fmt: skip
    record(
        contract.circle_id,
        verb="action.progress",
        label=f"Action {row.get_state_display()}\u202f: {line.clause}",
        actor=actor,
        at=at,
        reason=row.comment,
        page=page_of(contract),
    )
    return row


@transaction.atomic
def assess_effect(
    *, actor: Actor, contract_id: uuid.UUID, clause_key: str, effect: str, rating: Effect.Rating, comment: str,
    at: datetime,
) -> Effect:  # fmt: skip
    """Rate an effect that a sheet expects, with a comment; said again, the later stands (S3-5.V2.2-09)."""
    contract, line = line_of(actor, contract_id, clause_key, at)
    policies.may_follow(actor, contract).or_raise()
    if effect not in [name for name, _ in line.effects]:
        raise DomainError("Cet effet n’est pas de ceux que la fiche attend.")
    if not comment.strip():
        raise DomainError("Commentez l’appréciation\u202f: sur quoi se fonde-t-elle\u202f?")
    row, _ = Effect.objects.update_or_create(
        contract=contract,
        clause_key=clause_key,
        effect=effect,
        defaults={
            "circle_id": contract.circle_id, "rating": rating, "comment": comment.strip(),
            "assessed_on": today_of(contract, at),
        },
    )  # fmt: skip
    record(
        contract.circle_id,
        verb="action.effect_assessed",
        label=f"Effet apprécié, {row}",
        actor=actor,
        at=at,
        reason=row.comment,
        page=page_of(contract),
    )
    return row
