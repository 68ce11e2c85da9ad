from __future__ import annotations

import uuid
from urllib.parse import quote

from django.http import HttpResponse

from avenant.foundations.documents import selectors, services
from avenant.foundations.doors import ActorRequest, door


@door(reads={"GET"})
def download(request: ActorRequest, document_id: uuid.UUID) -> HttpResponse:
    """A file of one of my circles, always as an attachment."""
    document = selectors.get_document(request.actor, document_id)
    response = HttpResponse(services.read(document), content_type=document.media_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(document.name, safe='')}"
    response.headers["Cache-Control"] = "private, no-store"
    return response
