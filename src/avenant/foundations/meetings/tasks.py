"""Jobs of the committees, under the ``system`` role."""

from __future__ import annotations

import uuid

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("typeset_minutes")
def typeset_minutes(*, session_id: str) -> None:
    """Make the PDF of approved minutes."""
    from avenant.foundations.meetings import printing

    printing.print_minutes(session_id=uuid.UUID(session_id))


@job("typeset_committee_report")
def typeset_committee_report(*, report_id: str) -> None:
    """Make the PDF of an adopted report from its frozen content."""
    from avenant.foundations.meetings import printing

    printing.print_report(report_id=uuid.UUID(report_id))


@job("plan_missing_years", cron="20 4 * * *")
def plan_missing_years() -> None:
    """Each night, ask for the annual plan of the committees that have none."""
    from avenant.foundations.meetings import services

    services.plan_missing_years(at=clock.now())
