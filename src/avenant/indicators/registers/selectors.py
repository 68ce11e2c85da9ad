"""Reads of registers, lists and matches, actor first."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date

from django.db.models import F, IntegerField, Max, Q, QuerySet, Value
from django.shortcuts import get_object_or_404

from avenant.domain.folding import fold
from avenant.domain.indicators import ContractTotal, contract_total
from avenant.domain.neutral_count import Stage
from avenant.domain.registers import ActionKind, Level, propose
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.indicators.registers.models import (
    BlindCount,
    BlindMessage,
    CellRecord,
    EstablishmentList,
    ListedEstablishment,
    Match,
    MatchSide,
    ObjectiveNote,
    RegisteredAction,
    Structure,
    WorkloadGrid,
)
from avenant.indicators.registers.progress import BlindProgress

Kind, Strand = EstablishmentList.Kind, EstablishmentList.Strand
DIMENSIONS = {Kind.TRAINED: 1, Kind.SUPPORTED: 2, Kind.TARGETED: 3}
COLLECTED_STRANDS = (Strand.TWO, Strand.THREE)
"""Annex 4 is collected for strands 2 and 3; a list of strand 1 joins the total when there is one."""


def list_actions(
    actor: Actor, *, year: int | None = None, kind: str = "", siret: str = "", level: str = "", partner: str = ""
) -> QuerySet[RegisteredAction]:
    """The register of my service, newest first; what lasts is shown in each year it touches.

    An action of several levels is listed under each; ``level`` « sans » gives those that say none and should.
    """
    rows = RegisteredAction.objects.visible_to(actor)
    if year is not None:
        lasting = [one.value for one in ActionKind if one.lasts]
        first, last = date(year, 1, 1), date(year, 12, 31)
        started = rows.filter(on__lte=last)
        rows = (
            started.filter(on__gte=first)
            | started.filter(kind__in=lasting, until=None)
            | started.filter(kind__in=lasting, until__gte=first)
        )
    if kind:
        rows = rows.filter(kind=kind)
    if level in [one.value for one in Level]:
        rows = rows.filter(levels__contains=[level])
    elif level:
        rows = rows.filter(kind__in=[one.value for one in ActionKind if one.has_levels], levels=[])
    if partner:
        rows = rows.filter(partner_kind=partner)
    return rows.filter(siret__startswith=siret) if siret else rows


def get_action(actor: Actor, action_id: uuid.UUID) -> RegisteredAction:
    """One line of my service's register; 404 elsewhere."""
    return get_object_or_404(RegisteredAction.objects.visible_to(actor), pk=action_id)


def list_lists(actor: Actor, *, year: int | None = None) -> QuerySet[EstablishmentList]:
    """My organisation's lists, and those that were shared in my circles."""
    rows = EstablishmentList.objects.visible_to(actor).select_related("owner", "circle")
    return rows.filter(year=year) if year is not None else rows


def get_list(actor: Actor, list_id: uuid.UUID, *, lock: bool = False) -> EstablishmentList:
    """One list; 404 when it is private to another."""
    rows = list_lists(actor)
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=list_id)


def list_lines(actor: Actor, listing: EstablishmentList) -> QuerySet[ListedEstablishment]:
    """The establishments of a list, by SIRET."""
    return ListedEstablishment.objects.visible_to(actor).filter(listing=listing)


def list_matches(actor: Actor, *, year: int | None = None) -> QuerySet[Match]:
    """The matches asked in my circles: numbers only."""
    rows = Match.objects.visible_to(actor).select_related("owner", "counterpart")
    return rows.filter(year=year) if year is not None else rows


def former_questions(actor: Actor, listing: EstablishmentList) -> list[Match]:
    """The owner's matches of the same file, kind, strand and year."""
    return list(
        list_matches(actor, year=listing.year).filter(
            owner_id=listing.owner_id, circle_id=listing.circle_id, kind=listing.kind, strand=listing.strand
        )
    )


