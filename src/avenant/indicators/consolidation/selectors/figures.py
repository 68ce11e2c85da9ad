"""Reads of a region's figures: what was handed in, what the job made of it."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of
from avenant.contracts.drafting.models import Contract, PromisedIndicator
from avenant.domain.indicators import Answer
from avenant.foundations.parties.actors import Actor
from avenant.indicators.campaigns.models import Campaign, RegionSettings
from avenant.indicators.consolidation.models import (
    BenchmarkLine,
    Consolidation,
    Export,
    RegionalFigure,
    StoredChart,
)
from avenant.indicators.declarations import selectors as declarations
from avenant.indicators.declarations.models import Declaration, DeclaredValue, Part, Submission
from avenant.indicators.declarations.sheet import answer_of

FINAL = ("validated", "consolidated")
CATALOGUE_ORDER = ("definition__strand", "-definition__set__scope", "definition__set", "definition__position")


@dataclass(frozen=True, slots=True)
class Collection:
    """What a campaign received: the contract of each service, and the answers by definition then service.

    Every expected service is in ``answers``: one that has said nothing has an empty answer and counts as missing.
    ``provisional`` are the pairs (definition, service) where a part that speaks is not validated yet.
    """

    contracts: Mapping[str, Contract]
    answers: Mapping[DefinitionRecord, Mapping[str, Answer]]
    provisional: frozenset[tuple[uuid.UUID, str]]

    def validated(self, record: DefinitionRecord, services: Iterable[str]) -> int:
        """How many of ``services`` have every part that speaks of the indicator validated."""
        return sum(1 for service in services if (record.pk, service) not in self.provisional)


def collect_for_system(campaign: Campaign) -> Collection:
    """Everything that was handed in for a campaign, across circles: for jobs under the system role only."""
    return _collect(
        campaign, Declaration.objects.all(), PromisedIndicator.objects.all(), Submission.objects.all(),
        DeclaredValue.objects.all(),
    )  # fmt: skip


def collect(actor: Actor, campaign: Campaign) -> Collection:
    """What was handed in for a campaign in the actor's own circles: all of it for an authority, by name."""
    return _collect(
        campaign,
        Declaration.objects.visible_to(actor),
        PromisedIndicator.objects.visible_to(actor),
        Submission.objects.visible_to(actor),
        DeclaredValue.objects.visible_to(actor),
    )


def _collect(
    campaign: Campaign,
    returns: QuerySet[Declaration],
    promises: QuerySet[PromisedIndicator],
    submissions: QuerySet[Submission],
    values: QuerySet[DeclaredValue],
) -> Collection:
    rows = list(returns.filter(campaign=campaign).select_related("contract", "service").order_by("service__name"))
    services = {one.contract_id: one.service.short_name for one in rows}
    stated: dict[uuid.UUID, dict[str, list[DeclaredValue]]] = {}
    records: dict[uuid.UUID, DefinitionRecord] = {}
    promised = promises.filter(
        contract__in=services, first_year__lte=campaign.year, last_year__gte=campaign.year, proposed=False
    ).select_related("definition__set")
    for promise in promised.order_by(*CATALOGUE_ORDER, "contract"):
        record = records.setdefault(promise.definition_id, promise.definition)
        stated.setdefault(record.pk, {})[services[promise.contract_id]] = []
    spoken = _last_submissions(campaign, submissions)
    provisional = set()
    for value in values.filter(submission__in=list(spoken)):
        contract_id, state = spoken[value.submission_id]
        service = services[contract_id]
        if service in stated.get(value.definition_id, {}):
            stated[value.definition_id][service].append(value)
            if state not in FINAL:
                provisional.add((value.definition_id, service))
    return Collection(
        {one.service.short_name: one.contract for one in rows},
        {records[pk]: _answers(records[pk], lists) for pk, lists in stated.items()},
        frozenset(provisional),
    )


def _answers(record: DefinitionRecord, stated: Mapping[str, list[DeclaredValue]]) -> dict[str, Answer]:
    definition = definition_of(record)
    return {service: answer_of(values, definition) for service, values in stated.items()}


