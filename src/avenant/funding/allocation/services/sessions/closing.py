"""The session closed with its minutes, opened again or cancelled."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.domain.french import counted, format_euros, typeset
from avenant.domain.money import ZERO
from avenant.foundations.journal.states import advance
from avenant.foundations.meetings.services import minutes, sessions
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation import policies, selectors
from avenant.funding.allocation.models import Aid, Award, Examined, Selection, Withdrawal
from avenant.funding.allocation.services.envelopes import draw, keeping_circle
from avenant.funding.allocation.services.sessions.locking import locked


@transaction.atomic
def close_selection(*, actor: Actor, selection_id: uuid.UUID, reason: str, at: datetime) -> Selection:
    """Close the session: ranking locked, amounts reserved on the envelope, minutes generated, the meeting held.

    A missing quorum or an incomplete composition asks for a reason. Raises when the envelope does not hold them all.
    """
    selection = locked(actor, selection_id)
    waiting = selectors.count_unproposed(actor, selection)
    policies.may_close(actor, selection, waiting=waiting).or_raise()
    lines = list(Examined.objects.filter(selection=selection).exclude(dossier__state="withdrawn"))
    funded, day = [one for one in lines if one.amount], selection.meeting.day or at.date()
    draw(selection.envelope_id, sum((one.amount for one in funded), ZERO))
    circle = keeping_circle(actor)
    Aid.objects.bulk_create(
        Aid(
            circle_id=circle, envelope_id=selection.envelope_id, dossier_id=one.dossier_id,
            beneficiary=one.name, subject=(one.title or one.number)[:250], reserved=one.amount, on=day,
        )
        for one in funded
    )  # fmt: skip
    meeting = selection.meeting
    written = minutes_text(actor, selection, lines)
    text = f"{meeting.minutes}\n\n{written}".strip() if meeting.minutes else written
    minutes.write_minutes(actor=actor, session_id=meeting.pk, text=text, at=at)
    if meeting.state == "convened":
        sessions.hold_session(actor=actor, session_id=meeting.pk, reason=reason, at=at)
    total = sum((one.amount for one in funded), ZERO)
    return advance(
        selection, "close", actor=actor, at=at, label=f"Séance de sélection close : {counted(len(funded), 'dossier')} retenus",
        evidence={"retained": len(funded), "total": str(total), "examined": len(lines)},
    )  # fmt: skip


@transaction.atomic
def reopen_selection(*, actor: Actor, selection_id: uuid.UUID, reason: str, at: datetime) -> Selection:
    """Open again a session of which nothing is decided, with a reason; what it reserved goes back to the envelope."""
    selection = locked(actor, selection_id)
    if Award.objects.filter(line__selection=selection).exists():
        raise DomainError("Une décision est déjà prise : la séance ne se rouvre plus.", code="decided")
    advance(selection, "reopen", actor=actor, at=at, reason=reason)
    release(selection)
    return selection


@transaction.atomic
def cancel_selection(*, actor: Actor, selection_id: uuid.UUID, reason: str, at: datetime) -> Selection:
    """Cancel a session being prepared, and its meeting, with a reason: another may be prepared."""
    selection = locked(actor, selection_id)
    advance(selection, "cancel", actor=actor, at=at, reason=reason)
    if selection.meeting.editable:
        sessions.cancel_session(actor=actor, session_id=selection.meeting_id, reason=reason, at=at)
    return selection


def release(selection: Selection) -> None:
    """Give back to the envelope what the session reserved."""
    kept = Aid.objects.filter(
        envelope_id=selection.envelope_id, dossier__in=Examined.objects.filter(selection=selection).values("dossier_id"),
        granted=0,
    )  # fmt: skip
    draw(selection.envelope_id, -sum((one.reserved for one in kept), ZERO))
    kept.delete()


def minutes_text(actor: Actor, selection: Selection, lines: Sequence[Examined]) -> str:
    """The text of the minutes: dossiers in rank with opinion, proposal, amount and reasons, and who withdrew."""
    told = [
        f"Dossiers examinés : {len(lines)}. Enveloppe : {selection.envelope}, {format_euros(selection.envelope.amount)}."
    ]
    out: dict[uuid.UUID, list[str]] = {}
    rows = Withdrawal.objects.visible_to(actor).filter(line__selection=selection).select_related("seat__organisation")
    for one in rows:
        name = one.seat.organisation.short_name if one.seat.organisation else one.seat.capacity
        out.setdefault(one.line_id, []).append(name)
    for line in lines:
        words = f"- {line.rank or 'non classé'}. {line.number}, {line.name} : {line.get_outcome_display() or 'sans proposition'}"
        words += f", {format_euros(line.amount)}" if line.amount else ""
        words += f". Avis collégial : {line.get_opinion_display()}" if line.opinion else ""
        words += f" ({line.reservation})" if line.reservation else ""
        words += f". Motif : {line.reason.rstrip('.')}" if line.reason else ""
        words += f". Conditions : {line.conditions.rstrip('.')}" if line.conditions else ""
        words += f". Écart au scénario : {line.override.rstrip('.')}" if line.override else ""
        words += f". Déport : {', '.join(out[line.pk])}" if line.pk in out else ""
        told.append(f"{words}.")
    total = sum((one.amount for one in lines), ZERO)
    told.append(f"Total proposé : {format_euros(total)}.")
    return typeset("\n".join(told))