def matched_twins(actor: Actor, listing: EstablishmentList) -> list[EstablishmentList]:
    """The lists of the same file, kind, strand and year, with the same establishments, already matched."""
    return list(
        list_lists(actor, year=listing.year)
        .filter(
            circle_id=listing.circle_id,
            kind=listing.kind,
            strand=listing.strand,
            fingerprint=listing.fingerprint,
            match__isnull=False,
        )
        .exclude(pk=listing.pk)
    )


def matched_sirets(actor: Actor, match: Match) -> list[str]:
    """The establishments that a match found, among those that my organisation itself gave."""
    side = MatchSide.objects.visible_to(actor).filter(match=match).first()
    return side.sirets if side else []


def distinct_totals(
    actor: Actor, *, service: Organisation, circle_id: uuid.UUID, year: int
) -> dict[str, ContractTotal]:
    """By kind, the establishments of a contract over its strands, each counted once (annex 4).

    A strand without a list leaves the total unknown, with the reason: numbers alone cannot be added.
    """
    newest = _newest_lists(actor, service, year).filter(circle_id=circle_id)
    lists = {(one.kind, one.strand): one for one in newest}
    totals: dict[str, ContractTotal] = {}
    for kind in DIMENSIONS:
        strands = [strand for strand in Strand if strand in COLLECTED_STRANDS or (kind, strand) in lists]
        if any((kind, strand) in lists for strand in strands):
            totals[kind.label] = contract_total(
                {strand.label: _sirets(actor, lists.get((kind, strand))) for strand in strands}
            )
    return totals


def proposals(actor: Actor, service: Organisation, year: int) -> dict[str, dict[str, int]]:
    """What registers, lists and matches propose for the declaration of ``service``: {code: {component: number}}.

    The service reads its register, its lists and the matches; the other parties read the matches alone.
    """
    found = propose((row.action for row in RegisteredAction.objects.visible_to(actor).filter(private_to=service)), year)
    for kind, strand, total, of_which in _found_in_common(actor, service, year):
        found.setdefault(_code(kind, strand), {}).update(
            {"of_which": of_which} | ({} if total is None else {"total": total})
        )
    for listing in _newest_lists(actor, service, year):
        found.setdefault(_code(listing.kind, listing.strand), {})["total"] = listing.size
    return found


def _found_in_common(actor: Actor, service: Organisation, year: int) -> Iterator[tuple[str, str, int | None, int]]:
    """By kind and strand, how many establishments and of which followed by the fund: by match, then by neutral count."""
    common = ("kind", "strand", "total", "of_which", "rank", "asked_at")
    matches = list_matches(actor, year=year).filter(owner=service, answered_at__isnull=False, of_which__isnull=False)
    counts = list_blind_counts(actor, year=year).filter(owner=service, told__isnull=False)
    rows = (
        matches.order_by()
        .annotate(rank=Value(1))
        .values_list(*common)
        .union(
            counts.order_by()
            .annotate(rank=Value(2), total=Value(None, IntegerField()), of_which=F("told"))
            .values_list(*common),
            all=True,
        )
        .order_by("rank", "asked_at")
    )
    return ((kind, strand, total, of_which) for kind, strand, total, of_which, *_ in rows)


def list_blind_counts(actor: Actor, *, year: int | None = None) -> QuerySet[BlindCount]:
    """The neutral counts of my files, the last asked first."""
    rows = BlindCount.objects.visible_to(actor).select_related("owner", "counterpart", "circle")
    return rows.filter(year=year) if year is not None else rows


def counted_blindly(actor: Actor, listing: EstablishmentList) -> bool:
    """Is the question of a list already asked by a neutral count."""
    same = {"circle_id": listing.circle_id, "kind": listing.kind, "strand": listing.strand, "year": listing.year}
    return BlindCount.objects.visible_to(actor).filter(**same).exists()


def get_blind_count(actor: Actor, count_id: uuid.UUID, *, lock: bool = False) -> BlindCount:
    """One neutral count; 404 outside its file."""
    rows = list_blind_counts(actor)
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=count_id)


