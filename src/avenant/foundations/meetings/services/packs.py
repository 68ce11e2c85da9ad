"""The papers of a session in one PDF: what the page above hands over, typeset, with the annexes behind, and its hash.

This module knows neither contracts nor indicators: who does (``site``) brings :class:`PackSection` values.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from avenant.domain.decision import DomainError
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.models import Document
from avenant.foundations.documents.typesetting import typeset
from avenant.foundations.journal.states import record
from avenant.foundations.meetings import policies, selectors
from avenant.foundations.meetings.models import Pack
from avenant.foundations.meetings.printing import head_of
from avenant.foundations.parties.actors import Actor

PDF = "application/pdf"
KIND = "session-pack"


@dataclass(frozen=True, slots=True)
class PackTable:
    """A table: its heading, the titles of its columns (those of ``figures`` read to the right), its rows of texts."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class PackSection:
    """A part of the pack: title, words, tables. It becomes a chapter with its bookmark."""

    title: str
    text: str = ""
    tables: Sequence[PackTable] = ()
    empty: str = "Rien à signaler."


@dataclass(frozen=True, slots=True)
class Annex:
    """A file behind the pack, by the name that the reader knows."""

    name: str
    document: Document
    pages: list[Any] = field(default_factory=list)


@transaction.atomic
def ask_pack(*, actor: Actor, session_id: uuid.UUID, at: datetime, defer: Callable[[Pack], object]) -> Pack:
    """Ask for the pack of a session; ``defer`` queues the job that assembles it. A second click finds the first."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_ask_pack(actor, session).or_raise()
    waiting = session.packs.filter(document=None, person_id=actor.person_id).first()
    if waiting:
        return waiting
    pack = Pack.objects.create(
        circle_id=session.circle_id,
        session=session,
        number=(session.packs.aggregate(last=Max("number"))["last"] or 0) + 1,
        person_id=actor.person_id,
        organisation_id=actor.organisation_id,
        at=at,
    )
    defer(pack)
    return pack


def tell_progress(pack: Pack, done: int, total: int) -> None:
    """How far the job is, seen at once by the page."""
    pack.done, pack.total = done, total
    pack.save(update_fields=["done", "total"])


def freeze_pack(*, pack_id: uuid.UUID, sections: Iterable[PackSection], annexes: Iterable[Document]) -> Pack:
    """Typeset ``sections``, put the PDF annexes behind with their bookmarks, keep the file and its SHA-256.

    An annex that is not a PDF, or cannot be read, is left out and named in the pack. Run twice, there is one file.
    """
    pack = Pack.objects.select_related("session__committee__secretariat").get(pk=pack_id)
    if pack.document_id is not None:
        return pack
    session = pack.session
    joined, left_out = _readable(annexes)
    at = pack.at.astimezone(session.committee.clock)
    printed = typeset(
        "session-pack",
        {
            "head": head_of(session),
            "number": pack.number,
            "sections": [asdict(one) for one in sections],
            "annexes": [one.name for one, _ in joined],
            "left_out": left_out,
        },
        title=f"Dossier de séance, {session}",
        reference=f"SEANCE-{session.pk.hex[:8].upper()}-{pack.number}",
        at=at,
    )
    content = _bound(printed.pdf, joined)
    document = documents.keep(
        circle_id=pack.circle_id,
        owner_id=pack.organisation_id,
        person_id=pack.person_id,
        subject=session.pk,
        kind=KIND,
        name=f"dossier-{session.file_stem}-{pack.number}.pdf",
        content=content,
        media_type=PDF,
        at=at,
    )
    pack.document, pack.left_out, pack.done = document, left_out, pack.total
    pack.save(update_fields=["document", "left_out", "done"])
    record(
        pack.circle_id,
        verb="session.pack",
        label=f"Dossier de séance n° {pack.number} : {session}",
        actor=None,
        at=pack.at,
        evidence={"sha256": document.sha256, "pages": len(PdfReader(io.BytesIO(content)).pages)},
        page=session.page(),
        subject=session.pk,
    )
    return pack


def _readable(annexes: Iterable[Document]) -> tuple[list[tuple[Annex, PdfReader]], list[str]]:
    """The annexes that can be bound, and a sentence for each of the others."""
    joined: list[tuple[Annex, PdfReader]] = []
    left_out: list[str] = []
    for document in annexes:
        if document.media_type != PDF:
            left_out.append(f"{document.name} : ce n’est pas un PDF, il reste parmi les documents de la séance.")
            continue
        try:
            reader = PdfReader(io.BytesIO(documents.read(document)))
            if reader.is_encrypted or not len(reader.pages):
                raise DomainError("protégé")
        except (PyPdfError, DomainError, OSError, ValueError, KeyError, AttributeError):
            left_out.append(f"{document.name} : ce PDF est illisible ou protégé.")
            continue
        joined.append((Annex(document.name, document), reader))
    return joined, left_out


def _bound(pdf: bytes, annexes: Sequence[tuple[Annex, PdfReader]]) -> bytes:
    """The typeset papers, then each annex under its bookmark."""
    if not annexes:
        return pdf
    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    for rank, (annex, reader) in enumerate(annexes, start=1):
        writer.append(reader, outline_item=f"Annexe {rank} : {annex.name}", import_outline=False)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
