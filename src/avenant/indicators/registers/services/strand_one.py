"""Writes about strand 1: what a service says of its objectives, and of its cell."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.http import Http404

from avenant.contracts.drafting import selectors as contracts
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.contracts.drafting.services.signing import today_of
from avenant.domain.contracts import ClauseKind
from avenant.domain.decision import DomainError
from avenant.domain.periods import refuse_to_come
from avenant.domain.registers import steps_of
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.indicators.registers import policies
from avenant.indicators.registers.models import CellRecord, ObjectiveNote


@dataclass(frozen=True, slots=True)
class CellDraft:
    """What a service says of its cell: functions, never names; stages in their order, with their regional names."""

    created_on: date | None = None
    functions: Sequence[str] = ()
    protocol_on: date | None = None
    stages: Sequence[str] = ()
    regional_stages: Sequence[str] = ()


def service_of(contract: Contract) -> ContractParty:
    """The prevention service of a contract; 404 for a contract without one."""
    found = next((one for one in contract.parties.all() if one.role == ContractParty.Role.SERVICE), None)
    if found is None:
        raise Http404
    return found


@transaction.atomic
def note_objective(
    *, actor: Actor, contract_id: uuid.UUID, clause_key: str, year: int, state: str, comment: str,
    validated: Sequence[int], at: datetime,
) -> ObjectiveNote:  # fmt: skip
    """Say where an objective is in a year, and which of its steps are validated."""
    contract = contracts.get_contract(actor, contract_id)
    service = service_of(contract)
    policies.may_note(actor, service.organisation_id).or_raise()
    listed = contracts.clauses_on(actor, contract, at.date(), ClauseKind.OBJECTIVE, ClauseKind.ACTION)
    clause = next((one for one in listed if one.key == clause_key), None)
    if clause is None:
        raise DomainError("Cet objectif n’est pas dans le contrat.")
    if set(validated) - set(range(len(steps_of(clause.body)))):
        raise DomainError("Choisissez parmi les étapes que l’objectif énumère.")
    if state not in ObjectiveNote.State.values:
        raise DomainError("Un objectif est à engager, en cours ou réalisé.")
    note, _ = ObjectiveNote.objects.update_or_create(
        circle_id=contract.circle_id,
        clause_key=clause_key,
        year=year,
        defaults={
            "owner_id": service.organisation_id, "state": state, "comment": comment.strip(),
            "validated": sorted(set(validated)), "at": at, "person_id": actor.person_id,
        },
    )  # fmt: skip
    label = f"Objectif suivi pour {year} : {clause}, {note.get_state_display()}"
    record(contract.circle_id, verb="objective.note", label=label[:250], actor=actor, at=at, page=contract.page())
    return note


@transaction.atomic
def describe_cell(*, actor: Actor, contract_id: uuid.UUID, draft: CellDraft, at: datetime) -> CellRecord:
    """Say whether the cell exists, who makes it up by function, its protocol with the fund, the stages of its index."""
    contract = contracts.get_contract(actor, contract_id)
    service = service_of(contract)
    policies.may_note(actor, service.organisation_id).or_raise()
    for day in (draft.created_on, draft.protocol_on):
        if day is not None:
            refuse_to_come(day, today_of(contract, at))
    if len(set(draft.stages)) != len(draft.stages):
        raise DomainError("Deux stades de l’indice de risque ont le même nom.")
    if len(draft.regional_stages) > len(draft.stages):
        raise DomainError(
            "La liste régionale donne un nom de plus que vos stades : un nom par stade, dans le même ordre."
        )
    cell, _ = CellRecord.objects.update_or_create(
        circle_id=contract.circle_id,
        owner_id=service.organisation_id,
        defaults={
            "created": draft.created_on is not None, "created_on": draft.created_on,
            "functions": list(draft.functions), "protocol": draft.protocol_on is not None,
            "protocol_on": draft.protocol_on, "stages": list(draft.stages),
            "regional_stages": list(draft.regional_stages), "at": at, "person_id": actor.person_id,
        },
    )  # fmt: skip
    label = "Cellule PDP décrite : fonctions, protocole, stades de l’indice de risque"
    record(contract.circle_id, verb="cell.describe", label=label, actor=actor, at=at, page=contract.page())
    return cell
