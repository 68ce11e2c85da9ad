"""Between the payments: actions carried out or abandoned, consumption noted, reminders, lapse of the credits."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import transaction

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.domain.french import counted, format_date, format_euros
from avenant.domain.funding.awards import reminder_reached
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import advance, record
from avenant.foundations.messages.services import Message
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants import policies
from avenant.funding.grants.models import Grant, GrantedAction, Instalment
from avenant.funding.grants.services.agreement import locked, tell_both, today_of
from avenant.funding.grants.services.cutting import pay_key

REMINDER_DAYS: Final = (180, 90, 30)


def _action(actor: Actor, grant_id: uuid.UUID, action_id: uuid.UUID) -> tuple[Grant, GrantedAction]:
    grant = locked(actor, grant_id)
    policies.may_tell_action(actor, grant).or_raise()
    row = GrantedAction.objects.select_for_update(of=("self",)).filter(grant=grant, pk=action_id).first()
    if row is None:
        raise DomainError("Cette action n’est pas dans l’aide.", code="no_action")
    return grant, row


@transaction.atomic
def complete_action(
    *, actor: Actor, grant_id: uuid.UUID, action_id: uuid.UUID, done_on: date | None, at: datetime
) -> GrantedAction:
    """The action is carried out, on its day: today, where the authority is, unless another is said."""
    grant, row = _action(actor, grant_id, action_id)
    done_on = done_on or today_of(grant, at)
    if done_on > today_of(grant, at):
        raise DomainError("Une action réalisée l’est aujourd’hui au plus tard.", code="day")
    row.done_on = done_on
    row.save(update_fields=["done_on"])
    return advance(row, "complete", actor=actor, at=at, label=f"Action réalisée : {row.title}")


@transaction.atomic
def abandon_action(
    *, actor: Actor, grant_id: uuid.UUID, action_id: uuid.UUID, reason: str, at: datetime
) -> GrantedAction:
    """The action is given up, with its reason: the authority examines the aid again (§3.2, 7° and 9°)."""
    grant, row = _action(actor, grant_id, action_id)
    advance(row, "abandon", actor=actor, at=at, reason=reason, label=f"Action abandonnée : {row.title}")
    row.reason = reason.strip()
    row.save(update_fields=["reason"])
    journal.plan(
        grant.circle_id,
        Due(
            key=f"action:{row.pk}:examine", label=f"Action abandonnée, aide à réexaminer : {grant.number}", due_at=at,
            organisation_id=grant.authority_id, role=Role.ARS_CALL_OFFICER, waiting=grant.name, page=grant.page(),
            basis="§3.2, 7° et 9°", consequence="L’aide de cette action peut être récupérée.",
            zone=grant.authority.territory.time_zone,
        ),
    )  # fmt: skip
    return row


@transaction.atomic
def note_consumption(*, actor: Actor, grant_id: uuid.UUID, consumed: Decimal, on: date, at: datetime) -> Grant:
    """Keep the consumption of the aid as the last statement tells it."""
    grant = locked(actor, grant_id)
    policies.may_follow(actor, grant).or_raise()
    if consumed < 0:
        raise DomainError("La consommation est positive ou nulle.", code="amount")
    grant.consumed, grant.consumed_on = consumed, on
    grant.save(update_fields=["consumed", "consumed_on"])
    record(grant.circle_id, verb="grant.consumption", actor=actor, at=at, page=grant.page(), subject=grant.pk,
           label=f"Aide consommée au {format_date(on)} : {format_euros(consumed)}",
           evidence={"consommé": str(consumed)})  # fmt: skip
    return grant


@transaction.atomic
def remind_consumption(*, at: datetime) -> int:
    """Tell the establishment and the authority what is not consumed, before the end of the consumption; how many aids.

    Run by a job, each day; a step is told once.
    """
    told = 0
    rows = Grant.objects.filter(state="in_force", consume_until__isnull=False).select_related("authority__territory")
    for grant in rows:
        until = grant.consume_until
        if until is None or not grant.unconsumed:
            continue
        step = reminder_reached(until, today_of(grant, at), REMINDER_DAYS)
        if step is None:
            continue
        left = (until - today_of(grant, at)).days
        tell_both(
            grant,
            Message(
                key=f"grant:{grant.pk}:consume:{until.isoformat()}:{step}", act="Ouvrir l’aide", page=grant.page(),
                title=f"{format_euros(grant.unconsumed)} à consommer avant le {format_date(until)} : {grant}",
                body=f"Aide de {format_euros(grant.amount)}, consommée à hauteur de {format_euros(grant.consumed)}. "
                f"Il reste {counted(left, 'jour')}.",
                basis="§3.2, 4°", consequence="L’aide qui n’est pas consommée à cette date est récupérée.",
            ), at=at, roles=[Role.ARS_CALL_OFFICER, Role.DIRECTOR, Role.PROJECT_LEAD],
        )  # fmt: skip
        told += 1
    return told


@transaction.atomic
def lapse_credits(*, at: datetime) -> int:
    """Once the last day has passed, what was neither ordered nor paid lapses; how many instalments. Run by a job."""
    lapsed = 0
    waiting = Instalment.objects.filter(state__in=["planned", "certified"])
    late = Grant.objects.filter(lapses_on__lt=at.date(), state__in=["awarded", "to_sign", "in_force"])
    late = late.filter(pk__in=waiting.values("grant")).select_related("authority__territory")
    for grant in late.select_for_update(of=("self",)).order_by("pk"):
        if today_of(grant, at) <= grant.lapses_on:
            continue
        for one in waiting.filter(grant=grant).select_for_update():
            advance(one, "lapse", actor=None, at=at, label=f"Versement {one.number} caduc : {format_euros(one.amount)}",
                    evidence={"caduc après le": grant.lapses_on.isoformat()})  # fmt: skip
            journal.drop(pay_key(one), f"grant:{grant.pk}:lapse")
            lapsed += 1
    return lapsed
