"""The API of the consolidation: the region's figures, for its authorities."""

from __future__ import annotations

import uuid

from ninja import Router

from avenant.foundations.api import Problem, api_door
from avenant.foundations.doors import ActorRequest
from avenant.indicators.campaigns import selectors as campaigns
from avenant.indicators.consolidation import selectors
from avenant.indicators.consolidation.schemas import FigureOut, RegionOut

router = Router(tags=["Consolidation"])


@router.get(
    "/campagnes/{campaign_id}/chiffres",
    response={200: RegionOut, 401: Problem, 403: Problem, 404: Problem},
    summary="Les chiffres consolidés d’une campagne",
)
@api_door(read_only=True)
def region_figures(request: ActorRequest, campaign_id: uuid.UUID) -> RegionOut:
    """Every regional figure with its coverage; 404 outside the region's authorities."""
    campaign = campaigns.get_campaign(request.actor, campaign_id)
    return RegionOut(
        campaign=campaign.pk,
        territory=campaign.territory_id,
        year=campaign.year,
        figures=[
            FigureOut(
                code=row.definition.code,
                printed_code=row.definition.printed_code,
                label=row.definition.label,
                in_dgt_survey=row.definition.in_dgt_survey,
                result=row.result,
                contributors=row.contributors,
                expected=row.expected,
                missing=row.missing,
                computed_at=row.computed_at,
            )
            for row in selectors.list_figures(request.actor, campaign)
        ],
    )
