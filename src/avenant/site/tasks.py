"""Jobs that look across the stories, under the ``system`` role."""

from __future__ import annotations

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("open_contact_lists", cron="20 4 * * *")
def open_contact_lists() -> None:
    """Each night, open the contact lists of the contracts that have taken effect."""
    from avenant.site import appointing

    appointing.open_lists(at=clock.now())
