"""API tokens: for one person in one organisation, with a scope, an end and a last use. Kept as a hash only."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from avenant.domain.decision import Decision, Refused
from avenant.foundations.accounts.models import ApiToken
from avenant.foundations.parties.actors import Actor

PREFIX = "avn_"
LIFE = timedelta(days=365)
LAST_USE_STEP = timedelta(minutes=10)  # a write at each call would be the API's slowest query


def issue(*, actor: Actor, label: str, scope: str, at: datetime, life: timedelta = LIFE) -> tuple[ApiToken, str]:
    """Make a token of the actor's membership; its secret is returned this once and never kept."""
    if actor.membership_id is None:
        raise Refused("Un jeton agit pour une personne dans un organisme.")
    if not label.strip():
        Decision.no("Nommez le jeton : l’application qui s’en servira.").or_raise()
    secret = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        membership_id=actor.membership_id,
        label=label.strip(),
        scope=scope,
        digest=_digest(secret),
        issued_at=at,
        expires_at=at + min(life, LIFE),
    )
    return row, secret


def list_mine(actor: Actor) -> QuerySet[ApiToken]:
    """The tokens of my memberships in this organisation, the last first."""
    mine = ApiToken.objects.filter(membership__person_id=actor.person_id)
    return mine.filter(membership__organisation_id=actor.organisation_id)


def revoke(*, actor: Actor, token_id: uuid.UUID, at: datetime) -> None:
    """Close a token of mine at once."""
    list_mine(actor).filter(pk=token_id, revoked_at=None).update(revoked_at=at)


def actor_of(secret: str, *, scope: str, at: datetime) -> Actor | None:
    """Who a token stands for at this instant; None when it is unknown, revoked, expired, or short of ``scope``."""
    row = (
        ApiToken.objects.filter(digest=_digest(secret), revoked_at=None, expires_at__gt=at)
        .filter(membership__person__is_active=True, membership__starts_on__lte=at.date())
        .filter(Q(membership__ends_on=None) | Q(membership__ends_on__gt=at.date()))
        .select_related("membership__person", "membership__organisation", "membership__unit")
        .first()
    )
    if row is None or (scope == "declare" and row.scope != "declare"):
        return None
    if row.last_used_at is None or at - row.last_used_at > LAST_USE_STEP:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=at)
    return Actor.of(row.membership)


def former_actor(secret: str) -> Actor | None:
    """Whose token this is or was, to note that it was refused; None when nobody ever had it."""
    rows = ApiToken.objects.select_related("membership__person", "membership__organisation", "membership__unit")
    row = rows.filter(digest=_digest(secret)).first()
    return Actor.of(row.membership) if row else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
