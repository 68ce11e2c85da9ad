from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX, "ics": "text/calendar; charset=utf-8"}


def attachment(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file to take away, never kept by a proxy."""
    response = HttpResponse(content, content_type=TYPES[kind])
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{name}.{kind}', safe='')}"
    response.headers["Cache-Control"] = "private, no-store"
    return response
