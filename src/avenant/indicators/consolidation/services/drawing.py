"""Draws and stores the charts of a campaign. Imported by jobs only: a process that drew a chart must not fork."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation.charting import Wanted, scope_of, wanted_charts
from avenant.indicators.consolidation.models import StoredChart
from avenant.indicators.declarations.models import Declaration


def draw_charts(*, campaign_id: uuid.UUID, at: datetime) -> int:
    """Draw what changed, take away what the figures no longer call for; return the number of charts drawn."""
    campaign = Campaign.objects.get(pk=campaign_id)
    wanted = {(one.circle_id, one.key): one for one in wanted_charts(campaign)}
    circles = set(
        Declaration.objects.filter(campaign__territory_id=campaign.territory_id).values_list("circle_id", flat=True)
    ) | {campaign.circle_id}
    known = {(row.circle_id, row.key): row for row in StoredChart.objects.filter(circle__in=circles).defer("svg")}
    gone = [row.pk for place, row in known.items() if place not in wanted and scope_of(campaign, row.key)]
    StoredChart.objects.filter(pk__in=gone).delete()
    stale = [one for place, one in wanted.items() if place not in known or known[place].sha256 != one.sha256]
    for one in stale:
        _store(one, at)
    return len(stale)


@transaction.atomic
def _store(one: Wanted, at: datetime) -> None:
    drawn = one.draw()
    StoredChart.objects.update_or_create(
        circle_id=one.circle_id,
        key=one.key,
        defaults={
            "title": drawn.title, "svg": drawn.svg, "alt": drawn.alt, "table": drawn.table,
            "sha256": one.sha256, "at": at,
        },
    )  # fmt: skip
