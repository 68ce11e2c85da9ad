from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from avenant.foundations import clock
from avenant.foundations.accounts import selectors
from avenant.foundations.parties.actors import Actor

SESSION_KEY = "membership"
STARTED, SEEN = "started", "seen"
SECOND_FACTOR, DEMONSTRATION = "second-factor", "demonstration"
MINUTE = 60
# What opens before the second factor is set up: setting it up, proving again who one is, leaving, the public pages.
WITHOUT_SECOND_FACTOR: Final = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
        "account_reauthenticate",
        "account_logout",
        "accounts:choose-membership",
        "site:accessibility",
        "site:legal",
        "site:health",
    }
)


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


class SecondFactorMiddleware:
    """Lead those who administer, decide or sign to set up a second factor; nothing else opens before.

    The buttons of the demonstration are exempt: they exist in a demonstration database only, whose people have no
    password either.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Send to the enrolment every page but those that serve it."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in WITHOUT_SECOND_FACTOR or not lacks_second_factor(request):
            return None
        if request.method == "POST":
            messages.warning(request, "Rien n’a été enregistré : votre rôle demande d’abord un second facteur.")
        return redirect("mfa_index")


def lacks_second_factor(request: HttpRequest) -> bool:
    """Has this session still to set up the second factor that the roles of its actor ask."""
    actor: Actor | None = getattr(request, "actor", None)
    session = getattr(request, "session", {})
    if actor is None or not settings.SECOND_FACTOR_REQUIRED or not any(role.decides for role in actor.roles):
        return False
    if session.get(SECOND_FACTOR) or session.get(DEMONSTRATION):
        return False
    if selectors.holds_second_factor(actor.person_id):
        session[SECOND_FACTOR] = True  # one who decides cannot remove the last one, a reset closes the sessions
        return False
    return True


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
    return Actor.of(current, lent=selectors.loans_of(current)) if current else None


def _keep_or_end(request: HttpRequest) -> None:
    now = int(timezone.now().timestamp())
    if STARTED not in request.session:
        start_session(request)
    if now - request.session[STARTED] >= settings.SESSION_COOKIE_AGE:
        _end(request, "Votre session a duré douze heures : connectez-vous de nouveau.")
    elif now - request.session[SEEN] >= settings.SESSION_IDLE_SECONDS:
        _end(request, "Votre session s’est fermée après 45 minutes sans activité : connectez-vous de nouveau.")
    elif now - request.session[SEEN] >= MINUTE:
        request.session[SEEN] = now  # once a minute: a page is not a write


def _end(request: HttpRequest, sentence: str) -> None:
    request.ended_person = str(request.user.pk)  # type: ignore[attr-defined]
    logout(request)
    messages.info(request, sentence)
