"""Reads of the yearly review."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of
from avenant.contracts.drafting import selectors as contracts
from avenant.contracts.drafting.models import Contract
from avenant.domain.french import format_date, format_evolution
from avenant.domain.indicators import Answer, Definition, format_value, measures
from avenant.domain.strands import strand_title
from avenant.foundations.meetings.models import CommitteeDecision, Session
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.indicators.consolidation.models import Review, ReviewComment, ReviewItem, ReviewStrand, StoredChart
from avenant.indicators.declarations import selectors as declarations
from avenant.indicators.declarations.models import DeclaredValue, Part
from avenant.indicators.declarations.sheet import answer_of

PENDING = (ReviewItem.Progress.PROPOSED, ReviewItem.Progress.UNDERWAY)


def list_reviews(actor: Actor, contract: Contract) -> QuerySet[Review]:
    """The yearly reviews of a contract, the last first."""
    return Review.objects.visible_to(actor).filter(contract=contract)


def get_review(actor: Actor, review_id: uuid.UUID, *, lock: bool = False) -> Review:
    """One yearly review; 404 outside its circle."""
    rows = Review.objects.visible_to(actor).select_related("contract__territory")
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=review_id)


def find_review(actor: Actor, contract: Contract, year: int) -> Review | None:
    return Review.objects.visible_to(actor).filter(contract=contract, year=year).first()


def list_strands(actor: Actor, review: Review) -> QuerySet[ReviewStrand]:
    """The qualitative part, by strand."""
    rows = ReviewStrand.objects.visible_to(actor).filter(review=review)
    return rows.select_related("saved_by").order_by("strand")


def list_comments(actor: Actor, review: Review) -> QuerySet[ReviewComment]:
    """What the parties say of a review, in the order they said it."""
    return ReviewComment.objects.visible_to(actor).filter(review=review).select_related("person", "organisation")


def list_items(actor: Actor, review: Review) -> QuerySet[ReviewItem]:
    """Ways to improve and decisions of a review."""
    return (
        ReviewItem.objects.visible_to(actor)
        .filter(review=review)
        .select_related("review", "owner", "definition", "decided_in__session__committee")
        .order_by("kind", "pk")
    )


def get_item(actor: Actor, item_id: int, *, lock: bool = False) -> ReviewItem:
    """One way to improve or decision; 404 outside its circle."""
    rows = ReviewItem.objects.visible_to(actor).select_related(
        "review__contract__territory", "owner", "definition", "decided_in__session__committee"
    )
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=item_id)


def list_followed_up(actor: Actor, review: Review) -> QuerySet[ReviewItem]:
    """What former reviews of the contract decided and this one looks back on: all of last year's, and older ones
    that are still to be done."""
    return (
        ReviewItem.objects.visible_to(actor)
        .filter(review__contract_id=review.contract_id, review__year__lt=review.year)
        .filter(
            Q(review__year=review.year - 1)
            | Q(decided_in=None, progress__in=PENDING)
            | Q(decided_in__progress__in=CommitteeDecision.PENDING)
        )
        .select_related("review", "owner", "definition", "decided_in__session__committee")
        .order_by("-review__year", "kind", "pk")
    )


def list_decisions_on(actor: Actor, definition: DefinitionRecord, contract: Contract | None = None) -> list[ReviewItem]:
    """The decisions that an indicator motivated, in every contract that I may see or in one."""
    rows = ReviewItem.objects.visible_to(actor).filter(kind=ReviewItem.Kind.DECISION, definition__code=definition.code)
    if contract is not None:
        rows = rows.filter(review__contract=contract)
    related = ("review__contract", "owner", "decided_in__session__committee")
    return list(rows.select_related(*related).order_by("-review__year", "pk"))


def find_contract(actor: Actor, session: Session) -> Contract:
    """The contract that a session of a committee follows; 404 when it follows another file."""
    return get_object_or_404(contracts.list_contracts(actor), circle_id=session.circle_id)


def looks_back_on(session: Session) -> int:
    """The year whose figures a session reads: its reference year, else the year before it."""
    return session.reference_year or session.year - 1


def list_parties(actor: Actor, review: Review) -> list[Organisation]:
    """Who may own a way to improve: the parties of the contract."""
    return [party.organisation for party in contracts.get_contract(actor, review.contract_id).parties.all()]


def parts_of_review(actor: Actor, review: Review) -> list[Part]:
    """The parts of the year's return."""
    return list(
        declarations.list_parts(actor).filter(
            declaration__contract_id=review.contract_id, declaration__year=review.year
        )
    )


@dataclass(frozen=True, slots=True)
class QuantitativeRow:
    """One indicator of the review: last year, this year, evolution."""

    definition: Definition
    last_year: str
    value: str
    evolution: str
    comment: str
    state: str


