"""My own account: what I may do, my sessions, my delegations, my tokens."""

from __future__ import annotations

import uuid
from datetime import timedelta
from importlib import import_module
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from avenant.domain.audiences import Role
from avenant.foundations.accounts import selectors, tokens
from avenant.foundations.accounts.forms import DelegationForm, TokenForm
from avenant.foundations.accounts.middleware import SEEN, STARTED
from avenant.foundations.accounts.services import people
from avenant.foundations.doors import ActorRequest, door

BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@door(reads={"GET"})
def account(request: ActorRequest) -> HttpResponse:
    """Who I am here, my second factor, my sessions, my delegations."""
    today = timezone.localdate(request.now)
    current = [one for one in selectors.list_delegations(request.actor) if not one.revoked_at and one.ends_on > today]
    return render(
        request,
        "accounts/account.html",
        {
            "sessions": _sessions(request),
            "delegations": current,
            "second_factor": selectors.holds_second_factor(request.actor.person_id),
            "roles": sorted(role.label for role in request.actor.roles),
        },
    )


@door(writes={"POST"})
def close_session(request: ActorRequest, number: int) -> HttpResponse:
    """Close one of my sessions."""
    if not people.end_sessions(request.actor.person_id, only=number):
        raise Http404
    messages.success(request, "La session est fermée.")
    return redirect("accounts:account")


@door(writes={"POST"})
def close_other_sessions(request: ActorRequest) -> HttpResponse:
    """Close all my sessions but this one."""
    people.end_sessions(request.actor.person_id, but=request.session.session_key or "")
    messages.success(request, "Cette session est la seule ouverte.")
    return redirect("accounts:account")


@door(reads={"GET"}, writes={"POST"})
def delegate(request: ActorRequest) -> HttpResponse:
    """Lend roles of mine to a colleague for a time."""
    today = timezone.localdate(request.now)
    own = selectors.get_own(request.actor)
    colleagues = selectors.list_colleagues(request.actor, on=today)
    form = DelegationForm(request.POST or None, colleagues=colleagues, own=own.roles, initial={"starts_on": today})
    if request.method == "POST" and form.is_valid():
        said = {**form.cleaned_data, "roles": {Role(role) for role in form.cleaned_data["roles"]}}
        row = people.lend_roles(
            actor=request.actor, borrower_id=said.pop("borrower"), at=request.now, today=today, **said
        )
        messages.success(
            request, f"{row.borrower.person.name} agit par délégation de vous jusqu’au {row.ends_on:%d/%m/%Y} exclu."
        )
        return redirect("accounts:account")
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/delegate.html", {"form": form}, status=status)


@door(writes={"POST"})
def end_delegation(request: ActorRequest, delegation_id: uuid.UUID) -> HttpResponse:
    """Take a delegation back."""
    people.end_delegation(actor=request.actor, delegation_id=delegation_id, at=request.now)
    messages.success(request, "La délégation est retirée.")
    return redirect("accounts:account")


@door(reads={"GET"}, writes={"POST"})
def api_tokens(request: ActorRequest) -> HttpResponse:
    """My tokens; a new one is shown once, on the answer to its creation."""
    form, secret, status = TokenForm(request.POST or None), "", 200
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        life = timedelta(days=said["days"])
        _, secret = tokens.issue(
            actor=request.actor, label=said["label"], scope=said["scope"], at=request.now, life=life
        )
        form = TokenForm()
    elif request.method == "POST":
        status = 422
    context = {"form": form, "secret": secret, "tokens": tokens.list_mine(request.actor)}
    return render(request, "accounts/tokens.html", context, status=status)


@door(writes={"POST"})
def revoke_token(request: ActorRequest, token_id: uuid.UUID) -> HttpResponse:
    """Close a token at once."""
    if not tokens.list_mine(request.actor).filter(pk=token_id).exists():
        raise Http404
    tokens.revoke(actor=request.actor, token_id=token_id, at=request.now)
    messages.success(request, "Le jeton est révoqué : le programme qui s’en servait n’entre plus.")
    return redirect("accounts:tokens")


def _sessions(request: ActorRequest) -> list[dict[str, Any]]:
    """My sessions that are open still, with their last activity."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    found = []
    for row in selectors.list_sessions(request.actor)[:20]:
        data = store(row.session_key).load()
        if STARTED not in data:
            continue
        seen = timezone.datetime.fromtimestamp(data[SEEN], tz=timezone.get_current_timezone())  # type: ignore[attr-defined]
        if timezone.now() - seen < timedelta(seconds=settings.SESSION_IDLE_SECONDS):
            here = row.session_key == request.session.session_key
            found.append({"row": row, "seen": seen, "here": here, "device": _device(row.user_agent)})
    return found


def _device(user_agent: str) -> str:
    """The browser and the system that a person recognises: « Firefox, Windows »."""
    known = [next((name for mark, name in names if mark in user_agent), "") for names in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, known)) or "appareil inconnu"
