"""What each party brings to an action in a year, declared by the party itself so that the balance can be discussed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.contracts.drafting import policies
from avenant.contracts.drafting.models import Contribution
from avenant.contracts.drafting.selectors import clauses_on, get_contract
from avenant.domain.contracts import ClauseKind
from avenant.domain.decision import DomainError
from avenant.domain.french import format_number
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor

ACTIONS = (ClauseKind.STRAND, ClauseKind.SHEET, ClauseKind.ACTION, ClauseKind.OBJECTIVE)
"""The clauses to which means are assigned."""


@dataclass(frozen=True, slots=True)
class Means:
    """Means of a kind, in one year, for an action (empty: the whole contract)."""

    kind: str
    text: str
    quantity: Decimal
    unit: str
    year: int
    clause_key: str = ""
    profession: str = ""


@transaction.atomic
def declare_contribution(*, actor: Actor, contract_id: uuid.UUID, means: Means, at: datetime) -> Contribution:
    """My party states what it brings. Raises DomainError for an action that the contract does not have, or a year
    outside its term."""
    contract = get_contract(actor, contract_id, lock=True)
    party = policies.speaking_party(actor, contract)
    today = at.astimezone(ZoneInfo(contract.territory.time_zone)).date()
    known = {one.key for one in clauses_on(actor, contract, today, *ACTIONS)}
    if means.clause_key and means.clause_key not in known:
        raise DomainError("Cette action n’est pas dans le contrat. Choisissez-la dans la liste.")
    if contract.starts_on and contract.ends_on and not contract.starts_on.year <= means.year <= contract.ends_on.year:
        raise DomainError(f"Choisissez une année du contrat, de {contract.starts_on.year} à {contract.ends_on.year}.")
    row = Contribution.objects.create(
        circle_id=contract.circle_id,
        contract=contract,
        party=party,
        clause_key=means.clause_key,
        kind=means.kind,
        text=means.text,
        quantity=means.quantity,
        unit=means.unit,
        year=means.year,
        profession=means.profession,
    )
    record(
        contract.circle_id,
        verb="contract.contribution_declared",
        label=f"Apport déclaré pour {row.year}\u202f: {format_number(means.quantity.normalize())} {row.unit}, {row.text}",
        actor=actor,
        at=at,
        page=contract.page(),
    )
    return row


@transaction.atomic
def withdraw_contribution(*, actor: Actor, contract_id: uuid.UUID, contribution_id: int, at: datetime) -> None:
    """My party withdraws what it declared. Raises Refused for another's, or for what the text itself says."""
    contract = get_contract(actor, contract_id, lock=True)
    rows = Contribution.objects.visible_to(actor).filter(contract=contract).select_related("party")
    row = get_object_or_404(rows, pk=contribution_id)
    policies.may_withdraw(actor, row).or_raise()
    record(
        contract.circle_id,
        verb="contract.contribution_withdrawn",
        label=f"Apport retiré pour {row.year}\u202f: {row.text}",
        actor=actor,
        at=at,
        page=contract.page(),
    )
    row.delete()
