from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from avenant.foundations import clock
from avenant.foundations.accounts import selectors
from avenant.foundations.parties.actors import Actor

SESSION_KEY = "membership"
STARTED, SEEN = "started", "seen"
MINUTE = 60


class ActorMiddleware:
    """Say who acts: the person signed in, in the name of the membership they chose, at one instant for the request.

    A session ends after 45 minutes without a request, and 12 hours after the sign-in, at real time.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.now = clock.now()  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            _keep_or_end(request)
        request.actor = actor_of(request)  # type: ignore[attr-defined]
        return self.get_response(request)


def start_session(request: HttpRequest) -> None:
    """Begin the time of a session."""
    request.session[STARTED] = request.session[SEEN] = int(timezone.now().timestamp())


def actor_of(request: HttpRequest) -> Actor | None:
    """The actor of the request: the membership chosen, or the first one; nobody without membership."""
    if not request.user.is_authenticated:
        return None
    today = timezone.localdate(request.now)  # type: ignore[attr-defined]
    memberships = selectors.list_memberships(request.user.pk, on=today)
    chosen = request.session.get(SESSION_KEY)
    current = next((m for m in memberships if str(m.pk) == chosen), None) or next(iter(memberships), None)
    request.memberships = memberships  # type: ignore[attr-defined]
    return Actor.of(current) if current else None


def _keep_or_end(request: HttpRequest) -> None:
    now = int(timezone.now().timestamp())
    if STARTED not in request.session:
        start_session(request)
    if now - request.session[STARTED] >= settings.SESSION_COOKIE_AGE:
        _end(request, "Votre session a duré douze heures : connectez-vous de nouveau.")
    elif now - request.session[SEEN] >= settings.SESSION_IDLE_SECONDS:
        _end(request, "Votre session s’est fermée après 45 minutes sans activité : connectez-vous de nouveau.")
    elif now - request.session[SEEN] >= MINUTE:
        request.session[SEEN] = now  # once a minute: a page is not a write


def _end(request: HttpRequest, sentence: str) -> None:
    logout(request)
    messages.info(request, sentence)
