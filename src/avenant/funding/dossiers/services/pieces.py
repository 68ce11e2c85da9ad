"""Pieces are joined before the deposit, kept once and used again; several photographs make one PDF."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.models import Document
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers import selectors
from avenant.funding.dossiers.checks import Standing
from avenant.funding.dossiers.facts import FORM, FUNDING_PLAN, STAFF_OPINION
from avenant.funding.dossiers.models import Dossier, Piece, Project
from avenant.funding.dossiers.photographs import bind
from avenant.funding.dossiers.services.writing import _editing, check_body, settle

DOCUMENT_KIND = "dossier-piece"


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceSaid:
    """A piece as it is joined. ``reuse`` is another of my pieces whose file serves again; ``more`` are the files after
    the first (photographs of the following pages), bound with it into one PDF."""

    kind: str
    name: str = ""
    content: bytes = b""
    more: tuple[tuple[str, bytes], ...] = ()
    reuse: uuid.UUID | None = None
    project: int | None = None
    on: date | None = None
    signatory: str = ""
    signed_on: date | None = None
    body: str = ""
    opinion: str = ""
    unavailable: str = ""


@transaction.atomic
def join_piece(*, actor: Actor, dossier_id: uuid.UUID, piece: PieceSaid, at: datetime) -> Standing:
    """Join a piece under the name that the rulebook gives it; one of the same kind and project is replaced."""
    dossier = _editing(actor, dossier_id, at)
    known = dossier.call.book().vocabulary.pieces
    if piece.kind not in known:
        raise DomainError("Cette pièce n’est pas demandée par l’appel.", code="unknown_piece")
    former = _former(actor, piece.reuse) if piece.reuse else None
    if former is not None and former.kind == piece.kind:
        piece = _taken_up(piece, former)
    _check_piece(dossier, piece)
    project = Project.objects.filter(dossier=dossier, position=piece.project).first() if piece.project else None
    document = None if piece.unavailable else _document(actor, dossier.circle_id, piece, former, at)
    Piece.objects.filter(dossier=dossier, kind=piece.kind, project=project).delete()
    Piece.objects.create(
        circle_id=dossier.circle_id, dossier=dossier, project=project, kind=piece.kind, document=document,
        on=piece.on, signatory=piece.signatory.strip(), signed_on=piece.signed_on, body=piece.body,
        opinion=piece.opinion, unavailable=piece.unavailable.strip(), added_at=at,
    )  # fmt: skip
    return settle(dossier, actor=actor, at=at)


def _check_piece(dossier: Dossier, piece: PieceSaid) -> None:
    """Raises DomainError, with what to do, when the piece lacks what its kind says."""
    if piece.kind == FUNDING_PLAN or (piece.kind == FORM and not dossier.call.form_upload):
        raise DomainError("Cette pièce est le formulaire en ligne : remplissez ses sections.", code="online")
    if piece.kind == STAFF_OPINION and not piece.unavailable and not (piece.body and piece.on and piece.opinion):
        raise DomainError("L’avis des représentants du personnel a son instance, sa date et son sens.", code="opinion")
    if piece.body:
        check_body(dossier, piece.body, piece.on)


def _former(actor: Actor, piece_id: uuid.UUID) -> Piece:
    former = selectors.get_piece(actor, piece_id)
    if former.dossier.owner_id != actor.organisation_id:
        raise DomainError("Cette pièce n’est pas de votre établissement.", code="not_ours")
    return former


def _taken_up(piece: PieceSaid, former: Piece) -> PieceSaid:
    """The same document says the same: its date, its signature, its opinion, where nothing else is typed."""
    names = ("on", "signatory", "signed_on", "body", "opinion")
    return replace(piece, **{name: getattr(piece, name) or getattr(former, name) for name in names})


def _document(actor: Actor, circle_id: uuid.UUID, piece: PieceSaid, former: Piece | None, at: datetime) -> Document:
    if former is not None:
        if former.document is None:
            raise DomainError("Cette pièce n’a pas de fichier.", code="no_file")
        held = former.document
        return documents.keep(
            circle_id=circle_id, owner_id=actor.organisation_id, name=held.name, content=documents.read(held),
            kind=DOCUMENT_KIND, media_type=held.media_type, at=at, person_id=actor.person_id,
        )  # fmt: skip
    if not piece.content:
        raise DomainError("Choisissez un fichier, ou dites pourquoi la pièce n’est pas disponible.", code="no_file")
    name, content = piece.name, piece.content
    if piece.more:
        name, content = bind([(piece.name, piece.content), *piece.more], at=at)
    return documents.receive_file(
        actor=actor, circle_id=circle_id, name=name, content=content, kind=DOCUMENT_KIND, at=at
    )  # fmt: skip


@transaction.atomic
def take_out_piece(*, actor: Actor, piece_id: uuid.UUID, at: datetime) -> Standing:
    """Take a piece out of a draft; its file stays where it serves elsewhere."""
    piece = selectors.get_piece(actor, piece_id)
    dossier = _editing(actor, piece.dossier_id, at)
    piece.delete()
    return settle(dossier, actor=actor, at=at)
