"""Doors: what a view is allowed to do, by HTTP method, how a refusal is told, and what is noted of it.

A *read* runs in a READ ONLY transaction: PostgreSQL itself refuses a write behind a GET. A *write* runs in one
transaction. Both carry the actor's context, without which row level security shows nothing. Once the answer is ready,
a statement of its own adds the access to the security log. No proxy and no browser keeps what a door has answered.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, Protocol

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from avenant.domain.decision import DomainError, Refused
from avenant.foundations import together
from avenant.foundations.accounts import kept
from avenant.foundations.accounts.models import SecurityEntry
from avenant.foundations.accounts.services import log_access
from avenant.foundations.parties.actors import Actor, acting_as, reading_only
from avenant.foundations.secrecy import gate

Arguments = ParamSpec("Arguments")
Action = SecurityEntry.Action


class ActorRequest(HttpRequest):
    """A request of a signed-in person, with the actor they are and the instant it arrived."""

    actor: Actor
    now: datetime
    htmx: Any


class View(Protocol):
    """A view that says what each of its methods does."""

    reads: frozenset[str]
    writes: frozenset[str]
    public: bool

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse: ...


ViewFunction = Callable[Concatenate[ActorRequest, Arguments], HttpResponse]


def door(
    *, reads: Iterable[str] = (), writes: Iterable[str] = (), before_notice: bool = False
) -> Callable[[ViewFunction[...]], View]:
    """Declare a view for signed-in people: which methods read, which write.

    ``before_notice`` opens the page of a file to who has not acknowledged its notice of confidentiality: the notice.
    """
    reading, writing = frozenset(reads), frozenset(writes)

    def decorate(view: ViewFunction[...]) -> View:
        @functools.wraps(view)
        def guarded(request: ActorRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in reading | writing:
                return HttpResponseNotAllowed(sorted(reading | writing))
            if getattr(request, "actor", None) is None:
                return _sign_in_first(request)
            _drop_nul(request)
            now = getattr(request, "now", None)
            today = timezone.localdate(now) if now else None
            context = acting_as(request.actor, read_only=request.method in reading, on=today)
            with gate.passing(request.actor, now, kwargs) as passage:
                try:
                    inside = view if before_notice else passage.checked(view)
                    response = _answer(context, inside, request, *args, **kwargs)
                except Http404:
                    note_access(request, Action.REFUSED)
                    raise
                except gate.NoticeAwaited as awaited:
                    return _notice_first(request, awaited)
                except (DomainError, DatabaseError) as error:
                    response = refuse(request, error)
            action = _action_of(request, response, of_a_file=bool(kwargs))
            if action == Action.EXPORT:
                _name_as_confidential(response)
            if action:
                note_access(request, action, passage=passage)
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response

        guarded.reads, guarded.writes, guarded.public = reading, writing, False  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def public_door(
    *, reads: Iterable[str] = (), writes: Iterable[str] = ()
) -> Callable[[Callable[..., HttpResponse]], View]:
    """Declare a view that anybody opens: sign-in, legal notice, health."""
    reading, writing = frozenset(reads), frozenset(writes)

    def decorate(view: Callable[..., HttpResponse]) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in reading | writing:
                return HttpResponseNotAllowed(sorted(reading | writing))
            try:
                if request.method in writing:
                    _drop_nul(request)
                    return view(request, *args, **kwargs)
                return _answer(reading_only(), view, request, *args, **kwargs)
            except (DomainError, DatabaseError) as error:
                return refuse(request, error)

        guarded.reads, guarded.writes, guarded.public = reading, writing, True  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def _drop_nul(request: HttpRequest) -> None:
    """Take out of what was typed the NUL that nobody types and that PostgreSQL refuses in a text."""
    if any("\0" in one for _, values in request.POST.lists() for one in values):
        request.POST = QueryDict(request.POST.urlencode().replace("%00", ""))


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    """Send to the sign-in page. What a POST brings is kept, and shown again after the sign-in.

    htmx is told in place: the page stays, with what was typed, and opens a panel to sign in again. A person whom no
    organisation has admitted is told whom to wait for.
    """
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return render(request, "accounts/no_membership.html", status=403)
    if getattr(request, "htmx", False):
        ended = Refused("Votre session est terminée\u202f: reconnectez-vous. Votre saisie reste à l’écran.")
        return render(request, "refusal.html#message", {"error": ended}, status=401)
    if request.method == "GET":
        return redirect_to_login(request.get_full_path())
    typed_on = _typed_on(request)
    return redirect_to_login(reverse("accounts:resume") if kept.keep(request, page=typed_on) else typed_on)


def _notice_first(request: HttpRequest, awaited: gate.NoticeAwaited) -> HttpResponse:
    """Lead to the notice of the file, then back where one was going. What a POST brings is kept and shown again."""
    going = request.get_full_path()
    if request.method != "GET":
        going = reverse("accounts:resume") if kept.keep(request, page=_typed_on(request)) else _typed_on(request)
    elif getattr(request, "htmx", False):
        going = _typed_on(request)
    address = f"{reverse('secrecy:notice', args=[awaited.circle_id])}?{urlencode({'suite': going})}"
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _typed_on(request: HttpRequest) -> str:
    page = request.headers.get("HX-Current-URL", "") or request.headers.get("Referer", "")
    return page if url_has_allowed_host_and_scheme(page, {request.get_host()}) else "/"


def _name_as_confidential(response: HttpResponse) -> None:
    """A CSV says that it is confidential by its name: a line of text inside would break the programs that read it."""
    if response.headers.get("Content-Type", "").startswith("text/csv"):
        named = response.headers["Content-Disposition"]
        response.headers["Content-Disposition"] = named.replace(".csv", "-confidentiel.csv")


def refuse(request: HttpRequest, error: DomainError | DatabaseError) -> HttpResponse:
    """The page of a refusal: what happened, what is kept, on which basis. 403 for a right, 409 for a state, or for two acts
    that met in the database. Any other error of the database goes on as it came."""
    told = together.told_of(error) if isinstance(error, DatabaseError) else error
    if told is None:
        raise error
    status = 403 if isinstance(told, Refused) else 409
    template = "refusal.html#message" if getattr(request, "htmx", False) else "refusal.html"
    return render(request, template, {"error": told}, status=status)


def note_access(
    request: HttpRequest,
    action: SecurityEntry.Action,
    actor: Actor | None = None,
    *,
    passage: gate.Passage | None = None,
) -> None:
    """Add to the security log, in a statement of its own, after the transaction of the door."""
    log_access(
        action,
        actor=actor or getattr(request, "actor", None),
        page=request.path,
        address=address_of(request),
        at=timezone.now(),
        space=passage.space if passage else None,
        purpose=passage.purpose if passage and action == Action.EXPORT else "",
    )


def address_of(request: HttpRequest) -> str:
    """Address of the person, behind as many proxies as the settings count; what others claim is not believed."""
    direct = str(request.META.get("REMOTE_ADDR", ""))
    told = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",") if one.strip()]
    return [*told, direct][-1 - min(settings.PROXIES, len(told))]


def _answer(
    context: AbstractContextManager[None], view: Callable[..., HttpResponse], *args: Any, **kwargs: Any
) -> HttpResponse:
    with context:
        response = view(*args, **kwargs)
        # Templates read lazily: render inside the transaction, where rows are visible.
        if hasattr(response, "render"):
            response.render()
        return response


def _action_of(request: HttpRequest, response: HttpResponse, *, of_a_file: bool) -> SecurityEntry.Action | None:
    """What the answer is for the security log. An act is in the journal; a list shows no file in particular."""
    if response.status_code == 403:
        return Action.REFUSED
    if request.method != "GET" or response.status_code >= 300:
        return None
    if "Content-Disposition" in response.headers:
        return Action.EXPORT
    return Action.VIEW if of_a_file else None
