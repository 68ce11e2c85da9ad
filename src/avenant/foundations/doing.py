"""A form filled in, its act, and what is shown when it was not possible: what was typed stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from avenant.domain.decision import DomainError
from avenant.domain.french import typeset
from avenant.foundations.doors import ActorRequest

Done = TypeVar("Done")


def do(
    request: ActorRequest,
    form: forms.Form,
    act: Callable[[], Done],
    *,
    page: str,
    told: str | Callable[[Done], str],
    field: str | None = None,
) -> HttpResponse | None:
    """Make ``act`` when the form could be read, tell it (in words, or in those that what was made gives) and go to ``page``.

    None leaves the form to be shown again, with why beside ``field`` or above all fields. Whether the act is open to this
    person at all is asked before: that refusal has a page of its own.
    """
    if not form.is_valid():
        return None
    try:
        done = act()
    except DomainError as error:
        form.add_error(field, error.message)
        return None
    messages.success(request, typeset(told if isinstance(told, str) else told(done)))
    return redirect(page)
