"""The jobs, measured under the ``system`` role that runs them."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection
from psycopg.conninfo import conninfo_to_dict

from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation import services
from bench.measures import Figure, timed


def measures(system_url: str) -> list[Figure]:
    """Consolidation of a region and year."""
    parts = conninfo_to_dict(system_url)
    connection.close()
    connection.settings_dict.update(USER=parts["user"], PASSWORD=parts["password"])
    campaign = Campaign.objects.get(territory="B00", year=2024)
    at = datetime(2026, 3, 3, 8, tzinfo=UTC)
    return [
        timed(
            "consolidation d’une région et d’une année", "1 000 ms",
            lambda: services.consolidate_campaign(campaign_id=campaign.pk, at=at),
        )
    ]  # fmt: skip
