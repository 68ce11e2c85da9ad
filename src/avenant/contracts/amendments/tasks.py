"""Jobs of the amendments, under the ``system`` role."""

from __future__ import annotations

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("follow_contracts", cron="40 3 * * *")
def follow_contracts() -> None:
    """Each night: apply the amendments whose day has come, record the contracts that are over, warn of the ends."""
    from avenant.contracts.amendments import services

    now = clock.now()
    services.apply_due(at=now)
    services.follow_ends(at=now)
    services.follow_plans(at=now)
