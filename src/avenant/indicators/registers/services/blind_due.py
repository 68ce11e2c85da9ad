"""What is due in a neutral count: each side's next message, that the other waits for."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from avenant.domain.audiences import Role
from avenant.domain.french import typeset
from avenant.domain.neutral_count import Stage
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.indicators.campaigns.services import end_of_day
from avenant.indicators.registers import policies
from avenant.indicators.registers.models import BlindCount

DAYS: Final = 15
"""Days that a side has for its next message. No text sets it: the platform proposes it."""


def plan(count: BlindCount, stage: Stage, at: datetime) -> None:
    """Both sides owe their message of ``stage``, for which the other waits."""
    territory = count.owner.territory
    last_day = at.astimezone(ZoneInfo(territory.time_zone)).date() + timedelta(days=DAYS)
    for side, other, role in _sides(count):
        journal.plan(
            count.circle_id,
            Due(
                key=_key(count, side.pk),
                label=typeset(f"Compte neutre, déposer le message « {stage.label} » : {count}"),
                organisation_id=side.pk,
                role=role,
                waiting=other.short_name,
                due_at=end_of_day(last_day, territory),
                zone=territory.time_zone,
                page=count.page(),
                basis=policies.MATCHING,
                consequence="Sans les messages des deux parties, le compte ne se fait pas.",
            ),
        )


def close(count: BlindCount, actor: Actor) -> None:
    """The actor's side has brought what it owed."""
    journal.close(_key(count, actor.organisation_id))


def tell(count: BlindCount, at: datetime) -> None:
    """Both sides learn the count, the same words at the same instant."""
    for side, _, role in _sides(count):
        message = Message(
            key=f"blind:{count.pk.hex}:told",
            title=typeset(f"Compte neutre rendu, {count.words} : {count}"),
            act="Voir le compte",
            page=count.page(),
            consequence="Rien à faire : le nombre est proposé dans la déclaration.",
            basis=policies.MATCHING,
        )
        notify_organisation(count.circle_id, side.pk, message, at=at, roles=[role])


def _key(count: BlindCount, organisation_id: uuid.UUID) -> str:
    return f"blind:{count.pk}:{organisation_id}"


def _sides(count: BlindCount) -> tuple[tuple[Organisation, Organisation, Role], ...]:
    return (
        (count.owner, count.counterpart, Role.SERVICE_MANAGER),
        (count.counterpart, count.owner, Role.FUND_CORRESPONDENT),
    )
