"""What the frame of each page shows of the demonstration."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from avenant.demo import selectors


def demonstration(request: HttpRequest) -> dict[str, Any]:
    """The open world and its visitors, read only by the pages that show them."""
    return {
        "demo_world": SimpleLazyObject(selectors.open_world),
        "demo_visitors": SimpleLazyObject(selectors.list_visitors),
    }
