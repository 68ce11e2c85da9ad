"""The funding that an action asks of an outside funder, and the objectives set with those who take part in it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from avenant.contracts.actions import policies, selectors
from avenant.contracts.actions.models import ActionFunding, FundingRequest, OperationalObjective
from avenant.contracts.actions.services.following import line_of, page_of
from avenant.contracts.drafting.models import Contract
from avenant.contracts.drafting.services.signing import today_of
from avenant.domain.decision import DomainError
from avenant.domain.french import format_date, format_euros
from avenant.domain.periods import refuse_to_come
from avenant.foundations.journal.states import advance, record
from avenant.foundations.parties.actors import Actor


@transaction.atomic
def prepare_request(
    *, actor: Actor, contract_id: uuid.UUID, clause_key: str, funder: str, asked: Decimal | None, at: datetime
) -> FundingRequest:
    """Begin to follow what an action asks of a funder: one request at a time, another only after a refusal."""
    contract, line = line_of(actor, contract_id, clause_key, at)
    policies.may_say_progress(actor, contract, line.pilot).or_raise()
    held = FundingRequest.objects.filter(contract=contract, clause_key=clause_key, funder=funder.strip())
    if held.exclude(state="refused").exists():
        raise DomainError("Une demande à ce financeur est déjà suivie pour cette action.", code="twin")
    if asked is not None and asked <= 0:
        raise DomainError("Le montant demandé est positif.", code="asked")
    row = _request(contract, clause_key, funder.strip(), at, asked=asked)
    record(contract.circle_id, verb="funding_request.prepare", label=f"{row} : {row.state_label}", actor=actor, at=at,
           page=row.page(), subject=row.pk)  # fmt: skip
    return row


def _request(
    contract: Contract, clause_key: str, funder: str, at: datetime, *, asked: Decimal | None = None,
    submitted_on: date | None = None,
) -> FundingRequest:  # fmt: skip
    return FundingRequest.objects.create(
        circle_id=contract.circle_id, contract=contract, clause_key=clause_key, funder=funder, asked=asked,
        submitted_on=submitted_on, state=FundingRequest.lifecycle.start, state_since=at,
    )  # fmt: skip


@transaction.atomic
def take_over_request(
    *, contract: Contract, clause_key: str, funder: str, submitted_on: date, source: str, at: datetime
) -> FundingRequest:
    """The text of a contract tells that a request waits for its answer since a day."""
    row = _request(contract, clause_key, funder, at, submitted_on=submitted_on)
    return advance(row, "take_over", actor=None, at=at, evidence={"source": source},
                   label=f"{row} : en attente de retour depuis le {format_date(submitted_on)}")  # fmt: skip


def _held(actor: Actor, request_id: uuid.UUID, at: datetime) -> FundingRequest:
    """A request, locked, if my party answers for its action."""
    row = selectors.get_request(actor, request_id, lock=True)
    contract, line = line_of(actor, row.contract_id, row.clause_key, at)
    policies.may_say_progress(actor, contract, line.pilot).or_raise()
    return row


def _refuse_future(row: FundingRequest, on: date, at: datetime) -> None:
    refuse_to_come(on, today_of(row.contract, at), code="on")


@transaction.atomic
def submit_request(*, actor: Actor, request_id: uuid.UUID, on: date, at: datetime) -> FundingRequest:
    """The request was deposited with its funder that day."""
    row = _held(actor, request_id, at)
    _refuse_future(row, on, at)
    row.submitted_on = on
    row.save(update_fields=["submitted_on"])
    return advance(row, "submit", actor=actor, at=at, label=f"{row} : déposée le {format_date(on)}")


@transaction.atomic
def await_answer(*, actor: Actor, request_id: uuid.UUID, at: datetime) -> FundingRequest:
    """The funder has the request: its answer is awaited."""
    return advance(_held(actor, request_id, at), "acknowledge", actor=actor, at=at)


@transaction.atomic
def grant_request(*, actor: Actor, request_id: uuid.UUID, amount: Decimal, on: date, at: datetime) -> FundingRequest:
    """The funder has granted an amount: a line of funding of the action is created."""
    row = _answered(actor, request_id, on, at)
    if amount <= 0:
        raise DomainError("Le montant accordé est positif.", code="amount")
    advance(row, "grant", actor=actor, at=at, label=f"{row} : {format_euros(amount)} accordés",
            evidence={"amount": str(amount)})  # fmt: skip
    ActionFunding.objects.create(circle_id=row.circle_id, contract_id=row.contract_id, clause_key=row.clause_key,
                                 request=row, funder=row.funder, amount=amount, granted_on=on)  # fmt: skip
    return row


@transaction.atomic
def refuse_request(*, actor: Actor, request_id: uuid.UUID, reason: str, on: date, at: datetime) -> FundingRequest:
    """The funder has refused, with its reason."""
    return advance(_answered(actor, request_id, on, at), "refuse", actor=actor, at=at, reason=reason)


def _answered(actor: Actor, request_id: uuid.UUID, on: date, at: datetime) -> FundingRequest:
    row = _held(actor, request_id, at)
    _refuse_future(row, on, at)
    if row.submitted_on is not None and on < row.submitted_on:
        raise DomainError(f"La demande est déposée le {format_date(row.submitted_on)} : la réponse la suit.", code="on")
    if row.submitted_on is not None:
        row.answered_on = on
        row.save(update_fields=["answered_on"])
    return row


REQUEST_STEPS: Final[Mapping[str, Callable[..., Any]]] = {
    "submit": submit_request, "acknowledge": await_answer, "grant": grant_request, "refuse": refuse_request,
}  # fmt: skip
"""What may be said of a request, by the verb of its lifecycle."""


@transaction.atomic
def set_objective(
    *, actor: Actor, contract_id: uuid.UUID, clause_key: str, text: str, enterprises: str, at: datetime
) -> OperationalObjective:
    """Set an operational objective of an action with the enterprises that take part in it."""
    contract, line = line_of(actor, contract_id, clause_key, at)
    policies.may_say_progress(actor, contract, line.pilot).or_raise()
    if not text.strip() or not enterprises.strip():
        raise DomainError("Dites l’objectif et les entreprises avec lesquelles il est défini.", code="blank")
    row, fresh = OperationalObjective.objects.get_or_create(
        contract=contract, clause_key=clause_key, text=text.strip(),
        defaults={"circle_id": contract.circle_id, "enterprises": enterprises.strip(),
                  "agreed_on": today_of(contract, at)},
    )  # fmt: skip
    if not fresh:
        raise DomainError("Cet objectif est déjà défini.", code="twin")
    record(contract.circle_id, verb="action.objective_set", label=f"Objectif opérationnel : {row}", actor=actor, at=at,
           evidence={"enterprises": row.enterprises}, page=page_of(contract))  # fmt: skip
    return row
