"""What was decided, told, sent and asked after the session; the rate in force."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from avenant.domain.funding.calendar import CalendarStep, read_calendar
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation.models import (
    Award,
    Examined,
    ListingRequest,
    RateRevision,
    Selection,
    TableSent,
    Told,
)
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier


def list_awards(actor: Actor, selection: Selection) -> QuerySet[Award]:
    """The final decisions of a session, in rank."""
    rows = Award.objects.visible_to(actor).filter(line__selection=selection)
    return rows.select_related("line", "dossier__owner", "envelope__owner", "person").order_by("line__rank")


def award_of(actor: Actor, line: Examined) -> Award | None:
    """The final decision on a dossier."""
    return Award.objects.visible_to(actor).filter(line=line).select_related("envelope", "person").first()


def list_undecided(actor: Actor, selection: Selection) -> QuerySet[Examined]:
    """The dossiers of a session that wait for their decision, the waiting list and the withdrawn ones apart."""
    rows = Examined.objects.visible_to(actor).filter(selection=selection, award=None, rank__gt=0)
    return rows.exclude(outcome__in=["", Examined.Outcome.WAITING]).exclude(dossier__state="withdrawn")


def told_of(actor: Actor, selection: Selection) -> dict[uuid.UUID, Told]:
    """The decisions of a session that were notified, by dossier."""
    rows = Told.objects.visible_to(actor).filter(
        dossier__in=list_awards(actor, selection).order_by().values("dossier_id")
    )
    return {one.dossier_id: one for one in rows.select_related("letter")}


def get_told(actor: Actor, dossier_id: uuid.UUID) -> Told:
    """The decision notified on a dossier; 404 before it is, and outside its circle."""
    rows = Told.objects.visible_to(actor).select_related("dossier__call__owner", "dossier__owner", "letter")
    return get_object_or_404(rows, pk=dossier_id)


def step_of(call: PublishedCall, key: str) -> CalendarStep | None:
    """A step of the calendar of a call: examination, notification."""
    return next((one for one in read_calendar(call.content.get("calendar", [])) if one.key == key), None)


def today_of(call: PublishedCall, now: Any) -> date:
    """The day on the clocks of the call's zone."""
    day: date = now.astimezone(ZoneInfo(call.zone)).date()
    return day


def list_late(actor: Actor, call: PublishedCall, on: date) -> QuerySet[Dossier]:
    """The dossiers handed in that have no decision after the last day of the examination; none before it.

    Complete or not judged; those that are rejected or withdrawn have their end (S4-6-02).
    """
    step = step_of(call, "examination")
    rows = Dossier.objects.visible_to(actor).filter(call=call, state__in=["submitted", "complete"]).defer("answers")
    if step is None or on <= step.ends_on:
        return rows.none()
    decided = Award.objects.visible_to(actor).filter(dossier__call=call)
    return rows.exclude(pk__in=decided.values("dossier_id")).select_related("owner").order_by("folded", "id")


def list_sendings(actor: Actor, selection: Selection) -> QuerySet[TableSent]:
    """When the table of retained projects was sent, and to whom."""
    return TableSent.objects.visible_to(actor).filter(selection=selection).select_related("document", "person")


def list_requests(actor: Actor, selection: Selection) -> QuerySet[ListingRequest]:
    """The detailed listings that were asked for."""
    rows = ListingRequest.objects.visible_to(actor).filter(selection=selection)
    return rows.select_related("asked_by", "document", "person")


def get_request(actor: Actor, request_id: uuid.UUID) -> ListingRequest:
    """One request; 404 outside its circle."""
    rows = ListingRequest.objects.visible_to(actor).select_related("selection__call__owner", "asked_by")
    return get_object_or_404(rows, pk=request_id)


def list_revisions(actor: Actor, call: PublishedCall) -> QuerySet[RateRevision]:
    """The revisions of the rate of a call, newest first."""
    rows = RateRevision.objects.visible_to(actor).filter(call=call)
    return rows.select_related("proposed_by", "validated_by")


def get_revision(actor: Actor, revision_id: uuid.UUID) -> RateRevision:
    """One revision; 404 outside its circle."""
    return get_object_or_404(RateRevision.objects.visible_to(actor).select_related("call__owner"), pk=revision_id)


def rate_in_force(actor: Actor, call: PublishedCall) -> Decimal | None:
    """The revised rate of a call, in percent; None while that of its rules stands."""
    rows = RateRevision.objects.visible_to(actor).filter(call=call, validated_at__isnull=False)
    found = rows.order_by("-validated_at").first()
    return found.new if found else None
