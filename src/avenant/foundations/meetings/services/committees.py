"""A committee is set up in the circle of a file, and its members configure it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.domain.decision import DomainError
from avenant.domain.french import format_date
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import record
from avenant.foundations.meetings import policies, selectors
from avenant.foundations.meetings.models import Attendance, Committee, Seat
from avenant.foundations.meetings.services.due import key_of, plan_approval, plan_year
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation


@dataclass(frozen=True, slots=True)
class SeatDraft:
    """Who sits: an organisation, in which capacity, at which level; or an invited expert."""

    organisation: Organisation | None
    capacity: str
    level: str = ""
    expert: bool = False


@dataclass(frozen=True, slots=True)
class CommitteeDraft:
    """A committee as its text describes it. ``settings`` are the other columns of :class:`Committee`, by name."""

    key: str
    kind: Committee.Kind
    name: str
    short_name: str
    circle_id: uuid.UUID
    file_title: str
    page_of_file: str
    secretariat: Organisation
    seats: tuple[SeatDraft, ...]
    settings: Mapping[str, Any]

    @property
    def asked(self) -> list[str]:
        """The keys of the organisations that sit, experts left out."""
        return sorted({one.organisation.key for one in self.seats if one.organisation and not one.expert})


@transaction.atomic
def set_up_committee(*, actor: Actor | None, draft: CommitteeDraft, at: datetime) -> Committee:
    """Set up a committee with its seats in the circle of its file."""
    committee = Committee.objects.create(
        circle_id=draft.circle_id,
        key=draft.key,
        kind=draft.kind,
        name=draft.name,
        short_name=draft.short_name,
        file_title=draft.file_title,
        page_of_file=draft.page_of_file,
        secretariat=draft.secretariat,
        asked=draft.asked,
        **draft.settings,
    )
    Seat.objects.bulk_create(
        Seat(
            circle_id=draft.circle_id,
            committee=committee,
            organisation=one.organisation,
            capacity=one.capacity,
            level=one.level,
            expert=one.expert,
        )
        for one in draft.seats
    )
    if actor is not None:  # what a text sets up is loaded with it: nobody's act
        _record(committee, "committee.set_up", f"Comité constitué : {committee}", actor, at)
    return committee


@transaction.atomic
def add_committee(
    *, actor: Actor, beside_id: uuid.UUID, name: str, kind: Committee.Kind, minimum: int, at: datetime
) -> Committee:
    """Set up another body beside a committee, in the same file and with the same members."""
    beside = selectors.get_committee(actor, beside_id)
    policies.may_configure(actor, beside).or_raise()
    draft = CommitteeDraft(
        key=f"{beside.key[:80]}-{uuid.uuid4().hex[:8]}",
        kind=kind,
        name=name,
        short_name=beside.short_name,
        circle_id=beside.circle_id,
        file_title=beside.file_title,
        page_of_file=beside.page_of_file,
        secretariat=beside.secretariat,
        seats=tuple(
            SeatDraft(one.organisation, one.capacity, one.level) for one in beside.seats.all() if not one.expert
        ),
        settings={
            "minimum": minimum,
            "zone": beside.zone,
            "fictional": beside.fictional,
            "first_year": beside.first_year,
            "last_year": beside.last_year,
        },
    )
    return set_up_committee(actor=actor, draft=draft, at=at)


@transaction.atomic
def configure_committee(
    *, actor: Actor, committee_id: uuid.UUID, settings: Mapping[str, Any], at: datetime
) -> Committee:
    """Change how a committee works: frequency, period, quorum, secretariat, presidency. The members settle it."""
    committee = selectors.get_committee(actor, committee_id, lock=True)
    policies.may_configure(actor, committee).or_raise()
    members = {one.pk for one in selectors.list_members(committee)}
    secretariat = settings.get("secretariat", committee.secretariat)
    if secretariat.pk not in members:
        raise DomainError("Le secrétariat revient à un organisme qui siège au comité.")
    if (settings.get("quorum") or 0) > len(members):
        raise DomainError(f"Le quorum ne dépasse pas le nombre d’organismes qui siègent ({len(members)}).")
    changed = [name for name, value in settings.items() if getattr(committee, name) != value]
    for name in changed:
        setattr(committee, name, settings[name])
    if changed:
        committee.defaults = [one for one in committee.defaults if one not in changed]
        committee.save(update_fields=[*changed, "defaults"])
        _record(committee, "committee.configured", f"Fonctionnement du comité modifié : {committee}", actor, at)
    return committee


@transaction.atomic
def add_seat(*, actor: Actor, committee_id: uuid.UUID, draft: SeatDraft, at: datetime) -> Seat:
    """Add a member or an invited expert; a member belongs to the file, an expert need not."""
    committee = selectors.get_committee(actor, committee_id, lock=True)
    policies.may_configure(actor, committee).or_raise()
    seat: Seat = Seat.objects.create(
        circle_id=committee.circle_id,
        committee=committee,
        organisation=draft.organisation,
        capacity=draft.capacity,
        level=draft.level,
        expert=draft.expert,
    )
    _record(committee, "committee.seat_added", f"Siège ajouté : {draft.capacity}", actor, at)
    return seat


@transaction.atomic
def remove_seat(*, actor: Actor, committee_id: uuid.UUID, seat_id: int, at: datetime) -> None:
    """Remove a seat that no record of a session mentions; its secretariat stays a member."""
    committee = selectors.get_committee(actor, committee_id, lock=True)
    policies.may_configure(actor, committee).or_raise()
    seat = get_object_or_404(Seat.objects.visible_to(actor).filter(committee=committee), pk=seat_id)
    if Attendance.objects.visible_to(actor).filter(seat=seat).exists():
        raise DomainError("Ce siège figure dans les présences d’une séance : il ne se retire plus.")
    others = [one for one in committee.seats.all() if one.pk != seat.pk and not one.expert]
    if committee.secretariat_id not in {one.organisation_id for one in others}:
        raise DomainError("Le secrétariat garde au moins un siège : confiez-le d’abord à un autre organisme.")
    seat.delete()
    _record(committee, "committee.seat_removed", f"Siège retiré : {seat.capacity}", actor, at)


@transaction.atomic
def hand_over_seats(
    *, actor: Actor | None, circle_id: uuid.UUID, former: Organisation, successor: Organisation, on: date, at: datetime
) -> int:
    """A party leaves its file: its seats end that day, and who takes its place sits in them, keeps the papers that it
    kept, answers for what it had still to do. How many committees it left. A session held before still names it."""
    left = 0
    rows = Committee.objects.filter(circle_id=circle_id).select_related("secretariat").select_for_update(of=("self",))
    for committee in rows:
        seats = list(committee.seats.filter(organisation=former))
        if not seats and committee.secretariat_id != former.pk:
            continue
        left += 1
        Seat.objects.filter(pk__in=[one.pk for one in seats]).update(ended_on=on)
        Seat.objects.bulk_create(
            Seat(
                circle_id=circle_id,
                committee=committee,
                organisation=successor,
                capacity=one.capacity,
                level=one.level,
                expert=one.expert,
            )
            for one in seats
        )
        committee.asked = sorted({successor.key if one == former.key else one for one in committee.asked})
        if committee.secretariat_id == former.pk:
            committee.secretariat = successor
        committee.save(update_fields=["asked", "secretariat"])
        for session in committee.sessions.filter(state="minutes_shared"):
            session.committee = committee
            journal.drop(key_of(session, f"approve:{former.key}"))
            plan_approval(session, successor, at)
        label = f"{former.short_name} ne siège plus à compter du {format_date(on)} : {successor.short_name} lui succède"
        _record(committee, "committee.seat_handed_over", label, actor, at)
    journal.hand_over(circle_id, former.pk, successor.pk, among=("committee:", "session:", "decision:"))
    return left


@transaction.atomic
def plan_missing_years(*, at: datetime) -> int:
    """Declare what is due for each committee of which this year has no session. Run by a job; how many were found."""
    found = 0
    for committee in Committee.objects.select_related("secretariat").prefetch_related("sessions"):
        year = at.astimezone(committee.clock).year
        if committee.minimum == 0 or not committee.meets_in(year):
            continue
        if committee.regional and year == committee.first_year:
            continue  # a set-up session, which nothing requires
        if not any(one.year == year and one.state != "cancelled" for one in committee.sessions.all()):
            plan_year(committee, year)
            found += 1
    return found


def _record(committee: Committee, verb: str, label: str, actor: Actor | None, at: datetime) -> None:
    record(committee.circle_id, verb=verb, label=label, actor=actor, at=at, page=committee.page(), subject=committee.pk)
