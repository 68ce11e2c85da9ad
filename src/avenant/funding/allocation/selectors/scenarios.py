"""The scenarios of a session and the share of each dossier."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.shortcuts import get_object_or_404

from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation.models import (
    Examined,
    Scenario,
    Selection,
    Share,
)


def list_scenarios(actor: Actor, selection: Selection) -> list[Scenario]:
    """The scenarios of a session, oldest first."""
    return list(Scenario.objects.visible_to(actor).filter(selection=selection))


def get_scenario(actor: Actor, scenario_id: uuid.UUID) -> Scenario:
    """One scenario; 404 outside its circle."""
    rows = Scenario.objects.visible_to(actor).select_related("selection__call__owner", "selection__meeting")
    return get_object_or_404(rows, pk=scenario_id)


def shares_of(
    actor: Actor, scenarios: Sequence[Scenario], lines: Sequence[Examined]
) -> dict[uuid.UUID, dict[uuid.UUID, Share]]:
    """The share of each of these dossiers in each scenario."""
    rows = Share.objects.visible_to(actor).filter(scenario__in=scenarios, line__in=lines)
    found: dict[uuid.UUID, dict[uuid.UUID, Share]] = {}
    for one in rows:
        found.setdefault(one.line_id, {})[one.scenario_id] = one
    return found


def adopted_share(actor: Actor, line: Examined) -> Share | None:
    """What the adopted scenario of its session gives to a dossier."""
    return Share.objects.visible_to(actor).filter(line=line, scenario__adopted=True).first()
