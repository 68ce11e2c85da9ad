"""A session: planned, moved, convened, its agenda, its attendance, its closing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from avenant.domain.decision import DomainError
from avenant.domain.french import enumerate_in_words, format_date
from avenant.domain.meetings.committees import check_day, closing_gaps
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.models import Document
from avenant.foundations.journal import selectors as journal_reads
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import advance, record
from avenant.foundations.meetings import policies, selectors
from avenant.foundations.meetings.models import AgendaItem, Attendance, Committee, Session
from avenant.foundations.meetings.selectors.bodies import gaps_of
from avenant.foundations.meetings.services import due
from avenant.foundations.messages.services import Message
from avenant.foundations.parties.actors import Actor

ANNEX = "session-annex"


@dataclass(frozen=True, slots=True)
class Timing:
    """When and where: two aware instants, or a month while the day is not known."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    year: int | None = None
    month: int | None = None
    place: str = ""
    visio: str = ""


@transaction.atomic
def plan_session(
    *,
    actor: Actor,
    committee_id: uuid.UUID,
    timing: Timing,
    at: datetime,
    purpose: Session.Purpose = Session.Purpose.ORDINARY,
) -> Session:
    """Put a session in the annual plan, with a day or a month. A second click finds the session of the first.

    Raises DomainError for a day that is past or an end before the start; outside the window it is only told.
    """
    committee = selectors.get_committee(actor, committee_id, lock=True)
    policies.may_plan(actor, committee).or_raise()
    year = _check(committee, timing, at)
    same = committee.sessions.filter(
        purpose=purpose, year=year, month=timing.month, starts_at=timing.starts_at
    ).exclude(state="cancelled")
    if found := same.first():
        return found
    ordinary = purpose == Session.Purpose.ORDINARY and committee.kind == Committee.Kind.FOLLOW_UP
    session = Session.objects.create(
        circle_id=committee.circle_id,
        committee=committee,
        purpose=purpose,
        year=year,
        month=timing.month,
        reference_year=year - 1 if ordinary else None,
        starts_at=timing.starts_at,
        ends_at=timing.ends_at,
        place=timing.place,
        visio=timing.visio,
        state=Session.lifecycle.start,
        state_since=at,
    )
    _record(session, "session.planned", f"Séance planifiée : {session}, {session.when}", actor, at)
    due.plan_convening(session)
    journal.close(due.plan_year_key(committee.pk, year))
    return session


@transaction.atomic
def move_session(*, actor: Actor, session_id: uuid.UUID, timing: Timing, at: datetime) -> Session:
    """Change the day, the place or the link; what is due moves with it, and a convened session tells its members. Who was
    noted as there on another day is to be noted again."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_move(actor, session).or_raise()
    year = _check(session.committee, timing, at)
    if session.state == "convened" and timing.starts_at is None:
        raise DomainError("Une séance convoquée garde un jour et une heure : déplacez-la ou annulez-la.")
    former, day = session.when, session.day
    session.year, session.month = year, timing.month
    session.reference_year = year - 1 if session.reference_year else None
    session.starts_at, session.ends_at = timing.starts_at, timing.ends_at
    session.place, session.visio, session.moved = timing.place, timing.visio, session.moved + 1
    session.save()
    if session.day != day:
        session.attendance.all().delete()
    _record(session, "session.moved", f"Séance modifiée : {session}, {session.when}", actor, at, f"Avant : {former}")
    if session.state == "planned":
        due.plan_convening(session)
    else:
        _tell_convened(session, actor, at, f"Changement : {session}, {session.when}")
    return session


def outside_window(committee: Committee, timing: Timing, at: datetime) -> str:
    """What to warn of: a day outside the window of the text; empty otherwise."""
    if timing.starts_at is None:
        return ""
    today = at.astimezone(committee.clock).date()
    return check_day(timing.starts_at.astimezone(committee.clock).date(), today, committee.rule.window)


@transaction.atomic
def convene_session(*, actor: Actor, session_id: uuid.UUID, at: datetime) -> Session:
    """Send the notice with its agenda to the members. An agenda not yet prepared is built from the file."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_convene(actor, session).or_raise()
    if not session.agenda.exists():
        _fill_agenda(actor, session)
    advance(session, "convene", actor=actor, at=at, label=f"Séance convoquée : {session}, {session.when}")
    journal.close(due.key_of(session, "convene"))
    _tell_convened(session, actor, at, f"Convocation : {session}, {session.when}")
    return session


