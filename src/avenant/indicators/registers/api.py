"""The API of the neutral counts: the same selectors and services as the pages."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Field, Router

from avenant.domain.neutral_count import HEAVIEST
from avenant.foundations.api import Problem, api_door
from avenant.foundations.documents.attachments import file_response
from avenant.foundations.doors import ActorRequest
from avenant.foundations.parties.actors import Actor
from avenant.indicators.registers import policies, selectors
from avenant.indicators.registers.models import BlindCount
from avenant.indicators.registers.schemas import BlindCountOut, BlindMessageOut
from avenant.indicators.registers.services import blind

router = Router(tags=["Comptes neutres"])
REFUSALS = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem}
BYTES: dict[str, Any] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.get("/comptes-neutres", response={200: list[BlindCountOut], **REFUSALS}, summary="Les comptes neutres")
@api_door(read_only=True)
def list_counts(request: ActorRequest, annee: Annotated[int, Field(ge=2000, le=2100)]) -> list[BlindCountOut]:
    """The neutral counts of my files for a reference year, the last asked first."""
    return [_out(request.actor, one) for one in selectors.list_blind_counts(request.actor, year=annee)]


@router.get("/comptes-neutres/{count_id}", response={200: BlindCountOut, **REFUSALS}, summary="Un compte neutre")
@api_door(read_only=True)
def get_count(request: ActorRequest, count_id: uuid.UUID) -> BlindCountOut:
    """Who brought what, what my side brings next, and what both sides are told."""
    return _out(request.actor, selectors.get_blind_count(request.actor, count_id))


@router.post(
    "/comptes-neutres/{count_id}/messages", response={200: BlindCountOut, **REFUSALS}, summary="Déposer un message",
    openapi_extra={"requestBody": {"required": True, "content": BYTES}},
)  # fmt: skip
@api_door(read_only=False)
def bring(request: ActorRequest, count_id: uuid.UUID) -> BlindCountOut:
    """Verify a message made by ``avenant collect match`` against its promise, and keep it."""
    content = request.read(HEAVIEST + 1)
    blind.bring_message(actor=request.actor, count_id=count_id, content=content, at=request.now)
    return _out(request.actor, selectors.get_blind_count(request.actor, count_id))


@router.get(
    "/comptes-neutres/{count_id}/liste-masquee", response={200: None, **REFUSALS},
    summary="Prendre la liste masquée de l’autre partie",
    openapi_extra={"responses": {200: {"description": "OK", "content": BYTES}}},
)  # fmt: skip
@api_door(read_only=True)
def take_blinded(request: ActorRequest, count_id: uuid.UUID) -> HttpResponse:
    """The other side's blinded list, to blind again at home; 404 as long as it is not there."""
    row = selectors.blinded_for(request.actor, selectors.get_blind_count(request.actor, count_id))
    content = bytes(row.content or b"")
    return file_response(content, name="liste-masquee-recue.acn", media_type="application/octet-stream")


def _out(actor: Actor, count: BlindCount) -> BlindCountOut:
    progress = selectors.blind_progress(actor, count)
    return BlindCountOut(
        id=count.pk,
        contract=count.circle.title,
        service=count.owner.name,
        fund=count.counterpart.name,
        kind=count.kind,
        strand=count.strand,
        year=count.year,
        asked_at=count.asked_at,
        answered_at=count.answered_at,
        told=count.told,
        words=count.words,
        side=progress.side.value if progress.side else "",
        following=progress.following.value if progress.following else "",
        waits=policies.may_bring(actor, count, progress.following, progress.brought).reason,
        messages=[
            BlindMessageOut(
                by=progress.side_of(one).value, stage=one.stage, size=one.size, commitment=one.commitment, at=one.at
            )
            for one in progress.rows
        ],
    )
