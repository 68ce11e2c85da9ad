"""Reads of dossiers, actor first."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.shortcuts import get_object_or_404

from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Establishment
from avenant.foundations.words import with_words
from avenant.funding.calls.models import Call, PublishedCall
from avenant.funding.dossiers.models import Applicant, Dossier, Piece, Submission, WhatIf, WhatIfLine, Workbook

SORTS = {
    "depot": ("submitted_at", "id"),
    "-depot": ("-submitted_at", "-id"),
    "nom": ("folded", "id"),
    "-nom": ("-folded", "-id"),
    "aide": ("grant", "id"),
    "-aide": ("-grant", "-id"),
    "demande": ("requested", "id"),
    "-demande": ("-requested", "-id"),
    "amont": ("upstream_since", "submitted_at", "id"),  # worked on upstream first, then by instant (convention, art. 2)
    "perimetre": ("-in_scope", "submitted_at", "id"),  # out of the call's scope, after all the others (§2.2)
}
DEFAULT_SORT = "-depot"


@dataclass(frozen=True, slots=True)
class DossierSearch:
    """Which dossiers to show. ``after`` is the last one of the page before, from which the list goes on by key."""

    call: uuid.UUID | None = None
    state: str = ""
    territory: str = ""
    outcome: str = ""
    text: str = ""
    sort: str = DEFAULT_SORT
    after: uuid.UUID | None = None


def list_dossiers(actor: Actor, search: DossierSearch) -> QuerySet[Dossier]:
    """The dossiers that I see: my establishment's, or those handed in to my institution."""
    rows = Dossier.objects.visible_to(actor).select_related("call").defer("call__rules", "call__content", "answers")
    if search.call:
        rows = rows.filter(call=search.call)
    if search.state:
        rows = rows.filter(state=search.state)
    if search.territory:
        rows = rows.filter(territory_code=search.territory)
    if search.outcome:
        rows = rows.filter(outcome=search.outcome)
    return _sorted(with_words(rows, search.text), actor, search)


def for_export(rows: QuerySet[Dossier]) -> QuerySet[Dossier]:
    """The same, with what an export says of the establishment and of the projects."""
    return rows.select_related("call", "establishment").prefetch_related("projects")


def _sorted(rows: QuerySet[Any], actor: Actor, search: DossierSearch) -> QuerySet[Any]:
    order = SORTS.get(search.sort, SORTS[DEFAULT_SORT])
    field, down = order[0].lstrip("-"), order[0].startswith("-")
    last = Dossier.objects.visible_to(actor).filter(pk=search.after).first() if search.after else None
    if last is not None and len(order) == 2 and getattr(last, field) is not None:
        value, side = getattr(last, field), "lt" if down else "gt"
        rows = rows.filter(**{f"{field}__{side}e": value}).exclude(
            **{field: value, f"id__{'gt' if down else 'lt'}e": last.pk}
        )
    return rows.order_by(*order)


def get_dossier(actor: Actor, dossier_id: uuid.UUID) -> Dossier:
    """One dossier; 404 outside its circle, so for the authority before it is handed in."""
    rows = Dossier.objects.visible_to(actor).select_related(
        "call__owner", "call__territory", "owner", "establishment", "submission", "kept", "saved_by", "category_ruling",
        "local_contract__document", "certification__person",
    )  # fmt: skip
    return get_object_or_404(rows, pk=dossier_id)


def find_own(actor: Actor, call: PublishedCall) -> Dossier | None:
    """The dossier of my establishment for this call, withdrawn ones aside."""
    rows = Dossier.objects.visible_to(actor).filter(call=call, owner_id=actor.organisation_id)
    return rows.exclude(state="withdrawn").first()


def find_applicant(actor: Actor) -> Applicant | None:
    """What my organisation says of itself in every dossier."""
    rows = Applicant.objects.select_related("establishment__territory", "organisation")
    return rows.filter(organisation_id=actor.organisation_id).first()


