"""What a person typed when their session had ended: kept beside the session until they sign in again.

Only the same person gets it back. Files and passwords are not kept; nor what is beyond a page's worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import resolve
from django.urls.exceptions import Resolver404

KEY: Final = "typed"
LARGEST, FIELDS = 200_000, 500
HIDDEN = ("csrfmiddlewaretoken",)


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was sent: its address, its fields in order, the page on which it was typed."""

    address: str
    fields: tuple[tuple[str, str], ...]
    page: str


def keep(request: HttpRequest, *, page: str) -> bool:
    """Keep what this request posts; was there something to keep."""
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in HIDDEN and "password" not in name
    ]
    if len(fields) > FIELDS or sum(len(name) + len(value) for name, value in fields) > LARGEST:
        return False
    if not any(value.strip() for _, value in fields):
        return False
    person = getattr(request, "ended_person", "")
    request.session[KEY] = {"address": request.get_full_path(), "fields": fields, "page": page, "person": person}
    return True


def find(request: HttpRequest) -> Typed | None:
    """What was kept for the person signed in; what another typed is thrown away."""
    said: dict[str, Any] | None = request.session.get(KEY)
    if said is None:
        return None
    if said["person"] not in ("", str(request.user.pk)) or not _opens(said["address"]):
        forget(request)
        return None
    return Typed(said["address"], tuple((name, value) for name, value in said["fields"]), said["page"])


def forget(request: HttpRequest) -> None:
    """Throw it away."""
    request.session.pop(KEY, None)


def _opens(address: str) -> bool:
    try:
        resolve(address.partition("?")[0])
    except Resolver404:
        return False
    return True
