"""The instalments are brought down to the aid: those that wait are cut from the last, what was ordered or paid stays."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from avenant.domain.funding.payments import reduce_unpaid
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import advance
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants import selectors
from avenant.funding.grants.models import Grant, Instalment


def pay_key(one: Instalment) -> str:
    """The natural key of the échéance of a payment."""
    return f"instalment:{one.pk}:pay"


def list_running(grant: Grant) -> list[Instalment]:
    """The instalments that count, locked after their aid."""
    return list(grant.instalments.select_for_update(of=("self",)).exclude(state__in=["cancelled", "lapsed"]))


def cut_to(grant: Grant, amount: Decimal, *, actor: Actor | None, at: datetime, reason: str) -> None:
    """Bring the instalments of an aid, locked, down to an amount. A certified one that is cut is to be certified again; one
    of which nothing is left is cancelled, and nobody is asked to pay it any more."""
    rows = list_running(grant)
    engaged = {one.pk: one.state in {"ordered", "paid"} for one in rows}
    told = [selectors.as_domain(one, settled=engaged[one.pk]) for one in rows]
    for one, cut in zip(rows, reduce_unpaid(told, amount), strict=True):
        if engaged[one.pk] or cut.amount == one.amount:
            continue
        if one.state == "certified":
            advance(one, "uncertify", actor=actor, at=at, reason=reason)
            one.certified_on, one.justified_by = None, []
        one.amount = cut.amount
        one.save(update_fields=["amount", "certified_on", "justified_by"])
        if not one.amount:
            advance(one, "cancel", actor=actor, at=at, reason=reason, label=f"Versement {one.number} annulé")
            journal.drop(pay_key(one))
