"""How long things are kept: what the platform deletes by itself, what waits for a visa. Never a contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404

from avenant.domain.decision import DomainError
from avenant.domain.periods import add_months
from avenant.foundations.accounts.models import ApiToken, Invitation, SecurityEntry, User
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import Actor
from avenant.foundations.secrecy import policies
from avenant.foundations.secrecy.models import Elimination
from avenant.references.secrecy import retentions

Rows = Callable[[datetime], QuerySet[Any]]


def _sessions(limit: datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = UserSession.objects.filter(last_seen_at__lt=limit)
    return rows


PURGED: Final[dict[str, tuple[Rows, ...]]] = {
    "security-log": (lambda limit: SecurityEntry.objects.filter(at__lt=limit),),
    "sessions": (_sessions, lambda limit: Session.objects.filter(expire_date__lt=limit)),
    "invitations": (
        lambda limit: Invitation.objects.filter(
            Q(accepted_at__lt=limit)
            | Q(revoked_at__lt=limit)
            | Q(accepted_at=None, revoked_at=None, expires_at__lt=limit)
        ),
    ),
    "tokens": (lambda limit: ApiToken.objects.filter(Q(revoked_at__lt=limit) | Q(expires_at__lt=limit)),),
    "notices": (lambda limit: Notice.objects.filter(read_at__lt=limit),),
}
LISTED: Final[dict[str, Rows]] = {
    "accounts": lambda limit: User.objects.filter(is_active=False).filter(
        Q(last_login__lt=limit) | Q(last_login=None, joined_at__lt=limit)
    ),
}
"""What is only listed: a person decides, and nothing here deletes it."""


def limit_of(category: str, at: datetime) -> datetime:
    """The instant before which a category has reached its term: kept to the same day of the month, excluded."""
    day = add_months(at.date(), -retentions()[category].months)
    return at.replace(year=day.year, month=day.month, day=day.day, hour=0, minute=0, second=0, microsecond=0)


@transaction.atomic
def apply_retention(*, at: datetime) -> dict[str, int]:
    """Delete what the platform may delete, list what waits for a visa; how many of each. For the ``system`` role."""
    counts = {}
    for key, sources in PURGED.items():
        limit = limit_of(key, at)
        counts[key] = sum(rows(limit).delete()[0] for rows in sources)
        if counts[key]:
            Elimination.objects.create(category=key, until=limit.date(), count=counts[key], at=at, automatic=True)
    for key, rows in LISTED.items():
        limit = limit_of(key, at)
        counts[key] = rows(limit).count()
        if counts[key]:
            Elimination.objects.update_or_create(
                category=key, automatic=False, approved_at=None,
                defaults={"until": limit.date(), "count": counts[key], "at": at},
            )  # fmt: skip
    return counts


@transaction.atomic
def approve_elimination(*, actor: Actor, category: str, remark: str, at: datetime) -> Elimination:
    """The administrator of the platform gives the visa of the list of a category; who, when, in which words stays."""
    policies.may_retain(actor).or_raise()
    if category not in LISTED:
        raise Http404
    row = Elimination.objects.select_for_update().filter(category=category, automatic=False, approved_at=None).first()
    if row is None:
        raise DomainError("Rien n’attend de visa pour cette catégorie.", code="approved")
    row.approved_by_id, row.approved_at, row.remark = actor.person_id, at, remark.strip()[:250]
    row.save(update_fields=["approved_by", "approved_at", "remark"])
    return row


def term_of(category: str, today: date) -> date:
    """The first day that is still kept."""
    return add_months(today, -retentions()[category].months)
