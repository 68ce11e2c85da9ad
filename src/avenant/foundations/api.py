"""The API's own door: the context of the token's actor, and problem documents for refusals.

Ninja is imported by the ``api.py`` and ``schemas.py`` files, and here; nowhere else.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Schema
from ninja.security import HttpBearer

from avenant.domain.decision import Refused
from avenant.foundations import clock
from avenant.foundations.accounts import tokens
from avenant.foundations.doors import Action, ActorRequest, note_access
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.secrecy import gate

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class Problem(Schema):
    """A refusal (RFC 9457): what happened, on which basis, and the rows at fault when there are some."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    basis: str = ""
    errors: dict[str, str] = Field(default_factory=dict)


class TokenAuthentication(HttpBearer):
    """``Authorization: Bearer <token>``; the token names its person, organisation and scope."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The actor of a token that is neither unknown, revoked nor expired."""
        scope = "read" if request.method in ("GET", "HEAD") else "declare"
        actor = tokens.actor_of(token, scope=scope, at=clock.now())
        if actor is None:
            note_access(request, Action.REFUSED, tokens.former_actor(token))
        return actor


def api_door(
    *, read_only: bool
) -> Callable[
    [Callable[Concatenate[ActorRequest, Arguments], Answer]], Callable[Concatenate[HttpRequest, Arguments], Answer]
]:
    """Run an operation in the name of the token's actor, in one transaction."""

    def decorate(
        operation: Callable[Concatenate[ActorRequest, Arguments], Answer],
    ) -> Callable[Concatenate[HttpRequest, Arguments], Answer]:
        @functools.wraps(operation)
        def guarded(request: HttpRequest, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
            acting = cast("ActorRequest", request)
            acting.actor = cast("Any", request).auth
            now = clock.now()
            with gate.passing(acting.actor, now, kwargs) as passage:
                try:
                    with acting_as(acting.actor, read_only=read_only, on=timezone.localdate(now)):
                        answer = passage.checked(operation)(acting, *args, **kwargs)
                except (Http404, Refused):
                    note_access(request, Action.REFUSED)
                    raise
            if read_only:
                taken = isinstance(answer, HttpResponse) and "Content-Disposition" in answer.headers
                note_access(request, Action.EXPORT if taken else Action.VIEW, passage=passage)
            return answer

        # Ninja reads the names of the annotations where the operation is written, not here.
        guarded.__signature__ = inspect.signature(operation, eval_str=True)  # type: ignore[attr-defined]
        return cast("Callable[Concatenate[HttpRequest, Arguments], Answer]", guarded)

    return decorate
