"""Everybody has acknowledged the notice of their files but one, who meets it; an audit runs on a fictional file."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from avenant.demo.building.people import Cast
from avenant.demo.models import Visitor
from avenant.foundations.accounts import selectors as accounts
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Organisation
from avenant.foundations.secrecy import selectors
from avenant.foundations.secrecy.services import audits, notice

NEWCOMER, AUDITOR, SERVICE, FORMER = "lecture", "controle-demo", "val-issole", "2020-2024"


def keep_secrets(cast: Cast, acknowledged_at: datetime, starts_at: datetime) -> None:
    """Let a fictional body read the file of the fictional service for March, then acknowledge every notice."""
    manager, today = cast.manager(SERVICE), timezone.localdate(starts_at)
    with acting_as(manager):
        file = selectors.list_files(manager).exclude(title__contains=FORMER)[0]
        body = Organisation.objects.get(key=AUDITOR)
        right = audits.Audit(body.pk, "Lettre de mission fictive", today, today + timedelta(days=28))
        audits.open_audit(actor=manager, circle_id=file.pk, audit=right, at=starts_at, today=today)
    for visitor in Visitor.objects.select_related("person").exclude(person__email__startswith=f"{NEWCOMER}@"):
        for membership in accounts.list_memberships(visitor.person_id, on=today):
            actor = Actor.of(membership)
            with acting_as(actor, on=today):
                for one in selectors.list_files(actor):
                    notice.acknowledge(actor=actor, circle_id=one.pk, purpose="", at=acknowledged_at)
