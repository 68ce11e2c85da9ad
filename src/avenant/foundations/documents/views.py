from __future__ import annotations

import uuid

from django.http import HttpResponse

from avenant.foundations.documents import selectors, services
from avenant.foundations.documents.attachments import named_response
from avenant.foundations.doors import ActorRequest, door


@door(reads={"GET"})
def download(request: ActorRequest, document_id: uuid.UUID) -> HttpResponse:
    """A file of one of my circles, always as an attachment."""
    document = selectors.get_document(request.actor, document_id)
    return named_response(services.read(document), name=document.name, media_type=document.media_type)
