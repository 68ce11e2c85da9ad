"""The balance of a year: each party comments its own, the committee freezes it."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.http import Http404
from django.urls import reverse

from avenant.contracts.commitments import policies, selectors
from avenant.contracts.commitments.balances import balances_of, content_of
from avenant.contracts.commitments.models import Balance, PartyYear
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.models import Contract
from avenant.contracts.drafting.policies import party_of
from avenant.domain.decision import DomainError
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor


def _open_year(actor: Actor, contract_id: uuid.UUID, year: int, at: datetime) -> Contract:
    contract = drafting.get_contract(actor, contract_id, lock=True)
    policies.may_take_part(actor, contract).or_raise()
    policies.may_write_year(selectors.frozen_balance(actor, contract, year)).or_raise()
    if year not in selectors.years_of(contract, selectors.local_day(contract, at)):
        raise Http404("Cette année n’est pas de celles du contrat.")
    return contract


def _page(contract: Contract, year: int) -> str:
    return reverse("commitments:balance", args=[contract.pk, year])


@transaction.atomic
def comment_year(*, actor: Actor, contract_id: uuid.UUID, year: int, text: str, at: datetime) -> PartyYear:
    """My party comments its year in the balance."""
    contract = _open_year(actor, contract_id, year, at)
    party = party_of(actor, contract)
    row, _ = PartyYear.objects.update_or_create(
        contract=contract,
        party=party,
        year=year,
        defaults={"comment": text.strip(), "said_at": at, "said_by_id": actor.person_id},
        create_defaults={
            "circle_id": contract.circle_id,
            "comment": text.strip(),
            "said_at": at,
            "said_by_id": actor.person_id,
        },
    )
    record(
        contract.circle_id,
        verb="commitments.year_commented",
        label=f"Bilan des engagements {year} commenté",
        actor=actor,
        at=at,
        page=_page(contract, year),
    )
    return row


@transaction.atomic
def freeze_balance(*, actor: Actor, contract_id: uuid.UUID, year: int, session_id: uuid.UUID, at: datetime) -> Balance:
    """Freeze the balance of a year as a session of the committee examined it, with the hash of its content.

    The year is over, the session has begun and it is of the contract's committees. Raises DomainError otherwise.
    """
    contract = _open_year(actor, contract_id, year, at)
    if selectors.local_day(contract, at).year <= year:
        raise DomainError(f"Le bilan {year} s’arrête une fois l’année terminée.")
    session = selectors.list_sessions(actor, contract).filter(pk=session_id).first()
    if session is None or session.starts_at is None or session.starts_at > at:
        raise DomainError("Choisissez une séance du comité qui a eu lieu.")
    lines = selectors.list_register(actor, contract, year, at)
    content = content_of(lines, balances_of(lines, selectors.list_party_years(actor, contract, year)))
    kept = json.dumps(content, ensure_ascii=False, sort_keys=True)
    earlier = Balance.objects.visible_to(actor).filter(contract=contract, year=year)
    row = Balance.objects.create(
        circle_id=contract.circle_id,
        contract=contract,
        year=year,
        number=(earlier.aggregate(last=Max("number"))["last"] or 0) + 1,
        session=session,
        content=content,
        sha256=hashlib.sha256(kept.encode()).hexdigest(),
        frozen_at=at,
        frozen_by_id=actor.person_id,
    )
    record(
        contract.circle_id,
        verb="commitments.balance_frozen",
        label=f"Bilan des engagements {year} arrêté, version {row.number}",
        actor=actor,
        at=at,
        evidence={"sha256": row.sha256, "session": str(session.pk)},
        page=_page(contract, year),
    )
    return row


@transaction.atomic
def reopen_balance(*, actor: Actor, contract_id: uuid.UUID, year: int, reason: str, at: datetime) -> Balance:
    """Reopen a frozen balance, with a reason; the frozen version stays readable."""
    contract = drafting.get_contract(actor, contract_id, lock=True)
    policies.may_take_part(actor, contract).or_raise()
    row = selectors.frozen_balance(actor, contract, year)
    if row is None:
        raise DomainError("Aucun bilan de cette année n’est arrêté.")
    if not reason.strip():
        raise DomainError("Rouvrir un bilan demande un motif.")
    row.reopened_at, row.reopened_why = at, reason.strip()
    row.save(update_fields=["reopened_at", "reopened_why"])
    record(
        contract.circle_id,
        verb="commitments.balance_reopened",
        label=f"Bilan des engagements {year} rouvert",
        actor=actor,
        at=at,
        reason=row.reopened_why,
        page=_page(contract, year),
    )
    return row
