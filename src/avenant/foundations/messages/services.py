"""Messages are written by the services of the stories, in the transaction of the act, and sent by jobs."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.domain.audiences import Role
from avenant.domain.french import typeset
from avenant.domain.reminders import days_left, step_reached, word_limit
from avenant.foundations.journal.models import DueItem
from avenant.foundations.journal.selectors import list_to_remind
from avenant.foundations.messages import selectors
from avenant.foundations.messages.models import Notice, Preference
from avenant.foundations.parties.actors import Actor

_LINE_ENDS = re.compile(r"[\r\n]+")
NOTHING_LOST = "L’échéance restera signalée en retard à ceux qui attendent."


@dataclass(frozen=True, slots=True)
class Message:
    """What is told. ``key`` is natural (file, event, occurrence): a person receives it once, whatever is run again.

    ``waiting`` is who waits, empty when nobody does; ``consequence`` what happens if nothing is done; ``act`` and
    ``page`` the one act proposed and where it is done; ``basis`` the article.
    """

    key: str
    title: str
    act: str
    page: str
    consequence: str
    body: str = ""
    waiting: str = ""
    basis: str = ""


def notify(
    circle_id: uuid.UUID, organisation_id: uuid.UUID, people: Iterable[uuid.UUID], message: Message, *, at: datetime
) -> None:
    """Write ``message`` to people of an organisation, about the file of a circle. What was written stays as it was."""
    Notice.objects.bulk_create(
        (
            Notice(
                circle_id=circle_id,
                organisation_id=organisation_id,
                person_id=person,
                key=message.key,
                at=at,
                title=_LINE_ENDS.sub(" ", typeset(message.title))[:250],
                body=typeset(message.body),
                basis=message.basis[:250],
                waiting=message.waiting[:200],
                consequence=typeset(message.consequence)[:250],
                act=message.act[:80],
                page=message.page,
            )
            for person in people
        ),
        ignore_conflicts=True,
    )


def notify_organisation(
    circle_id: uuid.UUID,
    organisation_id: uuid.UUID,
    message: Message,
    *,
    at: datetime,
    roles: Collection[Role] = (),
    unit_id: uuid.UUID | None = None,
    but: Actor | None = None,
) -> None:
    """Write ``message`` to those who hold one of ``roles`` in an organisation (in a unit), ``but`` the one who acts.

    Called by the service that does the act, in its transaction: no act, no message.
    """
    people = selectors.list_people(organisation_id, on=at.date(), roles=roles, unit_id=unit_id)
    notify(circle_id, organisation_id, people - {but.person_id} if but else people, message, at=at)


@transaction.atomic
def remind(*, at: datetime) -> int:
    """Remind the people of each open échéance that has reached one of the steps; how many échéances. Run by a job.

    A date that moves starts its reminders again: the key holds the date.
    """
    reached = 0
    for item in list_to_remind(at, settings.REMINDER_DAYS):
        step = step_reached(item.due_at.astimezone(ZoneInfo(item.zone)), at, settings.REMINDER_DAYS)
        if step is None:
            continue
        reached += 1
        people = selectors.list_people(
            item.organisation_id,
            on=at.date(),
            roles=[Role(item.role)] if item.role else (),
            unit_id=item.unit_id,
            person_id=item.person_id,
        )
        notify(item.circle_id, item.organisation_id, people, _reminder(item, step, at), at=at)
    return reached


def _reminder(item: DueItem, step: int, at: datetime) -> Message:
    due = item.due_at.astimezone(ZoneInfo(item.zone))
    left = days_left(due, at)
    when = {0: "aujourd’hui", 1: "demain"}.get(left, f"dans {left} jours")
    if at >= due:
        when = f"en retard de {-left} jour{'s' if left < -1 else ''}" if left else "en retard"
    return Message(
        key=f"due:{item.pk.hex}:{item.due_at:%Y%m%dT%H%M}:{step}",
        title=f"{when[0].upper()}{when[1:]} : {item.label}",
        body=word_limit(due),
        basis=item.basis,
        waiting=item.waiting,
        consequence=item.consequence or NOTHING_LOST,
        act="Ouvrir la page pour agir",
        page=item.page,
    )


@transaction.atomic
def mark_read(*, actor: Actor, at: datetime, notice_id: uuid.UUID | None = None) -> Notice | None:
    """One of my messages is read, or all of them. Returns the one, to go to its page; 404 when it is not mine."""
    mine = selectors.list_notices(actor)
    notice = get_object_or_404(mine, pk=notice_id) if notice_id else None
    chosen = mine.filter(pk=notice_id) if notice_id else mine
    chosen.filter(read_at=None).update(read_at=at)
    return notice


@transaction.atomic
def choose_rhythm(*, actor: Actor, rhythm: Preference.Rhythm, at: datetime) -> Preference:
    """Say how I want my e-mails. Coming back from none, what was not sent before is not sent after."""
    former = selectors.get_preference(actor.person_id)
    since = at if former.rhythm == Preference.Rhythm.NONE else former.since
    return Preference.objects.update_or_create(person_id=actor.person_id, defaults={"rhythm": rhythm, "since": since})[
        0
    ]
