"""Reads of counted files and profiles, actor first."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404

from avenant.contracts.drafting.models import Contract
from avenant.domain.disclosure import Rules
from avenant.foundations.parties.actors import Actor
from avenant.indicators.campaigns.models import Campaign, RegionSettings
from avenant.indicators.declarations.models import Declaration, Part
from avenant.indicators.profiles.models import (
    CountedFile,
    Profile,
    ProfileTable,
    RegionalProfile,
    ThresholdChange,
    Thresholds,
)


def rules_for(actor: Actor, contract: Contract) -> Rules:
    """The thresholds that the files of a contract follow; those of the statistical practice until the region says."""
    row = Thresholds.objects.visible_to(actor).filter(contract=contract).first()
    return Rules(row.persons, row.establishments, row.dominance) if row else Rules()


def rules_of(settings: RegionSettings) -> Rules:
    """The thresholds of a region."""
    return Rules(settings.small_count, settings.small_establishments, settings.dominance_percent)


def list_files(actor: Actor, part: Part) -> QuerySet[CountedFile]:
    """What was imported in a part, the last first; its provider's alone."""
    return CountedFile.objects.visible_to(actor).filter(part=part).select_related("person")


def list_profiles(actor: Actor) -> QuerySet[Profile]:
    """The profiles that I may read, with their tables: those shared, and those that my service keeps."""
    tables = ProfileTable.objects.visible_to(actor)
    return (
        Profile.objects.visible_to(actor)
        .select_related("declaration__service", "declaration__contract")
        .prefetch_related(Prefetch("tables", queryset=tables))
    )


def profiles_of(actor: Actor, declaration: Declaration) -> tuple[Profile | None, Profile | None]:
    """The profile that the service keeps for itself, and the one that it shared."""
    rows = list(list_profiles(actor).filter(declaration=declaration))
    kept = next((one for one in rows if one.private_to_id is not None), None)
    return kept, next((one for one in rows if one.private_to_id is None), None)


def list_years(actor: Actor, declaration: Declaration) -> QuerySet[Profile]:
    """The profiles shared by the same service, the last year first."""
    return (
        Profile.objects.visible_to(actor)
        .filter(declaration__service_id=declaration.service_id, private_to=None)
        .order_by("-year")
    )


def find_regional(actor: Actor, campaign: Campaign) -> RegionalProfile | None:
    """The regional profile of a campaign; None before any service shared its own."""
    return RegionalProfile.objects.visible_to(actor).filter(campaign=campaign).first()


def list_changes(actor: Actor) -> QuerySet[ThresholdChange]:
    """Who changed the thresholds of my region, the last first."""
    return ThresholdChange.objects.visible_to(actor).select_related("person", "organisation")


def shared_for_system(campaign: Campaign) -> Iterable[Profile]:
    """Every shared profile of a campaign, across circles: for jobs under the system role only."""
    return (
        Profile.objects.filter(declaration__campaign=campaign, private_to=None)
        .select_related("declaration__service")
        .prefetch_related("tables")
        .order_by("declaration__service__name")
    )


def get_table(actor: Actor, table_id: int) -> ProfileTable:
    """One table; 404 outside its circle."""
    return get_object_or_404(ProfileTable.objects.visible_to(actor), pk=table_id)


def contracts_of_region(actor: Actor, territory: str) -> list[uuid.UUID]:
    """The contracts of a region to which my organisation is a party."""
    return list(Contract.objects.visible_to(actor).filter(territory_id=territory).values_list("pk", flat=True))
