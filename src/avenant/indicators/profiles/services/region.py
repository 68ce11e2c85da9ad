"""The jobs: shared profiles put together, and withdrawn where the thresholds of the region no longer allow them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from avenant.contracts.drafting.models import Contract
from avenant.domain.disclosure import TOTAL
from avenant.foundations.journal.states import record
from avenant.indicators.campaigns.models import Campaign, RegionSettings
from avenant.indicators.profiles import selectors, tasks
from avenant.indicators.profiles.models import Profile, ProfileTable, RegionalProfile, Thresholds


@transaction.atomic
def gather_region(*, campaign_id: uuid.UUID, at: datetime) -> RegionalProfile:
    """The regional profile of a campaign, from what the services shared alone: nothing hidden is added up.

    A category of which a service hides its own number is not told for the region, so the region tells no reader of
    the services' tables anything that they do not say. Running it twice changes nothing.
    """
    campaign = Campaign.objects.get(pk=campaign_id)
    settings = RegionSettings.objects.get(territory_id=campaign.territory_id)
    profiles = [one for one in selectors.shared_for_system(campaign) if one.persons >= settings.small_count]
    row, _ = RegionalProfile.objects.update_or_create(
        campaign=campaign,
        defaults={"circle_id": campaign.circle_id, "content": content_of(profiles), "at": at},
    )
    return row


def content_of(profiles: Iterable[Profile]) -> dict[str, Any]:
    """The tables of one variable, summed over the services that show them, and the cells' work."""
    rows = list(profiles)
    tables: dict[str, list[tuple[Profile, ProfileTable]]] = defaultdict(list)
    for profile in rows:
        for table in profile.tables.all():
            if len(table.variables) == 1:
                tables[table.name].append((profile, table))
    return {
        "services": [one.declaration.service.short_name for one in rows],
        "total": sum(one.total or 0 for one in rows),
        "tables": [_summed(name, given) for name, given in tables.items()],
        "dashboard": _added([one.dashboard for one in rows]),
    }


def _summed(name: str, given: list[tuple[Profile, ProfileTable]]) -> dict[str, Any]:
    categories = list(dict.fromkeys(code for _, table in given for code in table.categories[0]))
    cells = []
    for code in (*categories, TOTAL):
        numbers = [_said(table, code) for _, table in given]
        if None not in numbers:
            cells.append([code, sum(number or 0 for number in numbers)])
    return {
        "name": name,
        "categories": categories,
        "cells": cells,
        "services": [profile.declaration.service.short_name for profile, _ in given],
    }


def _said(table: ProfileTable, code: str) -> int | None:
    """The number of a category: None when it is hidden, 0 when the service does not have it."""
    shown = {line[0]: line[-1] for line in table.cells}
    return shown.get(code, None if code == TOTAL or code in table.categories[0] else 0)


def _added(dashboards: list[dict[str, int]]) -> dict[str, int]:
    """The sums of what every service says: a figure that one of them keeps at home has no total of the region."""
    keys = [key for key in dashboards[0] if all(key in one for one in dashboards)] if dashboards else []
    return {key: sum(one[key] for one in dashboards) for key in keys}


@transaction.atomic
def withdraw_unsafe(*, territory: str, at: datetime) -> int:
    """Give the contracts of a region its thresholds, take back the tables made under lower ones, and gather again.

    What is taken back stays with its service, which makes it again at home: the platform holds no hidden number from
    which it could do so itself. Returns how many profiles were taken back.
    """
    settings = RegionSettings.objects.get(territory_id=territory)
    rules = selectors.rules_of(settings)
    for contract in Contract.objects.filter(territory_id=territory):
        Thresholds.objects.update_or_create(
            contract=contract,
            defaults={
                "circle_id": contract.circle_id,
                "persons": rules.persons,
                "establishments": rules.establishments,
                "dominance": rules.dominance,
            },
        )
    shared = Profile.objects.filter(declaration__contract__territory_id=territory, private_to=None)
    unsafe = [
        *shared.filter(persons__lt=rules.persons).select_related("declaration__service"),
        *shared.filter(persons__gte=rules.persons, establishments__lt=rules.establishments).select_related(
            "declaration__service"
        ),
    ]
    for profile in unsafe:
        _take_back(profile, at)
    for campaign in Campaign.objects.filter(territory_id=territory):
        tasks.gather_region.defer(campaign_id=str(campaign.pk))
    return len(unsafe)


def _take_back(profile: Profile, at: datetime) -> None:
    service = profile.declaration.service
    newer = Profile.objects.filter(declaration=profile.declaration, private_to=service)
    if newer.exists():
        profile.delete()
    else:
        profile.tables.update(private_to=service)
        profile.private_to, profile.shared_at = service, None
        profile.save(update_fields=["private_to", "shared_at"])
    record(
        profile.circle_id,
        verb="profile.withdrawn",
        label=f"Profil {profile.year} retiré : les seuils de la région ont été relevés",
        actor=None,
        at=at,
        reason="La déclaration comptée est à refaire avec les seuils de la région.",
        page=profile.page(),
        subject=profile.pk,
    )
