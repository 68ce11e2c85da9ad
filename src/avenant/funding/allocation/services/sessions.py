"""The committee's session: prepared with its dossiers, ranked, opinions and proposals written, closed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import Max

from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.domain.french import counted, format_euros, typeset
from avenant.domain.funding.grants import revisable
from avenant.domain.funding.opinions import Collegial
from avenant.domain.funding.scenarios import reference_shares
from avenant.domain.money import ZERO, cents
from avenant.domain.rules.evaluation import aid_of
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.rulebook import Rulebook
from avenant.foundations.journal.states import advance, record
from avenant.foundations.meetings import selectors as meetings
from avenant.foundations.meetings.models import Attendance, Committee, Session
from avenant.foundations.meetings.services import committees, minutes, sessions
from avenant.foundations.meetings.services.committees import CommitteeDraft, SeatDraft
from avenant.foundations.meetings.services.sessions import Timing
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.funding.allocation import policies, scores, selectors
from avenant.funding.allocation.models import Aid, Award, Examined, Selection, Withdrawal
from avenant.funding.allocation.services.envelopes import draw
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier, Project

WRITTEN = (
    "number", "name", "folded", "title", "themes", "sectors", "territory_code", "establishment", "agents", "payroll", "total",
    "base", "requested", "computed", "ceiling", "reference", "points", "score", "rank", "in_scope", "priority", "examined",
    "sentence", "opinion", "reservation", "present",
)  # fmt: skip
"""What the ranking writes on a line; what the committee proposed stays."""
AGENDA = "Examen des dossiers de l’appel, classement et propositions"
REFUSED_FOR_MONEY = "Le projet n’entre pas dans la limite de l’enveloppe dédiée à l’appel (§3.2, 1°)."


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionSaid:
    """A session to prepare: when and where, on which envelope, the quorum (None: every institution), the payroll's use."""

    envelope_id: uuid.UUID
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    quorum: int | None = None
    payroll: str = Selection.Payroll.REFERENCE


@transaction.atomic
def prepare_selection(*, actor: Actor, call: PublishedCall, said: SelectionSaid, at: datetime) -> Selection:
    """Prepare the committee's session on the complete dossiers of a call that have no decision yet, ranked."""
    policies.may_prepare(actor, call).or_raise()
    envelope = selectors.get_envelope(actor, said.envelope_id)
    policies.may_change(actor, envelope).or_raise()
    if Selection.objects.visible_to(actor).filter(call=call, state__in=["prepared", "closed"]).exists():
        raise DomainError("Une séance de cet appel est déjà en préparation, ou attend ses décisions.", code="twice")
    committee = _committee(actor, call, said.quorum, at)
    timing = Timing(starts_at=said.starts_at, ends_at=said.ends_at, place=said.place)
    meeting = sessions.plan_session(
        actor=actor, committee_id=committee.pk, timing=timing, purpose=Session.Purpose.SELECTION, at=at
    )
    if Selection.objects.filter(meeting=meeting).exists():
        raise DomainError("Une séance de sélection se tient déjà à cette heure.", code="same_hour")
    number = Selection.objects.filter(call=call).aggregate(last=Max("number"))["last"] or 0
    selection = Selection.objects.create(
        circle_id=call.call.circle_id, call=call, meeting=meeting, envelope=envelope, number=number + 1,
        payroll=said.payroll, state=Selection.lifecycle.start, state_since=at,
    )  # fmt: skip
    sessions.add_agenda_item(actor=actor, session_id=meeting.pk, title=AGENDA, detail=selection.page(), at=at)
    count = _rank(actor, selection, at)
    _note(selection, "selection.prepare", f"Séance préparée : {counted(count, 'dossier')}", actor, at)
    return selection


def _committee(actor: Actor, call: PublishedCall, quorum: int | None, at: datetime) -> Committee:
    """The call's selection committee: the authority that presides, and the partners of the call."""
    key = f"selection-{call.key}"
    found = Committee.objects.visible_to(actor).filter(key=key).first()
    if found is not None:
        return found
    seats = [SeatDraft(call.owner, "Présidence du comité de sélection")]
    seats += [SeatDraft(one, "Membre du comité de sélection") for one in call.partners.all()]
    draft = CommitteeDraft(
        key=key, kind=Committee.Kind.SELECTION, name=f"Comité de sélection, {call.title}"[:200],
        short_name=f"Sélection {call.year}", circle_id=call.call.circle_id, file_title=str(call)[:250],
        page_of_file=call.page(), secretariat=call.owner, seats=tuple(seats),
        settings={"minimum": 0, "zone": call.zone, "quorum": quorum, "basis": "§5.2", "fictional": call.fictional,
                  "chair_rule": "L’autorité qui porte l’appel"},
    )  # fmt: skip
    return committees.set_up_committee(actor=actor, draft=draft, at=at)


