"""The scenarios of a session and the share of each dossier."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, F, Max, Q, Sum
from django.shortcuts import get_object_or_404

from avenant.domain.french import format_euros, format_number
from avenant.domain.rules.findings import Finding
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Territory
from avenant.funding.allocation.models import (
    Examined,
    Scenario,
    Selection,
    Share,
)
from avenant.funding.allocation.selectors.portfolio import CallLimits, shared_amounts


def list_scenarios(actor: Actor, selection: Selection) -> list[Scenario]:
    """The scenarios of a session, oldest first."""
    found = list(Scenario.objects.visible_to(actor).filter(selection=selection))
    for one in found:
        one.selection = selection
    return found


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


@dataclass(slots=True)
class Place:
    """What a territory receives in a scenario: establishments, euros."""

    name: str
    establishments: int
    amount: Decimal


@dataclass(slots=True)
class Compared:
    """The figures that decide between scenarios: who is in (``partly`` less than computed), the lowest rank in, where.

    ``supposed`` are the hypotheses in words, ``limits`` what the call's limits over all its dossiers say.
    """

    scenario: Scenario
    supposed: list[str]
    partly: int = 0
    lowest: int = 0
    places: list[Place] = field(default_factory=list)
    limits: tuple[Finding, ...] = ()


def compare_scenarios(actor: Actor, scenarios: Sequence[Scenario], places: Sequence[Territory]) -> list[Compared]:
    """Scenarios side by side, over all the dossiers of their session; ``places`` are its territories."""
    names = {one.code: one.name for one in places}
    found = {one.pk: Compared(one, supposed_by(one, names)) for one in scenarios}
    rows = Share.objects.visible_to(actor).filter(scenario__in=scenarios, amount__gt=0).order_by()
    sums = list(
        rows.values("scenario_id", "line__territory_code").annotate(
            establishments=Count("line__establishment", distinct=True), given=Sum("amount"), lowest=Max("line__rank"),
            partly=Count("pk", filter=Q(amount__lt=F("line__computed"))),
        )
    )  # fmt: skip
    for one in sorted(sums, key=lambda one: one["line__territory_code"]):
        told, code = found[one["scenario_id"]], one["line__territory_code"]
        told.partly, told.lowest = told.partly + one["partly"], max(told.lowest, one["lowest"])
        told.places.append(Place(names.get(code, code or "sans territoire"), one["establishments"], one["given"]))
    limits = CallLimits(actor, scenarios[0].selection) if scenarios else None
    if limits is not None and limits.any:
        amounts = shared_amounts(actor, scenarios)
        for pk, compared in found.items():
            if compared.scenario.progress == Scenario.Progress.DONE:
                compared.limits = limits.judge(amounts.get(pk, {}))
    return list(found.values())


def supposed_by(scenario: Scenario, names: dict[str, str]) -> list[str]:
    """What a scenario supposes, in words: what is the widest is not told, but for partial funding."""
    said, told = scenario.settings, []
    if scenario.method == Scenario.Method.UNIFORM_RATE and Decimal(said["maximum"]) < 100:
        told.append(f"taux maximum {format_number(Decimal(said['maximum']).normalize())}\u202f%")
    if Decimal(said["least"]):
        told.append(f"minimum utile {format_euros(Decimal(said['least']))}")
    if said["per_establishment"] is not None:
        told.append(f"maximum par établissement {format_euros(Decimal(said['per_establishment']))}")
    told += [
        f"plancher {names.get(place, place)} {format_euros(Decimal(one))}" for place, one in said["floors"].items()
    ]
    if scenario.method in (Scenario.Method.IN_ORDER, Scenario.Method.OPTIMUM):
        told.append("financement partiel permis" if said["partial"] else "sans financement partiel")
    if scenario.method == Scenario.Method.IN_ORDER and said["strict"]:
        told.append("arrêt au premier dossier non finançable")
    return told


def list_places(actor: Actor, selection: Selection) -> list[Territory]:
    """The territories of the dossiers of a session."""
    rows = Examined.objects.visible_to(actor).filter(selection=selection).order_by()
    return list(Territory.objects.filter(code__in=rows.values("territory_code")).order_by("code"))


def adopted_share(actor: Actor, line: Examined) -> Share | None:
    """What the adopted scenario of its session gives to a dossier."""
    return Share.objects.visible_to(actor).filter(line=line, scenario__adopted=True).first()
