from __future__ import annotations

import uuid

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404

from avenant.domain.audiences import OrganisationKind
from avenant.foundations.meetings.models import Committee, Consultation, Planning, Representative, Seat, Slot
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation


def list_plannings(actor: Actor) -> QuerySet[Planning]:
    """The regional calendars that I settle, the last year first."""
    return Planning.objects.visible_to(actor).select_related("territory")


def get_planning(actor: Actor, planning_id: uuid.UUID, *, lock: bool = False) -> Planning:
    """One regional calendar; 404 for who does not settle it."""
    rows = list_plannings(actor)
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=planning_id)


def list_regional_committees(actor: Actor, year: int) -> list[Committee]:
    """The committees whose session of ``year`` the region's calendar places, with their service."""
    rows = (
        Committee.objects.visible_to(actor)
        .filter(regional=True, kind=Committee.Kind.FOLLOW_UP, first_year__lte=year, last_year__gte=year)
        .select_related("secretariat")
        .prefetch_related(Prefetch("seats", Seat.objects.select_related("organisation")))
    )
    return list(rows.order_by("short_name", "key"))


def service_of(committee: Committee) -> Organisation | None:
    """The service that sits in a committee."""
    seated = (seat.organisation for seat in committee.seats.all() if seat.organisation and not seat.expert)
    return next((one for one in seated if one.kind == OrganisationKind.SERVICE), None)


def list_slots(actor: Actor, planning: Planning) -> list[Slot]:
    """The proposed slots, in order of time."""
    return list(Slot.objects.visible_to(actor).filter(planning=planning))


def list_representatives(actor: Actor, planning: Planning) -> list[Representative]:
    """Who can sit for the planning authorities."""
    rows = Representative.objects.visible_to(actor).filter(planning=planning)
    return list(rows.select_related("organisation"))


def list_consultations(actor: Actor, planning: Planning) -> list[Consultation]:
    """The consultation of each service."""
    rows = Consultation.objects.visible_to(actor).filter(planning_id=planning.pk)
    return list(rows.select_related("organisation", "committee"))


def list_open_consultations(actor: Actor) -> QuerySet[Consultation]:
    """Those that my organisation is asked to answer."""
    rows = Consultation.objects.visible_to(actor).filter(organisation_id=actor.organisation_id, closed_at=None)
    return rows.select_related("committee")


def get_consultation(actor: Actor, consultation_id: uuid.UUID, *, lock: bool = False) -> Consultation:
    """One consultation; 404 outside its file."""
    rows = Consultation.objects.visible_to(actor).select_related("committee", "organisation")
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=consultation_id)