def locked(actor: Actor, selection_id: uuid.UUID) -> Selection:
    """A session, locked; 404 outside its circle."""
    selectors.get_selection(actor, selection_id)
    rows = Selection.objects.select_for_update(of=("self",))
    return rows.select_related(
        "call__owner", "call__call", "envelope__owner", "envelope__territory", "meeting__committee"
    ).get(pk=selection_id)


@transaction.atomic
def rank_again(*, actor: Actor, selection_id: uuid.UUID, at: datetime) -> Selection:
    """Take up again what the instruction says: new dossiers, scores, opinions, amounts. Proposals stay."""
    selection = locked(actor, selection_id)
    policies.may_work(actor, selection).or_raise()
    count = _rank(actor, selection, at)
    _note(selection, "selection.rank", f"Classement établi : {counted(count, 'dossier')}", actor, at)
    return selection


@dataclass(frozen=True, slots=True)
class Amounts:
    """The aid that the rules compute, and the most that it may be at any rate."""

    computed: Decimal
    ceiling: Decimal


def amounts_of(book: Rulebook, facts: Facts, *, known: Decimal | None, rate: Decimal | None) -> Amounts:
    """The amounts of a dossier under a revised rate (None: the rate of its rulebook, whose aid is ``known``).

    A revised rate opens the requests; every other rule of the call stays: caps, public aids (§3.2, 2°).
    """
    if "rate" not in book.parameters:
        return Amounts(known or ZERO, known or ZERO)
    free = _at_rate(book.digest, book, Decimal(100))
    most = aid_of(free, facts) or ZERO
    if rate is None:
        return Amounts(known or ZERO, max(most, known or ZERO))
    return Amounts(min(aid_of(_at_rate(book.digest, book, rate), facts) or ZERO, most), most)


_RATED: dict[tuple[str, Decimal], Rulebook] = {}


def _at_rate(digest: str, book: Rulebook, rate: Decimal) -> Rulebook:
    key = (digest, rate)
    if key not in _RATED:
        if len(_RATED) > 64:
            _RATED.clear()
        _RATED[key] = revisable(book).with_parameters({"rate": f"{rate:.2f}"})
    return _RATED[key]


def _rank(actor: Actor, selection: Selection, at: datetime) -> int:
    """Write a line for each dossier that waits for a decision; how many there are."""
    decided = Award.objects.visible_to(actor).filter(dossier__call=selection.call)
    settled = set(decided.values_list("dossier_id", flat=True))
    listed = [one for one in scores.assess(actor, selection.call) if one.dossier.pk not in settled]
    facts = scores.facts_of(actor, listed, at=at)
    rate = selectors.rate_in_force(actor, selection.call)
    projects = _projects(actor, [one.dossier.pk for one in listed])
    members = {str(one.pk): one.short_name for one in (selection.call.owner, *selection.call.partners.all())}
    shares = reference_shares(selection.envelope.left, {str(one.dossier.pk): one.dossier.payroll for one in listed})
    existing = {one.dossier_id: one for one in Examined.objects.filter(selection=selection)}
    rows: list[Examined] = []
    for one in _in_order(selection, listed):
        line = existing.pop(one.dossier.pk, None) or Examined(
            circle_id=selection.circle_id, selection=selection, dossier=one.dossier
        )
        book, said = facts[one.dossier.pk]
        amounts = amounts_of(book, said, known=one.grant, rate=rate)
        _tell(line, one, projects.get(one.dossier.pk, []), shares[str(one.dossier.pk)], amounts)
        line.present = [members.get(key, key) for key in line.present]
        line.rank = len(rows) + 1
        rows.append(line)
    Examined.objects.filter(pk__in=[one.pk for one in existing.values()], award=None).delete()
    Examined.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN, batch_size=500
    )
    selection.ranked_at = at
    selection.save(update_fields=["ranked_at"])
    return len(rows)


def _in_order(selection: Selection, listed: Sequence[scores.Assessed]) -> list[scores.Assessed]:
    """The order of the instruction; with the payroll to break ties, the larger payroll first at equal scores."""
    if selection.payroll != Selection.Payroll.TIE_BREAK:
        return list(listed)

    def tied(one: scores.Assessed) -> tuple[bool, bool, Fraction]:
        return one.in_scope, bool(one.priorities), one.score

    ordered: list[scores.Assessed] = []
    for _, group in groupby(listed, key=tied):
        ordered += sorted(group, key=lambda one: (-(one.dossier.payroll or ZERO), one.rank))
    return ordered


