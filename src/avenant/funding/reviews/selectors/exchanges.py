"""Notes and exchanges, as their audience reads them."""

from __future__ import annotations

import uuid

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404

from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers.models import Dossier
from avenant.funding.reviews.models import Instruction, Note, Post, Thread


def list_notes(actor: Actor, instruction: Instruction) -> QuerySet[Note]:
    """The notes of my institution, newest first."""
    return Note.objects.visible_to(actor).filter(instruction=instruction).select_related("person")


def list_threads(actor: Actor, dossier: Dossier) -> QuerySet[Thread]:
    """The exchanges on a dossier that I am in, with their messages."""
    posts = Post.objects.visible_to(actor).select_related("person", "organisation")
    rows = Thread.objects.visible_to(actor).filter(dossier=dossier).select_related("owner")
    return rows.prefetch_related(Prefetch("posts", posts))


def get_thread(actor: Actor, thread_id: uuid.UUID) -> Thread:
    """One exchange; 404 for who is not in it."""
    rows = Thread.objects.visible_to(actor).select_related("dossier__call__owner", "owner")
    return get_object_or_404(rows, pk=thread_id)
