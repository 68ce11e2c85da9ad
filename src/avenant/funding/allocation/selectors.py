"""Reads of the allocation, actor first."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, DecimalField, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404

from avenant.domain.folding import fold
from avenant.domain.funding.calendar import CalendarStep, read_calendar
from avenant.foundations.meetings.models import Seat
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation, Territory
from avenant.funding.allocation.models import (
    Aid,
    Award,
    Envelope,
    Examined,
    ListingRequest,
    OpenedSource,
    RateRevision,
    Scenario,
    Selection,
    Share,
    TableSent,
    Told,
    Withdrawal,
)
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.reviews.models import Interest

EUROS: DecimalField[Decimal, Decimal] = DecimalField(max_digits=16, decimal_places=2)
ANSWER_WITHIN = timedelta(days=14)
NOTHING = Value(Decimal(0), output_field=EUROS)


# -- Envelopes


@dataclass(frozen=True, slots=True)
class EnvelopeSearch:
    """Which envelopes to show."""

    year: int | None = None
    source: str = ""
    funder: uuid.UUID | None = None
    territory: str = ""
    text: str = ""
    sort: str = ""


ENVELOPE_SORTS = {
    "financeur": ("owner__short_name", "-year", "territory_id", "pk"),
    "montant": ("amount", "pk"),
    "reste": ("remaining", "pk"),
    "annee": ("year", "owner__short_name", "pk"),
}


def list_envelopes(actor: Actor, search: EnvelopeSearch) -> QuerySet[Any]:
    """The envelopes of the region's funders in one view: reserved, granted, paid and remaining, each by its own lines."""
    aids = Aid.objects.filter(envelope=OuterRef("pk")).order_by().values("envelope")
    rows: QuerySet[Any] = Envelope.objects.visible_to(actor).select_related("owner", "territory", "parent")
    rows = rows.annotate(
        reserved=_summed(aids, "reserved"),
        granted=_summed(aids, "granted"),
        paid=Coalesce(
            Subquery(
                aids.annotate(sum=Sum(Coalesce("dossier__award__paid", "paid"))).values("sum"), output_field=EUROS
            ),
            NOTHING,
        ),
    ).annotate(remaining=F("amount") - F("delegated") - F("held"))
    return _sorted(_filtered(rows, search), search.sort, ENVELOPE_SORTS, "-annee")


def _summed(aids: QuerySet[Any, Any], field: str) -> Coalesce:
    return Coalesce(Subquery(aids.annotate(sum=Sum(field)).values("sum"), output_field=EUROS), NOTHING)


def _filtered(rows: QuerySet[Any], search: EnvelopeSearch) -> QuerySet[Any]:
    said = {"year": search.year, "source": search.source, "owner": search.funder, "territory": search.territory}
    rows = rows.filter(**{name: value for name, value in said.items() if value})
    for word in search.text.split():
        rows = rows.filter(
            Q(label__icontains=word) | Q(owner__name__icontains=word) | Q(owner__short_name__icontains=word)
            | Q(territory__name__icontains=word) | Q(basis__icontains=word)
        )  # fmt: skip
    return rows


def _sorted(rows: QuerySet[Any], sort: str, sorts: Mapping[str, tuple[str, ...]], default: str) -> QuerySet[Any]:
    wanted = sort if sort.lstrip("-") in sorts else default
    order = sorts[wanted.lstrip("-")]
    if wanted.startswith("-"):
        order = tuple(one[1:] if one.startswith("-") else f"-{one}" for one in order)
    return rows.order_by(*order)


def get_envelope(actor: Actor, envelope_id: uuid.UUID) -> Envelope:
    """One envelope; 404 outside its circle."""
    rows = Envelope.objects.visible_to(actor).select_related("owner", "territory", "parent__owner", "parent__territory")
    return get_object_or_404(rows, pk=envelope_id)


def list_own_envelopes(actor: Actor) -> QuerySet[Envelope]:
    """The envelopes that my institution writes."""
    rows = Envelope.objects.visible_to(actor).filter(owner_id=actor.organisation_id)
    return rows.select_related("owner", "territory").order_by("-year", "source", "territory_id", "label")


def list_parts(actor: Actor, envelope: Envelope) -> QuerySet[Envelope]:
    """What an envelope delegates."""
    rows = Envelope.objects.visible_to(actor).filter(parent=envelope)
    return rows.select_related("owner", "territory")


@dataclass(frozen=True, slots=True)
class AidSearch:
    """Which aids to show, of one envelope, one dossier, or all those that I see."""

    envelope: uuid.UUID | None = None
    dossier: uuid.UUID | None = None
    text: str = ""
    sort: str = ""


