from __future__ import annotations

from django.http import HttpResponse

from avenant.foundations.documents.attachments import CSV, PDF, XLSX, named_response

TYPES = {"csv": CSV, "xlsx": XLSX, "ics": "text/calendar; charset=utf-8", "pdf": PDF}


def attachment(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file to take away, under the name of its body or session."""
    return named_response(content, name=f"{name}.{kind}", media_type=TYPES[kind])
