"""Jobs of the commitments, under the ``system`` role."""

from __future__ import annotations

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("plan_commitments", cron="15 4 * * *")
def plan_commitments() -> None:
    """Each night, plan the register of the contracts: a new year, a contract that came in, an amendment."""
    from avenant.contracts.commitments import services

    services.plan_registers(at=clock.now())
