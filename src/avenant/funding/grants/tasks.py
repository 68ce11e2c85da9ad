"""Jobs of the aids, under the ``system`` role."""

from __future__ import annotations

import uuid

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("remind_consumption", lock="grants", cron="35 5 * * *")
def remind_consumption() -> None:
    """Tell what is not consumed, before the end of the consumption."""
    from avenant.funding.grants.services import following

    following.remind_consumption(at=clock.now())


@job("lapse_credits", lock="grants", cron="50 5 * * *")
def lapse_credits() -> None:
    """Note what has lapsed."""
    from avenant.funding.grants.services import following

    following.lapse_credits(at=clock.now())


@job("tell_late_repayments", lock="grants", cron="10 6 * * *")
def tell_late_repayments() -> None:
    """Tell the repayments whose day has passed."""
    from avenant.funding.grants.services import lending

    lending.tell_late_repayments(at=clock.now())


@job("read_scans")
def read_scans(batch: str) -> None:
    """Send each page of a batch back to its agreement."""
    from avenant.funding.grants.services import scanning

    scanning.read_batch(batch_id=uuid.UUID(batch), at=clock.now())
