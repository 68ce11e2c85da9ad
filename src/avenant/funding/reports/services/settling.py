"""The balance of an aid is struck: unpaid instalments are cut first, what was paid too much becomes a claim."""

from __future__ import annotations

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.domain.french import format_euros
from avenant.domain.funding.recovery import ARTICLE
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants import selectors as grants
from avenant.funding.grants.models import Grant
from avenant.funding.grants.services.lending import recall
from avenant.funding.reports import policies
from avenant.funding.reports.balances import Struck, strike
from avenant.funding.reports.models import Recovery, Settlement
from avenant.funding.reports.selectors import statements
from avenant.funding.reports.services import unblocking
from avenant.funding.reports.services.following import locked_grant, midnight_after


def notify_key(recovery: Recovery) -> str:
    """The natural key of the notification of a recovery."""
    return f"recovery:{recovery.pk}:notify"


@transaction.atomic
def strike_balance(
    *, actor: Actor, grant_id: uuid.UUID, reason: str = "", breach: bool = False, at: datetime
) -> Settlement:
    """Strike the balance of an aid, whose reports are read. What is over-paid is established as a recovery.

    ``reason`` is compulsory when a report was never handed in; ``breach`` adds the call's penalty, if it has one.
    Raises Refused while a report waits, DomainError while an earlier recovery of the aid goes on.
    """
    grants.get_grant(actor, grant_id)
    grant = locked_grant(grant_id)
    follow_up = statements.find_follow_up(actor, grant)
    if follow_up is None:
        raise DomainError("Le suivi de cette aide n’est pas ouvert.", code="no_follow_up")
    reports = statements.list_of_grant(actor, grant)
    policies.may_settle(actor, grant, reports, at=at, reason=reason).or_raise()
    if Recovery.objects.filter(grant=grant).exclude(state__in=["settled", "waived"]).exists():
        raise DomainError("Une récupération est en cours\u202f: elle s’achève avant un nouveau solde.", code="open")
    struck = strike(actor, grant, follow_up, breach=breach)
    _refuse_same(grant, struck)
    settlement = _keep(actor, grant, struck, reason, at)
    unblocking.cut(actor, grant, struck.balance, reason=reason, at=at)
    record(
        grant.circle_id, verb="grant.settle", label=struck.sentence, actor=actor, at=at, reason=reason,
        evidence=struck.content(), page=grant.page(), subject=grant.pk,
    )  # fmt: skip
    if settlement.recovered:
        recovery = _establish(actor, grant, settlement, at)
        recall(grant, recovery.recalled, reason=f"{recovery} : {struck.sentence}", actor=actor, at=at)
    elif not settlement.to_pay:
        unblocking.close(actor, grant, at=at)
    return settlement


def _refuse_same(grant: Grant, struck: Struck) -> None:
    """A balance that asks nothing back is struck again once something has changed."""
    last, balance = Settlement.objects.filter(grant=grant).first(), struck.balance
    if last is None or last.recovered or struck.taken.recovered:
        return
    if (last.compliant, last.due, last.paid) == (struck.spent.compliant, balance.due, balance.paid):
        raise DomainError("Ce solde est déjà arrêté : rien n’a changé depuis.", code="same")


def _keep(actor: Actor, grant: Grant, struck: Struck, reason: str, at: datetime) -> Settlement:
    balance, known = struck.balance, Settlement.objects.filter(grant=grant)
    return Settlement.objects.create(
        circle_id=grant.circle_id, grant=grant, number=known.count() + 1, at=at, person_id=actor.person_id,
        granted=balance.granted, compliant=struck.spent.compliant, due=balance.due, paid=balance.paid,
        to_pay=balance.to_pay, recovered=struck.taken.recovered, penalty=struck.taken.penalty, reason=reason.strip(),
        content=struck.content(),
    )  # fmt: skip


@transaction.atomic
def close_grant(*, actor: Actor, grant_id: uuid.UUID, at: datetime) -> Grant:
    """Settle an aid of which nothing is left to pay nor to take back."""
    grants.get_grant(actor, grant_id)
    grant = locked_grant(grant_id)
    settlement = Settlement.objects.filter(grant=grant).first()
    policies.may_close(actor, grant, settlement).or_raise()
    unblocking.close(actor, grant, at=at)
    return grants.get_grant(actor, grant_id)


def _establish(actor: Actor, grant: Grant, settlement: Settlement, at: datetime) -> Recovery:
    rank = Recovery.objects.filter(grant=grant).count() + 1
    recovery = Recovery.objects.create(
        circle_id=grant.circle_id, grant=grant, settlement=settlement, number=f"{grant.number}-R{rank}",
        amount=settlement.recovered + settlement.penalty, penalty=settlement.penalty,
        causes=settlement.content["causes"], state=Recovery.lifecycle.start, state_since=at,
    )  # fmt: skip
    record(
        grant.circle_id, verb="recovery.establish", actor=actor, at=at, page=recovery.page(), subject=recovery.pk,
        label=f"Récupération constatée\u202f: {format_euros(recovery.amount)}",
    )  # fmt: skip
    zone = ZoneInfo(grant.follow_up.zone)
    journal.plan(
        grant.circle_id,
        Due(
            key=notify_key(recovery), label=f"Notifier la récupération de {format_euros(recovery.amount)} à {grant.name}",
            organisation_id=grant.authority_id, waiting=grant.authority.short_name,
            due_at=midnight_after(at.astimezone(zone).date(), zone), page=recovery.page(), basis=ARTICLE,
            role=Role.ARS_CALL_OFFICER, zone=str(zone), consequence="la phase contradictoire ne commence pas.",
        ),
    )  # fmt: skip
    return recovery
