"""The notice before a file: accepted or refused by each person, asked again after a change or a reset."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.domain.decision import DomainError
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.services import own_circle
from avenant.foundations.secrecy import policies, selectors
from avenant.foundations.secrecy.models import Acknowledgement


@transaction.atomic
def acknowledge(*, actor: Actor, circle_id: uuid.UUID, purpose: str, at: datetime) -> None:
    """Accept the notice of a file, with what one's exports of it are for. Twice, it is accepted once."""
    entry = selectors.get_entry(actor, circle_id)
    if entry.acknowledged or entry.notice is None:
        return
    _answer(actor, circle_id, accepted=True, at=at, purpose=_purpose(purpose))
    _note(actor, "acknowledged", f"{actor.name} reconnaît le secret professionnel : {entry.title}", at=at)


@transaction.atomic
def decline(*, actor: Actor, circle_id: uuid.UUID, at: datetime) -> None:
    """Refuse the notice of a file: it stays closed, and one's organisation knows it."""
    entry = selectors.get_entry(actor, circle_id)
    _answer(actor, circle_id, accepted=False, at=at, purpose="")
    _note(actor, "declined", f"{actor.name} n’accepte pas la notice du secret professionnel : {entry.title}", at=at)


@transaction.atomic
def choose_purpose(*, actor: Actor, circle_id: uuid.UUID, purpose: str, at: datetime) -> None:
    """Say what one's exports of a file are for, from now on."""
    entry = selectors.get_entry(actor, circle_id)
    rows = Acknowledgement.objects.visible_to(actor).filter(circle_id=circle_id, person_id=actor.person_id)
    if not rows.filter(accepted=True, withdrawn_at=None).update(purpose=_purpose(purpose)):
        raise DomainError("Acceptez d’abord la notice de confidentialité de ce dossier.", code="notice")
    _note(actor, "purpose", f"{actor.name} exporte pour « {_purpose(purpose)} » : {entry.title}", at=at)


@transaction.atomic
def withdraw_acknowledgement(
    *, actor: Actor, acknowledgement_id: uuid.UUID, reason: str, at: datetime
) -> Acknowledgement:
    """The administrator asks the notice again of a person of theirs, and says why."""
    rows = Acknowledgement.objects.visible_to(actor).select_for_update(of=("self",)).select_related("person", "circle")
    row = get_object_or_404(rows, pk=acknowledgement_id)
    policies.may_withdraw(actor).or_raise()
    if not reason.strip():
        raise DomainError("Dites pourquoi la notice doit être acceptée de nouveau.", code="reason")
    if row.withdrawn_at is None and row.accepted:
        row.withdrawn_at, row.reason = at, reason.strip()[:500]
        row.save(update_fields=["withdrawn_at", "reason"])
        label = f"{row.person.name} devra reconnaître de nouveau le secret professionnel : {row.circle.title}"
        _note(actor, "withdrawn", label, at=at, reason=row.reason)
    return row


def _answer(actor: Actor, circle_id: uuid.UUID, *, accepted: bool, at: datetime, purpose: str) -> None:
    entry = selectors.get_entry(actor, circle_id)
    if entry.notice is None:
        return
    Acknowledgement.objects.create(
        circle_id=circle_id,
        private_to_id=actor.organisation_id,
        person_id=actor.person_id,
        notice=entry.notice.key,
        version=entry.notice.version,
        accepted=accepted,
        at=at,
        purpose=purpose,
    )


def _purpose(typed: str) -> str:
    return " ".join(typed.split())[:120] or selectors.DEFAULT_PURPOSE


def _note(actor: Actor, verb: str, label: str, *, at: datetime, reason: str = "") -> None:
    """In the journal of the person's own organisation: an auditor writes nothing in the file."""
    record(own_circle(actor), verb=f"secrecy.{verb}", label=label, actor=actor, at=at, reason=reason)
