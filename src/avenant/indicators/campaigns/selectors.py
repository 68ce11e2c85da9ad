"""Reads of campaigns and of a region's parameters, actor first."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from avenant.foundations.parties.actors import Actor
from avenant.indicators.campaigns.models import Campaign, RegionSettings


def list_campaigns(actor: Actor) -> QuerySet[Campaign]:
    """The campaigns of my region, newest first."""
    return Campaign.objects.visible_to(actor).select_related("territory")


def get_campaign(actor: Actor, campaign_id: uuid.UUID, *, lock: bool = False) -> Campaign:
    """One campaign; 404 outside its circle."""
    rows = list_campaigns(actor)
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=campaign_id)


def find_campaign(actor: Actor, year: int) -> Campaign | None:
    """The campaign of my region for a reference year."""
    return list_campaigns(actor).filter(territory_id=actor.territory, year=year).first()


def find_settings(actor: Actor) -> RegionSettings | None:
    """The parameters of my region; None before its first campaign."""
    rows = RegionSettings.objects.visible_to(actor).select_related("territory")
    return rows.filter(territory_id=actor.territory).first()
