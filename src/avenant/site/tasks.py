"""Jobs that look across the stories, under the ``system`` role."""

from __future__ import annotations

import uuid

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("open_contact_lists", cron="20 4 * * *")
def open_contact_lists() -> None:
    """Each night, open the contact lists of the contracts that have taken effect."""
    from avenant.site import appointing

    appointing.open_lists(at=clock.now())


@job("make_session_pack", atomic=False)
def make_session_pack(*, pack_id: str) -> None:
    """Assemble the papers of a session, part by part."""
    from avenant.site import packs

    packs.make_pack(pack_id=uuid.UUID(pack_id))


@job("set_up_committees", cron="10 4 * * *")
def set_up_committees() -> None:
    """Each night, set up the committees of the contracts that came into the platform."""
    from avenant.site import committees

    list(committees.set_up_committees(at=clock.now()))
