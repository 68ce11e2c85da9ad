from __future__ import annotations

import uuid

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from avenant.foundations.documents.models import Document
from avenant.foundations.parties.actors import Actor


def get_document(actor: Actor, document_id: uuid.UUID) -> Document:
    """One document; 404 outside its circle."""
    return get_object_or_404(Document.objects.visible_to(actor), pk=document_id)


def list_documents(actor: Actor, subject: uuid.UUID) -> QuerySet[Document]:
    """The documents of one object, newest first."""
    return Document.objects.visible_to(actor).filter(subject=subject)
