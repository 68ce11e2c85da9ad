"""Reads of the consolidation and of the yearly review."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.shortcuts import get_object_or_404

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of
from avenant.contracts.drafting import selectors as contracts
from avenant.contracts.drafting.models import Contract, PromisedIndicator
from avenant.domain.french import format_date, format_evolution
from avenant.domain.indicators import Answer, Definition, format_value, measures
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation.models import BenchmarkLine, RegionalFigure, Review, ReviewItem, ReviewStrand
from avenant.indicators.declarations import selectors as declarations
from avenant.indicators.declarations.models import Declaration, DeclaredValue, Part, Submission
from avenant.indicators.declarations.sheet import answer_of

STRAND_TITLES = {
    "volet-1": "Volet 1 : prévention de la désinsertion professionnelle",
    "volet-2": "Volet 2 : risque professionnel prioritaire",
    "volet-3": "Volet 3 : action facultative",
}


@dataclass(frozen=True, slots=True)
class Collection:
    """What a campaign received: the contract of each service, and the answers by definition then service.

    Every expected service is in ``answers``: one that has said nothing has an empty answer and counts as missing.
    """

    contracts: Mapping[str, Contract]
    answers: Mapping[DefinitionRecord, Mapping[str, Answer]]


def collect_for_system(campaign: Campaign) -> Collection:
    """Everything that was handed in for a campaign, across circles: for jobs under the system role only."""
    returns = list(
        Declaration.objects.filter(campaign=campaign).select_related("contract", "service").order_by("service__name")
    )
    services = {one.contract_id: one.service.short_name for one in returns}
    promised = PromisedIndicator.objects.filter(
        contract__in=services, first_year__lte=campaign.year, last_year__gte=campaign.year, proposed=False
    ).select_related("definition")
    expected: dict[DefinitionRecord, dict[str, list[DeclaredValue]]] = {}
    for promise in promised:
        expected.setdefault(promise.definition, {})[services[promise.contract_id]] = []
    by_pk = {record.pk: lists for record, lists in expected.items()}
    for value in _handed_in(campaign):
        service = services[value.submission.part.declaration.contract_id]
        by_pk.get(value.definition_id, {}).get(service, []).append(value)
    return Collection(
        {one.service.short_name: one.contract for one in returns},
        {
            record: {service: answer_of(values, definition_of(record)) for service, values in lists.items()}
            for record, lists in expected.items()
        },
    )


def _handed_in(campaign: Campaign) -> QuerySet[DeclaredValue]:
    latest = Submission.objects.filter(part=OuterRef("submission__part")).order_by("-number").values("pk")[:1]
    return DeclaredValue.objects.filter(
        submission__part__declaration__campaign=campaign,
        submission__part__state__in=declarations.HANDED_IN,
        submission_id=Subquery(latest),
    ).select_related("submission__part__declaration")


def list_figures(actor: Actor, campaign: Campaign) -> QuerySet[RegionalFigure]:
    """The regional figures of a campaign, in the order of the catalogue."""
    return (
        RegionalFigure.objects.visible_to(actor)
        .filter(campaign=campaign)
        .select_related("definition__set")
        .order_by("definition__strand", "-definition__set__scope", "definition__set", "definition__position")
    )


def list_positions(actor: Actor, contract: Contract, year: int) -> QuerySet[BenchmarkLine]:
    """Where the service of a contract stands for a year."""
    return (
        BenchmarkLine.objects.visible_to(actor)
        .filter(contract=contract, year=year)
        .select_related("definition__set")
        .order_by("definition__strand", "definition__set", "definition__position")
    )


def get_review(actor: Actor, review_id: uuid.UUID, *, lock: bool = False) -> Review:
    """One yearly review; 404 outside its circle."""
    rows = Review.objects.visible_to(actor).select_related("contract__territory")
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=review_id)


def find_review(actor: Actor, contract: Contract, year: int) -> Review | None:
    return Review.objects.visible_to(actor).filter(contract=contract, year=year).first()


def list_strands(actor: Actor, review: Review) -> QuerySet[ReviewStrand]:
    """The qualitative part, by strand."""
    return ReviewStrand.objects.visible_to(actor).filter(review=review).order_by("strand")


def list_items(actor: Actor, review: Review) -> QuerySet[ReviewItem]:
    """Ways to improve and decisions of a review."""
    return (
        ReviewItem.objects.visible_to(actor)
        .filter(review=review)
        .select_related("owner", "definition")
        .order_by("kind", "pk")
    )


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


def quantitative(actor: Actor, review: Review) -> list[QuantitativeRow]:
    """The quantitative part, from what the providers handed in and nobody retyped."""
    now = _declared(actor, review.contract, review.year)
    before = _declared_before(actor, review.contract, review.year)
    rows = []
    for record in contracts.definitions_of(actor, review.contract, review.year):
        definition = definition_of(record)
        statements = now.get(record.code, [])
        answer, former = answer_of(statements, definition), answer_of(before.get(record.code, []), definition)
        rows.append(
            QuantitativeRow(
                definition,
                format_value(definition, former.value) if former.value else "",
                _written(definition, answer),
                _evolution(definition, former, answer),
                " ".join(one.comment for one in statements if one.comment),
            )
        )
    return rows


def _declared(actor: Actor, contract: Contract, year: int) -> dict[str, list[DeclaredValue]]:
    parts = declarations.list_parts(actor).filter(
        declaration__contract=contract, declaration__year=year, state__in=declarations.HANDED_IN
    )
    return _by_code(declarations.declared_values(actor, parts))


def _declared_before(actor: Actor, contract: Contract, year: int) -> dict[str, list[DeclaredValue]]:
    own = declarations.list_declarations(actor, year=year).filter(contract=contract).first()
    former = declarations.previous_declaration(actor, own) if own else None
    return _by_code(declarations.declared_values(actor, former.parts.all())) if former else {}


def _by_code(values: Mapping[uuid.UUID, list[DeclaredValue]]) -> dict[str, list[DeclaredValue]]:
    records = DefinitionRecord.objects.in_bulk(list(values))
    return {records[pk].code: rows for pk, rows in values.items()}


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
    return {
        "title": f"Bilan annuel {review.year}",
        "year": review.year,
        "contract": {
            "title": contract.title,
            "period": contract.term,
            "parties": [party.organisation.name for party in contract.parties.all()],
        },
        "state": f"arrêté le {format_date(at.date())}",
        "mention": "Démonstration, faits fictifs" if contract.fictional else "",
        "coverage": _coverage(actor, review),
        "quantitative": by_strand(quantitative(actor, review)),
        "qualitative": [
            {"strand": STRAND_TITLES.get(row.strand, row.strand), "text": row.text}
            for row in list_strands(actor, review)
        ],
        "improvements": [
            {
                "proposal": item.text,
                "action": item.action,
                "finding": item.finding,
                "owner": item.owner.short_name if item.owner else "",
                "due": format_date(item.due_on) if item.due_on else "",
                "status": item.get_progress_display(),
            }
            for item in list_items(actor, review)
            if item.kind == ReviewItem.Kind.IMPROVEMENT
        ],
        "decisions": [
            {
                "text": item.text,
                "owner": item.owner.short_name if item.owner else "",
                "due": format_date(item.due_on) if item.due_on else "",
            }
            for item in list_items(actor, review)
            if item.kind == ReviewItem.Kind.DECISION
        ],
        "charts": [],
        "signed_off": {"at": at.isoformat(), "organisation": actor.organisation},
    }


def _coverage(actor: Actor, review: Review) -> str:
    parts = parts_of_review(actor, review)
    told = [
        f"{part.owner.short_name} ({part.unit.name if part.unit else 'service'}) : {part.state_label}" for part in parts
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
            }
        )
    return [
        {
            "strand": STRAND_TITLES.get(strand, strand),
            "groups": [{"heading": heading, "rows": lines} for heading, lines in groups.items()],
        }
        for strand, groups in strands.items()
    ]