AID_SORTS = {
    "beneficiaire": ("beneficiary", "on", "pk"),
    "accorde": ("granted", "pk"),
    "date": ("on", "pk"),
    "financeur": ("envelope__owner__short_name", "beneficiary", "pk"),
}


def list_aids(actor: Actor, search: AidSearch) -> QuerySet[Any]:
    """The aids of all the funders, dossier by dossier, so that none is paid twice. ``paid_now`` follows the grant."""
    rows: QuerySet[Any] = Aid.objects.visible_to(actor).select_related(
        "envelope__owner", "envelope__territory", "dossier"
    )
    rows = rows.annotate(paid_now=Coalesce("dossier__award__paid", "paid"))
    if search.envelope:
        rows = rows.filter(envelope=search.envelope)
    if search.dossier:
        rows = rows.filter(dossier=search.dossier)
    for word in search.text.split():
        rows = rows.filter(
            Q(beneficiary__icontains=word) | Q(subject__icontains=word) | Q(dossier__number__icontains=word)
            | Q(envelope__owner__short_name__icontains=word)
        )  # fmt: skip
    return _sorted(rows, search.sort, AID_SORTS, "beneficiaire")


def list_funders(actor: Actor) -> QuerySet[Organisation]:
    """The institutions of my region that fund."""
    return Organisation.objects.filter(territory_id=actor.territory, kind__in=["ars", "fund", "labour"])


def list_territories(actor: Actor) -> QuerySet[Territory]:
    """My region and its parts."""
    return Territory.objects.filter(Q(pk=actor.territory) | Q(parent_id=actor.territory)).order_by("code")


def list_sources(actor: Actor, call: PublishedCall) -> QuerySet[OpenedSource]:
    """The funding sources that a call opens."""
    return OpenedSource.objects.visible_to(actor).filter(call=call)


# -- Session


def list_selections(actor: Actor, *, call: PublishedCall | None = None) -> QuerySet[Selection]:
    """The sessions of the calls that I carry or am a partner of, newest first."""
    rows = Selection.objects.visible_to(actor).select_related("call", "meeting__committee", "envelope__territory")
    rows = rows.defer("call__rules", "call__content")
    return rows.filter(call=call) if call else rows


def list_carried_calls(actor: Actor) -> QuerySet[PublishedCall]:
    """The published calls that my institution carries or gives opinions on."""
    rows = PublishedCall.objects.filter(Q(owner_id=actor.organisation_id) | Q(partners=actor.organisation_id))
    return rows.select_related("owner", "call").defer("rules").distinct().order_by("-year", "title")


def get_selection(actor: Actor, selection_id: uuid.UUID) -> Selection:
    """One session; 404 outside its circle."""
    rows = (
        Selection.objects.visible_to(actor)
        .select_related(
            "call__owner", "call__call", "envelope__owner", "envelope__territory", "meeting__committee__secretariat"
        )
        .prefetch_related(Prefetch("meeting__committee__seats", Seat.objects.select_related("organisation")))
    )
    return get_object_or_404(rows, pk=selection_id)


@dataclass(frozen=True, slots=True)
class LineSearch:
    """Which dossiers of a session to show."""

    territory: str = ""
    outcome: str = ""
    opinion: str = ""
    text: str = ""
    sort: str = ""


LINE_SORTS = {
    "rang": ("rank", "folded", "pk"),
    "nom": ("folded", "pk"),
    "score": ("score", "pk"),
    "demande": ("requested", "pk"),
    "calcule": ("computed", "pk"),
    "propose": ("amount", "pk"),
}


def list_lines(actor: Actor, selection: Selection, search: LineSearch) -> QuerySet[Any]:
    """The dossiers of a session, in rank unless sorted otherwise."""
    rows = Examined.objects.visible_to(actor).filter(selection=selection)
    said = {"territory_code": search.territory, "opinion": search.opinion}
    rows = rows.filter(**{name: value for name, value in said.items() if value})
    if search.outcome:
        rows = rows.filter(outcome="" if search.outcome == "none" else search.outcome)
    for word in fold(search.text).split():
        rows = rows.filter(folded__contains=word)
    return _sorted(rows, search.sort, LINE_SORTS, "rang")


def closed_to(actor: Actor) -> QuerySet[Any]:
    """The dossiers in which I declared an interest: their rank, score and opinions are closed to me."""
    return (
        Interest.objects.visible_to(actor)
        .filter(person_id=actor.person_id, lifted_at=None)
        .values("instruction__dossier_id")
    )


def list_open_lines(actor: Actor, selection: Selection, search: LineSearch) -> QuerySet[Any]:
    """The dossiers of a session that I may read: those in which I declared an interest are not there."""
    return list_lines(actor, selection, search).exclude(dossier__in=closed_to(actor))


