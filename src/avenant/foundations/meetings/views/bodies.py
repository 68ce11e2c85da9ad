from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from avenant.domain.meetings.committees import expected_sessions
from avenant.foundations import clock
from avenant.foundations.accounts.selectors import list_memberships
from avenant.foundations.documents.spreadsheets import csv_bytes, workbook_bytes
from avenant.foundations.doors import ActorRequest, door, public_door
from avenant.foundations.journal import calendar as calendars
from avenant.foundations.journal import selectors as journal
from avenant.foundations.meetings import exports, policies, selectors, services
from avenant.foundations.meetings.forms import (
    BodyForm,
    CommitteeFilter,
    PlanForm,
    SeatForm,
    SessionFilter,
    SettingsForm,
)
from avenant.foundations.meetings.models import Committee, Session
from avenant.foundations.meetings.selectors.bodies import CommitteeLine, gaps_of, plan_of
from avenant.foundations.meetings.services.committees import SeatDraft
from avenant.foundations.meetings.services.sessions import outside_window
from avenant.foundations.meetings.views.files import attachment
from avenant.foundations.parties.actors import Actor, acting_as

MOST = 500


@door(reads={"GET"})
def committees(request: ActorRequest) -> HttpResponse:
    """The committees of my files, with their year."""
    form, year, lines = _lines(request)
    context = {
        "form": form,
        "year": year,
        "lines": lines,
        "sort": request.GET.get("tri", "comite"),
        "reset": request.path if any(request.GET.get(name) for name in form.fields) else "",
        "query": request.GET.urlencode(),
        "consultations": selectors.list_open_consultations(request.actor),
        "may_plan_region": policies.may_plan_region(request.actor),
    }
    return render(request, "meetings/committees.html", context)


@door(reads={"GET"})
def export_committees(request: ActorRequest, kind: str) -> HttpResponse:
    """The same list, as a file."""
    _, year, lines = _lines(request)
    sheet = exports.committees_sheet(lines)
    if kind not in ("csv", "xlsx"):
        raise Http404
    content = csv_bytes(sheet) if kind == "csv" else workbook_bytes([sheet], title=f"Comités {year}", at=request.now)
    return attachment(content, f"comites-{year}", kind)


def _lines(request: ActorRequest) -> tuple[CommitteeFilter, int, list[CommitteeLine]]:
    form = CommitteeFilter(request.GET)
    form.is_valid()
    said = form.cleaned_data
    year = said.get("annee") or timezone.localdate(request.now).year
    lines = selectors.list_plans(
        request.actor,
        year,
        today=timezone.localdate(request.now),
        kind=said.get("nature", ""),
        words=said.get("q", "").strip(),
        sort=request.GET.get("tri", "comite"),
    )
    return form, year, lines


@door(reads={"GET"})
def sessions(request: ActorRequest) -> HttpResponse:
    """The calendar: every session of my committees, by date."""
    form, rows = _sessions(request)
    found = list(rows[:MOST])
    calendar = journal.find_calendar(request.actor.person_id)
    context = {
        "form": form,
        "sessions": found,
        "sort": request.GET.get("tri", "date"),
        "reset": request.path if any(request.GET.get(name) for name in form.fields) else "",
        "query": request.GET.urlencode(),
        "calendar": calendars.address_of(calendar).replace("/calendrier/", "/comites/calendrier/") if calendar else "",
        "may_plan_region": policies.may_plan_region(request.actor),
    }
    return render(request, "meetings/sessions.html", context)


@door(reads={"GET"})
def export_sessions(request: ActorRequest, kind: str) -> HttpResponse:
    """The same sessions, as a file: CSV, XLSX or iCalendar."""
    _, rows = _sessions(request)
    if kind not in ("csv", "xlsx", "ics"):
        raise Http404
    found = list(rows[:MOST])
    if kind == "ics":
        content = exports.sessions_calendar(found, at=request.now, name="Séances des comités")
        return attachment(content, "seances", kind)
    sheet = exports.sessions_sheet(found)
    content = csv_bytes(sheet) if kind == "csv" else workbook_bytes([sheet], title="Séances", at=request.now)
    return attachment(content, "seances", kind)


def _sessions(request: ActorRequest) -> tuple[SessionFilter, Any]:
    form = SessionFilter(request.GET)
    form.is_valid()
    said = form.cleaned_data
    return form, selectors.list_sessions(
        request.actor,
        year=said.get("annee"),
        state=said.get("etat", ""),
        words=said.get("q", "").strip(),
        sort=request.GET.get("tri", "date"),
    )


@public_door(reads={"GET"})
def calendar(_request: HttpRequest, token: str) -> HttpResponse:
    """The sessions of whoever holds this secret address, in the name of each of their organisations."""
    person = calendars.find_person(token)
    if person is None:
        raise Http404
    now = clock.now()
    found: dict[uuid.UUID, Session] = {}
    for membership in list_memberships(person, on=timezone.localdate(now)):
        actor = Actor.of(membership)
        with acting_as(actor, read_only=True):
            found |= {one.pk: one for one in selectors.list_sessions(actor)[:MOST]}
    content = exports.sessions_calendar(list(found.values()), at=now, name="Séances des comités")
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-store"
    return response


@door(reads={"GET"})
def committee(request: ActorRequest, committee_id: uuid.UUID) -> HttpResponse:
    """A committee: who sits, its years, its sessions, its decisions still to be done."""
    row = selectors.get_committee(request.actor, committee_id)
    return _page(request, row)


