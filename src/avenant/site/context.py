"""What the frame of every page shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, Value
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from avenant.domain.audiences import OrganisationKind, Role
from avenant.foundations.journal import selectors as journal
from avenant.foundations.messages import selectors as notices
from avenant.foundations.parties.actors import acting_as


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the main navigation: the page it opens, the apps (or one page of another app) that belong to it, and
    whose it is (empty: everybody's)."""

    label: str
    page: str
    apps: frozenset[str]
    kinds: frozenset[OrganisationKind] = frozenset()


@dataclass(frozen=True, slots=True)
class Entry:
    """A section as one page shows it. ``current`` is the value of ``aria-current``, empty elsewhere."""

    label: str
    address: str
    current: str


SECTIONS: Final = (
    Section("Accueil", "site:home", frozenset()),
    Section("Contrats", "drafting:contracts", frozenset({"catalogue", "drafting", "commitments"})),
    Section("Comités", "meetings:committees", frozenset({"meetings"})),
    Section(
        "Indicateurs", "campaigns:campaigns", frozenset({"campaigns", "declarations", "consolidation", "registers"})
    ),
    Section(
        "Région",
        "consolidation:cockpit",
        frozenset(),
        frozenset({OrganisationKind.LABOUR, OrganisationKind.FUND, OrganisationKind.ARS}),
    ),
    Section(
        "Notes régionales", "consolidation:publications", frozenset(), frozenset({OrganisationKind.SOCIAL_PARTNERS})
    ),
    Section("Appels", "calls:calls", frozenset({"calls"})),
    Section(
        "Dossiers",
        "dossiers:dossiers",
        frozenset({"dossiers", "reviews"}),
        frozenset(
            {OrganisationKind.ESTABLISHMENT, OrganisationKind.ARS, OrganisationKind.FUND, OrganisationKind.LABOUR}
        ),
    ),
    Section(
        "Attribution",
        "allocation:selections",
        frozenset({"allocation"}),
        frozenset({OrganisationKind.ARS, OrganisationKind.FUND, OrganisationKind.LABOUR}),
    ),
    Section(
        "Aides",
        "grants:grants",
        frozenset({"grants"}),
        frozenset({OrganisationKind.ESTABLISHMENT, OrganisationKind.ARS, OrganisationKind.FUND}),
    ),
    Section(
        "Suivi",
        "reports:reports",
        frozenset({"reports"}),
        frozenset(
            {OrganisationKind.ESTABLISHMENT, OrganisationKind.ARS, OrganisationKind.FUND, OrganisationKind.LABOUR}
        ),
    ),
    Section("Annuaire", "parties:directory", frozenset({"parties", "contacts", "site:establishment"})),
)


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
        "keeps": actor is not None and actor.has(Role.PLATFORM_ADMINISTRATOR),
        "memberships": getattr(request, "memberships", ()),
        "navigation": list(_entries(request)),
        "due_count": lambda: counts()[0],
        "unread_count": lambda: counts()[1],
        "now": getattr(request, "now", None),
        "demo": settings.DEMO,
    }


def _entries(request: HttpRequest) -> Iterator[Entry]:
    """The sections whose page exists: a story that is not there yet has no entry."""
    match, actor = request.resolver_match, getattr(request, "actor", None)
    exact = {section.page for section in SECTIONS} & {match.view_name if match else ""}
    for section in SECTIONS:
        if section.kinds and (actor is None or actor.kind not in section.kinds):
            continue
        try:
            address = reverse(section.page)
        except NoReverseMatch:
            continue
        inside = match is not None and not section.apps.isdisjoint({match.app_name, match.view_name})
        current = "page" if request.path == address else "true" if inside and not exact else ""
        yield Entry(section.label, address, current)
