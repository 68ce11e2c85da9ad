from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from avenant.domain.folding import fold
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants.models import Grant
from avenant.funding.reports.models import Recovery, RecoveryEntry, Settlement

SORTS = {
    "date": ("state_since", "id"),
    "-date": ("-state_since", "-id"),
    "nom": ("grant__folded", "id"),
    "-nom": ("-grant__folded", "-id"),
    "montant": ("amount", "id"),
    "-montant": ("-amount", "-id"),
}
DEFAULT_SORT = "-date"


@dataclass(frozen=True, slots=True)
class RecoverySearch:
    """Which recoveries to show."""

    call: uuid.UUID | None = None
    state: str = ""
    text: str = ""
    sort: str = DEFAULT_SORT


def list_recoveries(actor: Actor, search: RecoverySearch) -> QuerySet[Recovery]:
    """The recoveries that I see: those of my establishment, or of the aids that my institution follows."""
    rows = Recovery.objects.visible_to(actor).select_related("grant__call").prefetch_related("entries")
    rows = rows.defer("grant__call__rules", "grant__call__content")
    if search.call:
        rows = rows.filter(grant__call=search.call)
    if search.state:
        rows = rows.filter(state=search.state)
    for word in fold(search.text).split():
        rows = rows.filter(Q(grant__folded__contains=word) | Q(number__icontains=word))
    return rows.order_by(*SORTS.get(search.sort, SORTS[DEFAULT_SORT]))


def get_recovery(actor: Actor, recovery_id: uuid.UUID) -> Recovery:
    """One recovery; 404 outside its circle."""
    rows = Recovery.objects.visible_to(actor).select_related(
        "grant__call__owner", "grant__authority__territory", "grant__beneficiary", "grant__establishment",
        "grant__follow_up", "settlement", "joined",
    )  # fmt: skip
    return get_object_or_404(rows, pk=recovery_id)


def get_entry(actor: Actor, entry_id: uuid.UUID) -> RecoveryEntry:
    """One offset or order; 404 outside its circle."""
    rows = RecoveryEntry.objects.visible_to(actor).select_related("recovery__grant")
    return get_object_or_404(rows, pk=entry_id)


def last_settlement(actor: Actor, grant: Grant) -> Settlement | None:
    """The balance that holds, if one was struck."""
    return Settlement.objects.visible_to(actor).filter(grant=grant).select_related("person").first()


def list_of_grant(actor: Actor, grant: Grant) -> QuerySet[Recovery]:
    """What was asked back of an aid."""
    return Recovery.objects.visible_to(actor).filter(grant=grant).select_related("grant").prefetch_related("entries")


def list_notified_after(actor: Actor, recovery: Recovery) -> QuerySet[Grant]:
    """The other aids of the same establishment that run: a claim may be taken on their next notification."""
    rows = Grant.objects.visible_to(actor).filter(beneficiary=recovery.grant.beneficiary_id, state="in_force")
    return rows.exclude(pk=recovery.grant_id).order_by("-decided_on")
