from __future__ import annotations

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from avenant.demo import selectors, tasks
from avenant.demo.building.calendar import PARIS
from avenant.demo.models import World
from avenant.foundations import clock
from avenant.foundations.accounts.middleware import DEMONSTRATION, actor_of
from avenant.foundations.accounts.models import SecurityEntry
from avenant.foundations.doors import note_access, public_door

BACKEND = settings.AUTHENTICATION_BACKENDS[0]
STEPS = {"jour": timedelta(days=1), "semaine": timedelta(weeks=1)}


@public_door(writes={"POST"})
def sign_in_as(request: HttpRequest) -> HttpResponse:
    """Enter the demonstration as one of its people."""
    _world()
    person = selectors.get_visitor(request.POST.get("person", ""))
    if person is None:
        raise Http404
    login(request, person, backend=BACKEND)
    request.session[DEMONSTRATION] = True
    UserSession.objects.create_from_request(request)
    note_access(request, SecurityEntry.Action.SIGN_IN, actor_of(request))
    return redirect("site:home")


@public_door(writes={"POST"})
def move_clock(request: HttpRequest) -> HttpResponse:
    """Move the demonstration's clock forward; what falls due meanwhile is done by the jobs."""
    world, now = _world(), clock.now()
    step = request.POST.get("pas", "")
    if step not in {*STEPS, "comite"}:
        raise Http404
    at = _at_committee(world, now) if step == "comite" else now + STEPS[step]
    clock.set_now(at)
    tasks.catch_up.defer()
    return redirect(_back(request))


def _world() -> World:
    world = selectors.open_world()
    if world is None:
        raise Http404
    return world


def _at_committee(world: World, now: datetime) -> datetime:
    """Nine o'clock on the committee's day, in the zone of the world's start; never back in time."""
    start = world.starts_at.astimezone(PARIS)
    day = world.committee_on
    return max(now, start.replace(year=day.year, month=day.month, day=day.day))


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe and wanted else "site:home"
