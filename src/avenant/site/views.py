"""Home and the pages that belong to no story."""

from __future__ import annotations

import uuid

from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from avenant.foundations.documents.spreadsheets import csv_bytes
from avenant.foundations.doors import ActorRequest, door, public_door
from avenant.foundations.journal import selectors as journal
from avenant.foundations.journal.calendar import address_of
from avenant.foundations.journal.models import DueItem
from avenant.foundations.meetings import services as meetings
from avenant.site import selectors, tables, tasks, wording
from avenant.site.forms import DueFilter, When

FIRST_DUE, RECENT, PAGE = 12, 8, 50


@door(reads={"GET"})
def home(request: ActorRequest) -> HttpResponse:
    """What is due from me, then what moved in my files."""
    due = list(selectors.list_due(request.actor, now=request.now)[:FIRST_DUE])
    recent = list(journal.list_recent_events(request.actor)[:RECENT])
    return render(request, "home.html", {"due": due, "recent": recent})


@door(reads={"GET"})
def due(request: ActorRequest) -> HttpResponse:
    """Every due item of mine, by date, of one file, one moment or one unit."""
    form, items, when = _filtered_due(request)
    found = Paginator(items, PAGE)
    filtered = any(request.GET.get(name) for name in form.fields)
    calendar = journal.find_calendar(request.actor.person_id)
    return render(
        request,
        "due.html",
        {
            "form": form,
            "page": found.get_page(request.GET.get("page")),
            "sentence": wording.word_due_found(found.count, when),
            "reset": request.path if filtered else "",
            "export": f"{reverse('site:due-export')}?{request.GET.urlencode()}",
            "calendar": address_of(calendar) if calendar else "",
        },
    )


@door(reads={"GET"})
def export_due(request: ActorRequest) -> HttpResponse:
    """What the list of échéances shows, with its filters, as a CSV."""
    _, items, _ = _filtered_due(request)
    response = HttpResponse(csv_bytes(tables.due_sheet(items)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="echeances.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _filtered_due(request: ActorRequest) -> tuple[DueFilter, QuerySet[DueItem], When | None]:
    form = DueFilter(request.GET, files=selectors.list_files_with_due(request.actor), unit=request.actor.unit)
    form.is_valid()
    asked = form.cleaned_data
    when = asked.get("quand")
    items = selectors.list_due(
        request.actor, now=request.now, file=asked.get("dossier"), when=when, whose=asked.get("pour")
    )
    return form, items, when


@door(writes={"POST"})
def ask_pack(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """Ask for the papers of a session in one PDF; a job assembles them."""
    pack = meetings.ask_pack(
        actor=request.actor,
        session_id=session_id,
        at=request.now,
        defer=lambda made: tasks.make_session_pack.defer(pack_id=str(made.pk)),
    )
    return redirect(pack.page())


@public_door(reads={"GET"})
def health(_request: HttpRequest) -> HttpResponse:
    """Answer « ok » when the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


@public_door(reads={"GET"})
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "accessibility.html")


@public_door(reads={"GET"})
def legal(request: HttpRequest) -> HttpResponse:
    """The legal notice."""
    return render(request, "legal.html")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What one cannot see does not exist."""
    return render(request, "404.html", status=404)
