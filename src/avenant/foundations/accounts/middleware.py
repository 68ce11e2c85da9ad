from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from avenant.foundations import clock
from avenant.foundations.accounts import selectors
from avenant.foundations.parties.actors import Actor

SESSION_KEY = "membership"


class ActorMiddleware:
    """Say who acts: the person signed in, in the name of the membership they chose, at one instant for the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.now = clock.now()  # type: ignore[attr-defined]
        request.actor = _actor(request, timezone.localdate(request.now))  # type: ignore[attr-defined]
        return self.get_response(request)


def _actor(request: HttpRequest, today: date) -> Actor | None:
    if not request.user.is_authenticated:
        return None
    memberships = selectors.list_memberships(request.user.pk, on=today)
    chosen = request.session.get(SESSION_KEY)
    current = next((m for m in memberships if str(m.pk) == chosen), None) or next(iter(memberships), None)
    request.memberships = memberships  # type: ignore[attr-defined]
    return Actor.of(current) if current else None
