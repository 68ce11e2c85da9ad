"""Jobs of the profiles, under the ``system`` role."""

from __future__ import annotations

import uuid

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("gather_region", lock="profiles")
def gather_region(*, campaign_id: str) -> None:
    """Put the shared profiles of a campaign together."""
    from avenant.indicators.profiles import services

    services.gather_region(campaign_id=uuid.UUID(campaign_id), at=clock.now())


@job("follow_thresholds", lock="profiles")
def follow_thresholds(*, territory: str) -> None:
    """Withdraw what the thresholds of a region no longer allow, and make its profiles again."""
    from avenant.indicators.profiles import services

    services.withdraw_unsafe(territory=territory, at=clock.now())
