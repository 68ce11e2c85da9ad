"""The calendar of a region's committees: slots, consultation of each service, places, publication."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.decision import DomainError, Finding
from avenant.domain.french import enumerate_in_words, format_date
from avenant.domain.lifecycles import SEATED
from avenant.domain.meetings import planner
from avenant.domain.meetings.planner import Answer
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import advance, record
from avenant.foundations.meetings import policies, selectors
from avenant.foundations.meetings.models import Committee, Consultation, Planning, Representative, Session, Slot
from avenant.foundations.meetings.selectors.calendar import service_of
from avenant.foundations.meetings.services.due import end_of_day
from avenant.foundations.meetings.services.sessions import Timing, move_session, plan_session
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation, Territory
from avenant.foundations.parties.services import open_circle

MAX_SLOTS = 200
ANSWER_WITHIN = timedelta(days=14)


@transaction.atomic
def open_planning(*, actor: Actor, year: int, at: datetime) -> Planning:
    """Open the calendar of a year for the committees of my region, shared by its planning authorities.

    Published by 15 December of the year before unless the region says otherwise (« suffisamment en avance »).
    """
    policies.may_plan_region(actor).or_raise()
    if not actor.has(Role.LABOUR_LEAD):
        raise DomainError("La direction du travail ouvre le calendrier de l’année.")
    existing = selectors.list_plannings(actor).filter(territory_id=actor.territory, year=year).first()
    if existing:
        return existing
    territory = Territory.objects.get(pk=actor.territory)
    committees = selectors.list_regional_committees(actor, year)
    windows = [one.rule.window for one in committees if one.rule.window]
    if not committees or not windows:
        raise DomainError(f"Aucun comité de la région ne se réunit en {year} : il n’y a pas de calendrier à arrêter.")
    days = windows[0].period(year)
    circle = open_circle(
        kind="planning", title=f"Calendrier {year} des comités, {territory}", members=_planners(committees)
    )
    planning = Planning.objects.create(
        circle_id=circle,
        territory=territory,
        year=year,
        first_day=days.start,
        last_day=days.last_day,
        publish_by=date(year - 1, 12, 15),
        state=Planning.lifecycle.start,
        state_since=at,
    )
    _record(planning, "planning.opened", f"Calendrier ouvert : {planning}", actor, at)
    journal.plan(
        circle,
        journal.Due(
            key=f"planning:{planning.pk}:publish",
            label=f"Publier : {planning}",
            organisation_id=actor.organisation_id,
            role=Role.LABOUR_LEAD,
            waiting="les services de la région",
            due_at=end_of_day(planning.publish_by, territory.time_zone),
            zone=territory.time_zone,
            page=planning.page(),
            basis=policies.BASIS,
            consequence="Les services apprennent tard la date de leur comité.",
        ),
    )
    return planning


def _planners(committees: Sequence[Committee]) -> dict[uuid.UUID, str]:
    """The authorities that sit in every committee of the calendar."""
    seated = [
        {
            seat.organisation_id: seat.organisation.kind
            for seat in one.seats.all()
            if seat.organisation and not seat.expert and seat.organisation.kind in policies.PLANNERS
        }
        for one in committees
    ]
    shared = set.intersection(*(set(one) for one in seated))
    return {pk: kind for pk, kind in seated[0].items() if pk in shared and pk is not None}


@transaction.atomic
def add_slots(*, actor: Actor, planning_id: uuid.UUID, times: Iterable[tuple[datetime, datetime]], at: datetime) -> int:
    """Propose slots; those already proposed stay. Services already consulted are asked about the new ones."""
    planning = selectors.get_planning(actor, planning_id, lock=True)
    policies.may_arrange(actor, planning).or_raise()
    known = {(one.starts_at, one.ends_at) for one in selectors.list_slots(actor, planning)}
    asked = sorted(set(times) - known)
    if any(end <= start for start, end in asked):
        raise DomainError("La fin d’un créneau suit son début.")
    if any(start < at for start, _ in asked):
        raise DomainError("Un créneau se propose à une date à venir : aucun n’a été ajouté.")
    if len(known) + len(asked) > MAX_SLOTS:
        raise DomainError(f"Un calendrier compte {MAX_SLOTS} créneaux au plus : proposez moins de jours ou d’heures.")
    Slot.objects.bulk_create(
        Slot(circle_id=planning.circle_id, planning=planning, starts_at=start, ends_at=end) for start, end in asked
    )
    _offer(actor, planning)
    return len(asked)


@transaction.atomic
def remove_slot(*, actor: Actor, planning_id: uuid.UUID, slot_id: uuid.UUID) -> None:
    """Withdraw a slot in which no committee is placed."""
    planning = selectors.get_planning(actor, planning_id, lock=True)
    policies.may_arrange(actor, planning).or_raise()
    slot = get_object_or_404(Slot.objects.visible_to(actor).filter(planning=planning), pk=slot_id)
    if str(slot.pk) in {one["slot"] for one in planning.placed.values()}:
        raise DomainError("Un comité est placé dans ce créneau : déplacez-le d’abord.")
    slot.delete()
    _offer(actor, planning)


@transaction.atomic
def add_representative(*, actor: Actor, planning_id: uuid.UUID, capacity: str) -> Representative:
    """My authority says who can sit for it, by capacity."""
    planning = selectors.get_planning(actor, planning_id, lock=True)
    policies.may_seat_representatives(actor, planning).or_raise()
    return Representative.objects.get_or_create(
        planning=planning,
        organisation_id=actor.organisation_id,
        capacity=capacity.strip(),
        defaults={"circle_id": planning.circle_id},
    )[0]


@transaction.atomic
def say_unavailable(
    *, actor: Actor, planning_id: uuid.UUID, representative_id: int, slots: Iterable[str]
) -> Representative:
    """The slots at which a representative of my authority cannot sit."""
    planning = selectors.get_planning(actor, planning_id, lock=True)
    policies.may_seat_representatives(actor, planning).or_raise()
    row = get_object_or_404(
        Representative.objects.visible_to(actor).filter(planning=planning, organisation_id=actor.organisation_id),
        pk=representative_id,
    )
    known = {str(one.pk) for one in selectors.list_slots(actor, planning)}
    row.unavailable = sorted(known & set(slots))
    row.save(update_fields=["unavailable"])
    return row


@transaction.atomic
def consult_services(*, actor: Actor, planning_id: uuid.UUID, at: datetime) -> int:
    """Ask every service of the calendar when it can meet; each answers in its own file, unseen by the others."""
    planning = selectors.get_planning(actor, planning_id, lock=True)
    policies.may_arrange(actor, planning).or_raise()
    if not planning.slots.exists():
        raise DomainError("Proposez au moins un créneau avant de consulter les services.")
    answer_by = end_of_day(at.date() + ANSWER_WITHIN, planning.territory.time_zone)
    asked = 0
    known = {one.committee_id for one in selectors.list_consultations(actor, planning)}
    for committee in selectors.list_regional_committees(actor, planning.year):
        service = service_of(committee)
        if service is None or committee.pk in known:
            continue
        consultation = Consultation.objects.create(
            circle_id=committee.circle_id,
            planning_id=planning.pk,
            committee=committee,
            organisation=service,
            year=planning.year,
            asked_at=at,
            answer_by=answer_by,
        )
        _ask(consultation, actor, at)
        asked += 1
    _offer(actor, planning)
    if planning.state == "draft":
        advance(planning, "consult", actor=actor, at=at, label=f"{asked} services consultés : {planning}")
    return asked


def _ask(consultation: Consultation, actor: Actor, at: datetime) -> None:
    committee = consultation.committee
    journal.plan(
        committee.circle_id,
        journal.Due(
            key=f"consultation:{consultation.pk}",
            label=f"Donner vos disponibilités pour le comité de {consultation.year}",
            organisation_id=consultation.organisation_id,
            role=Role.SERVICE_MANAGER,
            waiting=actor.organisation,
            due_at=consultation.answer_by,
            zone=committee.zone,
            page=consultation.page(),
            basis=policies.BASIS,
            consequence="Une date sera retenue sans que vous ayez été entendu.",
        ),
    )
    message = Message(
        key=f"consultation:{consultation.pk.hex}",
        title=f"Calendrier {consultation.year} des comités : vos disponibilités",
        act="Répondre",
        page=consultation.page(),
        waiting=actor.organisation,
        consequence="Une date sera retenue sans que vous ayez été entendu.",
        basis=policies.BASIS,
    )
    notify_organisation(committee.circle_id, consultation.organisation_id, message, at=at, roles=[Role.SERVICE_MANAGER])


def _offer(actor: Actor, planning: Planning) -> None:
    """Each service reads the slots as they are now."""
    slots = [
        {"id": str(one.pk), "starts_at": one.starts_at.isoformat(), "ends_at": one.ends_at.isoformat()}
        for one in selectors.list_slots(actor, planning)
    ]
    Consultation.objects.visible_to(actor).filter(planning_id=planning.pk).update(slots=slots)


@transaction.atomic
def answer_consultation(
    *, actor: Actor, consultation_id: uuid.UUID, answers: Mapping[str, Answer], comment: str, at: datetime
) -> Consultation:
    """The service says, slot by slot, whether it can. It may change its mind until the calendar is published."""
    consultation = selectors.get_consultation(actor, consultation_id, lock=True)
    policies.may_answer(actor, consultation).or_raise()
    known = {key for key, _, _ in consultation.offered}
    consultation.answers = {key: said.value for key, said in answers.items() if key in known}
    consultation.comment, consultation.answered_at = comment.strip(), at
    consultation.save(update_fields=["answers", "comment", "answered_at"])
    journal.close(f"consultation:{consultation.pk}")
    record(
        consultation.circle_id,
        verb="consultation.answered",
        label=f"Disponibilités données pour le comité de {consultation.year}",
        actor=actor,
        at=at,
        page=consultation.page(),
        subject=consultation.pk,
    )
    return consultation


@transaction.atomic
def propose_calendar(*, actor: Actor, planning_id: uuid.UUID, at: datetime) -> planner.Proposal:
    """Place every committee: the most of them, in the best slots for the services, nobody in two places."""
    planning = selectors.get_planning(actor, planning_id, lock=True)
    policies.may_arrange(actor, planning).or_raise()
    question = question_of(actor, planning)
    _need_representatives(actor, planning, question)
    found = planner.propose(*question)
    if found is None:
        raise DomainError("Aucun calendrier n’est possible avec ces créneaux : proposez-en d’autres.")
    _keep(planning, found)
    label = f"Calendrier proposé : {len(found.placed)} comités placés sur {len(question[0])}"
    _record(planning, "planning.proposed", label, actor, at)
    return found


@transaction.atomic
def place_by_hand(
    *, actor: Actor, planning_id: uuid.UUID, committee_id: uuid.UUID, slot_id: str, at: datetime
) -> Planning:
    """Put one committee in a slot, or nowhere (empty slot); the others keep theirs.

    Raises DomainError when a representative would be in two places: nothing then changes.
    """
    planning = selectors.get_planning(actor, planning_id, lock=True)
    policies.may_arrange(actor, planning).or_raise()
    candidates, slots, people = question_of(actor, planning)
    key = str(committee_id)
    name = next((one.name for one in candidates if one.key == key), None)
    if name is None or (slot_id and slot_id not in {one.key for one in slots}):
        raise DomainError("Ce comité ou ce créneau ne fait pas partie du calendrier.")
    fixed = {one: placed["slot"] for one, placed in planning.placed.items() if one != key}
    if slot_id:
        fixed[key] = slot_id
    _need_representatives(actor, planning, (candidates, slots, people))
    found = planner.propose([one for one in candidates if one.key in fixed], slots, people, fixed=fixed)
    if found is None:
        raise DomainError(
            f"Ce créneau n’est pas possible pour {name} : la direction du travail ou la caisse n’a plus de représentant "
            "libre à cette heure. Le calendrier n’a pas changé."
        )
    _keep(planning, found)
    _record(planning, "planning.placed", f"Comité déplacé dans le calendrier : {name}", actor, at)
    return planning


def _need_representatives(
    actor: Actor,
    planning: Planning,
    question: tuple[list[planner.Candidate], list[planner.Slot], list[planner.Representative]],
) -> None:
    """Each planning authority must have somebody to sit."""
    authorities = {str(pk): name for pk, name in planners_of(actor, planning).items()}
    alone = [name for pk, name in authorities.items() if pk not in {one.authority for one in question[2]}]
    if alone:
        raise DomainError(f"Inscrivez d’abord qui peut siéger pour {enumerate_in_words(alone)}.")


def planners_of(actor: Actor, planning: Planning) -> dict[uuid.UUID, str]:
    """The authorities that settle the calendar, by their short name."""
    committees = selectors.list_regional_committees(actor, planning.year)
    rows = Organisation.objects.in_bulk(list(_planners(committees))) if committees else {}
    return {pk: one.short_name for pk, one in rows.items()}


def question_of(
    actor: Actor, planning: Planning
) -> tuple[list[planner.Candidate], list[planner.Slot], list[planner.Representative]]:
    """What the placing is asked: the committees with their answers, the slots, the representatives."""
    heard = {one.committee_id: one.answers_by_slot for one in selectors.list_consultations(actor, planning)}
    committees = selectors.list_regional_committees(actor, planning.year)
    return (
        [planner.Candidate(str(one.pk), one.short_name, heard.get(one.pk)) for one in committees],
        [planner.Slot(str(one.pk), one.starts_at, one.ends_at) for one in selectors.list_slots(actor, planning)],
        [
            planner.Representative(str(one.pk), str(one.organisation_id), frozenset(one.unavailable))
            for one in selectors.list_representatives(actor, planning)
        ],
    )


def _keep(planning: Planning, found: planner.Proposal) -> None:
    planning.placed = {key: asdict(one) for key, one in found.placed.items()}
    planning.save(update_fields=["placed"])


def warnings_of(actor: Actor, planning: Planning) -> list[Finding]:
    """What to know before publishing."""
    candidates, slots, _ = question_of(actor, planning)
    zone = planning.territory.time_zone
    by_key = {one.key: planner.Slot(one.key, _local(one.starts_at, zone), _local(one.ends_at, zone)) for one in slots}
    placed = {
        key: planner.Placed(one["slot"], one["representatives"])
        for key, one in planning.placed.items()
        if one["slot"] in by_key
    }
    return planner.warnings(candidates, placed, by_key, first=planning.first_day, last=planning.last_day)


def _local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone))


@transaction.atomic
def publish_planning(*, actor: Actor, planning_id: uuid.UUID, at: datetime) -> Planning:
    """Publish: a session for each committee placed, told to its members, due from its secretariat."""
    planning = selectors.get_planning(actor, planning_id, lock=True)
    policies.may_publish_planning(actor, planning).or_raise()
    slots = {str(one.pk): one for one in selectors.list_slots(actor, planning)}
    for committee in selectors.list_regional_committees(actor, planning.year):
        place = planning.placed.get(str(committee.pk))
        if place and place["slot"] in slots:
            _announce(_settle(actor, committee, slots[place["slot"]], at), actor, at)
    Consultation.objects.visible_to(actor).filter(planning_id=planning.pk).update(closed_at=at)
    for one in selectors.list_consultations(actor, planning):
        journal.drop(f"consultation:{one.pk}")
    planning.published_at = at
    planning.save(update_fields=["published_at"])
    journal.close(f"planning:{planning.pk}:publish")
    return advance(planning, "publish", actor=actor, at=at, label=f"Calendrier publié : {planning}")


def _settle(actor: Actor, committee: Committee, slot: Slot, at: datetime) -> Session:
    """The session of the year, made or moved to its slot."""
    timing = Timing(slot.starts_at, slot.ends_at)
    planned = committee.sessions.filter(
        year=slot.starts_at.year, state="planned", purpose=Session.Purpose.ORDINARY
    ).first()
    if planned:
        return move_session(actor=actor, session_id=planned.pk, timing=timing, at=at)
    return plan_session(actor=actor, committee_id=committee.pk, timing=timing, at=at)


def _announce(session: Session, actor: Actor, at: datetime) -> None:
    message = Message(
        key=f"session:{session.pk.hex}:calendar:{session.moved}",
        title=f"Date arrêtée : {session}, {session.when}",
        act="Voir la séance",
        page=session.page(),
        waiting=session.committee.secretariat.short_name,
        consequence="La séance figure au calendrier régional des comités.",
        basis=policies.BASIS,
    )
    service = service_of(session.committee)
    organisations = {seat.organisation for seat in session.committee.seats.all() if seat.organisation}
    for member in sorted(organisations, key=lambda one: one.short_name):
        if member == service or member.kind in (OrganisationKind.LABOUR, OrganisationKind.FUND):
            notify_organisation(session.circle_id, member.pk, message, at=at, roles=SEATED, but=actor)


def late_words(planning: Planning) -> str:
    """« publié après le 15 décembre 2025 », empty when it was in time or is not published."""
    return f"publié après le {format_date(planning.publish_by)}" if planning.late else ""


def _record(planning: Planning, verb: str, label: str, actor: Actor, at: datetime) -> None:
    record(planning.circle_id, verb=verb, label=label, actor=actor, at=at, page=planning.page(), subject=planning.pk)
