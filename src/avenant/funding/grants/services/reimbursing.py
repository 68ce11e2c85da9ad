"""Invoices paid back before the balance: what they give now is cut out of what was left for them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.domain.french import format_euros
from avenant.domain.funding.awards import INVOICES
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants import policies, selectors
from avenant.funding.grants.models import Grant, Instalment, InstalmentDocument
from avenant.funding.grants.services.agreement import locked, today_of


@dataclass(frozen=True, slots=True)
class AcceptedInvoice:
    """An invoice, or a credit note, that was read and accepted: it justifies the payment that it gives."""

    code: str
    label: str
    document: Document | None = None


@transaction.atomic
def reimburse(
    *, actor: Actor, grant_id: uuid.UUID, compliant: Decimal, invoices: Sequence[AcceptedInvoice], at: datetime
) -> Instalment:
    """Set what the compliant expenses to date give now: the instalment that waits for invoices takes this amount, justified
    by them; what is left of it follows and waits for the next ones. It is then certified, ordered and paid as any other.

    ``compliant`` are all the expenses accepted since the beginning, ``invoices`` those that no payment counts yet. Raises
    DomainError when they give nothing more.
    """
    grant = locked(actor, grant_id)
    former = selectors.list_waiting_for_invoices(grant)
    kept = _justified(former[0]) if former else {}
    one = _set(actor, grant, compliant, reason="", at=at)
    one.needs = {**kept, **{each.code: each.label for each in invoices}}
    one.save(update_fields=["needs"])
    for each in invoices:
        InstalmentDocument.objects.create(
            circle_id=grant.circle_id, instalment=one, code=each.code, document=each.document,
            received_on=today_of(grant, at), verdict=InstalmentDocument.Verdict.ACCEPTED, judged_at=at,
        )  # fmt: skip
    return one


def _justified(one: Instalment) -> dict[str, str]:
    """What already came for this payment: the invoices of an earlier request that was not certified yet."""
    come = set(one.documents.values_list("code", flat=True))
    return {code: label for code, label in one.needs.items() if code in come}


@transaction.atomic
def reimburse_by_hand(
    *, actor: Actor, grant_id: uuid.UUID, compliant: Decimal, reason: str, at: datetime
) -> Instalment:
    """The same for a total that an agent types, with the reason why no report holds these expenses; the payment then waits
    for the invoices themselves."""
    grant = locked(actor, grant_id)
    if not reason.strip():
        raise DomainError(
            "Un total saisi à la main a son motif : sans lui, il vient des dépenses acceptées.", code="reason"
        )
    return _set(actor, grant, compliant, reason=reason.strip(), at=at)


def _set(actor: Actor, grant: Grant, compliant: Decimal, *, reason: str, at: datetime) -> Instalment:
    waiting = selectors.list_waiting_for_invoices(grant)
    policies.may_reimburse(actor, grant, waiting).or_raise()
    told = selectors.interim_of(grant, compliant)
    if not told.amount:
        raise DomainError(
            f"{format_euros(told.engaged)} sont déjà versés ou engagés : ces dépenses ne donnent rien de plus avant le "
            "solde.", code="nothing",
        )  # fmt: skip
    now, *later = waiting
    now.amount = told.amount
    now.save(update_fields=["amount"])
    left = told.pool - told.amount
    _leave(now, later, left, at=at)
    record(
        grant.circle_id, verb="grant.reimburse", actor=actor, at=at, reason=reason, page=grant.page(), subject=now.pk,
        label=f"Versement {now.number} sur factures : {format_euros(told.amount)}",
        evidence={"compliant": str(compliant), "amount": str(told.amount), "left": str(left)},
    )  # fmt: skip
    return now


def _leave(one: Instalment, later: Sequence[Instalment], amount: Decimal, *, at: datetime) -> None:
    """What is left for the next invoices is one instalment after ``one``, or none when nothing is."""
    for row in later if not amount else later[1:]:
        row.delete()
    if later and amount:
        later[0].amount = amount
        later[0].save(update_fields=["amount"])
    elif amount:
        _insert_after(one, amount, at=at)


def _insert_after(one: Instalment, amount: Decimal, *, at: datetime) -> None:
    """A new instalment takes the next rank; the others move by one."""
    for later in Instalment.objects.filter(grant=one.grant_id, number__gt=one.number).order_by("-number"):
        later.number += 1
        later.save(update_fields=["number"])
    Instalment.objects.create(
        circle_id=one.circle_id, state=Instalment.lifecycle.start, state_since=at, grant_id=one.grant_id,
        number=one.number + 1, amount=amount, after=one.after, needs=dict(INVOICES),
    )  # fmt: skip
