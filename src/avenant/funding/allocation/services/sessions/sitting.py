"""What the committee says of each dossier: who withdraws, its opinion, its proposal."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.domain.french import format_euros
from avenant.domain.funding.opinions import Collegial
from avenant.domain.money import ZERO
from avenant.foundations.meetings import selectors as meetings
from avenant.foundations.meetings.models import Attendance
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.funding.allocation import policies, scores, selectors
from avenant.funding.allocation.models import Examined, Selection, Withdrawal
from avenant.funding.allocation.services.sessions.locking import locked_line, note


@transaction.atomic
def withdraw_member(*, actor: Actor, line_id: uuid.UUID, seat_id: int, reason: str, at: datetime) -> Withdrawal:
    """Note that a member has an interest in a dossier and takes no part in it."""
    selection, line = locked_line(actor, line_id)
    policies.may_work(actor, selection).or_raise()
    seat = selectors.get_seat(actor, selection, seat_id)
    if not reason.strip():
        raise DomainError("Un déport dit l’intérêt déclaré.", code="reason")
    made, _ = Withdrawal.objects.update_or_create(
        line=line, seat=seat, defaults={"circle_id": line.circle_id, "reason": reason.strip()[:300], "at": at}
    )
    note(selection, "selection.withdrawal", f"Déport noté, {line.number} : {seat}", actor, at, reason)
    return made


def present_for(actor: Actor, selection: Selection, line: Examined) -> dict[uuid.UUID, str]:
    """Who is there for a dossier, by institution with its capacity: attendance, less those who withdrew."""
    noted = meetings.attendance_of(actor, selection.meeting)
    out = set(Withdrawal.objects.visible_to(actor).filter(line=line).values_list("seat_id", flat=True))
    return {
        seat.organisation_id: seat.capacity
        for seat in selection.meeting.committee.seats.all()
        if seat.organisation_id is not None and seat.pk not in out and seat.pk in noted
        and noted[seat.pk].status in Attendance.THERE
    }  # fmt: skip


@transaction.atomic
def give_opinion(*, actor: Actor, line_id: uuid.UUID, value: str, comment: str, at: datetime) -> Examined:
    """Record the one opinion of the committee on a dossier, with the institutions present (convention, article 2, 1)."""
    selection, line = locked_line(actor, line_id)
    policies.may_work(actor, selection).or_raise()
    day = selection.meeting.day
    if day is None:
        raise DomainError("La séance du comité n’a pas encore de jour.", code="no_day")
    there = present_for(actor, selection, line)
    made = scores.record_collegial(
        actor=actor,
        dossier_id=line.dossier_id,
        value=Collegial(value),
        comment=comment,
        held_on=day,
        present=there,
        at=at,
    )
    names = Organisation.objects.in_bulk(list(there))
    line.opinion, line.reservation = made.value, made.comment
    line.present = [names[pk].short_name for pk in there]
    line.save(update_fields=["opinion", "reservation", "present"])
    return line


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the committee proposes for a dossier. ``override`` says why it departs from the adopted scenario."""

    outcome: str
    amount: Decimal = ZERO
    reason: str = ""
    conditions: str = ""
    override: str = ""


@transaction.atomic
def propose(*, actor: Actor, line_id: uuid.UUID, said: Proposal, at: datetime) -> Examined:
    """Write what the committee proposes: an amount within what the dossier may receive, a reason for a refusal, and a
    reason again when it departs from the adopted scenario."""
    selection, line = locked_line(actor, line_id)
    policies.may_work(actor, selection).or_raise()
    check_proposal(line, said)
    adopted = selectors.adopted_share(actor, line)
    if adopted is not None and adopted.amount != said.amount and not said.override.strip():
        raise DomainError(
            f"Le scénario adopté donne {format_euros(adopted.amount)} à ce dossier : dites pourquoi le comité s’en écarte.",
            code="override", basis=policies.COMMITTEE,
        )  # fmt: skip
    write_proposal(line, said)
    line.save(update_fields=["outcome", "amount", "reason", "conditions", "override"])
    label = f"Proposition, {line.number} : {line.get_outcome_display()}"
    if line.amount:
        label += f", {format_euros(line.amount)}"
    note(selection, "selection.propose", label, actor, at, said.override or said.reason)
    return line


def check_proposal(line: Examined, said: Proposal) -> None:
    """Raise DomainError unless the outcome, its amount and its reason hold together."""
    funded = said.outcome in (Examined.Outcome.RETAINED, Examined.Outcome.PARTLY)
    if said.outcome not in Examined.Outcome.values:
        raise DomainError("Dites ce que le comité propose.", code="outcome")
    if funded and not line.rank:
        raise DomainError(f"Ce dossier n’est pas classé. {line.sentence}", code="unranked")
    if funded and said.amount <= 0:
        raise DomainError("Un dossier retenu reçoit un montant positif.", code="amount")
    if said.amount > line.ceiling:
        raise DomainError(
            f"Les règles de l’appel limitent l’aide de ce dossier à {format_euros(line.ceiling)}.", code="ceiling"
        )
    if said.outcome == Examined.Outcome.REFUSED and not said.reason.strip():
        raise DomainError("Une décision « non retenu » a son motif.", code="reason", basis=policies.COMMITTEE)


def write_proposal(line: Examined, said: Proposal) -> None:
    """Put a checked proposal on its line; what is not funded has no amount."""
    funded = said.outcome in (Examined.Outcome.RETAINED, Examined.Outcome.PARTLY)
    line.outcome, line.amount = said.outcome, said.amount if funded else ZERO
    line.reason, line.conditions, line.override = said.reason.strip(), said.conditions.strip(), said.override.strip()
