"""The joint audit of a campaign, run by a job that says how far it is; nothing leaves the circle without it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from avenant.contracts.drafting import selectors as contracts
from avenant.foundations.parties.actors import Actor
from avenant.indicators.campaigns import selectors as campaigns
from avenant.indicators.campaigns.models import Campaign, RegionSettings
from avenant.indicators.consolidation import auditing, policies, selectors, tasks
from avenant.indicators.consolidation.models import CampaignAudit, PublicationBasis
from avenant.indicators.consolidation.profile_tables import ProfileCounts
from avenant.indicators.consolidation.selectors import Collection
from avenant.indicators.profiles import selectors as profiles
from avenant.indicators.profiles.selectors import rules_of

Progress = Callable[[int], None]


@transaction.atomic
def ask_audit(*, actor: Actor, campaign_id: uuid.UUID, at: datetime) -> CampaignAudit:
    """Ask for the joint audit to be made again; its page shows how far the job is."""
    campaign = campaigns.get_campaign(actor, campaign_id)
    policies.may_consolidate(actor).or_raise()
    row, _ = CampaignAudit.objects.get_or_create(
        campaign=campaign, defaults={"circle_id": campaign.circle_id, "at": at, "done": 0}
    )
    row.done = 0
    row.save(update_fields=["done"])
    tasks.audit_campaign.defer(campaign_id=str(campaign.pk))
    return row


def run_audit(*, campaign_id: uuid.UUID, at: datetime) -> CampaignAudit:
    """Make the joint audit of a campaign by itself. Run by a job that is not one transaction: each step is seen."""
    campaign = Campaign.objects.get(pk=campaign_id)
    settings = RegionSettings.objects.get(territory_id=campaign.territory_id)

    def told(done: int) -> None:
        CampaignAudit.objects.filter(campaign=campaign).update(done=done)

    return audit_now(campaign, selectors.collect_for_system(campaign), settings, at=at, progress=told)


def audit_now(
    campaign: Campaign,
    collected: Collection,
    settings: RegionSettings,
    *,
    at: datetime,
    progress: Progress = lambda _: None,
) -> CampaignAudit:
    """Audit what was collected, and store what may be told outside the circle. For jobs under the system role."""
    started, fingerprint, rules = time.process_time(), selectors.fingerprint(campaign), rules_of(settings)
    catalogue = contracts.catalogue_for(list(collected.answers))
    answers = {record.code: given for record, given in collected.answers.items()}
    progress(1)
    publication = auditing.publication_of(catalogue, answers, _profiles(campaign), _earlier(campaign))
    progress(2)
    outcome = auditing.examine(publication, rules)
    progress(3)
    row, _ = CampaignAudit.objects.update_or_create(
        campaign=campaign,
        defaults={
            "circle_id": campaign.circle_id,
            "fingerprint": fingerprint,
            "told": list(outcome.told),
            "hidden": list(outcome.hidden),
            "breaches": list(outcome.breaches),
            "proofs": [dict(one) for one in outcome.proofs],
            "rules": asdict(rules),
            "cells": outcome.cells,
            "readers": outcome.readers,
            "cpu_seconds": round(time.process_time() - started, 2),
            "at": at,
            "total": 4,
            "done": 4,
        },
    )
    return row


def _profiles(campaign: Campaign) -> list[ProfileCounts]:
    return [
        ProfileCounts(
            profile.declaration.service.short_name,
            tuple(table.variables),
            tuple(map(tuple, table.categories)),
            {tuple(line[:-1]): line[-1] for line in table.cells},
        )
        for profile in profiles.shared_for_system(campaign)
        for table in profile.tables.all()
    ]


def _earlier(campaign: Campaign) -> list[auditing.Told]:
    rows = PublicationBasis.objects.filter(
        publication__territory_id=campaign.territory_id, publication__year=campaign.year
    ).select_related("publication")
    return [
        auditing.Told(
            f"la note {row.publication.number}",
            {key: shown for key, (shown, _) in row.cells.items()},
            {key: truth for key, (_, truth) in row.cells.items()},
        )
        for row in rows.order_by("publication__number")
    ]
