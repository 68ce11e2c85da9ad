"""Jobs of the follow-up, under the ``system`` role."""

from __future__ import annotations

from avenant.foundations import clock
from avenant.foundations.jobs import job
from avenant.funding.reports.services import following


@job("follow_grants", lock="follow-ups", cron="40 * * * *")
def follow_grants() -> None:
    """Open the follow-up of the aids that were signed, and bring its days up to date."""
    following.follow_grants(at=clock.now())
