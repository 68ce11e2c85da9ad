"""Jobs of secrecy, under the ``system`` role."""

from __future__ import annotations

from django.utils import timezone

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("end_finished_audits", cron="10 * * * *")
def end_finished_audits() -> None:
    """Tell the parties of the audits whose last day is over: the database has closed the file to them already."""
    from avenant.foundations.secrecy.services import audits

    now = clock.now()
    audits.end_finished_audits(at=now, today=timezone.localdate(now))


@job("apply_retention", cron="30 2 * * *")
def apply_retention() -> None:
    """Each night, forget what has reached its term, and list what waits for a visa."""
    from avenant.foundations.secrecy.services import retention

    retention.apply_retention(at=timezone.now())
