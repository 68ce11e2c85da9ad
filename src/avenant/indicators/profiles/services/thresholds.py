"""The thresholds of secrecy are parameters of the region: changed by its administrator, with a reason, and kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.indicators.campaigns import selectors as campaigns
from avenant.indicators.campaigns.models import RegionSettings
from avenant.indicators.profiles import policies, tasks
from avenant.indicators.profiles.models import ThresholdChange


@dataclass(frozen=True, slots=True)
class Asked:
    """The thresholds asked for."""

    persons: int
    establishments: int
    dominance: int

    @classmethod
    def of(cls, settings: RegionSettings) -> Asked:
        """Those in force."""
        return cls(settings.small_count, settings.small_establishments, settings.dominance_percent)

    def words(self) -> str:
        return f"{self.persons} personnes, {self.establishments} établissements, {self.dominance} %"


@transaction.atomic
def change_thresholds(*, actor: Actor, asked: Asked, reason: str, at: datetime) -> ThresholdChange | None:
    """Change the region's thresholds; None when nothing changes. A job withdraws and makes again what follows them."""
    settings = campaigns.find_settings(actor)
    policies.may_change_thresholds(actor, settled=settings is not None, reason=reason).or_raise()
    assert settings is not None  # noqa: S101 - the policy said so
    settings = RegionSettings.objects.select_for_update(of=("self",)).get(pk=settings.pk)
    before = Asked.of(settings)
    if before == asked:
        return None
    settings.small_count, settings.small_establishments = asked.persons, asked.establishments
    settings.dominance_percent = asked.dominance
    settings.full_clean(exclude=["circle", "territory"])
    settings.save(update_fields=["small_count", "small_establishments", "dominance_percent"])
    change = ThresholdChange.objects.create(
        circle_id=settings.circle_id,
        person_id=actor.person_id,
        organisation_id=actor.organisation_id,
        at=at,
        before=asdict(before),
        after=asdict(asked),
        reason=reason.strip(),
    )
    record(
        settings.circle_id,
        verb="thresholds.changed",
        label=f"Seuils du secret statistique : {asked.words()} (avant : {before.words()})",
        actor=actor,
        at=at,
        reason=reason.strip(),
        evidence={"before": asdict(before), "after": asdict(asked)},
    )
    tasks.follow_thresholds.defer(territory=settings.territory_id)
    return change
