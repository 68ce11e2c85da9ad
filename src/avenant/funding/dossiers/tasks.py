"""Jobs of the dossiers, under the ``system`` role."""

from __future__ import annotations

import uuid

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("follow_calls", lock="drafts", cron="*/5 * * * *")
def follow_calls() -> None:
    """Bring the échéances of drafts to the closing of their call, and tell their people when the call changed."""
    from avenant.funding.dossiers.services import opening

    opening.follow_calls(at=clock.now())


@job("make_dossier_workbook", atomic=False)
def make_workbook(*, workbook_id: str) -> None:
    """Write the workbook of a list of dossiers."""
    from avenant.funding.dossiers.services import exporting

    exporting.make_workbook(workbook_id=uuid.UUID(workbook_id))


@job("try_rules", atomic=False)
def try_rules(*, essay_id: str) -> None:
    """Say what other parameters would make of the dossiers of a call."""
    from avenant.funding.dossiers.services import trying

    trying.answer_what_if(essay_id=uuid.UUID(essay_id), at=clock.now())
