"""Jobs of the dossiers, under the ``system`` role."""

from __future__ import annotations

from avenant.foundations.jobs import job
from avenant.funding.dossiers.services import opening


@job("follow_calls", lock="drafts", cron="25 * * * *")
def follow_calls() -> None:
    """Bring the échéances of drafts to the closing of their call."""
    opening.follow_calls()
