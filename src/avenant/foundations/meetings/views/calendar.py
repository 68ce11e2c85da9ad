from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.decision import DomainError
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet, csv_bytes, workbook_bytes
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.states import may_advance
from avenant.foundations.meetings import policies, selectors, services
from avenant.foundations.meetings.forms import AvailabilityForm, SlotsForm
from avenant.foundations.meetings.models import Committee, Consultation, Planning, Slot
from avenant.foundations.meetings.services.calendar import late_words, planners_of, warnings_of
from avenant.foundations.meetings.views.files import attachment
from avenant.foundations.meetings.wording import word_slot

SAID = {"yes": "disponible", "if_needed": "si besoin", "no": "indisponible"}


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """One committee of the calendar: what its service said, where it is placed, who represents the authorities."""

    committee: Committee
    consultation: Consultation | None
    slot: Slot | None
    when: str
    answer: str
    representatives: str


@door(reads={"GET"}, writes={"POST"})
def plannings(request: ActorRequest) -> HttpResponse:
    """The regional calendars, and the opening of one."""
    policies.may_plan_region(request.actor).or_raise()
    if request.method == "POST":
        asked = request.POST.get("year", "")
        if not (asked.isdecimal() and len(asked) == 4):
            raise DomainError("Choisissez l’année du calendrier, par exemple 2026.")
        return redirect(services.open_planning(actor=request.actor, year=int(asked), at=request.now).page())
    context = {"plannings": selectors.list_plannings(request.actor), "year": request.now.year + 1}
    return render(request, "meetings/plannings.html", context)


@door(reads={"GET"})
def planning(request: ActorRequest, planning_id: uuid.UUID) -> HttpResponse:
    """One regional calendar: slots, answers, places, warnings."""
    return _page(request, selectors.get_planning(request.actor, planning_id))


def _page(request: ActorRequest, row: Planning, *, status: int = 200, **more: Any) -> HttpResponse:
    actor, zone = request.actor, ZoneInfo(row.territory.time_zone)
    slots = selectors.list_slots(actor, row)
    representatives = selectors.list_representatives(actor, row)
    lines = place_lines(request, row, slots)
    context = {
        "planning": row,
        "late": late_words(row),
        "lines": lines,
        "answered": sum(1 for one in lines if one.consultation and one.consultation.answered_at),
        "slots": [(str(one.pk), word_slot(one.starts_at, one.ends_at, zone)) for one in slots],
        "taken": {one["slot"] for one in row.placed.values()},
        "representatives": representatives,
        "planners": planners_of(actor, row),
        "warnings": warnings_of(actor, row),
        "slots_form": SlotsForm(initial={"first": row.first_day, "last": row.last_day, "weekdays": ["1", "3"]}),
        "may_arrange": policies.may_arrange(actor, row),
        "may_seat": policies.may_seat_representatives(actor, row),
        "may_consult": may_advance(row, "consult", actor),
        "may_publish": policies.may_publish_planning(actor, row),
    }
    return render(request, "meetings/planning.html", context | more, status=status)


def place_lines(request: ActorRequest, row: Planning, slots: list[Slot]) -> list[PlaceLine]:
    """Every committee of the calendar, in alphabetical order."""
    actor, zone = request.actor, ZoneInfo(row.territory.time_zone)
    heard = {one.committee_id: one for one in selectors.list_consultations(actor, row)}
    people = {str(one.pk): one for one in selectors.list_representatives(actor, row)}
    by_key = {str(one.pk): one for one in slots}
    lines = []
    for committee in selectors.list_regional_committees(actor, row.year):
        place = row.placed.get(str(committee.pk))
        slot = by_key.get(place["slot"]) if place else None
        consultation = heard.get(committee.pk)
        said = (
            consultation.answers.get(str(slot.pk), "no") if consultation and slot and consultation.answered_at else ""
        )
        seated = [people[key].capacity for key in (place or {}).get("representatives", {}).values() if key in people]
        lines.append(
            PlaceLine(
                committee,
                consultation,
                slot,
                word_slot(slot.starts_at, slot.ends_at, zone) if slot else "",
                SAID.get(said, ""),
                ", ".join(seated),
            )
        )
    return lines


@door(reads={"GET"})
def export_planning(request: ActorRequest, planning_id: uuid.UUID, kind: str) -> HttpResponse:
    """The calendar as its page shows it."""
    row = selectors.get_planning(request.actor, planning_id)
    if kind not in ("csv", "xlsx"):
        raise Http404
    zone = ZoneInfo(row.territory.time_zone)
    columns = (
        Column("Service", width=36), Column("Comité", width=44), Column("Début", Kind.INSTANT, 18),
        Column("Fin", Kind.INSTANT, 18), Column("Réponse du service", width=20), Column("Représentants", width=50),
    )  # fmt: skip
    rows = [
        (
            one.committee.short_name,
            one.committee.name,
            one.slot.starts_at.astimezone(zone) if one.slot else None,
            one.slot.ends_at.astimezone(zone) if one.slot else None,
            one.answer or ("entendu" if one.consultation and one.consultation.answered_at else "pas encore entendu"),
            one.representatives,
        )
        for one in place_lines(request, row, selectors.list_slots(request.actor, row))
    ]
    sheet, name = Sheet("Calendrier", columns, rows), f"calendrier-comites-{row.territory_id}-{row.year}"
    content = csv_bytes(sheet) if kind == "csv" else workbook_bytes([sheet], title=str(row), at=request.now)
    return attachment(content, name, kind)