def count_closed(actor: Actor, selection: Selection) -> int:
    """How many dossiers of a session are closed to me."""
    return Examined.objects.visible_to(actor).filter(selection=selection, dossier__in=closed_to(actor)).count()


def get_line(actor: Actor, line_id: uuid.UUID) -> Examined:
    """One dossier of a session; 404 outside its circle."""
    rows = Examined.objects.visible_to(actor).select_related(
        "selection__call__owner", "selection__call__call", "selection__envelope__owner", "selection__meeting__committee",
        "dossier",
    )  # fmt: skip
    return get_object_or_404(rows, pk=line_id)


def get_seat(actor: Actor, selection: Selection, seat_id: int) -> Seat:
    """A member of the session's committee; 404 elsewhere."""
    rows = Seat.objects.visible_to(actor).filter(committee=selection.meeting.committee_id)
    seat: Seat = get_object_or_404(rows.select_related("organisation"), pk=seat_id)
    return seat


def list_seats(actor: Actor, selection: Selection) -> list[Seat]:
    """The members of the session's committee."""
    rows = Seat.objects.visible_to(actor).filter(committee=selection.meeting.committee_id)
    return list(rows.select_related("organisation"))


def list_withdrawals(actor: Actor, selection: Selection, line: Examined | None = None) -> list[Withdrawal]:
    """Who withdrew, from one dossier or from any of the session."""
    rows = Withdrawal.objects.visible_to(actor).filter(line__selection=selection)
    rows = rows.filter(line=line) if line else rows
    return list(rows.select_related("seat__organisation", "line"))


def count_unproposed(actor: Actor, selection: Selection) -> int:
    """How many ranked dossiers still wait for what the committee proposes."""
    return Examined.objects.visible_to(actor).filter(selection=selection, rank__gt=0, outcome="").count()


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a session; ``unproposed`` are the ranked dossiers for which the committee has proposed nothing yet."""

    dossiers: int
    unproposed: int
    requested: Decimal
    computed: Decimal
    proposed: Decimal
    retained: int


def totals_of(actor: Actor, selection: Selection) -> Totals:
    """Counts and sums of all the dossiers of a session, whatever the page shows."""
    rows = Examined.objects.visible_to(actor).filter(selection=selection).order_by()
    return Totals(
        **rows.aggregate(
            dossiers=Count("pk"), unproposed=Count("pk", filter=Q(rank__gt=0, outcome="")),
            requested=Coalesce(Sum("requested"), NOTHING), computed=Coalesce(Sum("computed"), NOTHING),
            proposed=Coalesce(Sum("amount"), NOTHING), retained=Count("pk", filter=Q(amount__gt=0)),
        )
    )  # fmt: skip


# -- Scenarios


def list_scenarios(actor: Actor, selection: Selection) -> list[Scenario]:
    """The scenarios of a session, oldest first."""
    return list(Scenario.objects.visible_to(actor).filter(selection=selection))


def get_scenario(actor: Actor, scenario_id: uuid.UUID) -> Scenario:
    """One scenario; 404 outside its circle."""
    rows = Scenario.objects.visible_to(actor).select_related("selection__call__owner", "selection__meeting")
    return get_object_or_404(rows, pk=scenario_id)


def shares_of(
    actor: Actor, scenarios: Sequence[Scenario], lines: Sequence[Examined]
) -> dict[uuid.UUID, dict[uuid.UUID, Share]]:
    """The share of each of these dossiers in each scenario."""
    rows = Share.objects.visible_to(actor).filter(scenario__in=scenarios, line__in=lines)
    found: dict[uuid.UUID, dict[uuid.UUID, Share]] = {}
    for one in rows:
        found.setdefault(one.line_id, {})[one.scenario_id] = one
    return found


def adopted_share(actor: Actor, line: Examined) -> Share | None:
    """What the adopted scenario of its session gives to a dossier."""
    return Share.objects.visible_to(actor).filter(line=line, scenario__adopted=True).first()


# -- Decisions


def list_awards(actor: Actor, selection: Selection) -> QuerySet[Award]:
    """The final decisions of a session, in rank."""
    rows = Award.objects.visible_to(actor).filter(line__selection=selection)
    return rows.select_related("line", "dossier__owner", "envelope__owner", "person").order_by("line__rank")


def award_of(actor: Actor, line: Examined) -> Award | None:
    """The final decision on a dossier."""
    return Award.objects.visible_to(actor).filter(line=line).select_related("envelope", "person").first()


def list_undecided(actor: Actor, selection: Selection) -> QuerySet[Examined]:
    """The dossiers of a session that wait for their decision, the waiting list apart."""
    rows = Examined.objects.visible_to(actor).filter(selection=selection, award=None, rank__gt=0)
    return rows.exclude(outcome__in=["", Examined.Outcome.WAITING])


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
