"""Reads of declarations, actor first. What is not handed in is read by its provider alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Max, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.shortcuts import get_object_or_404

from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations.models import (
    Declaration,
    DeclaredValue,
    DraftValue,
    Part,
    Question,
    Remark,
    Submission,
)

HANDED_IN = ("submitted", "validated", "consolidated")


def list_declarations(actor: Actor, *, year: int | None = None) -> QuerySet[Declaration]:
    """The returns of my circles, with their parts and providers."""
    parts = Part.objects.visible_to(actor).select_related("owner", "unit")
    rows = (
        Declaration.objects.visible_to(actor)
        .select_related("service", "contract")
        .prefetch_related(Prefetch("parts", queryset=parts))
        .order_by("service__name")
    )
    return rows.filter(year=year) if year is not None else rows


def get_declaration(actor: Actor, declaration_id: uuid.UUID) -> Declaration:
    """One return; 404 when I am not a party to its contract."""
    return get_object_or_404(list_declarations(actor), pk=declaration_id)


def list_parts(actor: Actor) -> QuerySet[Part]:
    """The parts of my circles, with what a page or a policy reads of them."""
    return Part.objects.visible_to(actor).select_related(
        "declaration__service", "declaration__contract", "owner", "unit"
    )


def get_part(actor: Actor, part_id: uuid.UUID, *, lock: bool = False) -> Part:
    """One part; 404 outside its circle."""
    rows = list_parts(actor)
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=part_id)


def list_own_parts(actor: Actor, year: int) -> QuerySet[Part]:
    """The parts that I am to fill for a year, on one page: the social service has one for each service."""
    return (
        list_parts(actor)
        .filter(owner_id=actor.organisation_id, declaration__year=year)
        .filter(Q(unit=None) | Q(unit_id=actor.unit_id))
        .order_by("declaration__service__name", "provider")
    )


def drafts_of(actor: Actor, part: Part) -> dict[uuid.UUID, DraftValue]:
    """The working copy, by definition; empty for everybody but its provider."""
    rows = DraftValue.objects.visible_to(actor).filter(part=part).select_related("saved_by")
    return {row.definition_id: row for row in rows}


def declared_values(actor: Actor, parts: Iterable[Part]) -> dict[uuid.UUID, list[DeclaredValue]]:
    """What was last handed in for some parts, by definition; a part still being filled gives its former submission."""
    latest = Submission.objects.filter(part=OuterRef("submission__part")).order_by("-number").values("pk")[:1]
    rows = (
        DeclaredValue.objects.visible_to(actor)
        .filter(submission__part__in=list(parts), submission_id=Subquery(latest))
        .select_related("submission")
    )
    found: dict[uuid.UUID, list[DeclaredValue]] = {}
    for row in rows:
        found.setdefault(row.definition_id, []).append(row)
    return found


def list_submissions(actor: Actor, part: Part) -> QuerySet[Submission]:
    """The submissions of a part, the last first."""
    return Submission.objects.visible_to(actor).filter(part=part).select_related("person").order_by("-number")


def last_submission(actor: Actor, part: Part) -> Submission | None:
    return list_submissions(actor, part).first()


def list_questions(actor: Actor, part: Part) -> QuerySet[Question]:
    """The questions asked on a part, in the order they were asked."""
    return Question.objects.visible_to(actor).filter(part=part).select_related("definition", "asked_by")


def list_remarks(actor: Actor, part: Part) -> QuerySet[Remark]:
    """What the fund said of the last submission of a part."""
    newest = Submission.objects.filter(part=part).aggregate(number=Max("number"))["number"]
    return (
        Remark.objects.visible_to(actor)
        .filter(submission__part=part, submission__number=newest)
        .select_related("organisation")
    )


def previous_declaration(actor: Actor, declaration: Declaration) -> Declaration | None:
    """The return of the same service for the year before, under this contract or the former one."""
    return list_declarations(actor, year=declaration.year - 1).filter(service_id=declaration.service_id).first()


def list_versions(actor: Actor, part: Part, definition_id: uuid.UUID) -> QuerySet[DeclaredValue]:
    """Every value that was handed in for one indicator, the last first: a correction keeps both."""
    return (
        DeclaredValue.objects.visible_to(actor)
        .filter(submission__part=part, definition_id=definition_id)
        .select_related("submission__person")
        .order_by("-submission__number")
    )
