from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.documents.spreadsheets import Column, Sheet
from avenant.foundations.documents.spreadsheets import Kind as CellFormat
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.imports import kinds, policies, reading, selectors, services
from avenant.foundations.imports.forms import ColumnsForm, ImportFilter, SentFileForm

PAGE, SHOWN = 30, 200


@door(reads={"GET"})
def imports(request: ActorRequest) -> HttpResponse:
    """What can be taken over, and what my organisation has already sent."""
    known = kinds.list_kinds(request.actor)
    form = ImportFilter(request.GET, kinds=known)
    said = form.cleaned_data
    rows = selectors.list_imports(request.actor, kind=said.get("nature", ""), words=said.get("q", ""))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    count = page.paginator.count
    labels = {one.key: one.label for one in known}
    return render(
        request,
        "imports/imports.html",
        {
            "kinds": known,
            "elsewhere": kinds.list_elsewhere(request.actor),
            "form": form,
            "page": page,
            "lines": [(one, labels.get(one.kind, one.kind)) for one in page],
            "sentence": f"{count or 'Aucun'} import{'s' if count > 1 else ''}",
            "reset": request.path if any(said.values()) else "",
        },
    )


@door(reads={"GET"}, writes={"POST"})
def send(request: ActorRequest, kind: str) -> HttpResponse:
    """Send a file; what it would give is shown next."""
    found = kinds.find_kind(kind)
    found.may(request.actor).or_raise()
    form = SentFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with refusals_in(form, "file"):
            row = services.receive_file(
                actor=request.actor, kind=kind, filename=file.name, content=file.read(), at=request.now
            )
            return redirect(row.page())
    status = 422 if request.method == "POST" else 200
    return render(request, "imports/send.html", {"form": form, "kind": found}, status=status)


@door(reads={"GET"})
def one(request: ActorRequest, import_id: uuid.UUID) -> HttpResponse:
    """One import: its columns, what it would give or gave, the lines set aside."""
    row = selectors.get_import(request.actor, import_id)
    kind = kinds.find_kind(row.kind)
    aside = row.said("set_aside", [])
    context = {
        "row": row,
        "kind": kind,
        "report": row.report,
        "columns_form": None if kind.large or row.confirmed_at else ColumnsForm(kind=kind, row=row),
        "set_aside": aside[:SHOWN],
        "set_aside_count": row.said("set_aside_count", len(aside)),
        "doubtful": row.said("doubtful", [])[:SHOWN],
        "taken": selectors.list_taken(request.actor, row)[:SHOWN],
        "may_confirm": policies.may_confirm(request.actor, row),
        "may_undo": policies.may_undo(request.actor, row, request.now),
    }
    template = "imports/import.html#state" if request.htmx else "imports/import.html"
    response = render(request, template, context)
    if request.htmx and not row.working:
        response["HX-Refresh"] = "true"
    return response


@door(writes={"POST"})
def columns(request: ActorRequest, import_id: uuid.UUID) -> HttpResponse:
    """Say which column is which."""
    said = {key: value for key, value in request.POST.items() if isinstance(value, str)}
    row = services.tell_columns(actor=request.actor, import_id=import_id, columns=said, at=request.now)
    return redirect(row.page())


@door(writes={"POST"})
def confirm(request: ActorRequest, import_id: uuid.UUID) -> HttpResponse:
    """Enter what the preview showed."""
    row = services.confirm_import(actor=request.actor, import_id=import_id, at=request.now)
    if row.taken_at:
        plural = "s" if row.taken > 1 else ""
        messages.success(request, f"{row.taken} ligne{plural} reprise{plural}.")
    return redirect(row.page())


@door(writes={"POST"})
def undo(request: ActorRequest, import_id: uuid.UUID) -> HttpResponse:
    """Take back what was entered today."""
    row = services.undo_import(actor=request.actor, import_id=import_id, at=request.now)
    messages.success(request, "L’import est annulé : ce qu’il avait créé est retiré.".replace(" :", "\u202f:"))
    return redirect(row.page())


@door(reads={"GET"})
def rejected(request: ActorRequest, import_id: uuid.UUID, form: str) -> HttpResponse:
    """The lines set aside, each with its reason, to be corrected."""
    row = selectors.get_import(request.actor, import_id)
    titles = (Column("Ligne", CellFormat.INTEGER, 8), Column("Contenu", width=70), Column("Motif", width=70))
    sheet = Sheet("Lignes écartées", titles, row.said("set_aside", []))
    return sheet_response(sheet, form, name="lignes-ecartees", at=request.now)


@door(reads={"GET"})
def model(request: ActorRequest, kind: str, form: str) -> HttpResponse:
    """The file to fill."""
    found = kinds.find_kind(kind)
    found.may(request.actor).or_raise()
    return sheet_response(reading.model_sheet(found), form, name=f"modele-{kind}", at=request.now)
