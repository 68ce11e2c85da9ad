"""Reads of declarations, actor first. What is not handed in is read by its provider alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.shortcuts import get_object_or_404

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.domain.indicators import Provider
from avenant.foundations.meetings.models import Committee, Session
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Membership
from avenant.indicators.declarations.models import (
    Acceptance,
    Assignment,
    Declaration,
    DeclaredValue,
    DraftValue,
    Evidence,
    Part,
    Question,
    Remark,
    Submission,
)
from avenant.indicators.declarations.policies import WRITERS

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


def list_years(actor: Actor) -> list[int]:
    """The years of which I may read a return, the last first."""
    return list(Declaration.objects.visible_to(actor).order_by("-year").values_list("year", flat=True).distinct())


def get_declaration(actor: Actor, declaration_id: uuid.UUID) -> Declaration:
    """One return; 404 when I am not a party to its contract."""
    return get_object_or_404(list_declarations(actor), pk=declaration_id)


def list_parts(actor: Actor) -> QuerySet[Part]:
    """The parts of my circles, with what a page or a policy reads of them.

    The territory is left to the acts that need its clocks: an eighth joined table makes PostgreSQL plan for 10 ms more.
    """
    return Part.objects.visible_to(actor).select_related(
        "declaration__service", "declaration__contract", "owner", "unit"
    )


def get_part(actor: Actor, part_id: uuid.UUID, *, lock: bool = False) -> Part:
    """One part; 404 outside its circle."""
    planned = Session.objects.visible_to(actor).filter(
        circle_id=OuterRef("circle_id"), reference_year=OuterRef("declaration__year"), starts_at__isnull=False,
        committee__kind=Committee.Kind.FOLLOW_UP,
    )  # fmt: skip
    first = planned.exclude(state="cancelled").order_by("starts_at")
    rows = list_parts(actor).annotate(
        session_at=Subquery(first.values("starts_at")[:1]), session_zone=Subquery(first.values("committee__zone")[:1])
    )
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=part_id)


def committee_day(part: Part) -> date | None:
    """The day of the committee that examines a declaration: that of its planned session, else the campaign's."""
    at = getattr(part, "session_at", None)
    if at is None:
        return part.declaration.committee_on
    day: date = at.astimezone(ZoneInfo(getattr(part, "session_zone", "Europe/Paris"))).date()
    return day


def list_own_parts(actor: Actor, year: int) -> QuerySet[Part]:
    """The parts that I am to fill for a year, on one page: the social service has one for each service."""
    return (
        list_parts(actor)
        .filter(owner_id=actor.organisation_id, declaration__year=year)
        .filter(Q(unit=None) | Q(unit_id=actor.unit_id))
        .order_by("declaration__service__name", "provider")
    )


def is_service_of(actor: Actor, declaration: Declaration) -> bool:
    """Does my organisation answer for the service's part: the service itself, or the one that took its place."""
    rows = list_parts(actor).filter(declaration=declaration, provider=Provider.SERVICE)
    return rows.filter(owner_id=actor.organisation_id).exists()


def drafts_of(actor: Actor, part: Part) -> dict[uuid.UUID, DraftValue]:
    """The working copy, by definition; empty for everybody but its provider."""
    rows = DraftValue.objects.visible_to(actor).filter(part=part)
    return {row.definition_id: row for row in rows}


def declared_values(actor: Actor, parts: Iterable[Part]) -> dict[uuid.UUID, list[DeclaredValue]]:
    """What was last handed in for some parts, by definition; a part still being filled gives its former submission."""
    return _by_definition(_last_handed_in(actor).filter(submission__part__in=list(parts)))


def values_of_two_years(
    actor: Actor, declaration: Declaration
) -> tuple[dict[uuid.UUID, list[DeclaredValue]], dict[uuid.UUID, list[DeclaredValue]]]:
    """What each provider last handed in for a return, and the year before, by definition.

    The year before is the same contract's, whatever service it bound then; else the same service's, under its former one.
    """
    of = "submission__part__declaration"
    before = Q(**{f"{of}__year": declaration.year - 1}) & (
        Q(**{f"{of}__contract": declaration.contract_id}) | Q(**{f"{of}__service": declaration.service_id})
    )
    rows = (
        _last_handed_in(actor)
        .filter(Q(**{of: declaration}) | before)
        .annotate(now=Q(**{of: declaration}), same=Q(**{f"{of}__contract": declaration.contract_id}))
    )
    now = [row for row in rows if row.now]
    former = [row for row in rows if not row.now]
    return _by_definition(now), _by_definition([row for row in former if row.same] or former)


