from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.parties import selectors, tables
from avenant.foundations.parties.forms import DirectoryFilter


@door(reads={"GET"})
def directory(request: ActorRequest) -> HttpResponse:
    """The directory of establishments: filtered, searched, page after page."""
    form = DirectoryFilter(request.GET, territories=list(selectors.list_territories()))
    page = selectors.browse_directory(form.search)
    further = request.GET.copy()
    further["apres"] = str(page.following)
    return render(
        request,
        "parties/directory.html",
        {
            "form": form,
            "page": page,
            "sentence": _sentence(page, form),
            "reset": request.path if form.filters else "",
            "query": request.GET.urlencode(),
            "further": f"?{further.urlencode()}" if page.following else "",
        },
    )


@door(reads={"GET"})
def export_directory(request: ActorRequest, form: str) -> HttpResponse:
    """Every establishment that the filters leave, as a CSV or a workbook."""
    asked = DirectoryFilter(request.GET, territories=list(selectors.list_territories()))
    sheet = tables.directory_sheet(selectors.list_to_export(asked.search))
    return sheet_response(sheet, form, name="annuaire", at=request.now)


def _sentence(page: selectors.DirectoryPage, form: DirectoryFilter) -> str:
    shown = len(page.rows)
    plural = "s" if shown > 1 else ""
    if page.cut:
        return f"Plus de {selectors.CANDIDATES} réponses : précisez le nom, la commune ou le numéro."
    if form.cleaned_data.get("apres") or page.following:
        return f"{shown} établissement{plural} sur cette page, par ordre alphabétique"
    return f"{shown or 'Aucun'} établissement{plural}"
