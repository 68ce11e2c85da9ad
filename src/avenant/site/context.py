"""What the frame of every page shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from avenant.foundations.journal import selectors as journal


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the main navigation: the page it opens, and the apps whose pages belong to it."""

    label: str
    page: str
    apps: frozenset[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A section as one page shows it. ``current`` is the value of ``aria-current``, empty elsewhere."""

    label: str
    address: str
    current: str


SECTIONS: Final = (
    Section("Accueil", "site:home", frozenset()),
    Section("Contrats", "drafting:contracts", frozenset({"catalogue", "drafting"})),
    Section(
        "Indicateurs", "campaigns:campaigns", frozenset({"campaigns", "declarations", "consolidation", "registers"})
    ),
    Section("Annuaire", "parties:directory", frozenset({"parties"})),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Who acts, for whom else they may act, where one can go, how much is due, the demonstration band."""
    actor = getattr(request, "actor", None)
    return {
        "actor": actor,
        "memberships": getattr(request, "memberships", ()),
        "navigation": list(_entries(request)),
        "due_count": (lambda: journal.list_due(actor).count()) if actor else 0,
        "now": getattr(request, "now", None),
        "demo": settings.DEMO,
    }


def _entries(request: HttpRequest) -> Iterator[Entry]:
    """The sections whose page exists: a story that is not there yet has no entry."""
    match = request.resolver_match
    for section in SECTIONS:
        try:
            address = reverse(section.page)
        except NoReverseMatch:
            continue
        inside = match is not None and match.app_name in section.apps
        current = "page" if request.path == address else "true" if inside else ""
        yield Entry(section.label, address, current)
