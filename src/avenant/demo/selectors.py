"""Is the demonstration open, and who can be met in it."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from avenant.demo.models import Visitor, World
from avenant.foundations.accounts.models import User
from avenant.foundations.parties.models import Membership


def open_world() -> World | None:
    """The world whose doors are open: asked for by the environment *and* made by the builder; else None."""
    return World.objects.first() if settings.DEMO and settings.DEMO_DATE else None


def list_visitors() -> QuerySet[Visitor]:
    """The people of the demonstration with their organisations, in the order of the sign-in page."""
    memberships = Membership.objects.select_related("organisation", "unit")
    return Visitor.objects.select_related("person").prefetch_related(
        Prefetch("person__memberships", queryset=memberships)
    )


def get_visitor(email: str) -> User | None:
    """The person of that address, when they belong to the demonstration."""
    found = Visitor.objects.select_related("person").filter(person__email=email).first()
    return found.person if found else None
