"""Jobs of the consolidation, under the ``system`` role."""

from __future__ import annotations

import uuid

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("consolidate_campaign", lock="consolidation")
def consolidate_campaign(*, campaign_id: str) -> None:
    """Make again the figures of a campaign."""
    from avenant.indicators.consolidation import services

    services.consolidate_campaign(campaign_id=uuid.UUID(campaign_id), at=clock.now())


@job("typeset_review")
def typeset_review(*, review_id: str) -> None:
    """Make the PDF of a signed-off review from its frozen content."""
    from avenant.indicators.consolidation import printing

    printing.print_review(review_id=uuid.UUID(review_id))
