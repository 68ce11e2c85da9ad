"""Jobs of the journal, under the ``system`` role."""

from __future__ import annotations

from avenant.foundations import clock
from avenant.foundations.jobs import job
from avenant.foundations.journal import sealing


@job("seal_journal", cron="20 1 * * *")
def seal_journal() -> None:
    """Each night, seal the journal of the day."""
    sealing.seal_journal(at=clock.now())
