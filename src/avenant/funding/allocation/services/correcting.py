"""An aid that its funder wrote on an envelope is corrected and withdrawn: the envelope, and what is told of it, follow."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.domain.french import format_euros
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation import policies, selectors
from avenant.funding.allocation.models import Aid
from avenant.funding.allocation.services.envelopes import (
    AidSaid,
    check_amounts,
    draw,
    keeping_circle,
    locked,
    told_of,
)
from avenant.funding.reviews.services.aids import end_aid, replace_aid, says_otherwise

WRITTEN: Final = ("subject", "on", "nature", "partnership", "reserved", "granted", "paid")
"""What an aid says on its envelope; the rest is what the other funders compare."""


def aid_mark(aid: Aid) -> str:
    """What a form carries to say on which state of an aid it was opened."""
    said = [str(getattr(aid, name)) for name in ("told_id", *WRITTEN)]
    return hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:16]


@transaction.atomic
def correct_aid(
    *, actor: Actor, envelope_id: uuid.UUID, aid_id: uuid.UUID, said: AidSaid, reason: str, seen: str, at: datetime
) -> Aid:
    """Say an aid otherwise, with the reason: the envelope holds the new amount, the other funders compare the new aid, and
    who judged the former one is asked again. The beneficiary stays. ``seen`` is the :func:`aid_mark` of the form: what
    somebody else wrote since is not overwritten unread.
    """
    aid = _changing(actor, envelope_id, aid_id, reason)
    if seen != aid_mark(aid):
        raise DomainError(
            "Cette aide a changé depuis que vous avez ouvert la page. Vos réponses restent à l’écran : relisez l’aide, puis "
            "corrigez-la de nouveau s’il le faut.",
            code="stale",
        )
    check_amounts(said)
    before, held, told = as_written(aid), aid.reserved + aid.granted, aid.told
    compared = told_of(actor, aid.envelope, told.establishment, said) if told else None
    renewed = told is not None and compared is not None and says_otherwise(actor=actor, aid=told, said=compared)
    if not renewed and all(getattr(aid, name) == getattr(said, name) for name in WRITTEN):
        raise DomainError("Rien ne change dans cette aide.", code="same")
    draw(envelope_id, said.reserved + said.granted - held)
    if told is not None and compared is not None and renewed:
        aid.told = replace_aid(actor=actor, aid=told, said=compared, reason=reason, at=at)
    for name in WRITTEN:
        setattr(aid, name, getattr(said, name))
    aid.save(update_fields=[*WRITTEN, "told"])
    amounts = f"{format_euros(held)} → {format_euros(said.reserved + said.granted)}"
    _note(actor, aid, f"Aide corrigée : {aid}, {amounts}", before, reason, at)
    return aid


@transaction.atomic
def withdraw_aid(*, actor: Actor, envelope_id: uuid.UUID, aid_id: uuid.UUID, reason: str, at: datetime) -> None:
    """Say that an aid is none, with the reason: the envelope has its money back, and what the funders were told is
    withdrawn. The journal of the envelope keeps what it was."""
    aid = _changing(actor, envelope_id, aid_id, reason)
    held, told = aid.reserved + aid.granted, aid.told
    draw(envelope_id, -held)
    _note(actor, aid, f"Aide retirée : {aid}, {format_euros(held)}", as_written(aid), reason, at)
    aid.delete()
    if told is not None:
        end_aid(actor=actor, aid=told, reason=reason, at=at)


def held_aid(actor: Actor, envelope_id: uuid.UUID, aid_id: uuid.UUID) -> Aid:
    """An aid of an envelope. Raises DomainError once it was withdrawn; 404 outside the envelope's circle."""
    aid = selectors.find_aid(actor, envelope_id, aid_id)
    if aid is None:
        selectors.get_envelope(actor, envelope_id)
        raise DomainError("Cette aide n’est plus sur cette enveloppe : elle a été retirée.", code="gone")
    return aid


def _changing(actor: Actor, envelope_id: uuid.UUID, aid_id: uuid.UUID, reason: str) -> Aid:
    """An aid of an envelope, both locked, if the actor may change it and says why."""
    locked(actor, envelope_id)
    aid = held_aid(actor, envelope_id, aid_id)
    policies.may_change_aid(actor, aid).or_raise()
    if not reason.strip():
        raise DomainError("Dites pourquoi : les institutions qui ont regardé cette aide le liront.", code="reason")
    return aid


def as_written(aid: Aid) -> dict[str, Any]:
    """What an aid says on its envelope, for the journal."""
    return {name: str(getattr(aid, name)) for name in WRITTEN}


def _note(actor: Actor, aid: Aid, label: str, before: dict[str, Any], reason: str, at: datetime) -> None:
    record(
        keeping_circle(actor), verb="envelope.change_aid", label=label, actor=actor, at=at, reason=reason.strip(),
        evidence={"before": before}, page=aid.envelope.page(), subject=aid.envelope_id,
    )  # fmt: skip
