"""Pieces: joined, reused, taken out, checked."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.funding.dossiers import policies, selectors
from avenant.funding.dossiers.checks import standing_of
from avenant.funding.dossiers.forms import PieceForm
from avenant.funding.dossiers.models import Dossier
from avenant.funding.dossiers.remarks import linked_documents, named_pieces
from avenant.funding.dossiers.services import judging
from avenant.funding.dossiers.services import pieces as services


@door(reads={"GET"}, writes={"POST"})
def pieces(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """The pieces asked for, those that are there, a form to join one."""
    row = selectors.get_dossier(request.actor, dossier_id)
    if request.method == "GET":
        if request.htmx:
            return render(request, "dossiers/pieces.html#join", {"form": _form(request, row)})
        return _page(request, row, None, 200)
    policies.may_write(request.actor, row, at=request.now).or_raise()
    form = _form(request, row)
    if form.is_valid():
        with refusals_in(form, "file"):
            services.join_piece(actor=request.actor, dossier_id=row.pk, piece=_said(form), at=request.now)
            messages.success(request, "La pièce est jointe.")
            return redirect("dossiers:pieces", row.pk)
    return _page(request, row, form, 422)


def _form(request: ActorRequest, row: Dossier) -> PieceForm:
    wanted = {"kind": request.GET.get("kind", ""), "project": request.GET.get("project", "")}
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    own = row.owner_id == request.actor.organisation_id
    reusable = list(selectors.list_reusable(request.actor, row)) if own else []
    return PieceForm(
        *data, dossier=row, projects=list(row.projects.all()), reusable=reusable,
        initial={name: value for name, value in wanted.items() if value},
    )  # fmt: skip


def _said(form: PieceForm) -> services.PieceSaid:
    said = dict(form.cleaned_data)
    files: list[tuple[str, bytes]] = [(one.name, one.read()) for one in said.pop("file")]
    (name, content), more = (files[0], tuple(files[1:])) if files else (("", b""), ())
    return services.PieceSaid(**said, name=name, content=content, more=more)


def _page(request: ActorRequest, row: Dossier, form: PieceForm | None, status: int) -> HttpResponse:
    actor, at = request.actor, request.now
    standing = standing_of(row, at=at)
    lines = standing.pieces()
    linked = linked_documents(standing)
    form = form or _form(request, row)
    context = {
        "answered": sum(one.answered for one in linked), "linked": linked, "dossier": row, "standing": standing,
        "lines": lines, "done": sum(one.done for one in lines), "form": form,
        "joinable": dict(form.fields["kind"].choices),  # type: ignore[attr-defined]
        "may_write": policies.may_write(actor, row, at=at), "may_judge": policies.may_judge(actor, row, at=at),
        "held": named_pieces(standing.content.pieces, standing.book.vocabulary.pieces),
    }  # fmt: skip
    return render(request, "dossiers/pieces.html", context, status=status)


@door(writes={"POST"})
def take_out(request: ActorRequest, piece_id: uuid.UUID) -> HttpResponse:
    """Take a piece out of a draft."""
    piece = selectors.get_piece(request.actor, piece_id)
    services.take_out_piece(actor=request.actor, piece_id=piece.pk, at=request.now)
    messages.success(request, "La pièce est retirée.")
    return redirect("dossiers:pieces", piece.dossier_id)


@door(writes={"POST"})
def check(request: ActorRequest, piece_id: uuid.UUID) -> HttpResponse:
    """Say whether a piece is compliant."""
    piece, said = selectors.get_piece(request.actor, piece_id), request.POST
    judging.check_piece(
        actor=request.actor, piece_id=piece.pk, compliant=said.get("compliant") == "oui",
        reason=said.get("reason", ""), at=request.now,
    )  # fmt: skip
    return redirect("dossiers:pieces", piece.dossier_id)
