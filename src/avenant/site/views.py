"""Home and the pages that belong to no story."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from avenant.foundations.doors import ActorRequest, door, public_door
from avenant.foundations.journal import selectors as journal
from avenant.site import selectors, wording
from avenant.site.forms import DueFilter

FIRST_DUE, RECENT, PAGE = 12, 8, 50


@door(reads={"GET"})
def home(request: ActorRequest) -> HttpResponse:
    """What is due from me, then what moved in my files."""
    due = list(selectors.list_due(request.actor, now=request.now)[:FIRST_DUE])
    recent = list(journal.list_recent_events(request.actor)[:RECENT])
    return render(request, "home.html", {"due": due, "recent": recent})


@door(reads={"GET"})
def due(request: ActorRequest) -> HttpResponse:
    """Every due item of mine, by date, of one file or of one moment."""
    form = DueFilter(request.GET, files=selectors.list_files_with_due(request.actor))
    form.is_valid()
    file, when = form.cleaned_data.get("dossier"), form.cleaned_data.get("quand")
    found = Paginator(selectors.list_due(request.actor, now=request.now, file=file, when=when), PAGE)
    return render(
        request,
        "due.html",
        {
            "form": form,
            "page": found.get_page(request.GET.get("page")),
            "sentence": wording.word_due_found(found.count, when),
            "reset": request.path if file or when else "",
        },
    )


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
