"""Reads of the messages."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Min, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from avenant.domain.audiences import Role
from avenant.foundations.messages.models import Notice, Preference
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Membership


def list_notices(actor: Actor) -> QuerySet[Notice]:
    """My messages in the name of my organisation, newest first. Those of my colleagues are theirs."""
    return (
        Notice.objects.visible_to(actor)
        .filter(person_id=actor.person_id, organisation_id=actor.organisation_id)
        .select_related("circle")
    )


def list_unread(actor: Actor) -> QuerySet[Notice]:
    """My messages that wait to be read."""
    return list_notices(actor).filter(read_at=None)


def get_preference(person_id: uuid.UUID) -> Preference:
    """How a person wants their e-mails; the default when they never said."""
    return Preference.objects.filter(person_id=person_id).first() or Preference(person_id=person_id)


@dataclass(frozen=True, slots=True)
class Told:
    """What another organisation was told of a page: when, when somebody there first read it, when its e-mail first left, and
    since when the mail server does not answer. Nobody is named: the organisation was told."""

    organisation: str
    at: datetime
    title: str
    read_at: datetime | None
    sent_at: datetime | None
    failing_since: datetime | None


def list_told(actor: Actor, circle_id: uuid.UUID, page: str) -> list[Told]:
    """What the other organisations of a file were told of one of its pages, latest first."""
    rows = Notice.objects.visible_to(actor).filter(circle_id=circle_id, page=page)
    rows = rows.exclude(organisation_id=actor.organisation_id).order_by()
    told = rows.values_list("organisation__short_name", "at", "title").annotate(
        first_read=Min("read_at"), first_sent=Min("sent_at"),
        failing=Min("person__preference__failing_since", filter=Q(read_at=None, sent_at=None)),
    )  # fmt: skip
    return [Told(*one) for one in told.order_by("-at")[:20]]


def list_people(
    organisation_id: uuid.UUID,
    *,
    on: date,
    roles: Collection[Role] = (),
    unit_id: uuid.UUID | None = None,
    person_id: uuid.UUID | None = None,
) -> set[uuid.UUID]:
    """Who works for an organisation on a day, among ``roles`` (all when empty), in a unit or whatever theirs."""
    members = Membership.objects.filter(
        Q(ends_on=None) | Q(ends_on__gt=on), organisation_id=organisation_id, starts_on__lte=on, person__is_active=True
    )
    if roles:
        members = members.filter(roles__overlap=[role.value for role in roles])
    if unit_id:
        members = members.filter(unit_id=unit_id)
    if person_id:
        members = members.filter(person_id=person_id)
    return set(members.values_list("person_id", flat=True))


def list_to_send(person_id: uuid.UUID, since: datetime | None) -> QuerySet[Notice]:
    """What a person has neither read nor received, by file, for the job that sends it."""
    waiting = _unsent().filter(person_id=person_id).order_by("circle__title", "circle_id", "at", "title")
    waiting = waiting.select_related("circle", "organisation__territory")
    return waiting.filter(at__gte=since) if since else waiting


def list_waiting_people() -> QuerySet[Notice, tuple[uuid.UUID, str, date | None, str]]:
    """Who has something to receive: person, rhythm, day of their last digest, zone of the organisation."""
    return (
        _unsent()
        .annotate(
            rhythm=Coalesce("person__preference__rhythm", Value(Preference.Rhythm.DAILY.value)),
            digested_on=F("person__preference__digested_on"),
        )
        .exclude(rhythm=Preference.Rhythm.NONE)
        .order_by("person_id", "organisation__territory__time_zone")
        .values_list("person_id", "rhythm", "digested_on", "organisation__territory__time_zone")
        .distinct()
    )


def _unsent() -> QuerySet[Notice]:
    return Notice.objects.filter(read_at=None, sent_at=None, person__is_active=True)
