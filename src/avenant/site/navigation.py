"""The main navigation: pages grouped by job, each shown to whom it is of use and who may open it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.urls import reverse

from avenant.domain.audiences import INSTITUTIONS, OrganisationKind
from avenant.domain.decision import Decision
from avenant.foundations.accounts.policies import may_administer
from avenant.foundations.meetings.policies import may_plan_region
from avenant.foundations.parties.actors import Actor
from avenant.foundations.secrecy.policies import may_retain, may_withdraw
from avenant.funding.grants.policies import may_scan, may_send_lists, may_write_socle
from avenant.funding.reviews.policies import may_use_desk
from avenant.indicators.consolidation.policies import may_read_cockpit
from avenant.indicators.profiles.policies import may_read_thresholds

Kind = OrganisationKind
EVERYBODY: Final = frozenset(Kind)
PARTIES: Final = INSTITUTIONS | {Kind.SERVICE}
REVIEWERS: Final = INSTITUTIONS | {Kind.SOCIAL_PARTNERS}
APPLICATION: Final = INSTITUTIONS | {Kind.ESTABLISHMENT}
CONTRACTS: Final = EVERYBODY - {Kind.ESTABLISHMENT}


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the navigation: to the organisations to which it is of use, when the policy of its door lets them in.

    Every address that begins as its own belongs to it, and those that begin with one of ``roots``.
    """

    label: str
    view: str
    kinds: frozenset[OrganisationKind] = EVERYBODY
    may: Callable[[Actor], Decision] | None = None
    roots: tuple[str, ...] = ()

    def is_for(self, actor: Actor) -> bool:
        """Is it of use to the actor, and may they open it."""
        return actor.kind in self.kinds and (self.may is None or self.may(actor).allowed)


@dataclass(frozen=True, slots=True)
class Part:
    """Pages of a section under a title of their own; no title when the section has only one part."""

    label: str
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A job: an entry of the bar, with the pages that serve it."""

    label: str
    parts: tuple[Part, ...]


SECTIONS: Final = (
    Section("Accueil", (Part("", (Page("Accueil", "site:home"),)),)),
    Section(
        "Contrats",
        (
            Part(
                "",
                (
                    Page("Contrats", "drafting:contracts", CONTRACTS),
                    Page("Mes engagements", "commitments:mine", PARTIES),
                    Page("Mes actions", "actions:mine", PARTIES),
                    Page("Actions communes", "actions:shared", PARTIES),
                    Page("Pièces absentes", "actions:missing", PARTIES),
                    Page("Textes cités", "drafting:references", CONTRACTS),
                ),
            ),
        ),
    ),
    Section(
        "Indicateurs",
        (
            Part(
                "Déclarer",
                (
                    Page(
                        "Campagnes et déclarations",
                        "campaigns:campaigns",
                        PARTIES,
                        roots=("/declarations/", "/profils/"),
                    ),
                    Page("Registre des actions", "registers:register", frozenset({Kind.SERVICE})),
                    Page("Listes d’établissements", "registers:lists", frozenset({Kind.SERVICE, Kind.FUND})),
                    Page("Structures accompagnées (FACT)", "registers:structures", PARTIES),
                ),
            ),
            Part(
                "Lire",
                (
                    Page("Contrats de la région", "consolidation:cockpit", may=may_read_cockpit, roots=("/bilans/",)),
                    Page("Notes régionales", "consolidation:publications", REVIEWERS),
                    Page("Catalogue des indicateurs", "catalogue:definitions", CONTRACTS),
                    Page("Seuils du secret statistique", "profiles:thresholds", may=may_read_thresholds),
                ),
            ),
        ),
    ),
    Section(
        "Financements",
        (
            Part(
                "Appels et dossiers",
                (
                    Page("Appels à projets", "calls:calls"),
                    Page("Préparation des appels", "calls:preparations", INSTITUTIONS),
                    Page("Dossiers", "dossiers:dossiers", APPLICATION),
                    Page("Instruction", "reviews:desk", may=may_use_desk),
                    Page("Aides déclarées", "reviews:aids", may=may_use_desk),
                ),
            ),
            Part(
                "Décisions et versements",
                (
                    Page("Attribution", "allocation:selections", INSTITUTIONS),
                    Page("Enveloppes", "allocation:envelopes", INSTITUTIONS | {Kind.NATIONAL}),
                    Page("Crédits délégués", "allocation:delegations", INSTITUTIONS | {Kind.NATIONAL}),
                    Page("Aides accordées", "grants:grants", APPLICATION),
                    Page("Versements", "grants:payments", may=may_scan),
                ),
            ),
            Part(
                "Suivi des aides",
                (
                    Page("Bilans à remettre et reçus", "reports:reports", APPLICATION),
                    Page("Visites sur site", "reports:visits", APPLICATION),
                    Page("Récupérations", "reports:recoveries", APPLICATION),
                    Page("Bilans conjoints", "reports:joint-reviews", INSTITUTIONS),
                    Page("Bilan d’un appel", "grants:statistics", may=may_scan),
                ),
            ),
            Part(
                "Repères",
                (
                    Page("Catalogue des aides", "grants:schemes", APPLICATION),
                    Page("Établissements financés", "grants:funded", may=may_send_lists),
                    Page("Consultants RPS", "calls:consultants", APPLICATION),
                    Page("Socle minimum", "grants:socle", may=may_write_socle),
                    Page("Données ouvertes", "grants:open-data", may=may_scan),
                ),
            ),
        ),
    ),
    Section(
        "Réunions",
        (
            Part(
                "",
                (
                    Page("Comités", "meetings:committees"),
                    Page("Calendrier des séances", "meetings:sessions"),
                    Page("Calendriers régionaux", "meetings:plannings", may=may_plan_region),
                ),
            ),
        ),
    ),
    Section(
        "Annuaire",
        (
            Part(
                "",
                (
                    Page("Établissements", "parties:directory"),
                    Page("Contacts", "contacts:contacts"),
                ),
            ),
        ),
    ),
)
ADMINISTRATION: Final = Section(
    "Administration",
    (
        Part(
            "",
            (
                Page("Personnes de l’organisme", "accounts:people", may=may_administer),
                Page("Journal de sécurité", "accounts:security-log", may=may_administer),
                Page("Secret professionnel", "secrecy:answers", may=may_withdraw),
                Page("Durées de conservation", "secrecy:retention", may=may_retain),
            ),
        ),
    ),
)
"""What is governed for one's own organisation: in the menu that bears its name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A page as one actor's bar shows it. ``current`` is the value of ``aria-current``, empty elsewhere."""

    label: str
    address: str
    current: str


BAR: Final = 16
"""The letters of a page's name that the bar has room for, beside four other sections."""


