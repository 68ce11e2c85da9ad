"""Reads of the directory. Its lines are public: whoever is signed in reads them all."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.domain.french import format_number, quoted, typeset
from avenant.domain.identifiers import parse_finess, parse_siret
from avenant.foundations.parties.models import Establishment, Territory

CANDIDATES, PAGE, EXPORTED = 200, 50, 20_000
NAMED = 20
_IDENTIFIER = re.compile(r"[0-9][0-9AB][0-9]{1,12}")
_SHORTEST_PREFIX = 3
_FINESS_LENGTH = 9


@dataclass(frozen=True, slots=True)
class DirectorySearch:
    """What is looked for: ``words`` of a name or commune, or the beginning of a number; ``territory`` a region or a
    department; ``kind`` is ``finess`` or a regime; ``after`` the last line of the page before."""

    words: str = ""
    territory: str = ""
    kind: str = ""
    after: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class DirectoryPage:
    """One page of the directory. ``following`` is the key from which the next one goes on, when there is one.

    ``cut`` says that a search has more answers than the candidates that were ordered: it should be made narrower.
    """

    rows: list[Establishment]
    following: uuid.UUID | None
    cut: bool


def browse_directory(search: DirectorySearch) -> DirectoryPage:
    """One page of the directory, in alphabetical order.

    Pages go on by key, never by a count nor an offset. A search orders its first 200 candidates only: ordering every
    answer of a common word would take half a second among 1.5 million establishments.
    """
    rows = _within(Establishment.objects.all(), search.territory, search.kind)
    cut = False
    if search.words.strip():
        matching = _matching(rows, search.words).order_by()  # unordered, it stops at the last candidate
        candidates = list(matching.values_list("pk", flat=True)[: CANDIDATES + 1])
        cut = len(candidates) > CANDIDATES
        rows = Establishment.objects.filter(pk__in=candidates[:CANDIDATES])
    last = Establishment.objects.filter(pk=search.after).first() if search.after else None
    if last:
        rows = rows.filter(folded__gte=last.folded).exclude(folded=last.folded, pk__lte=last.pk)
    shown = list(rows.select_related("territory").order_by("folded", "pk")[: PAGE + 1])
    return DirectoryPage(shown[:PAGE], shown[PAGE - 1].pk if len(shown) > PAGE else None, cut)


def list_to_export(search: DirectorySearch) -> list[Establishment]:
    """Every establishment that answers the filters, in alphabetical order.

    Raises :class:`DomainError` beyond 20,000: a part would be taken for the whole.
    """
    rows = _within(Establishment.objects.all(), search.territory, search.kind)
    if search.words.strip():
        rows = _matching(rows, search.words)
    found = list(rows.select_related("territory").order_by()[: EXPORTED + 1])
    if len(found) > EXPORTED:
        raise DomainError(
            typeset(f"Plus de {format_number(EXPORTED)} établissements : filtrez par territoire, puis exportez."),
            code="too_many",
        )
    return sorted(found, key=lambda one: (one.folded, one.pk))


def get_establishment(establishment_id: uuid.UUID) -> Establishment:
    """One establishment of the directory."""
    return get_object_or_404(Establishment.objects.select_related("territory"), pk=establishment_id)


def find_by_number(text: str) -> tuple[Establishment, ...]:
    """The establishments of SIRET or FINESS numbers apart by spaces, commas or semicolons, in that order.

    Raises :class:`DomainError` naming the first number that is not one, or that names no establishment or several.
    """
    found = []
    for typed in re.split(r"[,;\s]+", text.strip()):
        if not typed:
            continue
        number = typed.upper()
        if len(number) == _FINESS_LENGTH:
            rows = Establishment.objects.filter(finess_et=parse_finess(number))
        else:
            rows = Establishment.objects.filter(siret=parse_siret(number))
        several = list(rows[:2])
        if len(several) != 1:
            told = "n'est pas dans l'annuaire" if not several else "désigne plusieurs sites : donnez le numéro FINESS"
            raise DomainError(typeset(f"{quoted(number)} {told}."), code="unknown_establishment")
        found.append(several[0])
    return tuple(dict.fromkeys(found))


def find_named(text: str) -> list[Establishment]:
    """The establishments that a text may name, one more than twenty at most: by SIRET or FINESS number, or by words of the
    name and commune, in alphabetical order. No number is checked: what the directory does not hold is not found."""
    number = "".join(text.split()).upper()
    if not number:
        return []
    rows = Establishment.objects.filter(Q(finess_et=number) | Q(siret=number)).order_by("folded", "pk")
    return list(rows[: NAMED + 1]) or browse_directory(DirectorySearch(text)).rows[: NAMED + 1]


def list_sites(establishment: Establishment) -> QuerySet[Establishment]:
    """The other establishments of the same enterprise: same SIREN, or same legal entity in FINESS."""
    same = Q(pk=None)
    if establishment.siret:
        same |= Q(siret__startswith=establishment.siren)
    if establishment.finess_ej:
        same |= Q(finess_ej=establishment.finess_ej)
    return Establishment.objects.filter(same).exclude(pk=establishment.pk).order_by("folded", "pk")


def list_territories() -> QuerySet[Territory]:
    """The regions and departments, by code."""
    return Territory.objects.order_by("-kind", "code")


def _within(rows: QuerySet[Establishment], territory: str, kind: str) -> QuerySet[Establishment]:
    if territory:
        departments = Territory.objects.filter(Q(pk=territory) | Q(parent_id=territory)).values_list("pk", flat=True)
        rows = rows.filter(territory_id__in=list(departments))
    if kind == "finess":
        return rows.exclude(finess_et="")
    return rows.filter(regime=kind) if kind else rows


def _matching(rows: QuerySet[Establishment], words: str) -> QuerySet[Establishment]:
    number = re.sub(r"[\s\u00a0\u202f]", "", words).upper()
    if _IDENTIFIER.fullmatch(number):
        return rows.filter(
            Q(siret__startswith=number) | Q(finess_et__startswith=number) | Q(finess_ej__startswith=number)
        )
    searched = [f"{word}:*" if len(word) >= _SHORTEST_PREFIX else word for word in fold(words).split()]
    if not searched:
        return rows.none()
    return rows.annotate(words=SearchVector("folded", config="simple")).filter(
        words=SearchQuery(" & ".join(searched), config="simple", search_type="raw")
    )
