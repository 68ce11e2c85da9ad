"""An act asked by a form, and what is shown when it was refused: why, and what was typed."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from django import forms
from django.contrib import messages
from django.db import DatabaseError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect

from avenant.domain.decision import DomainError, Refused
from avenant.domain.french import typeset
from avenant.foundations import together
from avenant.foundations.doors import ActorRequest

Done = TypeVar("Done")


class refusals_in:
    """Tell in ``form`` why its act was refused, beside ``field`` or above all: what was typed stays, nothing half done.

    A right that is missing is no matter of the form: the door answers it with its own page.
    """

    def __init__(self, form: forms.BaseForm, field: str | None = None) -> None:
        self.form, self.field = form, field
        self.whole_or_nothing = transaction.atomic()

    def __enter__(self) -> None:
        self.whole_or_nothing.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.whole_or_nothing.__exit__(kind, error, trace)
        if isinstance(error, DatabaseError):
            error = together.told_of(error)
        if not isinstance(error, DomainError) or isinstance(error, Refused):
            return False
        self.form.add_error(self.field, error.message)
        return True


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

    None leaves the form to be shown again, with why: see :class:`refusals_in`.
    """
    if form.is_valid():
        with refusals_in(form, field):
            done = act()
            messages.success(request, typeset(told if isinstance(told, str) else told(done)))
            return redirect(page)
    return None
