"""A form filled in, its act, and what is shown when it was not possible: what was typed stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from avenant.domain.decision import DomainError
from avenant.domain.french import typeset as french
from avenant.foundations.doors import ActorRequest


def do(request: ActorRequest, form: forms.Form, act: Callable[[], Any], *, page: str, told: str) -> HttpResponse | None:
    """Make ``act`` when the form could be read and go to ``page``; None leaves the form to be shown again, with why."""
    if form.is_valid():
        try:
            act()
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, french(told))
            return redirect(page)
    return None