@door(writes={"POST"})
def add_slots(request: ActorRequest, planning_id: uuid.UUID) -> HttpResponse:
    """Propose slots."""
    row, form = selectors.get_planning(request.actor, planning_id), SlotsForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=422, slots_form=form)
    times = form.times(ZoneInfo(row.territory.time_zone))
    added = services.add_slots(actor=request.actor, planning_id=planning_id, times=times, at=request.now)
    messages.success(request, f"Créneaux ajoutés : {added}.")
    return redirect(row.page())


@door(writes={"POST"})
def remove_slot(request: ActorRequest, planning_id: uuid.UUID, slot_id: uuid.UUID) -> HttpResponse:
    """Withdraw a slot."""
    services.remove_slot(actor=request.actor, planning_id=planning_id, slot_id=slot_id)
    messages.success(request, "Le créneau est retiré.")
    return redirect("meetings:planning", planning_id)


@door(writes={"POST"})
def add_representative(request: ActorRequest, planning_id: uuid.UUID) -> HttpResponse:
    """Say who can sit for my authority."""
    capacity = request.POST.get("capacity", "").strip()
    if not capacity:
        raise DomainError("Donnez la qualité de ce représentant, sans nom de personne.")
    services.add_representative(actor=request.actor, planning_id=planning_id, capacity=capacity[:160])
    messages.success(request, "Le représentant est inscrit.")
    return redirect("meetings:planning", planning_id)


@door(writes={"POST"})
def unavailable(request: ActorRequest, planning_id: uuid.UUID, representative_id: int) -> HttpResponse:
    """Say when a representative of mine cannot sit."""
    slots = request.POST.getlist("slots")
    services.say_unavailable(
        actor=request.actor, planning_id=planning_id, representative_id=representative_id, slots=slots
    )
    messages.success(request, "Les indisponibilités sont enregistrées.")
    return redirect("meetings:planning", planning_id)


@door(writes={"POST"})
def consult(request: ActorRequest, planning_id: uuid.UUID) -> HttpResponse:
    """Ask the services when they can meet."""
    asked = services.consult_services(actor=request.actor, planning_id=planning_id, at=request.now)
    messages.success(request, f"Services consultés : {asked}. Leurs réponses s’affichent ici.")
    return redirect("meetings:planning", planning_id)


@door(writes={"POST"})
def propose(request: ActorRequest, planning_id: uuid.UUID) -> HttpResponse:
    """Place every committee at once."""
    found = services.propose_calendar(actor=request.actor, planning_id=planning_id, at=request.now)
    total = len(found.placed) + len(found.unplaced)
    level = messages.WARNING if found.unplaced else messages.SUCCESS
    messages.add_message(request, level, f"Comités placés : {len(found.placed)} sur {total}.")
    return redirect("meetings:planning", planning_id)


@door(writes={"POST"})
def place(request: ActorRequest, planning_id: uuid.UUID, committee_id: uuid.UUID) -> HttpResponse:
    """Put one committee in a slot by hand."""
    slot = request.POST.get("slot", "")
    services.place_by_hand(
        actor=request.actor, planning_id=planning_id, committee_id=committee_id, slot_id=slot, at=request.now
    )
    messages.success(request, "Le comité a sa place.")
    return redirect("meetings:planning", planning_id)


@door(writes={"POST"})
def publish(request: ActorRequest, planning_id: uuid.UUID) -> HttpResponse:
    """Publish: the sessions are made and told."""
    row = services.publish_planning(actor=request.actor, planning_id=planning_id, at=request.now)
    messages.success(request, "Le calendrier est publié : chaque comité a sa séance, et ses membres sont prévenus.")
    return redirect(row.page())


@door(reads={"GET"}, writes={"POST"})
def consultation(request: ActorRequest, consultation_id: uuid.UUID) -> HttpResponse:
    """What a service answers; it alone writes, the planning authorities read."""
    row = selectors.get_consultation(request.actor, consultation_id)
    may_answer = policies.may_answer(request.actor, row)
    form = AvailabilityForm(
        request.POST or None, consultation=row, zone=row.committee.clock, initial={"comment": row.comment}
    )
    if request.method == "POST":
        may_answer.or_raise()
        if form.is_valid():
            services.answer_consultation(
                actor=request.actor,
                consultation_id=consultation_id,
                answers=form.answers(),
                comment=form.cleaned_data["comment"],
                at=request.now,
            )
            messages.success(request, "Vos disponibilités sont transmises à la direction du travail et à la caisse.")
            return redirect(row.page())
    context = {
        "consultation": row,
        "form": form,
        "may_answer": may_answer,
        "answers": [
            (word_slot(start, end, row.committee.clock), SAID.get(row.answers.get(key, ""), "sans réponse"))
            for key, start, end in row.offered
        ],
    }
    return render(request, "meetings/consultation.html", context, status=422 if form.errors else 200)
