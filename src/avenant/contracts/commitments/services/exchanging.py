"""Who gave what to whom, and who asked whom for an expertise."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse

from avenant.contracts.commitments import policies, selectors
from avenant.contracts.commitments.models import Exchange, ExpertiseRequest
from avenant.contracts.commitments.services.planning import PLATFORM_TERM, end_of_day
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.contracts.drafting.policies import LEADS
from avenant.domain.decision import DomainError
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor

ANSWERED_AFTER = timedelta(days=30)
"""Term proposed by the platform: the texts give none."""


@dataclass(frozen=True, slots=True)
class ExchangeDraft:
    """What was given. ``giver`` and ``receiver`` are keys of parties; my organisation is one of them."""

    giver: str
    receiver: str
    on: date
    what: str
    purpose: str
    basis: str
    clause_key: str = ""


@dataclass(frozen=True, slots=True)
class ExpertiseDraft:
    """What is asked, of which party, for an answer before the end of a day."""

    asked_of: str
    expertise: str
    subject: str
    due_on: date | None = None


def _page(contract: Contract) -> str:
    return reverse("commitments:exchanges", args=[contract.pk])


def _party(contract: Contract, key: str) -> ContractParty:
    found = next((one for one in contract.parties.all() if one.organisation.key == key), None)
    if found is None:
        raise DomainError("Choisissez une partie du contrat.")
    return found


@transaction.atomic
def log_exchange(*, actor: Actor, contract_id: uuid.UUID, draft: ExchangeDraft, at: datetime) -> Exchange:
    """Note what a party gave another: one of the two writes it. Never rewritten.

    Raises DomainError for an exchange between others, with itself, of a day to come, or without purpose and basis.
    """
    contract = drafting.get_contract(actor, contract_id, lock=True)
    policies.may_take_part(actor, contract).or_raise()
    giver, receiver = _party(contract, draft.giver), _party(contract, draft.receiver)
    if giver == receiver:
        raise DomainError("Un échange va d’un organisme à un autre.")
    if actor.organisation_id not in (giver.organisation_id, receiver.organisation_id):
        raise DomainError("Un échange se note par celui qui remet ou par celui qui reçoit.")
    if draft.on > selectors.local_day(contract, at):
        raise DomainError("Le journal dit ce qui a été remis\u202f: la date n’est pas à venir.")
    if not (draft.what.strip() and draft.purpose.strip() and draft.basis.strip()):
        raise DomainError("Dites ce qui est remis, pour quelle finalité et sur quel fondement.")
    row = Exchange.objects.create(
        circle_id=contract.circle_id,
        contract=contract,
        giver_id=giver.organisation_id,
        receiver_id=receiver.organisation_id,
        on=draft.on,
        what=draft.what.strip(),
        purpose=draft.purpose.strip(),
        basis=draft.basis.strip(),
        clause_key=draft.clause_key,
        logged_at=at,
        logged_by_id=actor.person_id,
    )
    record(
        contract.circle_id,
        verb="exchange.logged",
        label=f"Échange noté\u202f: {row.what}",
        actor=actor,
        at=at,
        evidence={"giver": draft.giver, "receiver": draft.receiver, "basis": row.basis},
        page=_page(contract),
    )
    return row


@transaction.atomic
def ask_expertise(*, actor: Actor, contract_id: uuid.UUID, draft: ExpertiseDraft, at: datetime) -> ExpertiseRequest:
    """Ask another party for one of its specialists; its answer is due on a day (thirty days by default)."""
    contract = drafting.get_contract(actor, contract_id, lock=True)
    policies.may_take_part(actor, contract).or_raise()
    asked_of = _party(contract, draft.asked_of)
    if asked_of.organisation_id == actor.organisation_id:
        raise DomainError("Une expertise se demande à un autre organisme.")
    today = selectors.local_day(contract, at)
    due_on = draft.due_on or today + ANSWERED_AFTER
    if due_on < today:
        raise DomainError("La réponse se demande pour aujourd’hui au plus tôt.")
    if draft.expertise not in ExpertiseRequest.Expertise.values or not draft.subject.strip():
        raise DomainError("Choisissez une expertise et dites sur quoi elle porte.")
    row = ExpertiseRequest.objects.create(
        circle_id=contract.circle_id,
        contract=contract,
        asked_by_id=actor.organisation_id,
        asked_of_id=asked_of.organisation_id,
        expertise=draft.expertise,
        subject=draft.subject.strip(),
        asked_at=at,
        due_at=end_of_day(contract, due_on),
    )
    journal.plan(
        contract.circle_id,
        journal.Due(
            key=f"expertise:{row.pk}",
            label=f"Répondre à la demande d’expertise\u202f: {row.subject}",
            organisation_id=asked_of.organisation_id,
            role=LEADS.get(ContractParty.Role(asked_of.role)),
            waiting=row.asked_by.short_name,
            due_at=row.due_at,
            zone=contract.territory.time_zone,
            page=_page(contract),
            basis=PLATFORM_TERM,
            consequence="La demande reste sans réponse.",
        ),
    )
    record(
        contract.circle_id,
        verb="expertise.asked",
        label=f"Expertise demandée\u202f: {row}",
        actor=actor,
        at=at,
        page=_page(contract),
    )
    return row


@transaction.atomic
def answer_expertise(
    *, actor: Actor, contract_id: uuid.UUID, request_id: int, answer: str, reason: str, at: datetime
) -> ExpertiseRequest:
    """Accept, or decline with a reason: an optional means that is declined is not a commitment that is not held."""
    row = selectors.get_expertise(actor, contract_id, request_id, lock=True)
    policies.may_answer(actor, row).or_raise()
    if answer not in ExpertiseRequest.Answer.values:
        raise DomainError("Acceptez la demande, ou déclinez-la.")
    if answer != ExpertiseRequest.Answer.ACCEPTED and not reason.strip():
        raise DomainError("Une demande se décline avec un motif.")
    row.answer, row.reason, row.answered_at = answer, reason.strip(), at
    row.save(update_fields=["answer", "reason", "answered_at"])
    journal.close(f"expertise:{row.pk}")
    record(
        row.circle_id,
        verb="expertise.answered",
        label=f"Demande d’expertise {row.get_answer_display()}\u202f: {row.subject}",
        actor=actor,
        at=at,
        reason=row.reason,
        page=_page(row.contract),
    )
    return row
