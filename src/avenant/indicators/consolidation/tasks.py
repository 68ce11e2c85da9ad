"""Jobs of the consolidation, under the ``system`` role. Their modules are imported when they run: charts are drawn
in the worker and nowhere else."""

from __future__ import annotations

import uuid

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("consolidate_campaign", lock="consolidation")
def consolidate_campaign(*, campaign_id: str) -> None:
    """Make again the figures of a campaign."""
    from avenant.indicators.consolidation import services

    services.consolidate_campaign(campaign_id=uuid.UUID(campaign_id), at=clock.now())


@job("consolidate_stale_campaigns", cron="*/10 * * * *")
def consolidate_stale_campaigns() -> None:
    """Every ten minutes, consolidate the campaigns whose submissions changed."""
    from avenant.indicators.consolidation import services

    services.consolidate_stale_campaigns()


@job("audit_campaign", lock="consolidation", atomic=False)
def audit_campaign(*, campaign_id: str) -> None:
    """Make the joint audit of a campaign again."""
    from avenant.indicators.consolidation.services import auditing

    auditing.run_audit(campaign_id=uuid.UUID(campaign_id), at=clock.now())


@job("draw_charts", lock="charts", atomic=False)
def draw_charts(*, campaign_id: str) -> None:
    """Draw the charts that the new figures of a campaign call for."""
    from avenant.indicators.consolidation.services import drawing

    drawing.draw_charts(campaign_id=uuid.UUID(campaign_id), at=clock.now())


@job("make_export", atomic=False)
def make_export(*, export_id: str) -> None:
    """Make the workbook of a long export."""
    from avenant.indicators.consolidation import services

    services.make_export(export_id=uuid.UUID(export_id))


@job("typeset_review")
def typeset_review(*, review_id: str) -> None:
    """Make the PDF of a signed-off review from its frozen content."""
    from avenant.indicators.consolidation import printing

    printing.print_review(review_id=uuid.UUID(review_id))


@job("typeset_note")
def typeset_note(*, publication_id: str) -> None:
    """Make the PDF of a note to the social partners from its published content."""
    from avenant.indicators.consolidation import printing

    printing.print_note(publication_id=uuid.UUID(publication_id))
