"""Writes about files: kept by their hash, typed by their content, never trusted for their name."""

from __future__ import annotations

import hashlib
import os
import tempfile
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import File

from avenant.domain.decision import DomainError
from avenant.foundations.documents import scanning
from avenant.foundations.documents.models import Document
from avenant.foundations.parties.actors import Actor

MAX_BYTES = 20 * 1024 * 1024

# What the first bytes say; a name or a declared type proves nothing.
SIGNATURES = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (b"PK\x03\x04",),
}
NAMES = {
    "application/pdf": "PDF",
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
}


class RefusedFile(DomainError):
    """A file that the platform does not take, and why; nothing of it is kept."""


def receive_file(
    *,
    actor: Actor,
    circle_id: uuid.UUID,
    name: str,
    content: bytes,
    kind: str,
    at: datetime,
    subject: uuid.UUID | None = None,
    private_to_id: uuid.UUID | None = None,
) -> Document:
    """Take a file that a person sends: size and type are checked on its content, then the antivirus has its say."""
    media_type = check_file(name, content)
    return keep(
        circle_id=circle_id,
        owner_id=actor.organisation_id,
        person_id=actor.person_id,
        name=name,
        content=content,
        kind=kind,
        media_type=media_type,
        at=at,
        subject=subject,
        private_to_id=private_to_id,
    )


def read_sent(file: File[Any]) -> bytes:
    """What a person sends, one byte more than is accepted at most: what is too heavy is refused, not held in memory."""
    return bytes(file.read(MAX_BYTES + 1))


def check_file(name: str, content: bytes) -> str:
    """The media type of a file that a person sends, by its content. Raises RefusedFile or what the antivirus says."""
    if len(content) > MAX_BYTES:
        raise RefusedFile(
            f"« {name} » dépasse {MAX_BYTES // 1024 // 1024} Mo : allégez-le ou envoyez-le en plusieurs fichiers."
        )
    media_type = _media_type(content)
    if media_type is None:
        accepted = ", ".join(NAMES.values())
        raise RefusedFile(f"« {name} » n’est pas d’un type accepté ({accepted}). Rien n’a été enregistré.")
    scanning.scan(content, name)
    return media_type


def store(name: str, content: bytes) -> str:
    """Keep the bytes under their SHA-256 and return it. Raises RefusedFile when the disk is full: nothing is half kept."""
    digest = hashlib.sha256(content).hexdigest()
    _write(Path(settings.FILES) / _place(digest), content, name)
    return digest


def retrieve(sha256: str) -> bytes:
    """The bytes kept under a hash, checked against it."""
    content = (Path(settings.FILES) / _place(sha256)).read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DomainError("Ce fichier ne correspond plus à son empreinte : prévenez l’administrateur de la plateforme.")
    return content


def keep(
    *,
    circle_id: uuid.UUID,
    owner_id: uuid.UUID,
    name: str,
    content: bytes,
    kind: str,
    media_type: str,
    at: datetime,
    person_id: uuid.UUID | None = None,
    subject: uuid.UUID | None = None,
    private_to_id: uuid.UUID | None = None,
) -> Document:
    """Keep the bytes under their hash and the row in its circle. Raises RefusedFile when the disk is full."""
    digest = store(name, content)
    return Document.objects.create(
        circle_id=circle_id,
        private_to_id=private_to_id,
        owner_id=owner_id,
        person_id=person_id,
        subject=subject,
        kind=kind,
        name=name[:200],
        media_type=media_type,
        size=len(content),
        sha256=digest,
        stored_as=_place(digest),
        at=at,
    )


def read(document: Document) -> bytes:
    """The bytes of a document, checked against its hash."""
    return retrieve(document.sha256)


def _place(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def _write(path: Path, content: bytes, name: str) -> None:
    """Write whole or not at all: a full disk leaves no half file behind."""
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
            try:
                draft.write(content)
                draft.flush()
                os.fsync(draft.fileno())
            except OSError:
                Path(draft.name).unlink()
                raise
        Path(draft.name).replace(path)
    except OSError as error:
        raise RefusedFile(
            f"« {name} » n’a pas pu être enregistré : le serveur manque de place. Réessayez plus tard."
        ) from error


def _media_type(content: bytes) -> str | None:
    return next((kind for kind, starts in SIGNATURES.items() if content.startswith(starts)), None)
