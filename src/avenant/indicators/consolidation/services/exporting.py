"""Long exports: a person asks, a job makes the file and says how far it is."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from avenant.domain.french import format_date
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.attachments import XLSX
from avenant.foundations.documents.spreadsheets import Sheet, workbook_bytes
from avenant.foundations.documents.stamping import Stamp, stamping
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Membership
from avenant.indicators.campaigns import selectors as campaigns
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation import exports, policies, tasks
from avenant.indicators.consolidation.models import Export
from avenant.indicators.consolidation.pages import region_lines

YEARS = 5


@transaction.atomic
def ask_export(*, actor: Actor, campaign_id: uuid.UUID, at: datetime) -> Export:
    """Ask for the workbook of the region's last five years, up to this campaign: one sheet a year."""
    campaign = campaigns.get_campaign(actor, campaign_id)
    policies.may_consolidate(actor).or_raise()
    export = Export.objects.create(
        circle_id=campaign.circle_id,
        campaign=campaign,
        person_id=actor.person_id,
        organisation_id=actor.organisation_id,
        at=at,
        total=len(_years(actor, campaign)) + 1,
    )
    tasks.make_export.defer(export_id=str(export.pk))
    return export


def make_export(*, export_id: uuid.UUID) -> None:
    """Make the workbook in the name of who asked: it holds what that person may read, and nothing else."""
    export = Export.objects.select_related("campaign__territory").get(pk=export_id)
    if export.document_id is not None:
        return
    membership = (
        Membership.objects.select_related("person", "organisation", "unit")
        .filter(person_id=export.person_id, organisation_id=export.organisation_id)
        .first()
    )
    if membership is None:
        return
    actor = Actor.of(membership)
    sheets: list[Sheet] = []
    for campaign in _years(actor, export.campaign):
        sheets.append(exports.region_sheet(actor, campaign, region_lines(actor, campaign), name=str(campaign.year)))
        _tell(export, len(sheets))
    region, last = export.campaign.territory, export.campaign.year
    at = export.at.astimezone(export.campaign.territory_zone)
    who = f"{actor.name}, {actor.organisation}"
    with stamping(lambda: Stamp(str(export.campaign), "suivi régional des indicateurs", who, format_date(at))):
        content = workbook_bytes(sheets, title=f"{region}, chiffres {last - YEARS + 1}-{last}", at=at)
    export.document = documents.keep(
        circle_id=export.circle_id,
        owner_id=export.organisation_id,
        person_id=export.person_id,
        subject=export.pk,
        kind="export",
        name=f"{region.code}-indicateurs-{last - YEARS + 1}-{last}.xlsx",
        content=content,
        media_type=XLSX,
        at=export.at,
    )
    export.save(update_fields=["document"])
    _tell(export, export.total)


def _years(actor: Actor, campaign: Campaign) -> list[Campaign]:
    rows = campaigns.list_campaigns(actor).filter(
        territory_id=campaign.territory_id, year__gt=campaign.year - YEARS, year__lte=campaign.year
    )
    return list(rows.order_by("year"))


def _tell(export: Export, done: int) -> None:
    export.done = done
    export.save(update_fields=["done"])
