"""Invoices paid back before the balance: what they give now is cut out of what was left for them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from avenant.domain.decision import DomainError
from avenant.domain.french import format_euros
from avenant.domain.funding.payments import interim_payment
from avenant.domain.money import ZERO
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants import policies, selectors
from avenant.funding.grants.models import Instalment
from avenant.funding.grants.services.agreement import locked


@transaction.atomic
def reimburse(*, actor: Actor, grant_id: uuid.UUID, compliant: Decimal, at: datetime) -> Instalment:
    """Set what the compliant expenses to date give now: the instalment that waits for invoices takes this amount, what is
    left of it follows and waits for the next ones. It is then certified, ordered and paid as any other.

    ``compliant`` are all the expenses accepted since the beginning. Raises DomainError when they give nothing more.
    """
    grant = locked(actor, grant_id)
    waiting = selectors.list_waiting_for_invoices(grant)
    policies.may_reimburse(actor, grant, waiting).or_raise()
    rate, ceiling = grant.aid_rate, grant.said_terms.interim
    if rate is None or ceiling is None:
        raise DomainError("Le taux de cette aide n’est pas connu : ses factures ne se remboursent pas.", code="rate")
    engaged = grant.instalments.filter(state__in=["certified", "ordered", "paid"]).aggregate(sum=Sum("amount"))["sum"]
    due = interim_payment(granted=grant.amount, rate=rate, compliant=compliant, paid=engaged or ZERO, ceiling=ceiling)
    pool = sum((one.amount for one in waiting), ZERO)
    amount = min(due, pool)
    if not amount:
        raise DomainError(
            f"{format_euros(engaged or ZERO)} sont déjà versés ou engagés : ces dépenses ne donnent rien de plus avant le "
            "solde.", code="nothing",
        )  # fmt: skip
    now, *later = waiting
    now.amount = amount
    now.save(update_fields=["amount"])
    _leave(now, later, pool - amount, at=at)
    record(
        grant.circle_id, verb="grant.reimburse", actor=actor, at=at, page=grant.page(), subject=now.pk,
        label=f"Versement {now.number} sur factures : {format_euros(amount)}",
        evidence={"compliant": str(compliant), "amount": str(amount), "left": str(pool - amount)},
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
        number=one.number + 1, amount=amount, after=one.after, needs=one.needs,
    )  # fmt: skip
