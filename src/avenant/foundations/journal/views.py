from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from avenant.foundations import clock
from avenant.foundations.accounts.selectors import list_memberships
from avenant.foundations.doors import ActorRequest, door, public_door
from avenant.foundations.journal import calendar as calendars
from avenant.foundations.journal import selectors
from avenant.foundations.journal.models import DueItem
from avenant.foundations.parties.actors import Actor, acting_as


@public_door(reads={"GET"})
def calendar(_request: HttpRequest, token: str) -> HttpResponse:
    """The échéances of whoever holds this secret address, in the name of each of their organisations."""
    person = calendars.find_person(token)
    if person is None:
        raise Http404
    now = clock.now()
    items: dict[uuid.UUID, DueItem] = {}
    for membership in list_memberships(person, on=timezone.localdate(now)):
        actor = Actor.of(membership)
        with acting_as(actor, read_only=True):
            items |= {item.pk: item for item in selectors.list_due(actor).select_related("circle")}
    response = HttpResponse(
        calendars.write_calendar(items.values(), at=now), content_type="text/calendar; charset=utf-8"
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


@door(writes={"POST"})
def open_address(request: ActorRequest) -> HttpResponse:
    """Give me an address for my calendar, in place of the former one if there was one."""
    calendars.open_address(actor=request.actor, at=request.now)
    messages.success(request, "Votre adresse de calendrier est prête.")
    return redirect("site:due")


@door(writes={"POST"})
def close_address(request: ActorRequest) -> HttpResponse:
    """My address no longer answers."""
    calendars.close_address(actor=request.actor)
    messages.success(request, "L’adresse de calendrier ne répond plus.")
    return redirect("site:due")