@transaction.atomic
def cancel_session(*, actor: Actor, session_id: uuid.UUID, reason: str, at: datetime) -> Session:
    """Cancel with a reason; it no longer counts in the plan of the year."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_cancel(actor, session).or_raise()
    told = session.state == "convened"
    advance(session, "cancel", actor=actor, at=at, reason=reason, label=f"Séance annulée : {session}")
    journal.drop(due.key_of(session, "convene"))
    if told:
        message = Message(
            key=f"session:{session.pk.hex}:cancelled",
            title=f"Séance annulée : {session}",
            body=reason,
            act="Voir la séance",
            page=session.page(),
            consequence="La séance ne compte plus dans le plan de l’année.",
            basis=session.committee.basis,
        )
        due.tell_members(session, message, actor=actor, at=at)
    return session


@transaction.atomic
def build_agenda(*, actor: Actor, session_id: uuid.UUID, at: datetime) -> int:
    """Fill the agenda from the file: standing points, former decisions, what is due. Built again, it only adds."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_order_agenda(actor, session).or_raise()
    added = _fill_agenda(actor, session)
    _record(session, "session.agenda_built", f"Ordre du jour préparé : {added} points ajoutés", actor, at)
    return added


@transaction.atomic
def add_agenda_item(*, actor: Actor, session_id: uuid.UUID, title: str, detail: str, at: datetime) -> AgendaItem:
    """A member asks for a point; it goes to the end."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_propose_item(actor, session).or_raise()
    item = AgendaItem.objects.create(
        circle_id=session.circle_id,
        session=session,
        position=_last_position(session) + 1,
        title=title.strip(),
        detail=detail.strip(),
        asked_by_id=actor.organisation_id,
    )
    _record(session, "session.item_added", f"Point demandé : {item.title}", actor, at)
    return item


@transaction.atomic
def move_agenda_item(*, actor: Actor, session_id: uuid.UUID, item_id: int, up: bool) -> None:
    """One place up or down."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_order_agenda(actor, session).or_raise()
    rows = list(AgendaItem.objects.visible_to(actor).filter(session=session))
    index = next((place for place, row in enumerate(rows) if row.pk == item_id), None)
    if index is None:
        selectors.get_agenda_item(actor, session, item_id)  # 404
        return
    other = index - 1 if up else index + 1
    if 0 <= other < len(rows):
        rows[index], rows[other] = rows[other], rows[index]
    for position, row in enumerate(rows, start=1):
        row.position = position
    AgendaItem.objects.bulk_update(rows, ["position"])


@transaction.atomic
def remove_agenda_item(*, actor: Actor, session_id: uuid.UUID, item_id: int, at: datetime) -> None:
    """Take a point off."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_order_agenda(actor, session).or_raise()
    item = selectors.get_agenda_item(actor, session, item_id)
    item.delete()
    _record(session, "session.item_removed", f"Point retiré : {item.title}", actor, at)


@transaction.atomic
def attach_annex(*, actor: Actor, session_id: uuid.UUID, name: str, content: bytes, at: datetime) -> Document:
    """Join a file to the papers of a session; a PDF goes into the pack."""
    session = selectors.get_session(actor, session_id)
    policies.may_propose_item(actor, session).or_raise()
    return documents.receive_file(
        actor=actor,
        circle_id=session.circle_id,
        name=name,
        content=content,
        kind=ANNEX,
        at=at,
        subject=session.pk,
    )


@dataclass(frozen=True, slots=True)
class Presence:
    """What is noted of one seat."""

    status: Attendance.Status
    note: str = ""


@transaction.atomic
def take_attendance(*, actor: Actor, session_id: uuid.UUID, noted: Mapping[int, Presence], at: datetime) -> None:
    """Note who is there, seat by seat."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_take_attendance(actor, session).or_raise()
    seats = {seat.pk for seat in session.committee.seats.all()}
    for seat_id, presence in noted.items():
        if seat_id in seats:
            Attendance.objects.update_or_create(
                session=session,
                seat_id=seat_id,
                defaults={"circle_id": session.circle_id, "status": presence.status, "note": presence.note},
            )
    _record(session, "session.attendance", f"Présences notées : {session}", actor, at)


