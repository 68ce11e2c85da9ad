"""The list of dossiers, for those who file them and those who receive them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import islice
from typing import Any, cast

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render

from avenant.foundations.documents.spreadsheets import csv_lines
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.paging import NUMBERED, KeyedPages, word_count
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Territory
from avenant.funding.dossiers import selectors
from avenant.funding.dossiers.forms import DossierFilter
from avenant.funding.dossiers.models import Dossier
from avenant.funding.dossiers.selectors import DEFAULT_SORT, DossierSearch
from avenant.funding.dossiers.services import exporting
from avenant.funding.dossiers.services.exporting import MOST
from avenant.funding.dossiers.tables import dossier_sheet

PAGE = 50
AT_ONCE, LINES = 2_000, 200


def _filter(request: ActorRequest) -> DossierFilter:
    territories = [(one.code, one.name) for one in Territory.objects.filter(parent__isnull=False).order_by("name")]
    form = DossierFilter(request.GET, calls=selectors.calls_with_dossiers(request.actor), territories=territories)
    form.is_valid()
    return form


def _search(request: ActorRequest, form: DossierFilter) -> DossierSearch:
    said, after = form.cleaned_data, request.GET.get("apres", "")
    try:
        key = uuid.UUID(after) if after else None
    except ValueError:
        key = None
    return DossierSearch(
        call=said.get("appel"), state=said.get("etat", ""), territory=said.get("territoire", ""),
        text=said.get("texte", ""), sort=request.GET.get("tri", DEFAULT_SORT), after=key,
    )  # fmt: skip


@door(reads={"GET"})
def dossiers(request: ActorRequest) -> HttpResponse:
    """The dossiers that I file, or that are handed in to my institution."""
    form = _filter(request)
    search = _search(request, form)
    found = KeyedPages(selectors.list_dossiers(request.actor, search), PAGE)
    page = found.get_page(request.GET.get("page"))
    rows = list(page)
    context: dict[str, Any] = {
        "form": form, "page": page, "rows": rows, "sort": search.sort,
        "sentence": word_count(found.known, "dossier", none="Aucun"),
        "reset": request.path if any(form.cleaned_data.values()) else "",
        "query": request.GET.urlencode(),
        "following": _following(request, rows) if found.cut and page.number == NUMBERED else "",
    }  # fmt: skip
    return render(request, "dossiers/dossiers.html", context)


def _following(request: ActorRequest, rows: list[Any]) -> str:
    """Beyond the numbered pages the list goes on by key, from its last row."""
    address = request.GET.copy()
    address.pop("page", None)
    address["apres"] = str(rows[-1].pk) if rows else ""
    return f"?{address.urlencode()}"


@door(reads={"GET"})
def export(request: ActorRequest, form: str) -> HttpResponse:
    """The dossiers that the page shows, forty columns each, as a CSV that leaves line by line as it is read. The workbook
    is made by a job."""
    if form != "csv":
        raise Http404
    found = selectors.for_export(selectors.list_dossiers(request.actor, _search(request, _filter(request))))[:MOST]
    streamed = StreamingHttpResponse(
        _streamed(request.actor, found), content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="dossiers.csv"'},
    )  # fmt: skip
    return cast("HttpResponse", streamed)


@door(writes={"POST"})
def ask_workbook(request: ActorRequest) -> HttpResponse:
    """Ask for the workbook of what the page shows."""
    row = exporting.ask_workbook(actor=request.actor, search=_search(request, _filter(request)), at=request.now)
    return redirect(row.page())


@door(reads={"GET"})
def workbook(request: ActorRequest, workbook_id: uuid.UUID) -> HttpResponse:
    """How far a workbook is, then its file."""
    row = selectors.get_workbook(request.actor, workbook_id)
    template = "dossiers/workbook.html#state" if request.htmx else "dossiers/workbook.html"
    return render(request, template, {"workbook": row})


def _streamed(actor: Actor, rows: QuerySet[Dossier]) -> Iterator[bytes]:
    """The titles, then the lines, a few hundred at a time, in the name of who asked: the door has closed its own
    transaction. The titles leave before the first dossier is read: the download begins at once."""
    with acting_as(actor, read_only=True):
        lines = csv_lines(dossier_sheet(rows.iterator(chunk_size=AT_ONCE)))
        yield b"".join(islice(lines, 2))  # the mark of UTF-8 goes before them
        while some := list(islice(lines, LINES)):
            yield b"".join(some)
