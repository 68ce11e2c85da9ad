from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from avenant.foundations.journal import selectors as journal


def shell(request: HttpRequest) -> dict[str, Any]:
    """What every page's frame shows: who acts, for whom else they may act, how much is due, the demonstration band."""
    actor = getattr(request, "actor", None)
    return {
        "actor": actor,
        "memberships": getattr(request, "memberships", ()),
        "due_count": SimpleLazyObject(lambda: journal.list_due(actor).count()) if actor else 0,
        "now": getattr(request, "now", None),
        "demo": settings.DEMO,
    }
