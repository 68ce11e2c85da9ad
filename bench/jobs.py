"""The jobs, measured under the ``system`` role that runs them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from django.db import connection
from psycopg.conninfo import conninfo_to_dict

from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation import services
from avenant.indicators.consolidation.models import Export
from avenant.indicators.consolidation.services import exporting
from bench import world
from bench.figures import Figure
from bench.measures import actor, timed


def measures(system_url: str) -> list[Figure]:
    """Consolidation of a region and year, then the workbook of its five years."""
    parts = conninfo_to_dict(system_url)
    connection.close()
    connection.settings_dict.update(USER=parts["user"], PASSWORD=parts["password"])
    campaigns = {one.year: one for one in Campaign.objects.filter(territory="B00")}
    campaign, last = campaigns[2024], campaigns[2025]
    at = datetime(2026, 3, 3, 8, tzinfo=UTC)
    return [
        timed(
            "consolidation d’une région et d’une année", "1 000 ms",
            lambda: services.consolidate_campaign(campaign_id=campaign.pk, at=at),
        ),
        _workbook(campaigns, last, at),
    ]  # fmt: skip


def _workbook(campaigns: Mapping[int, Campaign], last: Campaign, at: datetime) -> Figure:
    """As the job makes it, once the region's figures are consolidated."""
    for year in range(last.year - exporting.YEARS + 1, last.year + 1):
        services.consolidate_campaign(campaign_id=campaigns[year].pk, at=at)
    asking = actor(world.LABOUR)

    def make() -> None:
        export = Export.objects.create(
            circle_id=last.circle_id, campaign=last, person_id=asking.person_id,
            organisation_id=asking.organisation_id, at=at, total=exporting.YEARS + 1,
        )  # fmt: skip
        exporting.make_export(export_id=export.pk)

    return timed("classeur de cinq ans d’une région", "3 000 ms", make)
