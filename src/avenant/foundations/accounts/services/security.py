"""The security log, and the brake on guessed passwords. Both live at real time, never at the demonstration's."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime, timedelta
from typing import Final

from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from avenant.domain.decision import Decision
from avenant.domain.french import typeset
from avenant.domain.periods import add_months
from avenant.foundations.accounts.models import SecurityEntry
from avenant.foundations.parties.actors import Actor

KEPT_MONTHS: Final = 12
WINDOW: Final = timedelta(minutes=5)
# Failures in five minutes. An institution shares one address: it is not shut for the mistakes of one of its people,
# nor is a person kept out by somebody who fails elsewhere in their name, below a number that only a machine reaches.
ALLOWED_TOGETHER, ALLOWED_BY_ACCOUNT, ALLOWED_BY_ADDRESS = 5, 20, 50

Action = SecurityEntry.Action
ONCE_AN_HOUR: Final = frozenset({Action.VIEW, Action.REFUSED})


def log_access(
    action: SecurityEntry.Action,
    *,
    actor: Actor | None,
    page: str,
    address: str,
    at: datetime,
    space: uuid.UUID | None = None,
    purpose: str = "",
) -> None:
    """Note one access. Views and refusals are noted once per person, page and hour; exports and sign-ins each time.

    ``space`` is the circle of the file opened, ``purpose`` what an export is for.
    """
    person, organisation = (actor.person_id, actor.organisation_id) if actor else (None, None)
    once = ""
    if action in ONCE_AN_HOUR:
        parts = (str(person), str(organisation), str(action), page, f"{at:%Y-%m-%dT%H}")
        once = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    with connection.cursor() as cursor:  # bulk_create would wrap its one statement in a transaction: two more exchanges
        cursor.execute(
            "INSERT INTO accounts_securityentry (at, action, person_id, organisation_id, page, address, once, space, purpose) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [at, str(action), person, organisation, page[:300], _keyed(address), once, space, purpose[:120]],
        )


def purge_security_log(*, at: datetime) -> int:
    """Delete what is older than twelve months; how many entries went. For the ``system`` role."""
    day = add_months(at.date(), -KEPT_MONTHS)
    limit = at.replace(year=day.year, month=day.month, day=day.day)
    return SecurityEntry.objects.filter(at__lt=limit).delete()[0]


def may_try_to_sign_in(email: str, address: str) -> Decision:
    """Were there few enough failures in five minutes, for this account from this address, and for each alone."""
    for key, allowed in _counters(email, address).items():
        failures = _recent(key)
        if len(failures) >= allowed:
            minutes = -(-int((failures[-allowed] + WINDOW - timezone.now()).total_seconds()) // 60)
            plural = "s" if minutes > 1 else ""
            return Decision.no(
                typeset(
                    f"Trop d’essais de connexion en cinq minutes : réessayez dans {minutes} minute{plural}. "
                    "Votre compte n’est pas fermé."
                )
            )
    return Decision.yes()


def count_failure(email: str, address: str) -> None:
    """Remember a failed sign-in for five minutes. Those of the same instant wait for each other: none is forgotten."""
    with transaction.atomic(), connection.cursor() as cursor:
        for key in sorted(_counters(email, address)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
            cache.set(key, [*_recent(key), timezone.now()][-ALLOWED_BY_ADDRESS:], timeout=WINDOW.total_seconds())


def forgive(email: str, address: str) -> None:
    """Forget the failures of an account from an address: its person has come in."""
    cache.delete(next(iter(_counters(email, address))))


def _counters(email: str, address: str) -> dict[str, int]:
    account, place = _keyed(email.strip().lower()), _keyed(address)
    return {
        f"sign-in:{account}:{place}": ALLOWED_TOGETHER,
        f"sign-in:account:{account}": ALLOWED_BY_ACCOUNT,
        f"sign-in:address:{place}": ALLOWED_BY_ADDRESS,
    }


def _recent(key: str) -> list[datetime]:
    since = timezone.now() - WINDOW
    return [failure for failure in cache.get(key, []) if failure > since]


def _keyed(text: str) -> str:
    return salted_hmac("security-log", text, algorithm="sha256").hexdigest()[:16] if text else ""