def find_establishment(number: str) -> Establishment | None:
    """The line of the directory of a FINESS number or a SIRET, as typed."""
    typed = "".join(number.split()).upper()
    return Establishment.objects.filter(Q(finess_et=typed) | Q(siret=typed)).first() if typed else None


def list_earlier(actor: Actor, dossier: Dossier, limit: int = 10) -> QuerySet[Dossier]:
    """The latest other dossiers of the same establishment that I see."""
    rows = Dossier.objects.visible_to(actor).filter(establishment_id=dossier.establishment_id)
    return rows.exclude(pk=dossier.pk).select_related("call").defer("call__rules", "call__content")[:limit]


def list_reusable(actor: Actor, dossier: Dossier) -> QuerySet[Piece]:
    """The pieces that my establishment joined to its other dossiers: kept once, used again."""
    rows = Piece.objects.visible_to(actor).filter(dossier__owner_id=actor.organisation_id, document__isnull=False)
    return rows.exclude(dossier=dossier).select_related("document", "dossier__call").order_by("-added_at")[:20]


def get_piece(actor: Actor, piece_id: uuid.UUID) -> Piece:
    """One piece; 404 outside its circle."""
    return get_object_or_404(Piece.objects.visible_to(actor).select_related("dossier", "document"), pk=piece_id)


def get_submission(actor: Actor, dossier_id: uuid.UUID) -> Submission:
    """The deposit of a dossier; 404 while there is none."""
    rows = Submission.objects.visible_to(actor).select_related(
        "dossier__call__owner", "dossier__owner", "dossier__certification__person", "person"
    )
    return get_object_or_404(rows, dossier_id=dossier_id)


def list_tried_calls(actor: Actor, call: Call) -> list[PublishedCall]:
    """The published calls of the same authority and rulebook, whose dossiers may serve to try parameters; its own first."""
    rows = PublishedCall.objects.filter(owner_id=actor.organisation_id, rulebook=call.rulebook)
    return sorted(rows.select_related("owner"), key=lambda one: (one.call_id != call.pk, -one.year))


def find_working_call(actor: Actor, published: PublishedCall) -> Call | None:
    """The working file of a published call, when the actor is in its circle."""
    return Call.objects.visible_to(actor).filter(pk=published.call_id).first()


def get_workbook(actor: Actor, workbook_id: uuid.UUID) -> Workbook:
    """A workbook that my institution asked for; 404 for anybody else."""
    return get_object_or_404(Workbook.objects.visible_to(actor).select_related("document"), pk=workbook_id)


def list_essays(actor: Actor, call: PublishedCall) -> QuerySet[WhatIf]:
    """The tries made on the dossiers of a call, the last first."""
    return WhatIf.objects.visible_to(actor).filter(call=call).select_related("person")


def get_essay(actor: Actor, essay_id: uuid.UUID) -> WhatIf:
    """One try; 404 outside its circle."""
    rows = WhatIf.objects.visible_to(actor).select_related("call__owner", "person")
    return get_object_or_404(rows, pk=essay_id)


def list_essay_lines(actor: Actor, essay: WhatIf) -> QuerySet[WhatIfLine]:
    """The dossiers that a try would change: those whose outcome changes first, then by the aid they lose or win."""
    rows = WhatIfLine.objects.visible_to(actor).filter(essay=essay).select_related("dossier")
    return rows.annotate(same=Q(before=F("after")), moved=F("grant_after") - F("grant_before")).order_by(
        "same", "moved", "id"
    )


def calls_with_dossiers(actor: Actor) -> list[tuple[Any, str]]:
    """The calls of which I see dossiers, or that I carry: for the filter."""
    filed = Dossier.objects.visible_to(actor).filter(owner_id=actor.organisation_id).values("call_id")
    partner = PublishedCall.partners.through.objects.filter(organisation_id=actor.organisation_id)
    rows = PublishedCall.objects.filter(
        Q(owner_id=actor.organisation_id) | Q(pk__in=partner.values("publishedcall_id")) | Q(pk__in=filed)
    )
    return [(one.pk, str(one)) for one in rows.only("pk", "title", "year", "key")]
