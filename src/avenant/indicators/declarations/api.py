"""The API of the declarations: the same selectors and services as the pages."""

from __future__ import annotations

import uuid
from typing import Annotated

from ninja import Field, Router

from avenant.domain.decision import DomainError, Finding
from avenant.foundations.api import Problem, api_door
from avenant.foundations.doors import ActorRequest
from avenant.foundations.parties.actors import Actor
from avenant.indicators.campaigns import selectors as campaigns
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.models import Declaration, Part
from avenant.indicators.declarations.rows import Row
from avenant.indicators.declarations.schemas import (
    CampaignOut,
    DeclarationOut,
    EntriesIn,
    FindingOut,
    PartOut,
    SheetOut,
    SubmissionIn,
    SubmissionOut,
    ValueOut,
)
from avenant.indicators.declarations.services import control
from avenant.indicators.declarations.services import entry as entries
from avenant.indicators.declarations.sheet import sheet

router = Router(tags=["Déclarations"])
REFUSALS = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem}


@router.get("/campagnes", response={200: list[CampaignOut], **REFUSALS}, summary="Les campagnes de ma région")
@api_door(read_only=True)
def list_campaigns(request: ActorRequest) -> list[CampaignOut]:
    """The campaigns that my organisation runs; empty for a provider."""
    return [
        CampaignOut(
            id=one.pk,
            territory=one.territory_id,
            year=one.year,
            state=one.state,
            due_at=one.due_at,
            committee_on=one.committee_on,
        )
        for one in campaigns.list_campaigns(request.actor)
    ]


@router.get("/declarations", response={200: list[DeclarationOut], **REFUSALS}, summary="Les déclarations d’une année")
@api_door(read_only=True)
def list_declarations(request: ActorRequest, annee: Annotated[int, Field(ge=2000, le=2100)]) -> list[DeclarationOut]:
    """The returns of my contracts for a reference year."""
    return [_declaration(one) for one in selectors.list_declarations(request.actor, year=annee)]


@router.get("/parts/{part_id}", response={200: SheetOut, **REFUSALS}, summary="Une part, ses valeurs, ses contrôles")
@api_door(read_only=True)
def get_part(request: ActorRequest, part_id: uuid.UUID) -> SheetOut:
    """What I may read of a part: my working copy when it is mine, else what was handed in."""
    row = selectors.get_part(request.actor, part_id)
    policies.may_read_submission(request.actor, row).or_raise()
    return _sheet(request.actor, row)


@router.put("/parts/{part_id}/saisie", response={200: SheetOut, **REFUSALS}, summary="Enregistrer des valeurs")
@api_door(read_only=False)
def save_entries(request: ActorRequest, part_id: uuid.UUID, payload: EntriesIn) -> SheetOut:
    """Keep several indicators of my part: all or nothing; the answer says what the rules find."""
    row = selectors.get_part(request.actor, part_id)
    known = {one.record.code: one.record.pk for one in sheet(request.actor, row).own_rows}
    strangers = sorted({one.code for one in payload.entries} - known.keys())
    if strangers:
        raise DomainError(f"Ces codes ne sont pas dans votre part : {', '.join(strangers)}.", code="unknown_code")
    entries.save_entries(
        actor=request.actor,
        part_id=part_id,
        entries=[
            entries.Entry(
                known[one.code], one.value, one.unavailable, one.comment, one.justification, check_stale=False
            )
            for one in payload.entries
        ],
        at=request.now,
    )
    return _sheet(request.actor, selectors.get_part(request.actor, part_id))


@router.post("/parts/{part_id}/transmission", response={200: SubmissionOut, **REFUSALS}, summary="Transmettre une part")
@api_door(read_only=False)
def submit(request: ActorRequest, part_id: uuid.UUID, payload: SubmissionIn) -> SubmissionOut:
    """Hand my part in; the same number sent twice gives the same receipt."""
    made = control.submit_part(actor=request.actor, part_id=part_id, at=request.now, expected=payload.number)
    return SubmissionOut(id=made.pk, receipt=made.receipt, number=made.number, at=made.at, sha256=made.sha256)


def _part(part: Part) -> PartOut:
    return PartOut(
        id=part.pk, provider=part.provider, owner=part.owner.name, state=part.state, state_since=part.state_since
    )


def _declaration(one: Declaration) -> DeclarationOut:
    return DeclarationOut(
        id=one.pk,
        contract=one.contract.title,
        service=one.service.name,
        year=one.year,
        due_at=one.due_at,
        parts=[_part(part) for part in one.parts.all()],
    )


def _sheet(actor: Actor, part: Part) -> SheetOut:
    filled = sheet(actor, part)
    last = selectors.last_submission(actor, part)
    return SheetOut(
        part=_part(filled.part),
        editable=filled.editable,
        values=[_value(row) for row in filled.rows],
        findings=[_finding(one) for one in filled.findings],
        next_number=last.number + 1 if last else 1,
    )


def _value(row: Row) -> ValueOut:
    return ValueOut(
        code=row.definition.code,
        printed_code=row.definition.printed_code,
        label=row.definition.label,
        value=dict(row.answer.value),
        text=row.text,
        unavailable=row.answer.reason,
        comment=row.stated.comment if row.stated else "",
    )


def _finding(one: Finding) -> FindingOut:
    return FindingOut(
        code=one.code, severity=one.severity.value, sentence=one.sentence, basis=one.basis, subjects=list(one.subjects)
    )
