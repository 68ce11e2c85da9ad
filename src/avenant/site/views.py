"""Home and the pages that belong to no story."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from avenant.foundations.doors import ActorRequest, door, public_door
from avenant.foundations.journal import selectors as journal

RECENT = 8


@door(reads={"GET"})
def home(request: ActorRequest) -> HttpResponse:
    """What is due from me, then what moved in my files."""
    return render(
        request,
        "home.html",
        {"due": journal.list_due(request.actor)[:20], "recent": journal.list_recent_events(request.actor)[:RECENT]},
    )


@door(reads={"GET"})
def due(request: ActorRequest) -> HttpResponse:
    """Every due item of mine, by date."""
    return render(request, "due.html", {"due": journal.list_due(request.actor)})


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
