"""What everybody reads of the calls."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render

from avenant.domain.french import format_deadline
from avenant.domain.funding.calendar import read_calendar
from avenant.foundations import clock
from avenant.foundations.documents.services import retrieve
from avenant.foundations.doors import ActorRequest, door, public_door
from avenant.foundations.paging import Pages, word_count
from avenant.foundations.parties.actors import acting_as
from avenant.funding.calls import policies, selectors, services
from avenant.funding.calls.aid_table import aid_line, is_publishable, table_bytes
from avenant.funding.calls.forms import CallFilter, QuestionForm
from avenant.funding.calls.models import CallFile, CallVersion, PublishedCall
from avenant.funding.calls.services.publishing import public_content
from avenant.funding.calls.versions import differences, read_text

PAGE = 20
SECOND = timedelta(seconds=1)


@public_door(reads={"GET"})
def calls(request: HttpRequest) -> HttpResponse:
    """The calls of the region: open, to come, closed."""
    now = clock.now()
    form = CallFilter(request.GET)
    form.is_valid()
    said = form.cleaned_data
    rows = selectors.list_published(now=now, moment=said.get("moment", ""), text=said.get("texte", ""))
    page = Pages(rows, PAGE).get_page(request.GET.get("page"))
    shown = [(one, standing_of_deposit(one, now)) for one in page]
    context = {
        "form": form, "page": page, "shown": shown, "sentence": word_count(page.paginator.count, "appel", none="Aucun"),
        "reset": request.path if any(said.values()) else "",
    }  # fmt: skip
    return render(request, "calls/calls.html", context)


def standing_of_deposit(call: PublishedCall, now: Any) -> dict[str, Any]:
    """Where the deposit stands: its word, its tone, its last second."""
    closes = call.closes_at
    if now < call.opens_at:
        word, tone = "à venir", ""
    elif closes is not None and now >= closes:
        word, tone = "clos", ""
    else:
        word, tone = "ouvert", "good"
    zone = ZoneInfo(call.zone)
    return {
        "word": word,
        "tone": tone,
        "open": word == "ouvert",
        "last": format_deadline((closes - SECOND).astimezone(zone)) if closes else "",
        "opens": call.opens_at.astimezone(zone),
    }


@public_door(reads={"GET"})
def call(request: HttpRequest, key: str) -> HttpResponse:
    """A call: its rules in sentences, its calendar, its documents, its contact, the answers given to all."""
    row = selectors.get_published(key)
    return render(request, "calls/call.html", _call_context(request, row, QuestionForm()))


def _call_context(request: HttpRequest, row: PublishedCall, form: QuestionForm) -> dict[str, Any]:
    now, actor = clock.now(), getattr(request, "actor", None)
    today = now.astimezone(ZoneInfo(row.zone)).date()
    steps = read_calendar(row.content.get("calendar", []))
    context: dict[str, Any] = {
        "call": row,
        "text": read_text(public_content(row)),
        "deposit": standing_of_deposit(row, now),
        "now_there": now.astimezone(ZoneInfo(row.zone)),
        "documents": _documents(row),
        "stages": [{"label": one.label, "status": one.status(today), "note": one.words or ""} for one in steps],
        "steps": steps,
        "answers": selectors.list_answers(row),
        "versions": list(row.versions.all()),
        "form": form,
        "may_ask": policies.may_ask(actor, row) if actor else None,
    }
    if actor:
        with acting_as(actor, read_only=request.method == "GET"):
            context["questions"] = list(selectors.list_questions(actor, row)[:50])
    return context


def _documents(row: PublishedCall) -> list[dict[str, Any]]:
    """The documents of a call, each with its official model when the authority has put it up."""
    files = {one.label: one for one in selectors.list_files(row)}
    return [{**one, "file": files.get(one["label"])} for one in row.content.get("documents", [])]


@public_door(reads={"GET"})
def call_data(request: HttpRequest, key: str) -> HttpResponse:
    """The same as data: the frozen rules, their digest, the calendar."""
    row = selectors.get_published(key)
    return JsonResponse(public_content(row), json_dumps_params={"ensure_ascii": False})


@public_door(reads={"GET"})
def version_page(request: HttpRequest, key: str, version: int) -> HttpResponse:
    """The text of a call as one of its versions kept it: since when, until when, why it changed, what changed."""
    row = selectors.get_published(key)
    versions = {one.number: one for one in row.versions.all()}
    if version not in versions:
        raise Http404
    told, former, following = versions[version], versions.get(version - 1), versions.get(version + 1)
    context = {
        "call": row, "version": told, "text": read_text(told.content), "former": former, "following": following,
        "changed": differences(former.content, told.content) if former else None,
        "replaced": differences(told.content, following.content) if following else None,
        "steps": read_calendar(told.content["content"].get("calendar", [])),
    }  # fmt: skip
    return render(request, "calls/version.html", context)


@public_door(reads={"GET"})
def version_data(request: HttpRequest, key: str, version: int) -> HttpResponse:
    """The same as data: exactly what its SHA-256 was computed on."""
    row = get_object_or_404(CallVersion, call=selectors.get_published(key), number=version)
    return JsonResponse(row.content, json_dumps_params={"ensure_ascii": False})


@public_door(reads={"GET"})
def aid_table(request: HttpRequest) -> HttpResponse:
    """The calls as the national « dispositif d'aide » table: those whose authority has told its SIREN."""
    site = request.build_absolute_uri("/").rstrip("/")
    lines = [aid_line(one, site=site, changed_at=one.changed_at) for one in selectors.list_for_the_table()]
    content = table_bytes(one for one in lines if is_publishable(one))
    headers = {"Content-Disposition": 'attachment; filename="dispositifs-aides.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@public_door(reads={"GET"})
def model(request: HttpRequest, callfile_id: uuid.UUID) -> HttpResponse:
    """An official model of a call."""
    row = get_object_or_404(CallFile, pk=callfile_id)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.name)}"}
    return HttpResponse(retrieve(row.sha256), content_type=row.media_type, headers=headers)


@public_door(reads={"GET"})
def glossary(request: HttpRequest) -> HttpResponse:
    """The words that the calls use."""
    return render(request, "calls/glossary.html", {"entries": selectors.glossary()})


@door(writes={"POST"})
def ask(request: ActorRequest, key: str) -> HttpResponse:
    """Ask a question on a call."""
    row = selectors.get_published(key)
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return render(request, "calls/call.html", _call_context(request, row, form), status=422)
    services.ask_question(actor=request.actor, call=row, text=form.cleaned_data["text"], at=request.now)
    messages.success(request, "Votre question est transmise. La réponse sera sur cette page et dans vos messages.")
    return redirect(f"{row.page()}#questions")
