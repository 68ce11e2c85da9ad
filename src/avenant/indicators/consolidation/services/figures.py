"""The job of the figures: a region's totals and each service's position, made again whole."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of
from avenant.domain.indicators import Answer, Definition, consolidate, measures, position
from avenant.foundations.journal.states import advance
from avenant.indicators.campaigns.models import Campaign, RegionSettings
from avenant.indicators.consolidation import selectors, tasks
from avenant.indicators.consolidation.models import BenchmarkLine, Consolidation, RegionalFigure
from avenant.indicators.consolidation.records import consolidated_content, position_content
from avenant.indicators.consolidation.secrecy import gate_position, shield_position
from avenant.indicators.consolidation.services.auditing import audit_now
from avenant.indicators.declarations.models import Part


@transaction.atomic
def consolidate_campaign(*, campaign_id: uuid.UUID, at: datetime) -> int:
    """Make again every regional figure and every position of a campaign, from what was handed in. Run by a job.

    Returns the number of regional figures. Running it twice changes nothing: rows are replaced, never added. In a
    closed campaign where every part is validated, the parts become consolidated: they are in the region's figures.
    """
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    settings = RegionSettings.objects.get(territory_id=campaign.territory_id)
    collected = selectors.collect_for_system(campaign)
    RegionalFigure.objects.filter(campaign=campaign).delete()
    BenchmarkLine.objects.filter(contract__in=collected.contracts.values(), year=campaign.year).delete()
    audit = audit_now(campaign, collected, settings, at=at)
    making = _Making(campaign, collected, settings, at, frozenset(audit.told))
    figures, lines = [], []
    for record, answers in collected.answers.items():
        definition = definition_of(record)
        figures.append(making.figure(record, definition, answers))
        lines += making.positions(record, definition, answers)
    RegionalFigure.objects.bulk_create(figures)
    BenchmarkLine.objects.bulk_create(lines)
    _settle_parts(campaign, at)
    fingerprint = selectors.fingerprint(campaign)
    Consolidation.objects.update_or_create(
        campaign=campaign, defaults={"circle_id": campaign.circle_id, "at": at, "fingerprint": fingerprint}
    )
    audit.fingerprint = fingerprint  # consolidated parts have changed state, not figures
    audit.save(update_fields=["fingerprint"])
    tasks.draw_charts.defer(campaign_id=str(campaign.pk))
    return len(figures)


def consolidate_stale_campaigns() -> int:
    """Queue the consolidation of each campaign whose submissions changed since the last one. Run every ten minutes."""
    stale = selectors.list_stale_campaigns()
    for campaign in stale:
        tasks.consolidate_campaign.defer(campaign_id=str(campaign.pk))
    return len(stale)


@dataclass(frozen=True, slots=True)
class _Making:
    campaign: Campaign
    collected: selectors.Collection
    settings: RegionSettings
    at: datetime
    told: frozenset[str]

    def figure(self, record: DefinitionRecord, definition: Definition, answers: Mapping[str, Answer]) -> RegionalFigure:
        result = consolidate(definition, answers)
        return RegionalFigure(
            circle_id=self.campaign.circle_id,
            campaign=self.campaign,
            definition=record,
            result=consolidated_content(result),
            contributors=len(result.coverage.contributors),
            expected=result.coverage.expected,
            validated=self.collected.validated(record, result.coverage.contributors),
            missing=list(result.coverage.missing),
            computed_at=self.at,
        )

    def positions(
        self, record: DefinitionRecord, definition: Definition, answers: Mapping[str, Answer]
    ) -> list[BenchmarkLine]:
        """One row a service, in its own contract's circle; nothing when nobody else is expected, or has a figure."""
        if len(answers) < 2 or not any(measures(definition, answer.value) for answer in answers.values()):
            return []
        lines = []
        for service in answers:
            placed = position(definition, service, answers, floor=self.settings.benchmark_floor)
            placed = shield_position(definition, placed, small=self.settings.small_count)
            placed = gate_position(definition, placed, self.told)
            contract = self.collected.contracts[service]
            lines.append(
                BenchmarkLine(
                    circle_id=contract.circle_id,
                    contract=contract,
                    year=self.campaign.year,
                    definition=record,
                    result=position_content(placed),
                    computed_at=self.at,
                )
            )
        return lines


def _settle_parts(campaign: Campaign, at: datetime) -> None:
    """Validated parts become consolidated once the campaign is closed and nothing else is awaited."""
    if campaign.state != "closed":
        return
    parts = list(
        Part.objects.filter(declaration__campaign=campaign)
        .select_related("declaration__service", "owner")
        .select_for_update(of=("self",))
    )
    if any(part.state not in selectors.FINAL for part in parts):
        return
    for part in parts:
        if part.state == "validated":
            advance(part, "consolidate", actor=None, at=at, label=f"Indicateurs {campaign.year} consolidés")
