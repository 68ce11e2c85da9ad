from __future__ import annotations

import uuid

from django.db import models
from django.urls import reverse

from avenant.contracts.drafting.models import Contract
from avenant.foundations.parties.models import CircleRow, Organisation, PrivateRow, ShareableRow
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.declarations.models import Declaration, Part


class Thresholds(CircleRow):
    """The thresholds of secrecy that the region asks of the files of one contract; its parties read them.

    A copy of the region's parameters, which a service does not read: written with them, in the same transaction.
    """

    contract = models.OneToOneField(Contract, models.CASCADE, related_name="+", verbose_name="contrat")
    persons = models.PositiveSmallIntegerField("personnes, moins de")
    establishments = models.PositiveSmallIntegerField("établissements, moins de")
    dominance = models.PositiveSmallIntegerField("part d’une entreprise, plus de (%)")

    class Meta(CircleRow.Meta):
        verbose_name = "seuils du contrat"
        constraints = [
            models.CheckConstraint(
                name="profiles_thresholds_sensible",
                condition=models.Q(persons__gte=5, establishments__gte=2, dominance__gte=50, dominance__lte=100),
                violation_error_message="Un seuil du secret statistique est hors de ses bornes.",
            )
        ]

    def __str__(self) -> str:
        return f"seuils · {self.contract_id}"


class CountedFile(PrivateRow):
    """A declaration made by the collector, verified and kept as it came; its provider's own, like its working copy."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    part = models.ForeignKey(Part, models.CASCADE, related_name="counted_files", verbose_name="part")
    name = models.CharField("fichier", max_length=200)
    seal = models.CharField("empreinte", max_length=64)
    values = models.JSONField("valeurs comptées", default=dict, help_text="{code: {component: value}}")
    lineage = models.JSONField("lignage", default=dict)
    older = models.JSONField("définitions plus anciennes", default=list)
    at = models.DateTimeField("importé le")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="par", null=True)

    class Meta(PrivateRow.Meta):
        verbose_name = "déclaration comptée"
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["part", "seal"],
                name="profiles_file_once",
                violation_error_message="Ce fichier est déjà importé dans cette part.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Profile(ShareableRow):
    """The people followed by the cell of one service in one year, in protected tables: its own, then shared.

    ``dashboard`` holds what the file says of the cell's work besides the indicators (meetings…).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    declaration = models.ForeignKey(Declaration, models.CASCADE, related_name="profiles", verbose_name="déclaration")
    year = models.PositiveSmallIntegerField("année de référence")
    total = models.PositiveIntegerField("salariés suivis", null=True)
    persons = models.PositiveSmallIntegerField("seuil de personnes")
    establishments = models.PositiveSmallIntegerField("seuil d’établissements")
    dashboard = models.JSONField("tableau de bord", default=dict)
    withheld = models.JSONField("tables gardées par le service", default=list)
    lineage = models.JSONField("lignage", default=dict)
    seal = models.CharField("empreinte", max_length=64)
    at = models.DateTimeField("importé le")
    shared_at = models.DateTimeField("partagé le", null=True)

    class Meta(ShareableRow.Meta):
        verbose_name = "profil des salariés suivis"
        constraints = [
            models.UniqueConstraint(
                fields=["declaration", "private_to"],
                name="profiles_profile_one_kept_one_shared",
                nulls_distinct=False,
                violation_error_message="Ce profil existe déjà pour cette année.",
            ),
            models.CheckConstraint(
                name="profiles_profile_shared_has_a_date",
                condition=models.Q(private_to=None, shared_at__isnull=False)
                | models.Q(private_to__isnull=False, shared_at=None),
                violation_error_message="Un profil partagé porte sa date.",
            ),
        ]

    def __str__(self) -> str:
        return f"Profil {self.year}, {self.declaration.service.short_name}"

    def page(self) -> str:
        return reverse("profiles:profile", args=[self.declaration_id])


class ProfileTable(ShareableRow):
    """One protected breakdown. A hidden cell is not in the row: nobody finds it in the database either.

    ``categories`` gives the codes of each variable in reading order; ``cells`` the places that are shown, each as its
    codes then its number.
    """

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="tables", verbose_name="profil")
    name = models.CharField("table", max_length=120)
    variables = models.JSONField("variables", default=list)
    categories = models.JSONField("modalités", default=list)
    cells = models.JSONField("cases montrées", default=list)
    hidden = models.PositiveIntegerField("cases cachées", default=0)

    class Meta(ShareableRow.Meta):
        verbose_name = "table de profil"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "name"],
                name="profiles_table_unique",
                violation_error_message="Cette table est déjà dans le profil.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class RegionalProfile(CircleRow):
    """The shared profiles of a campaign put together by a job: a row of the region's circle."""

    campaign = models.OneToOneField(Campaign, models.CASCADE, related_name="profile", verbose_name="campagne")
    content = models.JSONField("contenu", default=dict)
    at = models.DateTimeField("calculé le")

    class Meta(CircleRow.Meta):
        verbose_name = "profil régional"

    def __str__(self) -> str:
        return f"{self.campaign_id}"


class ThresholdChange(CircleRow):
    """Who changed the thresholds of a region, when and why: never rewritten, a row of the region's circle."""

    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="par")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="pour")
    at = models.DateTimeField("le")
    before = models.JSONField("avant")
    after = models.JSONField("après")
    reason = models.TextField("motif")

    class Meta(CircleRow.Meta):
        verbose_name = "changement de seuil"
        ordering = ["-at"]

    def __str__(self) -> str:
        return self.reason[:80]