def _last_submissions(campaign: Campaign, rows: QuerySet[Submission]) -> dict[uuid.UUID, tuple[uuid.UUID, str]]:
    """The last submission of each part that is handed in: the contract it speaks for, and the state of the part."""
    found = (
        rows.filter(part__declaration__campaign=campaign, part__state__in=declarations.HANDED_IN)
        .order_by("part_id", "-number")
        .distinct("part_id")
        .values_list("pk", "part__declaration__contract_id", "part__state")
    )
    return {pk: (contract_id, state) for pk, contract_id, state in found}


# -- what is to be consolidated again ---------------------------------------------------------------------------------


def fingerprint(campaign: Campaign) -> str:
    """A hash of what the figures of a campaign depend on: the state of each part, and the floors of the region."""
    parts = Part.objects.filter(declaration__campaign=campaign).order_by("pk").values_list("pk", "state", "state_since")
    floors = RegionSettings.objects.filter(territory_id=campaign.territory_id).values_list(
        "benchmark_floor", "small_count", "small_establishments", "dominance_percent"
    )
    said = json.dumps([list(floors), list(parts)], default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def list_stale_campaigns() -> list[Campaign]:
    """The campaigns whose submissions changed since their last consolidation. For jobs under the system role only."""
    known = dict(Consolidation.objects.values_list("campaign_id", "fingerprint"))
    begun = Q(consolidation__isnull=False) | Q(declarations__parts__state__in=declarations.HANDED_IN)
    rows = Campaign.objects.filter(begun).distinct().order_by("year")
    return [campaign for campaign in rows if fingerprint(campaign) != known.get(campaign.pk)]


# -- what the job made ------------------------------------------------------------------------------------------------


def find_consolidation(actor: Actor, campaign: Campaign) -> Consolidation | None:
    """When the campaign was last consolidated; None before."""
    return Consolidation.objects.visible_to(actor).filter(campaign=campaign).first()


def list_figures(actor: Actor, campaign: Campaign) -> QuerySet[RegionalFigure]:
    """The regional figures of a campaign, in the order of the catalogue."""
    return (
        RegionalFigure.objects.visible_to(actor)
        .filter(campaign=campaign)
        .select_related("definition__set")
        .order_by(*CATALOGUE_ORDER)
    )


def get_figure(actor: Actor, campaign: Campaign, definition_id: uuid.UUID) -> RegionalFigure:
    """One regional figure; 404 when there is none."""
    return get_object_or_404(list_figures(actor, campaign), definition_id=definition_id)


def list_positions(actor: Actor, contract: Contract, year: int) -> QuerySet[BenchmarkLine]:
    """Where the service of a contract stands for a year."""
    return (
        BenchmarkLine.objects.visible_to(actor)
        .filter(contract=contract, year=year)
        .select_related("definition__set")
        .order_by(*CATALOGUE_ORDER)
    )


def find_chart(actor: Actor, circle_id: uuid.UUID, key: str) -> StoredChart | None:
    """One chart of a circle; None when the job drew none."""
    return StoredChart.objects.visible_to(actor).filter(circle_id=circle_id, key=key).first()


def list_trends(actor: Actor, circle_id: uuid.UUID) -> dict[str, StoredChart]:
    """The trends of a circle, by code of indicator."""
    rows = StoredChart.objects.visible_to(actor).filter(circle_id=circle_id, key__startswith="trend:")
    return {row.key.removeprefix("trend:"): row for row in rows}


def list_exports(actor: Actor, campaign: Campaign) -> QuerySet[Export]:
    """The long exports asked on a campaign, the last first."""
    return Export.objects.visible_to(actor).filter(campaign=campaign).select_related("document", "organisation")


def get_export(actor: Actor, export_id: uuid.UUID) -> Export:
    """One long export; 404 outside its circle."""
    rows = Export.objects.visible_to(actor).select_related("document", "campaign__territory")
    return get_object_or_404(rows, pk=export_id)
