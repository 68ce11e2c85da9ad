"""Search over all the stories: each group asks its own story for what the actor may see, and shows the first of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from avenant.contracts.drafting import selectors as contracts
from avenant.contracts.drafting.models import ContractParty
from avenant.domain.audiences import Role
from avenant.domain.folding import fold
from avenant.domain.french import format_date
from avenant.foundations.contacts import selectors as contacts
from avenant.foundations.documents.models import Document
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Membership
from avenant.foundations.parties.selectors import CANDIDATES, DirectorySearch, browse_directory
from avenant.foundations.words import with_words_in
from avenant.funding.dossiers import selectors as dossiers
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants import selectors as grants
from avenant.funding.grants.models import Grant
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.declarations.models import Declaration, Submission

SHOWN: Final = 6
COUNTED: Final = 100
_YEAR: Final = re.compile(r"20[0-9]{2}")
_RECEIPT: Final = "av"
"""What the number of a receipt begins with: « AV-2025-1A2B3C4D-1 »."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: its name, its page (empty when it has none), what else tells it from another."""

    title: str
    page: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What one story found. ``count`` says « 3 » or « plus de 100 »; ``more`` is the page that lists the rest."""

    label: str
    hits: tuple[Hit, ...]
    count: str
    more: str = ""


def search(actor: Actor, typed: str, *, on: date) -> list[Group]:
    """What ``typed`` finds, group by group; a group that finds nothing is not there. Words are folded here."""
    words = fold(typed).split()[:8]
    if not words:
        return []
    groups = (
        _contracts(actor, words),
        _collections(actor, words),
        _dossiers(actor, words, typed),
        _grants(actor, words, typed),
        _establishments(typed),
        _people(actor, words, on),
        _documents(actor, words),
    )
    return [group for group in groups if group.hits]


def _contracts(actor: Actor, words: list[str]) -> Group:
    rows = contracts.list_contracts(actor)
    for word in words:
        party = with_words_in(
            ContractParty.objects.filter(contract=OuterRef("pk")), [word], org="organisation__name",
            short="organisation__short_name",
        )  # fmt: skip
        rows = with_words_in(rows, [word], or_else=Q(Exists(party)), titled="title", reference="key")
    more = f"{reverse('drafting:contracts')}?{urlencode({'q': ' '.join(words)})}"
    return _group("Contrats", rows, lambda one: Hit(str(one), one.page(), f"{one.state_label}, {one.term}"), more)


def _collections(actor: Actor, words: list[str]) -> Group:
    """Campaigns and declarations: by year, by service, by the number of a receipt."""
    years = [int(word) for word in words if _YEAR.fullmatch(word)]
    named = [word for word in words if not _YEAR.fullmatch(word)]
    receipts = Submission.objects.visible_to(actor).filter(receipt__iexact="-".join(words))
    received = Q(pk__in=receipts.values("part__declaration")) if words[0] == _RECEIPT else Q()
    returns = Declaration.objects.visible_to(actor).select_related("service").order_by("-year", "service__short_name")
    found = with_words_in(
        returns.filter(Q(year__in=years) | received) if years else returns,
        [word for word in named if not "declarations".startswith(word)],
        or_else=received, service_name="service__name", short="service__short_name",
    )  # fmt: skip
    group = _group("Déclarations", found, lambda one: Hit(str(one), one.page(), "reprise" if one.taken_over else ""))
    campaigns = Campaign.objects.visible_to(actor).select_related("territory").order_by("-year")
    rest = [word for word in named if not "campagnes".startswith(word)]
    opened = with_words_in(campaigns.filter(year__in=years) if years else campaigns, rest, region="territory__name")
    hits = tuple(Hit(str(one), one.page(), one.state_label) for one in opened[:SHOWN])
    if not hits:
        return group
    count = group.count if group.hits else ""
    return Group("Campagnes et déclarations", hits + group.hits, count and f"{count} déclarations")


def _dossiers(actor: Actor, words: list[str], typed: str) -> Group:
    """By establishment, town, FINESS or SIRET; by the number of the receipt."""
    text = " ".join(words)
    named = dossiers.list_dossiers(actor, dossiers.DossierSearch(text=text)).order_by().values("pk")
    rows = Dossier.objects.visible_to(actor).filter(Q(pk__in=named) | Q(number__iexact=typed.strip()))
    rows = rows.select_related("call").defer("call__rules", "call__content", "answers").order_by("-submitted_at", "pk")
    more = f"{reverse('dossiers:dossiers')}?{urlencode({'texte': text})}"
    return _group("Dossiers", rows, lambda one: Hit(str(one), one.page(), f"{one.state_label}, {one.call}"), more)


def _grants(actor: Actor, words: list[str], typed: str) -> Group:
    text = " ".join(words)
    named = grants.list_grants(actor, grants.GrantSearch(text=text)).order_by().values("pk")
    rows = Grant.objects.visible_to(actor).filter(Q(pk__in=named) | Q(number__iexact=typed.strip()))
    rows = rows.select_related("call").defer("call__rules", "call__content", "terms").order_by("-decided_on", "pk")
    more = f"{reverse('grants:grants')}?{urlencode({'texte': text})}"
    return _group("Aides", rows, lambda one: Hit(str(one), one.page(), one.state_label), more)


def _establishments(typed: str) -> Group:
    page = browse_directory(DirectorySearch(typed))
    count = f"plus de {CANDIDATES}" if page.cut else str(len(page.rows)) + ("+" if page.following else "")
    hits = tuple(Hit(one.name, one.page(), _place(one)) for one in page.rows[:SHOWN])
    return Group("Établissements", hits, count, f"{reverse('parties:directory')}?{urlencode({'q': typed})}")


def _place(one: Any) -> str:
    closed = f"fermé le {format_date(one.closed_on)}" if one.closed_on else ""
    numbers = (f"SIRET {one.siret}" if one.siret else "", f"FINESS {one.finess_et}" if one.finess_et else "")
    return " · ".join(part for part in (one.commune, *numbers, closed) if part)


def _people(actor: Actor, words: list[str], on: date) -> Group:
    """The people of my organisation, and the contacts of my files."""
    members = (
        Membership.objects.filter(organisation_id=actor.organisation_id, starts_on__lte=on)
        .filter(Q(ends_on=None) | Q(ends_on__gt=on))
        .select_related("person", "unit")
        .order_by("person__name")
    )
    colleagues = with_words_in(members, words, person="person__name", unit_name="unit__name")
    hits = [Hit(one.person.name, "", _office(one)) for one in colleagues[: SHOWN + 1]]
    rows = contacts.list_contacts(actor, contacts.Sought(words=" ".join(words), on=on))[: SHOWN + 1]
    hits += [Hit(str(one), one.page(), f"{one.list} · {one.circle.title}") for one in rows]
    more = f"{reverse('contacts:contacts')}?{urlencode({'q': ' '.join(words)})}"
    return Group("Personnes et contacts", tuple(hits[:SHOWN]), _counted(len(hits), SHOWN), more)


def _office(one: Membership) -> str:
    roles = ", ".join(Role(role).label for role in one.roles)
    return f"{one.unit.name}, {roles}" if one.unit else roles


def _documents(actor: Actor, words: list[str]) -> Group:
    rows = Document.objects.visible_to(actor).exclude(kind="import").select_related("circle").order_by("-at")
    return _group(
        "Documents",
        with_words_in(rows, words, named="name"),
        lambda one: Hit(
            one.name, reverse("documents:download", args=[one.pk]), f"{one.circle.title}, {format_date(one.at)}"
        ),
    )


def _group(label: str, rows: QuerySet[Any], tell: Callable[[Any], Hit], more: str = "") -> Group:
    """The first rows, and a count that stops at a hundred."""
    first: Sequence[Any] = list(rows[: SHOWN + 1])
    number = len(first) if len(first) <= SHOWN else rows.order_by().values("pk")[: COUNTED + 1].count()
    return Group(label, tuple(map(tell, first[:SHOWN])), _counted(number, COUNTED), more if len(first) > SHOWN else "")


def _counted(number: int, most: int) -> str:
    return f"plus de {most}" if number > most else str(number)


def total(groups: Iterable[Group]) -> str:
    """What the page says of it all, for those who listen to it."""
    found = list(groups)
    if not found:
        return "Aucun résultat"
    return "Résultats dans " + ", ".join(group.label.lower() for group in found)
