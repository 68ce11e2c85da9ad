"""E-mails of the messages: who receives one now, what it says, and that none is lost."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from smtplib import SMTPException
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from avenant.domain.reminders import MORNING
from avenant.foundations.accounts.models import User
from avenant.foundations.messages import selectors
from avenant.foundations.messages.models import Notice, Preference

logger = logging.getLogger(__name__)


def list_people_to_write(*, at: datetime) -> set[uuid.UUID]:
    """Who receives an e-mail at this instant: at once, or once a day from 7 in the morning of their region."""
    chosen = set()
    for person, rhythm, digested_on, zone in selectors.list_waiting_people():
        here = at.astimezone(ZoneInfo(zone))
        daily_due = here.hour >= MORNING and (digested_on is None or digested_on < here.date())
        if rhythm == Preference.Rhythm.IMMEDIATE or daily_due:
            chosen.add(person)
    return chosen


@transaction.atomic
def write_to(*, person_id: uuid.UUID, at: datetime) -> bool:
    """Send a person one e-mail with all that waits for them; did it go. Run by a job of its own.

    When the mail server does not answer, no message is marked: they wait and go with the next round, and pages say since when.
    """
    Preference.objects.get_or_create(person_id=person_id)
    preference = Preference.objects.select_for_update().select_related("person").get(person_id=person_id)
    notices = list(selectors.list_to_send(person_id, preference.since))
    if not notices or preference.rhythm == Preference.Rhythm.NONE:
        return False
    try:
        compose(preference.person, notices).send()
    except (OSError, SMTPException):
        logger.warning("mail server unreachable: %d messages wait for their next round", len(notices))
        Preference.objects.filter(person_id=person_id, failing_since=None).update(failing_since=at)
        return False
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(sent_at=at)
    preference.failing_since = None
    if preference.rhythm == Preference.Rhythm.DAILY:
        preference.digested_on = max(at.astimezone(ZoneInfo(zone)).date() for zone in _zones(notices))
    preference.save(update_fields=["failing_since", "digested_on"])
    return True


def compose(person: User, notices: Sequence[Notice]) -> EmailMultiAlternatives:
    """One e-mail of these messages, by file, as plain text and simple HTML that say the same."""
    by_file = [list(told) for _, told in groupby(notices, key=lambda notice: notice.circle_id)]
    files = [(told[0].circle.title, told) for told in by_file]
    subject = notices[0].title if len(notices) == 1 else f"{len(notices)} messages{_in_files(len(files))}"
    context = {
        "person": person,
        "files": files,
        "address": settings.ADDRESS.rstrip("/"),
        "preferences": reverse("notices:preferences"),
    }
    mail = EmailMultiAlternatives(
        f"[Avenant] {subject}",
        render_to_string("notices/mail.txt", context),
        to=[person.email],
        headers={"Auto-Submitted": "auto-generated", "Content-Language": "fr"},
    )
    mail.attach_alternative(render_to_string("notices/mail.html", context), "text/html")
    return mail


def _in_files(count: int) -> str:
    return f" dans {count} dossiers" if count > 1 else " sur un dossier"


def _zones(notices: Sequence[Notice]) -> set[str]:
    return {notice.organisation.territory.time_zone for notice in notices}
