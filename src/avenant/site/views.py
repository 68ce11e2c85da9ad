"""Home and the pages that belong to no story."""

from __future__ import annotations

import secrets
import sys
import uuid
from contextlib import suppress
from datetime import timedelta
from itertools import groupby

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import redirect, render
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from avenant.foundations import jobs, traces
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door, public_door
from avenant.foundations.journal import selectors as journal
from avenant.foundations.journal.calendar import address_of
from avenant.foundations.journal.models import DueItem
from avenant.foundations.journal.sealing import list_seals
from avenant.foundations.meetings import selectors as meeting_selectors
from avenant.foundations.meetings import services as meetings
from avenant.foundations.paging import Pages
from avenant.foundations.parties.selectors import get_establishment
from avenant.references.accessibility import STATES, count_by_state, load_groups
from avenant.site import cards, followed, searching, selectors, services, tables, tasks, violations, wording
from avenant.site.forms import DueFilter, SavedViewForm, When
from avenant.site.models import SavedView
from avenant.site.navigation import label_of

FIRST_DUE, RECENT, PAGE, SEALS_SHOWN = 12, 8, 50, 31
SECURITY_TXT_LIFE = timedelta(days=90)


@door(reads={"GET"})
def home(request: ActorRequest) -> HttpResponse:
    """What is due from me, then what moved in my files."""
    due = list(selectors.list_due(request.actor, now=request.now)[:FIRST_DUE])
    recent = journal.list_latest_moves(request.actor, RECENT)
    kept = list(selectors.list_saved_views(request.actor))
    return render(request, "home.html", {"due": due, "recent": recent, "views": kept})


@door(reads={"GET"}, writes={"POST"})
def saved_views(request: ActorRequest) -> HttpResponse:
    """The views that I keep; with ``de``, the address of a list, the form that keeps it."""
    form = SavedViewForm(request.POST or None, initial={"address": request.GET.get("de", "")})
    if request.method == "POST" and form.is_valid():
        with refusals_in(form, "name"):
            row = services.save_view(actor=request.actor, **form.cleaned_data)
            messages.success(request, f"La vue «\u202f{row}\u202f» est enregistrée.")
            return redirect(row.page())
    context = {"form": form, "asked": bool(form["address"].value()), "groups": _by_list(request)}
    return render(request, "views.html", context, status=422 if form.errors else 200)


def _by_list(request: ActorRequest) -> list[tuple[str, list[SavedView]]]:
    rows = selectors.list_saved_views(request.actor)
    return [(label_of(path), list(some)) for path, some in groupby(rows, key=lambda row: row.path)]


@door(writes={"POST"})
def forget_view(request: ActorRequest, savedview_id: uuid.UUID) -> HttpResponse:
    """Take one of my views away."""
    name = services.forget_view(actor=request.actor, view_id=savedview_id)
    messages.success(request, f"La vue «\u202f{name}\u202f» est retirée.")
    return redirect("site:views")


@door(reads={"GET"})
def search(request: ActorRequest) -> HttpResponse:
    """What the words find in everything that I see."""
    typed = request.GET.get("q", "").strip()[:200]
    groups = searching.search(request.actor, typed, on=timezone.localdate(request.now))
    return render(
        request, "search.html", {"typed": typed, "groups": groups, "sentence": searching.total(groups) if typed else ""}
    )


@door(reads={"GET"})
def establishment(request: ActorRequest, establishment_id: uuid.UUID) -> HttpResponse:
    """The card of an establishment: public facts, then what each of my files knows of it."""
    row = get_establishment(establishment_id)
    blocks = cards.compose(request.actor, row, now=request.now)
    return render(request, "establishment.html", {"establishment": row, "blocks": blocks})


@door(reads={"GET"})
def due(request: ActorRequest) -> HttpResponse:
    """Every due item of mine, by date, of one file, one moment or one unit."""
    form, items, when = _filtered_due(request)
    found = Pages(items, PAGE)
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
    return sheet_response(tables.due_sheet(items), "csv", name="echeances", at=request.now)


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


@door(writes={"POST"})
def adopt_report(request: ActorRequest, report_id: uuid.UUID) -> HttpResponse:
    """Adopt the yearly report of a committee, with the difficulties of the contract's register."""
    report = meeting_selectors.get_report(request.actor, report_id)
    lines = followed.difficulties_of(request.actor, report)
    annexed = [{"title": "Registre des difficultés", "text": "\n".join(lines)}] if lines else []
    row = meetings.adopt_report(actor=request.actor, report_id=report_id, at=request.now, annexed=annexed)
    messages.success(request, "Le bilan est adopté\u202f; son PDF se prépare.")
    return redirect(row.page())


@public_door(reads={"GET"})
def health(_request: HttpRequest) -> HttpResponse:
    """For whoever watches over the platform: 200 while the database answers, and whether somebody runs the jobs."""
    return JsonResponse({"base": "en ordre", "travaux": "en ordre" if jobs.worker_is_alive() else "à l’arrêt"})


@public_door(reads={"GET"})
def metrics(request: HttpRequest) -> HttpResponse:
    """Measures in the text form of Prometheus, for who bears the token of the settings; for others, no such page."""
    expected, given = settings.METRICS_TOKEN, request.headers.get("Authorization", "")
    if not expected or not secrets.compare_digest(given.encode(), f"Bearer {expected}".encode()):
        raise Http404
    waiting = "".join(
        f'avenant_jobs{{status="{status}"}} {number}\n' for status, number in jobs.count_by_status().items()
    )
    body = generate_latest() + f"# TYPE avenant_jobs gauge\n{waiting}".encode()
    return HttpResponse(body, content_type=CONTENT_TYPE_PLAIN_0_0_4)


@csrf_exempt
@public_door(writes={"POST"})
def policy_report(request: HttpRequest) -> HttpResponse:
    """What a browser has refused by the content policy. It comes without a token, and changes nothing but the log."""
    with suppress(RequestDataTooBig, UnreadablePostError):
        violations.note(request.read(violations.LARGEST + 1))
    return HttpResponse(status=204)


@public_door(reads={"GET"})
def security_contact(_request: HttpRequest) -> HttpResponse:
    """security.txt (RFC 9116): whom to tell of a weakness. No such page while the operator has named nobody."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    until = (timezone.now() + SECURITY_TXT_LIFE).date()
    lines = (
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {until}T00:00:00Z",
        "Preferred-Languages: fr, en",
        f"Canonical: {settings.ADDRESS}/.well-known/security.txt",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@public_door(reads={"GET"})
def seals(request: HttpRequest) -> HttpResponse:
    """The last seals of the journal: hashes that anyone may keep, to hold the platform to what it has recorded."""
    return render(request, "seals.html", {"seals": list_seals()[:SEALS_SHOWN]})


@public_door(reads={"GET"})
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement, with what is known of each criterion before an audit."""
    groups = [(STATES[group.state], group) for group in load_groups()]
    return render(request, "accessibility.html", {"groups": groups, "counts": count_by_state()})


@public_door(reads={"GET"})
def legal(request: HttpRequest) -> HttpResponse:
    """The legal notice."""
    return render(request, "legal.html")


def server_error(_request: HttpRequest) -> HttpResponse:
    """The page of a fault of ours, without a query: the database may be what failed. It shows the reference to give.

    A database that does not answer is said as such, with when to come back: 503, not 500.
    """
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        page = get_template("503.html").render({})
        return HttpResponse(page, status=503, headers={"Retry-After": "30"})
    page = get_template("500.html").render({"reference": traces.reference()})
    return HttpResponse(page, status=500)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What one cannot see does not exist."""
    return render(request, "404.html", status=404)