def _last_handed_in(actor: Actor) -> QuerySet[DeclaredValue]:
    latest = Submission.objects.filter(part=OuterRef("submission__part")).order_by("-number").values("pk")[:1]
    return DeclaredValue.objects.visible_to(actor).filter(submission_id=Subquery(latest)).select_related("submission")


def _by_definition(rows: Iterable[DeclaredValue]) -> dict[uuid.UUID, list[DeclaredValue]]:
    found: dict[uuid.UUID, list[DeclaredValue]] = {}
    for row in rows:
        found.setdefault(row.definition_id, []).append(row)
    return found


def newer_versions(records: Iterable[DefinitionRecord]) -> dict[str, int]:
    """The definitions of which a later version is published, with its number."""
    known = {record.code: record.version for record in records}
    published = DefinitionRecord.objects.filter(code__in=known).order_by("version").values_list("code", "version")
    return {code: version for code, version in published if version > known[code]}


def list_submissions(actor: Actor, part: Part) -> QuerySet[Submission]:
    """The submissions of a part, the last first."""
    return Submission.objects.visible_to(actor).filter(part=part).select_related("person").order_by("-number")


def get_submission(actor: Actor, submission_id: uuid.UUID) -> Submission:
    """One submission with what its receipt says; 404 outside its circle."""
    rows = Submission.objects.visible_to(actor).select_related(
        "part__declaration__service", "part__declaration__contract__territory", "part__owner", "part__unit", "person"
    )
    return get_object_or_404(rows, pk=submission_id)


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
    """The return of the year before: this contract's, else the same service's under its former one."""
    same = Q(contract_id=declaration.contract_id)
    rows = list_declarations(actor, year=declaration.year - 1).filter(same | Q(service_id=declaration.service_id))
    return rows.alias(same=same).order_by("-same").first()


def list_versions(actor: Actor, part: Part, definition_id: uuid.UUID) -> QuerySet[DeclaredValue]:
    """Every value that was handed in for one indicator, the last first: a correction keeps both."""
    return (
        DeclaredValue.objects.visible_to(actor)
        .filter(submission__part=part, definition_id=definition_id)
        .select_related("submission__person")
        .order_by("-submission__number")
    )


def list_draft_events(actor: Actor, part: Part, definition_id: uuid.UUID) -> QuerySet[Any]:
    """Every state of the working copy of one indicator, the first first; its provider's alone."""
    events = DraftValue.pgh_event_model.objects  # type: ignore[attr-defined]  # made by pghistory
    rows: QuerySet[Any] = events.filter(
        part=part, definition_id=definition_id, private_to_id=actor.organisation_id
    ).select_related("saved_by")
    return rows.order_by("pgh_id")


def list_evidence(actor: Actor, part: Part) -> QuerySet[Evidence]:
    """The files joined to a part being filled; its provider's alone."""
    return Evidence.objects.visible_to(actor).filter(part=part)


def get_evidence(actor: Actor, evidence_id: uuid.UUID) -> Evidence:
    """One file of my part; 404 for everybody else."""
    return get_object_or_404(Evidence.objects.visible_to(actor).select_related("part"), pk=evidence_id)


def list_assignments(actor: Actor, part: Part) -> QuerySet[Assignment]:
    """Which section of a part is entrusted to whom; its provider's alone."""
    return Assignment.objects.visible_to(actor).filter(part=part).select_related("person")


def list_colleagues(actor: Actor, part: Part, *, on: date) -> QuerySet[Membership]:
    """Who may be entrusted with a section: the people of the provider who may fill the part."""
    rows = (
        Membership.objects.filter(organisation_id=actor.organisation_id, starts_on__lte=on)
        .filter(Q(ends_on=None) | Q(ends_on__gt=on))
        .filter(roles__overlap=[role.value for role in WRITERS])
        .select_related("person")
        .order_by("person__name")
    )
    return rows.filter(unit_id=part.unit_id) if part.unit_id else rows


def list_acceptances(actor: Actor, submission: Submission | None) -> dict[uuid.UUID, Acceptance]:
    """The justifications that the controller accepted in a submission, by definition."""
    rows = Acceptance.objects.visible_to(actor).filter(submission=submission).select_related("organisation")
    return {row.definition_id: row for row in rows} if submission else {}
