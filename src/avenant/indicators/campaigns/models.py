from __future__ import annotations

from zoneinfo import ZoneInfo

from django.db import models
from django.urls import reverse

from avenant.domain.lifecycles import CAMPAIGN
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleRow, Territory


class RegionSettings(CircleRow):
    """The parameters of a region: what its authority may change, with the audit of who changed it (DESIGN §8)."""

    territory = models.OneToOneField(Territory, models.PROTECT, related_name="settings", verbose_name="territoire")
    benchmark_floor = models.PositiveSmallIntegerField("services au moins, pour comparer", default=5)
    small_count = models.PositiveSmallIntegerField("petit effectif, en dessous de", default=11)
    small_establishments = models.PositiveSmallIntegerField("petit nombre d’établissements, en dessous de", default=3)
    dominance_percent = models.PositiveSmallIntegerField("part d’une entreprise, au-dessus de (%)", default=85)
    jump_percent = models.PositiveSmallIntegerField("variation à justifier (%)", default=50)
    control_working_days = models.PositiveSmallIntegerField("jours ouvrés de contrôle", default=5)
    days_before_committee = models.PositiveSmallIntegerField("jours avant le comité pour déclarer", default=30)

    class Meta(CircleRow.Meta):
        verbose_name = "paramètres de la région"
        constraints = [
            models.CheckConstraint(
                name="campaigns_settings_sensible_floors",
                condition=models.Q(benchmark_floor__gte=3, small_count__gte=5),
                violation_error_message="Comparez 3 services au moins ; un petit effectif n’est jamais sous 5.",
            ),
            models.CheckConstraint(
                name="campaigns_settings_sensible_secrecy",
                condition=models.Q(small_establishments__gte=2, dominance_percent__gte=50, dominance_percent__lte=100),
                violation_error_message="Comptez 2 établissements au moins, et une part entre 50 et 100 %.",
            ),
        ]

    def __str__(self) -> str:
        return f"paramètres · {self.territory}"


class Campaign(StatefulRow):
    """The yearly collection of a region for one reference year (the calendar year before)."""

    lifecycle = CAMPAIGN

    territory = models.ForeignKey(Territory, models.PROTECT, related_name="campaigns", verbose_name="territoire")
    year = models.PositiveSmallIntegerField("année de référence")
    opens_on = models.DateField("ouverture")
    due_at = models.DateTimeField("à transmettre avant", help_text="instant (exclu) dans le fuseau de la région")
    committee_on = models.DateField("premier comité de suivi", null=True, blank=True)
    taken_over = models.BooleanField("reprise d’un ancien CPOM", default=False)

    class Meta(StatefulRow.Meta):
        verbose_name = "campagne"
        ordering = ["-year"]
        constraints = [
            models.UniqueConstraint(
                fields=["territory", "year"],
                name="campaigns_campaign_one_a_year",
                violation_error_message="Une campagne existe déjà pour cette année dans la région.",
            )
        ]

    def __str__(self) -> str:
        return f"Campagne {self.year}, {self.territory}"

    @property
    def territory_zone(self) -> ZoneInfo:
        """The zone in which the campaign's instants are told."""
        return ZoneInfo(self.territory.time_zone)

    def page(self) -> str:
        return reverse("campaigns:campaign", args=[self.pk])