@dataclass(frozen=True, slots=True)
class Menu:
    """A section as one actor's bar shows it: a link when it has one page, else its pages by part."""

    label: str
    parts: tuple[tuple[str, tuple[Entry, ...]], ...]

    @property
    def short(self) -> str:
        """The words of a link to its one page: the page's own, unless they would crowd the bar."""
        return self.only.label if self.only and len(self.only.label) <= BAR else self.label

    @property
    def only(self) -> Entry | None:
        """Its one page."""
        entries = self.entries
        return entries[0] if len(entries) == 1 else None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Its pages, in order."""
        return tuple(entry for _, entries in self.parts for entry in entries)

    @property
    def current(self) -> bool:
        """Is the page that is open one of its own."""
        return any(entry.current for entry in self.entries)


def list_menus(actor: Actor, path: str) -> list[Menu]:
    """The navigation of ``actor`` on the page at ``path``: sections without a page for them are left out."""
    here = _page_of(path)
    menus = (_menu(section, actor, path, here) for section in SECTIONS)
    return [menu for menu in menus if menu.entries]


def list_administration(actor: Actor, path: str) -> tuple[Entry, ...]:
    """The pages by which ``actor`` governs their organisation; none for most people."""
    return _menu(ADMINISTRATION, actor, path, _page_of(path)).entries


def _menu(section: Section, actor: Actor, path: str, here: Page | None) -> Menu:
    parts = ((part.label, tuple(_entries(part, actor, path, here))) for part in section.parts)
    return Menu(section.label, tuple((label, entries) for label, entries in parts if entries))


def _entries(part: Part, actor: Actor, path: str, here: Page | None) -> Iterator[Entry]:
    for page in part.pages:
        if page.is_for(actor):
            address = reverse(page.view)
            yield Entry(page.label, address, "page" if path == address else "true" if page is here else "")


def _page_of(path: str) -> Page | None:
    """The page to which an address belongs: the one whose own address, or root, is the longest beginning of it."""
    own = [(root, page) for root, page in _roots() if path.startswith(root)]
    return max(own, key=lambda one: len(one[0]))[1] if own else None


@cache
def _roots() -> tuple[tuple[str, Page], ...]:
    """What the addresses of each page begin with; the home page's own is every page's beginning, and is left out."""
    pages = [page for section in (*SECTIONS, ADMINISTRATION) for part in section.parts for page in part.pages]
    roots = ((root, page) for page in pages for root in (reverse(page.view), *page.roots))
    return tuple((root, page) for root, page in roots if root != "/")


def label_of(path: str) -> str:
    """The words under which the navigation names the page to which an address belongs; the address when it has none."""
    page = _page_of(path)
    return page.label if page else path
