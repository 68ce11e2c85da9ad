"""A table given as a file."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpResponse

from avenant.foundations.documents.spreadsheets import Sheet, csv_bytes, workbook_bytes

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def sheet_response(sheet: Sheet, form: str, *, name: str, at: datetime) -> HttpResponse:
    """A sheet as ``csv`` or ``xlsx``, always as an attachment. Raises Http404 for another form."""
    match form:
        case "csv":
            response = HttpResponse(csv_bytes(sheet), content_type="text/csv; charset=utf-8")
        case "xlsx":
            response = HttpResponse(workbook_bytes([sheet], title=sheet.name, at=at), content_type=XLSX)
        case _:
            raise Http404("Un export est un CSV ou un XLSX.")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
