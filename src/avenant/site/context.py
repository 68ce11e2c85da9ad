"""What the frame of every page shows."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Count, Value
from django.http import HttpRequest

from avenant.domain.audiences import Role
from avenant.foundations.journal import selectors as journal
from avenant.foundations.messages import selectors as notices
from avenant.foundations.parties.actors import acting_as
from avenant.site.navigation import list_administration, list_menus


def shell(request: HttpRequest) -> dict[str, Any]:
    """Who acts, for whom else they may act, where one can go, how much is due and unread, the demonstration band."""
    actor = getattr(request, "actor", None)

    @cache
    def counts() -> tuple[int, int]:
        if actor is None:
            return 0, 0
        with acting_as(actor):  # the frame is also drawn outside doors: public pages, page not found
            due = journal.list_due(actor).order_by().values(kind=Value("due")).annotate(number=Count("*"))
            unread = notices.list_unread(actor).order_by().values(kind=Value("unread")).annotate(number=Count("*"))
            found = dict(due.union(unread, all=True).values_list("kind", "number"))  # one query for every page's frame
            return found.get("due", 0), found.get("unread", 0)

    return {
        "actor": actor,
        "administers": actor is not None and actor.has(Role.ADMINISTRATOR),
        "memberships": getattr(request, "memberships", ()),
        "navigation": list_menus(actor, request.path) if actor is not None else (),
        "administration": list_administration(actor, request.path) if actor is not None else (),
        "due_count": lambda: counts()[0],
        "unread_count": lambda: counts()[1],
        "now": getattr(request, "now", None),
        "demo": settings.DEMO,
    }
