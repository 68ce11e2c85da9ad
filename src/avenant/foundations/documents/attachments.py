"""What is given as a file: always an attachment, never kept by a proxy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpResponse

from avenant.foundations.documents.spreadsheets import Sheet, csv_bytes, workbook_bytes

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
PDF = "application/pdf"
JSON = "application/json; charset=utf-8"


def file_response(content: bytes | str, *, name: str, media_type: str) -> HttpResponse:
    """A file that the platform made and named, in plain letters."""
    return _attached(content, media_type, f'filename="{name}"')


def named_response(content: bytes, *, name: str, media_type: str) -> HttpResponse:
    """A file under the name that people gave it, whatever its letters (RFC 5987)."""
    return _attached(content, media_type, f"filename*=UTF-8''{quote(name, safe='')}")


def _attached(content: bytes | str, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = f"attachment; {name}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def proof_response(proof: Mapping[str, Any], *, name: str) -> HttpResponse:
    """A proof file, that « avenant verify » checks without the platform, on lines that a person can read."""
    return file_response(json.dumps(proof, ensure_ascii=False, indent=1), name=f"preuve-{name}.json", media_type=JSON)


def sheet_response(sheet: Sheet, form: str, *, name: str, at: datetime, first: Sequence[Sheet] = ()) -> HttpResponse:
    """A sheet as ``csv`` or ``xlsx``, always as an attachment; a workbook opens on the sheets that come ``first``.

    Raises Http404 for another form.
    """
    match form:
        case "csv":
            return file_response(csv_bytes(sheet), name=f"{name}.csv", media_type=CSV)
        case "xlsx":
            content = workbook_bytes([*first, sheet], title=sheet.name, at=at)
            return file_response(content, name=f"{name}.xlsx", media_type=XLSX)
        case _:
            raise Http404("Un export est un CSV ou un XLSX.")
