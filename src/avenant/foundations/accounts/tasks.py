"""Jobs of the accounts, under the ``system`` role."""

from __future__ import annotations

from django.utils import timezone

from avenant.foundations.accounts import services
from avenant.foundations.jobs import job


@job("purge_security_log", cron="40 2 * * *")
def purge_security_log() -> None:
    """Each night, forget what the security log has kept twelve months."""
    services.purge_security_log(at=timezone.now())