def list_blind_messages(actor: Actor, count: BlindCount) -> QuerySet[BlindMessage]:
    """What was brought, in order; the other side's answer is not among them."""
    return BlindMessage.objects.visible_to(actor).filter(count=count).select_related("sender", "person")


def blind_progress(actor: Actor, count: BlindCount) -> BlindProgress:
    """Where a neutral count stands, as the actor's side sees it."""
    return BlindProgress(actor.organisation_id, count, tuple(list_blind_messages(actor, count)))


def blinded_for(actor: Actor, count: BlindCount) -> BlindMessage:
    """The other side's blinded list, that mine blinds again; 404 for who has no list in this count."""
    other = {count.owner_id: count.counterpart_id, count.counterpart_id: count.owner_id}.get(actor.organisation_id)
    rows = list_blind_messages(actor, count).filter(sender_id=other, stage=Stage.BLINDED.value, content__isnull=False)
    return get_object_or_404(rows)


def list_objective_notes(actor: Actor, circle_id: uuid.UUID, year: int) -> QuerySet[ObjectiveNote]:
    """What the service of a file says of its objectives in a year."""
    return ObjectiveNote.objects.visible_to(actor).filter(circle_id=circle_id, year=year)


def find_cell(actor: Actor, circle_id: uuid.UUID) -> CellRecord | None:
    """The cell of a file, as its service describes it."""
    return CellRecord.objects.visible_to(actor).filter(circle_id=circle_id).first()


STRUCTURE_ORDERS = {"nom": ("sort_key", "id"), "entree": ("starts_on", "sort_key", "id")}
STRUCTURE_FILTERS = {
    "a-demarrer": ("démarrage à valider", Q(version=None)),
    "a-transformer": ("démarrée, démarche QVCT attendue", Q(version__gte=1, transformed_on=None)),
    "complet": ("tous les jalons validés", Q(version__gte=1, transformed_on__isnull=False)),
}


def list_structures(actor: Actor, *, text: str = "", milestone: str = "", sort: str = "nom") -> QuerySet[Structure]:
    """The structures followed in my files with the newest ``version`` of their grid; ``text`` is a name or a SIRET."""
    rows = Structure.objects.visible_to(actor).select_related("owner", "circle").annotate(version=Max("grids__version"))
    if text:
        digits = "".join(text.split())
        named = Q(sort_key__contains=fold(text))
        rows = rows.filter(named | Q(siret__startswith=digits) if digits.isdigit() else named)
    if milestone in STRUCTURE_FILTERS:
        rows = rows.filter(STRUCTURE_FILTERS[milestone][1])
    order = STRUCTURE_ORDERS.get(sort.removeprefix("-"), STRUCTURE_ORDERS["nom"])
    return rows.order_by(*(f"-{one}" for one in order) if sort.startswith("-") else order)


def get_structure(actor: Actor, structure_id: uuid.UUID, *, lock: bool = False) -> Structure:
    """One structure of my files, with the newest version of its grid; 404 elsewhere."""
    if lock:
        get_object_or_404(Structure.objects.visible_to(actor).select_for_update(), pk=structure_id)
    return get_object_or_404(list_structures(actor), pk=structure_id)


def list_grids(actor: Actor, structure: Structure) -> QuerySet[WorkloadGrid]:
    """Every version of a structure's grid, newest first."""
    return WorkloadGrid.objects.visible_to(actor).filter(structure=structure).select_related("document", "person")


def _newest_lists(actor: Actor, service: Organisation, year: int) -> QuerySet[EstablishmentList]:
    return (
        list_lists(actor, year=year)
        .filter(owner=service, kind__in=DIMENSIONS)
        .order_by("kind", "strand", "-as_of", "-at")
        .distinct("kind", "strand")
    )


def _sirets(actor: Actor, listing: EstablishmentList | None) -> list[str] | None:
    return list(list_lines(actor, listing).values_list("siret", flat=True)) if listing else None


def _code(kind: str, strand: str) -> str:
    """The indicator of annex 4 that a kind of list feeds: trained in strand 2 is ``a4-v2-1``."""
    return f"a4-v{strand[-1]}-{DIMENSIONS[Kind(kind)]}"