@transaction.atomic
def check_points(*, actor: Actor, session_id: uuid.UUID, points: Iterable[str], at: datetime) -> Session:
    """Say which of the yearly points (statistics, contacts, report, plan) the session dealt with."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_take_attendance(actor, session).or_raise()
    chosen = set(points)
    session.checked = [one for one in session.committee.checklist if one in chosen]
    session.save(update_fields=["checked"])
    return session


@transaction.atomic
def hold_session(*, actor: Actor, session_id: uuid.UUID, reason: str, at: datetime) -> Session:
    """Close the session. An incomplete composition or a missing quorum asks for a reason; what was left is named."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_hold(actor, session).or_raise()
    if session.starts_at and at < session.starts_at:
        raise DomainError(f"La séance est prévue le {session.when} : elle se clôt une fois tenue.")
    serious, named = session_gaps(actor, session)
    if serious and not reason.strip():
        raise DomainError(f"{' '.join(serious)} La séance ne se clôt valablement qu’avec un motif.")
    session.gaps = [*serious, *named]
    session.save(update_fields=["gaps"])
    advance(
        session,
        "hold",
        actor=actor,
        at=at,
        reason=reason,
        label=f"Séance close : {session}",
        evidence={"gaps": session.gaps},
    )
    due.plan_minutes(session, at)
    return session


def session_gaps(
    actor: Actor, session: Session, noted: Iterable[Attendance] | None = None
) -> tuple[list[str], list[str]]:
    """What must be justified to close a session, and what its record only names; ``noted`` when it is read already."""
    noted = selectors.attendance_of(actor, session).values() if noted is None else noted
    unchecked = [one for one in session.committee.checklist if one not in session.checked]
    return closing_gaps(selectors.quorum_of(session, noted), gaps_of(session.committee), unchecked)


def _fill_agenda(actor: Actor, session: Session) -> int:
    """Add to the agenda what is not in it yet; how many points."""
    points = [
        (AgendaItem.Source.STANDING, f"standing:{rank}", one["title"], one.get("basis", ""))
        for rank, one in enumerate(session.committee.standing)
    ]
    points += [
        (
            AgendaItem.Source.FOLLOW_UP,
            f"decision:{one.pk}",
            f"Suite donnée : {one.text}"[:250],
            f"{one.owner.short_name}, {one.get_progress_display()}"
            + (f", pour le {format_date(one.due_on)}" if one.due_on else ""),
        )
        for one in selectors.list_former_decisions(actor, session)
    ]
    limit = session.starts_at
    for one in journal_reads.list_due_in_file(actor, session.circle_id):
        if one.key.startswith(("session:", "decision:", "committee:")) or (limit and one.due_at > limit):
            continue
        points.append(
            (AgendaItem.Source.DUE, f"due:{one.key}"[:200], one.label, f"Attendu de {one.organisation.short_name}")
        )
    known = set(session.agenda.exclude(key="").values_list("key", flat=True))
    first = _last_position(session) + 1
    rows = [point for point in points if point[1] not in known]
    AgendaItem.objects.bulk_create(
        AgendaItem(
            circle_id=session.circle_id,
            session=session,
            position=first + rank,
            title=title,
            detail=detail,
            source=source,
            key=key,
        )
        for rank, (source, key, title, detail) in enumerate(rows)
    )
    return len(rows)


def _last_position(session: Session) -> int:
    return session.agenda.aggregate(last=Max("position"))["last"] or 0


def _check(committee: Committee, timing: Timing, at: datetime) -> int:
    """The year of a session, once its dates hold together."""
    if timing.starts_at is None or timing.ends_at is None:
        if timing.year is None or timing.month is None:
            raise DomainError("Donnez le jour et l’heure de la séance, ou au moins son mois.")
        now = at.astimezone(committee.clock)
        if (timing.year, timing.month) < (now.year, now.month):
            raise DomainError("Ce mois est passé : choisissez un mois à venir. Rien n’a été modifié.")
        return timing.year
    if timing.ends_at <= timing.starts_at:
        raise DomainError("La fin de la séance suit son début.")
    outside_window(committee, timing, at)
    return timing.starts_at.astimezone(committee.clock).year


def _tell_convened(session: Session, actor: Actor, at: datetime, title: str) -> None:
    points = dict.fromkeys(item.title for item in AgendaItem.objects.visible_to(actor).filter(session=session))
    where = enumerate_in_words([one for one in (session.place, session.visio) if one])
    message = Message(
        key=f"session:{session.pk.hex}:convened:{session.moved}",
        title=title,
        body="\n".join([*([f"Lieu : {where}."] if where else []), "Ordre du jour :", *(f"– {one}" for one in points)]),
        act="Voir la séance",
        page=session.page(),
        waiting=session.committee.secretariat.short_name,
        consequence="La séance se tient sans vous.",
        basis=session.committee.basis,
    )
    due.tell_members(session, message, actor=actor, at=at)


def _record(session: Session, verb: str, label: str, actor: Actor | None, at: datetime, reason: str = "") -> None:
    record(
        session.circle_id,
        verb=verb,
        label=label,
        actor=actor,
        at=at,
        reason=reason,
        page=session.page(),
        subject=session.pk,
    )
