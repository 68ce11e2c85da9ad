"""Accounts that nobody uses: warned after eleven months without sign-in, closed after twelve. At real time."""

from __future__ import annotations

from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Final

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string

from avenant.domain.audiences import Role
from avenant.domain.periods import add_months
from avenant.foundations.accounts import selectors
from avenant.foundations.accounts.models import ApiToken, User
from avenant.foundations.accounts.services.people import end_sessions
from avenant.foundations.parties.models import Membership

CLOSED_AFTER, WARNED_AFTER = 12, 11
NOTICE: Final = timedelta(days=28)
"""Nobody is closed out less than this after the warning, even when the job has slept."""


def warn_unused_accounts(*, at: datetime) -> int:
    """Write to those who have not signed in for eleven months; how many were told."""
    told = 0
    for person in selectors.list_unused(before=months_before(at, WARNED_AFTER)).filter(warned_at=None):
        text = render_to_string("accounts/mail/unused.txt", {"person": person, "address": settings.ADDRESS})
        try:
            send_mail("Votre compte Avenant va être fermé faute d’usage", text, None, [person.email])
        except (OSError, SMTPException):
            break  # the mail server is silent: the next night goes on
        person.warned_at = at
        person.save(update_fields=["warned_at"])
        told += 1
    return told


def close_unused_accounts(*, at: datetime) -> int:
    """Close the accounts without sign-in for twelve months whose person was warned a month ago; how many.

    The last administrator of an organisation keeps the account: it would have nobody to open the others.
    """
    closed = 0
    unused = selectors.list_unused(before=months_before(at, CLOSED_AFTER)).filter(warned_at__lte=at - NOTICE)
    for person in unused:
        with transaction.atomic():
            closed += _close(person, at)
    return closed


def shut_out_leavers(*, at: datetime) -> int:
    """Close the sessions and the tokens of those whose last membership has ended; how many people."""
    day = at.date()
    ApiToken.objects.filter(membership__ends_on__lte=day, revoked_at=None).update(revoked_at=at)
    gone = Membership.objects.filter(ends_on__lte=day).values_list("person_id", flat=True).distinct()
    return sum(1 for person in gone if not selectors.list_memberships(person, on=day) and end_sessions(person))


def months_before(at: datetime, months: int) -> datetime:
    """The same hour, whole months before."""
    day = add_months(at.date(), -months)
    return at.replace(year=day.year, month=day.month, day=day.day)


def _close(person: User, at: datetime) -> int:
    holding = Q(ends_on=None) & Q(roles__contains=[Role.ADMINISTRATOR.value])
    for mine in Membership.objects.filter(holding, person=person):
        others = Membership.objects.filter(holding, organisation_id=mine.organisation_id, person__is_active=True)
        if not others.exclude(person=person).exists():
            return 0
    person.is_active = False
    person.save(update_fields=["is_active"])
    ApiToken.objects.filter(membership__person=person, revoked_at=None).update(revoked_at=at)
    end_sessions(person.pk)
    return 1
