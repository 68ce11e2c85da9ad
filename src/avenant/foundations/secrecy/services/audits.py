"""The right of an auditor: one file, read only, from a day to another, decided by a party, seen by all."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.domain.decision import DomainError
from avenant.domain.french import format_date
from avenant.foundations.journal.states import record
from avenant.foundations.parties import services as parties
from avenant.foundations.parties.actors import Actor
from avenant.foundations.secrecy import policies, selectors
from avenant.foundations.secrecy.models import AuditRight


@dataclass(frozen=True, slots=True)
class Audit:
    """Who reads, under which mandate, from the first day to the last one included."""

    auditor_id: uuid.UUID
    mandate: str
    starts_on: date
    last_day: date


@transaction.atomic
def open_audit(*, actor: Actor, circle_id: uuid.UUID, audit: Audit, at: datetime, today: date) -> AuditRight:
    """Let an organisation that is no party read a file. Raises DomainError when it is one, or reads it already."""
    entry = selectors.get_entry(actor, circle_id)
    reads_only = selectors.reads_only(actor, circle_id)
    policies.may_audit(
        actor, auditor=reads_only, starts_on=audit.starts_on, last_day=audit.last_day, today=today
    ).or_raise()
    organisation = get_object_or_404(selectors.list_possible_auditors(actor), pk=audit.auditor_id)
    if selectors.list_audits(actor, circle_id).filter(auditor=organisation, ended_at=None).exists():
        raise DomainError("Cet organisme a déjà un droit d’audit sur ce dossier : terminez-le d’abord.", code="audit")
    admitted = parties.admit_auditor(
        circle_id=circle_id,
        organisation=organisation,
        starts_on=audit.starts_on,
        ends_on=audit.last_day + timedelta(days=1),
    )
    if not admitted:
        raise DomainError(f"{organisation.short_name} est partie à ce dossier : il le lit déjà.", code="party")
    row = AuditRight.objects.create(
        circle_id=circle_id,
        auditor=organisation,
        mandate=audit.mandate.strip()[:250],
        starts_on=audit.starts_on,
        last_day=audit.last_day,
        decided_by_id=actor.organisation_id,
        person_id=actor.person_id,
        at=at,
    )
    span = f"du {format_date(audit.starts_on)} au {format_date(audit.last_day)}"
    record(
        circle_id, verb="secrecy.audit_opened", label=f"{organisation.short_name} peut lire ce dossier {span}",
        actor=actor, at=at, reason=row.mandate, evidence={"file": entry.title}, subject=row.pk,
    )  # fmt: skip
    return row


@transaction.atomic
def end_audit(*, actor: Actor, audit_id: uuid.UUID, reason: str, at: datetime) -> AuditRight:
    """A party ends an audit before its last day."""
    rows = AuditRight.objects.visible_to(actor).select_for_update(of=("self",)).select_related("auditor")
    row = get_object_or_404(rows, pk=audit_id)
    policies.may_end(actor, row, auditor=selectors.reads_only(actor, row.circle_id)).or_raise()
    if not reason.strip():
        raise DomainError("Dites pourquoi l’audit prend fin.", code="reason")
    _end(row, actor=actor, reason=reason.strip()[:250], at=at)
    return row


def end_finished_audits(*, at: datetime, today: date) -> int:
    """Write in the journal the audits whose last day is over; how many. For the ``system`` role.

    The database has shown them nothing since midnight: this only tells the parties.
    """
    rows = AuditRight.objects.filter(ended_at=None, last_day__lt=today).select_for_update(of=("self",))
    ended = list(rows.select_related("auditor"))
    for row in ended:
        _end(row, actor=None, reason="Dernier jour passé.", at=at)
    return len(ended)


def _end(row: AuditRight, *, actor: Actor | None, reason: str, at: datetime) -> None:
    row.ended_at, row.ended_for = at, reason
    row.save(update_fields=["ended_at", "ended_for"])
    parties.dismiss_auditor(circle_id=row.circle_id, organisation_id=row.auditor_id)
    record(
        row.circle_id, verb="secrecy.audit_ended", label=f"{row.auditor.short_name} ne lit plus ce dossier",
        actor=actor, at=at, reason=reason, subject=row.pk,
    )  # fmt: skip