def quantitative(actor: Actor, review: Review) -> list[QuantitativeRow]:
    """The quantitative part, from what the providers handed in and nobody retyped."""
    now = _declared(actor, review.contract, review.year)
    before = _declared_before(actor, review.contract, review.year)
    states = {one.provider: one.state_label for one in parts_of_review(actor, review)}
    rows = []
    for record in contracts.definitions_of(actor, review.contract, review.year):
        definition = definition_of(record)
        statements = now[record.code].values if record.code in now else []
        answer, earlier = answer_of(statements, definition), before.get(record.code)
        former = answer_of(earlier.values, definition_of(earlier.record)) if earlier else Answer.empty()
        comparable = earlier is not None and earlier.record.version == record.version
        rows.append(
            QuantitativeRow(
                definition,
                format_value(definition_of(earlier.record), former.value) if earlier and former.value else "",
                _written(definition, answer),
                _evolution(definition, former, answer) if comparable else "autre définition" if former.value else "",
                " ".join(one.comment for one in statements if one.comment),
                states.get(definition.provider.value, "non demandé"),
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class _Stated:
    """What was handed in of one indicator, under one version of its definition."""

    record: DefinitionRecord
    values: list[DeclaredValue]


def _declared(actor: Actor, contract: Contract, year: int) -> dict[str, _Stated]:
    parts = declarations.list_parts(actor).filter(
        declaration__contract=contract, declaration__year=year, state__in=declarations.HANDED_IN
    )
    return _by_code(declarations.declared_values(actor, parts))


def _declared_before(actor: Actor, contract: Contract, year: int) -> dict[str, _Stated]:
    own = declarations.list_declarations(actor, year=year).filter(contract=contract).first()
    former = declarations.previous_declaration(actor, own) if own else None
    return _by_code(declarations.declared_values(actor, former.parts.all())) if former else {}


def _by_code(values: Mapping[uuid.UUID, list[DeclaredValue]]) -> dict[str, _Stated]:
    records = DefinitionRecord.objects.in_bulk(list(values))
    return {records[pk].code: _Stated(records[pk], rows) for pk, rows in values.items()}


def _written(definition: Definition, answer: Answer) -> str:
    if answer.value:
        return format_value(definition, answer.value)
    return f"non disponible ({answer.reason})" if answer.reason else "non renseigné"


def _evolution(definition: Definition, before: Answer, now: Answer) -> str:
    old, new = measures(definition, before.value), measures(definition, now.value)
    key = next(iter(new), None)
    return format_evolution(old[key], new[key]) if key in old and old[key] and key is not None else ""


def review_content(actor: Actor, review: Review, *, at: datetime) -> dict[str, Any]:
    """The whole review as data: what is frozen at the signing off, and what the PDF is made from."""
    contract = contracts.get_contract(actor, review.contract_id)
    today = format_date(at.astimezone(ZoneInfo(contract.territory.time_zone)).date())
    items = list(list_items(actor, review))
    return {
        "title": f"Bilan annuel {review.year}",
        "year": review.year,
        "contract": {
            "title": contract.title,
            "period": contract.term,
            "parties": [party.organisation.name for party in contract.parties.all()],
        },
        "state": f"arrêté le {today}",
        "mention": "Démonstration, faits fictifs" if contract.fictional else None,
        "confidentiality": {
            "contract": contract.title,
            "purpose": "suivi du contrat par ses parties",
            "person": "l’ensemble des parties",
            "date": today,
        },
        "coverage": _coverage(actor, review),
        "quantitative": by_strand(quantitative(actor, review)),
        "qualitative": [{"strand": strand_title(row.strand), "text": row.text} for row in list_strands(actor, review)],
        "followed_up": [_item_content(item) for item in list_followed_up(actor, review)],
        "improvements": [_item_content(item) for item in items if item.kind == ReviewItem.Kind.IMPROVEMENT],
        "decisions": [_item_content(item) for item in items if item.kind == ReviewItem.Kind.DECISION],
        "charts": [
            {"title": chart.title, "svg": chart.svg, "alt": chart.alt, "table": chart.table}
            for chart in list_review_charts(actor, review)
        ],
        "signed_off": {"at": at.isoformat(), "organisation": actor.organisation},
    }


def _item_content(item: ReviewItem) -> dict[str, Any]:
    return {
        "year": item.review.year,
        "kind": item.get_kind_display(),
        "proposal": item.text,
        "action": item.action,
        "indicator": item.definition.printed_code if item.definition else "",
        "finding": item.finding,
        "owner": item.owner.short_name if item.owner else "",
        "due": format_date(item.due_on) if item.due_on else "",
        "status": item.standing,
        "outcome": item.became,
    }


def list_review_charts(actor: Actor, review: Review) -> list[StoredChart]:
    """The charts of a review: what became of the followed employees, then the trends of the DGT survey's indicators."""
    starred = [
        one.definition
        for one in contracts.list_promises(actor, review.contract, review.year)
        if one.definition.in_dgt_survey
    ]
    keys = [f"{review.year}:outcome", *(f"trend:{one.code}" for one in starred)]
    rows = StoredChart.objects.visible_to(actor).filter(circle_id=review.circle_id, key__in=keys)
    return sorted(rows, key=lambda row: keys.index(row.key))


def _coverage(actor: Actor, review: Review) -> str:
    parts = parts_of_review(actor, review)
    told = [
        f"{part.owner.short_name} ({part.unit.name if part.unit else 'service'}) : {part.state_label}" for part in parts
    ]
    return " ; ".join(told) + "." if told else ""


def by_strand(rows: list[QuantitativeRow]) -> list[dict[str, Any]]:
    """The rows under their strand and the heading that the contract prints, as the page and the PDF show them."""
    strands: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in rows:
        definition = row.definition
        strands.setdefault(definition.strand, {}).setdefault(definition.group, []).append(
            {
                "code": definition.printed_code + ("*" if definition.in_dgt_survey else ""),
                "label": definition.label,
                "dgt": definition.in_dgt_survey,
                "last_year": row.last_year,
                "value": row.value,
                "evolution": row.evolution,
                "comment": row.comment,
                "state": row.state,
            }
        )
    return [
        {
            "strand": strand_title(strand),
            "groups": [{"heading": heading, "rows": lines} for heading, lines in groups.items()],
        }
        for strand, groups in strands.items()
    ]
