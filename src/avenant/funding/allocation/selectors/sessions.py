"""The committee's session: its dossiers, its members, its sums."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404

from avenant.domain.folding import fold
from avenant.foundations.meetings.models import Seat
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation.models import (
    Examined,
    Selection,
    Withdrawal,
)
from avenant.funding.allocation.selectors.ordering import NOTHING, in_order
from avenant.funding.calls.models import PublishedCall
from avenant.funding.reviews.models import Interest


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
    return in_order(rows, search.sort, LINE_SORTS, "rang")


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
    rows = Examined.objects.visible_to(actor).filter(selection=selection, rank__gt=0, outcome="")
    return rows.exclude(dossier__state="withdrawn").count()


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