def _page(request: ActorRequest, row: Committee, *, status: int = 200, **more: Any) -> HttpResponse:
    actor, today = request.actor, request.now.astimezone(row.clock).date()
    members = selectors.list_members(row)
    shown = list(row.sessions.all())
    for one in shown:
        one.committee = row
    expected = expected_sessions(row.first_year, row.last_year - 1) if row.first_year and row.last_year else ()
    years = sorted({one.year for one in expected} | {one.year for one in shown} | {today.year})
    told = [one for one in years if one <= today.year]
    context = {
        "committee": row,
        "members": members,
        "gaps": gaps_of(row),
        "plan": plan_of(row, today.year, today),
        "plans": [
            (plan_of(row, year, today), next((one for one in expected if one.year == year), None)) for year in years
        ],
        "participation": [(year, selectors.participation(actor, row, year)) for year in told[-2:]],
        "sessions": shown,
        "decisions": selectors.list_followed_up(actor, row),
        "reports": selectors.list_reports(actor, row),
        "this_year": today.year,
        "report_year": today.year - 1,
        "seat_form": SeatForm(members=selectors.list_asked(row)),
        "body_form": BodyForm(auto_id="id_body_%s"),
        "may_plan": policies.may_plan(actor, row),
        "may_configure": policies.may_configure(actor, row),
        "may_follow": policies.may_follow(actor, row),
    }
    return render(request, "meetings/committee.html", context | more, status=status)


@door(reads={"GET"})
def committee_calendar(request: ActorRequest, committee_id: uuid.UUID) -> HttpResponse:
    """The sessions of one file's committee, for a calendar."""
    row = selectors.get_committee(request.actor, committee_id)
    rows = list(selectors.list_sessions(request.actor).filter(circle_id=row.circle_id))
    content = exports.sessions_calendar(rows, at=request.now, name=row.file_title)
    return attachment(content, f"comites-{row.key}", "ics")


@door(reads={"GET"}, writes={"POST"})
def settings(request: ActorRequest, committee_id: uuid.UUID) -> HttpResponse:
    """How a committee works."""
    row = selectors.get_committee(request.actor, committee_id)
    policies.may_configure(request.actor, row).or_raise()
    names = ("name", "minimum", "secretariat", "chair_rule", "quorum", "window_first", "window_last", "regional")
    initial = {name: getattr(row, name) for name in names}
    form = SettingsForm(request.POST or None, members=selectors.list_members(row), initial=initial)
    if request.method == "POST" and form.is_valid():
        services.configure_committee(
            actor=request.actor, committee_id=committee_id, settings=form.cleaned_data, at=request.now
        )
        messages.success(request, "Le fonctionnement du comité est enregistré.")
        return redirect(row.page())
    status = 422 if form.errors else 200
    return render(request, "meetings/settings.html", {"committee": row, "form": form}, status=status)


@door(writes={"POST"})
def add_seat(request: ActorRequest, committee_id: uuid.UUID) -> HttpResponse:
    """Add a member or an invited expert."""
    row = selectors.get_committee(request.actor, committee_id)
    form = SeatForm(request.POST, members=selectors.list_asked(row))
    if not form.is_valid():
        return _page(request, row, status=422, seat_form=form)
    draft = SeatDraft(**form.cleaned_data)
    services.add_seat(actor=request.actor, committee_id=committee_id, draft=draft, at=request.now)
    messages.success(request, "Le siège est ajouté.")
    return redirect(row.page())


@door(writes={"POST"})
def remove_seat(request: ActorRequest, committee_id: uuid.UUID, seat_id: int) -> HttpResponse:
    """Remove a seat that no record mentions."""
    services.remove_seat(actor=request.actor, committee_id=committee_id, seat_id=seat_id, at=request.now)
    messages.success(request, "Le siège est retiré.")
    return redirect("meetings:committee", committee_id)


@door(writes={"POST"})
def add_body(request: ActorRequest, committee_id: uuid.UUID) -> HttpResponse:
    """Set up another body beside a committee: technical meetings, a steering group."""
    row = selectors.get_committee(request.actor, committee_id)
    form = BodyForm(request.POST, auto_id="id_body_%s")
    if not form.is_valid():
        return _page(request, row, status=422, body_form=form)
    said = {**form.cleaned_data, "kind": Committee.Kind(form.cleaned_data["kind"])}
    made = services.add_committee(actor=request.actor, beside_id=committee_id, at=request.now, **said)
    messages.success(request, "L’instance est créée, avec les mêmes membres.")
    return redirect(made.page())


@door(reads={"GET"}, writes={"POST"})
def plan(request: ActorRequest, committee_id: uuid.UUID) -> HttpResponse:
    """Put a session in the annual plan."""
    row = selectors.get_committee(request.actor, committee_id)
    policies.may_plan(request.actor, row).or_raise()
    form = PlanForm(request.POST or None, zone=row.clock, initial={"year": request.now.astimezone(row.clock).year})
    if request.method == "POST" and form.is_valid():
        purpose = Session.Purpose(form.cleaned_data["purpose"])
        warned = outside_window(row, form.timing(), request.now)
        made = services.plan_session(
            actor=request.actor, committee_id=committee_id, timing=form.timing(), purpose=purpose, at=request.now
        )
        messages.add_message(
            request, messages.WARNING if warned else messages.SUCCESS, f"{warned} La séance est planifiée.".strip()
        )
        return redirect(made.page())
    status = 422 if form.errors else 200
    return render(request, "meetings/plan.html", {"committee": row, "form": form}, status=status)
