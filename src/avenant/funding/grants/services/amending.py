"""An aid changes: by an amendment that the same parties sign, or reduced by a decision with its reason."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from avenant.domain.decision import DomainError
from avenant.domain.french import format_date, format_euros
from avenant.domain.funding.awards import plan_days
from avenant.domain.lifecycles import APPLICANTS
from avenant.domain.money import ZERO
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import advance, record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants import policies, selectors
from avenant.funding.grants.models import Agreement, Grant, Instalment
from avenant.funding.grants.services.agreement import ask, locked, today_of, withdraw_text
from avenant.funding.grants.services.cutting import cut_to, list_running
from avenant.funding.grants.services.paying import plan_dues

HOLDERS: list[Callable[[Actor, Grant, Decimal], None]] = []
"""What holds the credits of a rise as its amendment opens to signature, and gives them back when it is withdrawn: the apps
above add themselves here. Each raises DomainError when there is not enough."""


def _hold(actor: Actor, grant: Grant, amount: Decimal) -> None:
    for hold in HOLDERS if amount else ():
        hold(actor, grant, amount)


def _rise(row: Agreement) -> Decimal:
    """What an amendment adds to the aid that it was written on; zero when it adds nothing."""
    return max(row.amount - Decimal(row.content["amount_before"]), ZERO) if row.amount is not None else ZERO


@transaction.atomic
def open_amendment(
    *, actor: Actor, grant_id: uuid.UUID, amount: Decimal | None = None, consume_until: date | None = None, reason: str,
    at: datetime,
) -> Agreement:  # fmt: skip
    """Open an amendment of the amount, of the duration or of both to the signature of the same parties.

    Raises DomainError when nothing changes, the day is past or beyond the lapse, another amendment is open, or the
    envelope does not hold what it adds.
    """
    grant = locked(actor, grant_id)
    policies.may_amend(actor, grant).or_raise()
    amount = None if amount == grant.amount else amount
    consume_until = None if consume_until == grant.consume_until else consume_until
    _check(grant, amount, consume_until, reason, at)
    agreement = selectors.current_text(grant, 0)
    last = grant.agreements.order_by("-number").first()
    content = {
        "kind": "amendment", "grant": grant.number, "authority": grant.authority.name, "beneficiary": grant.name,
        "reference": agreement.reference if agreement else grant.number, "fictional": grant.fictional,
        "signed_on": grant.signed_on.isoformat() if grant.signed_on else grant.decided_on.isoformat(),
        "reason": reason.strip(), "amount": str(amount) if amount is not None else None,
        "amount_before": str(grant.amount), "consume_until": consume_until.isoformat() if consume_until else None,
        "until_before": grant.consume_until.isoformat() if grant.consume_until else None,
        "lent": grant.instalments.filter(repayable=True).exists(),
    }  # fmt: skip
    row = ask(grant, content, number=(last.number if last else 0) + 1, actor=actor, at=at, amount=amount,
              consume_until=consume_until, reason=reason.strip())  # fmt: skip
    _hold(actor, grant, _rise(row))
    record(grant.circle_id, verb="agreement.amendment_opened", label=f"{row} ouvert à la signature", actor=actor, at=at,
           reason=reason, page=grant.page(), subject=grant.pk, evidence={"empreinte": row.sha256})  # fmt: skip
    return row


def _check(grant: Grant, amount: Decimal | None, until: date | None, reason: str, at: datetime) -> None:
    if amount is None and until is None:
        raise DomainError("L’avenant ne change rien : donnez un autre montant ou une autre date.", code="nothing")
    if not reason.strip():
        raise DomainError("Un avenant a son motif.", code="reason")
    if amount is not None and amount <= 0:
        raise DomainError("Le montant de l’aide est positif.", code="amount")
    if until is not None and not today_of(grant, at) <= until <= grant.lapses_on:
        raise DomainError(
            f"Le nouveau terme va d’aujourd’hui au {format_date(grant.lapses_on)}, où les crédits sont caducs.",
            code="day",
        )
    if grant.agreements.filter(number__gt=0, signed_on=None, withdrawn_at=None).exists():
        raise DomainError("Un avenant est déjà à la signature : retirez-le, ou attendez qu’il soit signé.", code="open")


@transaction.atomic
def withdraw_amendment(*, actor: Actor, agreement_id: uuid.UUID, reason: str, at: datetime) -> Agreement:
    """Withdraw an amendment that all have not signed."""
    grant = locked(actor, selectors.get_agreement(actor, agreement_id).grant_id)
    found = selectors.get_agreement(actor, agreement_id)
    policies.may_follow(actor, grant).or_raise()
    if not found.number or found.signed_on or found.withdrawn_at:
        raise DomainError("Seul un avenant à la signature se retire.", code="state")
    withdraw_text(found, at=at)
    _hold(actor, grant, -_rise(found))
    record(grant.circle_id, verb="agreement.amendment_withdrawn", label=f"{found} retiré", actor=actor, at=at,
           reason=reason, page=grant.page(), subject=grant.pk)  # fmt: skip
    return found


def withdraw_open(grant: Grant, *, actor: Actor, at: datetime, reason: str, of_the_amount: bool = False) -> None:
    """The amendments to sign lose their object with the aid, locked, that they were to change (those ``of_the_amount``,
    when it alone has changed): nobody is asked to sign them any more."""
    waiting = grant.agreements.filter(number__gt=0, signed_on=None, withdrawn_at=None)
    for row in waiting.exclude(amount=None) if of_the_amount else waiting:
        withdraw_text(row, at=at)
        _hold(actor, grant, -_rise(row))
        record(grant.circle_id, verb="agreement.amendment_withdrawn", label=f"{row} retiré", actor=actor, at=at,
               reason=reason, page=grant.page(), subject=grant.pk)  # fmt: skip


def apply(grant: Grant, row: Agreement, *, actor: Actor, at: datetime) -> None:
    """What a signed amendment says becomes the aid."""
    if row.amount is not None:
        _become(grant, row.amount, actor=None, at=at, reason=row.reason)
    if row.consume_until is not None:
        grant.consume_until = row.consume_until
        grant.terms = {**grant.terms, "consume_until": row.consume_until.isoformat()}
        grant.save(update_fields=["consume_until", "terms"])
        if grant.signed_on is not None:
            days = plan_days(grant.said_terms, grant.signed_on)
            for one, planned in zip(grant.instalments.filter(number__lte=len(days)), days, strict=True):
                if one.state == "planned":
                    one.due_on, one.report_on = planned.due_on, planned.report_on
                    one.save(update_fields=["due_on", "report_on"])
    record(grant.circle_id, verb="agreement.amendment_applied", label=f"{row} en vigueur", actor=actor, at=at,
           reason=row.reason, page=grant.page(), subject=grant.pk)  # fmt: skip
    plan_dues(grant)


@transaction.atomic
def reduce(*, actor: Actor, grant_id: uuid.UUID, amount: Decimal, reason: str, at: datetime) -> Grant:
    """Reduce an aid by decision, with its reason, even once it is paid: the unpaid instalments are cut first, what was
    paid beyond is to be recovered (§3.2, 9°)."""
    grant = locked(actor, grant_id)
    policies.may_reduce(actor, grant).or_raise()
    if not reason.strip():
        raise DomainError("Une réduction a son motif.", code="reason")
    if not ZERO <= amount < grant.amount:
        raise DomainError(f"Une réduction donne un montant inférieur à {format_euros(grant.amount)}.", code="amount")
    before = grant.amount
    _become(grant, amount, actor=actor, at=at, reason=reason)
    withdraw_open(grant, actor=actor, at=at, reason=reason, of_the_amount=True)
    record(grant.circle_id, verb="grant.reduce", actor=actor, at=at, reason=reason, page=grant.page(), subject=grant.pk,
           label=f"Aide réduite de {format_euros(before)} à {format_euros(amount)}",
           evidence={"avant": str(before), "après": str(amount), "à récupérer": str(grant.to_recover)})  # fmt: skip
    if grant.beneficiary_id:
        notify_organisation(
            grant.circle_id, grant.beneficiary_id,
            Message(
                key=f"grant:{grant.pk}:reduced:{amount}", title=f"Aide réduite à {format_euros(amount)} : {grant.number}",
                act="Ouvrir l’aide", page=grant.page(), body=reason, basis="§3.2, 9°",
                consequence=f"À récupérer : {format_euros(grant.to_recover)}." if grant.to_recover
                else "Les versements à venir sont réduits.",
            ), at=at,
        )  # fmt: skip
    return grant


@transaction.atomic
def cancel(*, actor: Actor, grant_id: uuid.UUID, reason: str, at: datetime) -> Grant:
    """Cancel an aid of which nothing is paid nor ordered: its instalments fall, nobody is asked to sign any more."""
    grant = locked(actor, grant_id)
    policies.may_cancel(actor, grant).or_raise()
    before = grant.amount
    withdraw_open(grant, actor=actor, at=at, reason=reason)
    for text in grant.agreements.filter(signed_on=None, withdrawn_at=None):
        withdraw_text(text, at=at)
    _become(grant, ZERO, actor=actor, at=at, reason=reason)
    journal.drop(f"grant:{grant.pk}:lapse", f"grant:{grant.pk}:publish")
    advance(grant, "cancel", actor=actor, at=at, reason=reason, label=f"Aide annulée, {format_euros(before)}")
    if grant.beneficiary_id:
        notify_organisation(
            grant.circle_id, grant.beneficiary_id,
            Message(
                key=f"grant:{grant.pk}:cancelled", title=f"Aide annulée : {grant.number}", act="Lire le motif",
                page=grant.page(), body=reason.strip(), consequence="Rien n’est attendu de vous pour cette aide.",
            ), at=at, roles=APPLICANTS,
        )  # fmt: skip
    return grant


def _become(grant: Grant, amount: Decimal, *, actor: Actor | None, at: datetime, reason: str) -> None:
    """The aid takes another amount: what its instalments lack goes to the last that waits, what they have too much is cut
    from it. What was paid beyond a former amount counts: it is not paid again."""
    told = grant.instalments.exclude(state="cancelled").aggregate(sum=Sum("amount"))["sum"] or ZERO
    grant.awarded = max(grant.awarded, amount)
    if amount > told:
        _add(grant, list_running(grant), amount - told, at=at)
    else:
        cut_to(grant, amount, actor=actor, at=at, reason=reason)
    grant.amount = amount
    grant.save(update_fields=["amount", "awarded"])


def _add(grant: Grant, rows: list[Instalment], rise: Decimal, *, at: datetime) -> None:
    waiting = [one for one in rows if one.state == "planned"]
    if waiting:
        waiting[-1].amount += rise
        waiting[-1].save(update_fields=["amount"])
        return
    last = grant.instalments.order_by("-number").first()
    Instalment.objects.create(
        circle_id=grant.circle_id, state=Instalment.lifecycle.start, state_since=at, grant=grant, amount=rise,
        number=(last.number if last else 0) + 1, after=Instalment.Trigger.SIGNATURE, due_on=today_of(grant, at),
    )  # fmt: skip