def _projects(actor: Actor, dossiers: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Project]]:
    found: dict[uuid.UUID, list[Project]] = {}
    for one in Project.objects.visible_to(actor).filter(dossier__in=dossiers).order_by("position"):
        found.setdefault(one.dossier_id, []).append(one)
    return found


def _tell(
    line: Examined, one: scores.Assessed, projects: Sequence[Project], reference: Decimal | None, amounts: Amounts
) -> None:
    dossier: Dossier = one.dossier
    line.number, line.name, line.territory_code = dossier.number, dossier.name, dossier.territory_code
    line.folded = fold(f"{dossier.name} {dossier.number}")[:400]
    line.title = " ; ".join(project.title for project in projects if project.title)[:420]
    line.themes = list(dict.fromkeys(topic for project in projects for topic in project.topics))
    line.sectors, line.establishment = list(dossier.sectors), str(dossier.owner_id)
    line.agents, line.payroll = sum(project.agents or 0 for project in projects) or None, dossier.payroll
    line.total, line.base = dossier.total, one.eligible or ZERO
    line.requested, line.computed, line.ceiling = one.requested, amounts.computed, amounts.ceiling
    line.reference, line.score, line.sentence = reference, cents(one.score), one.sentence[:400]
    line.points = dict.fromkeys(one.priority_labels, 1)
    line.in_scope, line.priority, line.examined = one.in_scope, bool(one.priorities), one.examined
    collegial = scores.collegial_of(one)
    if collegial is not None:
        line.opinion, line.reservation, line.present = (
            collegial.value,
            collegial.comment,
            list(collegial.present),
        )


@transaction.atomic
def withdraw_member(*, actor: Actor, line_id: uuid.UUID, seat_id: int, reason: str, at: datetime) -> Withdrawal:
    """Note that a member has an interest in a dossier and takes no part in it."""
    line = selectors.get_line(actor, line_id)
    selection = locked(actor, line.selection_id)
    policies.may_work(actor, selection).or_raise()
    seat = selectors.get_seat(actor, selection, seat_id)
    if not reason.strip():
        raise DomainError("Un déport dit l’intérêt déclaré.", code="reason")
    made, _ = Withdrawal.objects.update_or_create(
        line=line, seat=seat, defaults={"circle_id": line.circle_id, "reason": reason.strip()[:300], "at": at}
    )
    _note(selection, "selection.withdrawal", f"Déport noté, {line.number} : {seat}", actor, at, reason)
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
    line = selectors.get_line(actor, line_id)
    selection = locked(actor, line.selection_id)
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
    line = selectors.get_line(actor, line_id)
    selection = locked(actor, line.selection_id)
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
    _note(selection, "selection.propose", label, actor, at, said.override or said.reason)
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


@transaction.atomic
def close_selection(*, actor: Actor, selection_id: uuid.UUID, reason: str, at: datetime) -> Selection:
    """Close the session: ranking locked, amounts reserved on the envelope, minutes generated, the meeting held.

    A missing quorum or an incomplete composition asks for a reason. Raises when the envelope does not hold them all.
    """
    selection = locked(actor, selection_id)
    waiting = selectors.count_unproposed(actor, selection)
    policies.may_close(actor, selection, waiting=waiting).or_raise()
    lines = list(Examined.objects.filter(selection=selection))
    funded, day = [one for one in lines if one.amount], selection.meeting.day or at.date()
    draw(selection.envelope_id, sum((one.amount for one in funded), ZERO))
    Aid.objects.bulk_create(
        Aid(
            circle_id=selection.envelope.circle_id, envelope_id=selection.envelope_id, dossier_id=one.dossier_id,
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


def revise_amounts(actor: Actor, call: PublishedCall, at: datetime) -> None:
    """Bring the lines of the sessions being prepared to the rate in force."""
    for selection in Selection.objects.visible_to(actor).filter(call=call, state="prepared"):
        _rank(actor, locked(actor, selection.pk), at)


def _note(
    selection: Selection, verb: str, label: str, actor: Actor, at: datetime, reason: str = "", **evidence: Any
) -> None:
    said: Mapping[str, Any] = evidence
    record(
        selection.circle_id, verb=verb, label=label, actor=actor, at=at, reason=reason.strip(), evidence=said,
        page=selection.page(), subject=selection.pk,
    )  # fmt: skip
