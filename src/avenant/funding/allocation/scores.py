"""What the instruction says of a dossier, read in one place: points, gates, scope, priority, opinions, is it examined."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from django.db.models import Count, Q

from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation.models import Examined
from avenant.funding.dossiers.models import Dossier, Project

MANY_AGENTS = 100
"""From how many agents a project « concerns a large number » of them, until the call's grid says otherwise."""


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What the ranking reads of a dossier."""

    points: Mapping[str, int | Fraction] = field(default_factory=dict)
    gates: Mapping[str, bool] = field(default_factory=dict)
    in_scope: bool = True
    priority: bool = False


def appraise(actor: Actor, dossiers: Collection[uuid.UUID]) -> dict[uuid.UUID, Appraisal]:
    """The appraisal of each dossier: the four priorities of the call, each worth one point, and its scope."""
    rows = Project.objects.visible_to(actor).filter(dossier__in=dossiers)
    rows = rows.annotate(members=Count("partners", filter=Q(partners__carrier=False)))
    found: dict[uuid.UUID, list[Project]] = {}
    for one in rows:
        found.setdefault(one.dossier_id, []).append(one)
    return {pk: _of(projects) for pk, projects in found.items()}


def _of(projects: Collection[Project]) -> Appraisal:
    points = {
        "actions mutualisées": int(any(one.members for one in projects)),  # type: ignore[attr-defined]
        "grand nombre d’agents": int(sum(one.agents or 0 for one in projects) >= MANY_AGENTS),
        "priorités de santé": int(any(one.strands for one in projects)),
        "action innovante": int(any(one.innovative for one in projects)),
    }
    in_scope = not all(one.in_scope is False for one in projects) if projects else True
    return Appraisal(points, {}, in_scope, priority=any(points.values()))


def unexamined(actor: Actor, call_id: uuid.UUID) -> int:
    """How many dossiers received in a call still wait for the result of their examination.

    A dossier that is rejected as incomplete or withdrawn is closed. One that is complete is examined once its opinion is
    given, an adjourned one not yet.
    """
    received = Dossier.objects.visible_to(actor).filter(call_id=call_id, state__in=["submitted", "complete"])
    told = (
        Examined.objects.visible_to(actor)
        .filter(selection__call_id=call_id)
        .exclude(selection__state="cancelled")
        .exclude(opinion__in=["", Examined.Opinion.ADJOURNED])
    )
    return received.exclude(state="complete", pk__in=told.values("dossier_id")).count()
