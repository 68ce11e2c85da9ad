from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from avenant.foundations.parties.models import Organisation


class FundAid(models.Model):
    """A line of the public catalogue of an institution: a financial aid for prevention, or a national objectives
    agreement (CNO). ``settings`` are the kinds of employers whom a variant is for; without ``conditions`` it is to be
    completed, and nothing is invented."""

    class Kind(models.TextChoices):
        AID = "aid", "aide financière pour la prévention"
        CNO = "cno", "convention nationale d’objectifs (CNO)"

    class Setting(models.TextChoices):
        HOME = "home", "aide et soins à la personne à domicile"
        ESTABLISHMENT = "establishment", "aide et soins à la personne en établissement"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="institution")
    kind = models.CharField("nature", max_length=4, choices=Kind)
    title = models.CharField("intitulé", max_length=200)
    variant = models.CharField("pour", max_length=14, choices=Setting, blank=True)
    sector = models.CharField("secteur", max_length=200, blank=True)
    starts_on = models.DateField("valable du", null=True, blank=True)
    ends_on = models.DateField("au (inclus)", null=True, blank=True)
    conditions = models.TextField("conditions", blank=True)
    excludes = ArrayField(
        models.CharField(max_length=60), verbose_name="ne se cumule pas avec", default=list, blank=True
    )
    link = models.URLField("adresse", blank=True)
    fictional = models.BooleanField("fictif", default=False)

    class Meta:
        verbose_name = "aide du catalogue"
        ordering = ["title", "variant"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "title", "variant", "starts_on"],
                nulls_distinct=False,
                name="grants_fund_aid_once",
                violation_error_message="Cette aide est déjà au catalogue.",
            ),
            models.CheckConstraint(
                name="grants_fund_aid_ends_after_start",
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=F("starts_on")),
                violation_error_message="La fin d’une aide suit son début.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.get_variant_display()}" if self.variant else self.title


class Grantor(models.Model):
    """How an authority is named in the open data of subsidies: its SIRET."""

    organisation = models.OneToOneField(
        Organisation, models.CASCADE, primary_key=True, related_name="+", verbose_name="autorité"
    )
    siret = models.CharField("SIRET de l’attribuant", max_length=14)

    class Meta:
        verbose_name = "attribuant"
        constraints = [
            models.CheckConstraint(
                name="grants_grantor_siret_14_digits",
                condition=Q(siret__regex=r"^[0-9]{14}$"),
                violation_error_message="Un SIRET compte quatorze chiffres.",
            )
        ]

    def __str__(self) -> str:
        return self.siret


class PublishedSubsidy(models.Model):
    """The open data of an aid, as everybody reads it. Public, no circle: the aid itself stays in its own."""

    grant_key = models.UUIDField("aide", primary_key=True)
    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="attribuant")
    lines = models.JSONField("lignes")
    signed_on = models.DateField("convention signée le")
    published_on = models.DateField("publiée le")

    class Meta:
        verbose_name = "subvention publiée"
        ordering = ["signed_on", "grant_key"]

    def __str__(self) -> str:
        return f"{self.grant_key}"
