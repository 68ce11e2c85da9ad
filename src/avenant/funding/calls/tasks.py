"""Jobs of the calls, under the ``system`` role."""

from __future__ import annotations

from avenant.foundations import clock
from avenant.foundations.jobs import job
from avenant.funding.calls import services


@job("close_passed_calls", lock="calls", cron="*/5 * * * *")
def close_passed_calls() -> None:
    """Close the deposit of each call whose instant has passed."""
    services.close_passed_calls(at=clock.now())
