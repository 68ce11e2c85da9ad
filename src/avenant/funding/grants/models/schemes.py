from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from avenant.foundations.parties.models import Organisation, Territory

CODE = 120


class Scheme(models.Model):
    """A scheme of the catalogue that the funders of a territory keep together: a financial aid for prevention or for
    working conditions, or a national objectives agreement (CNO). Everybody reads it, its owner alone changes it.

    ``variant`` is the kind of employers whom a sheet is for. ``excludes`` are the codes that may not fund the same
    expense. A condition that nobody gave stays blank: « à compléter », no figure is invented.
    """

    class Kind(models.TextChoices):
        AID = "aid", "aide financière"
        CNO = "cno", "convention nationale d’objectifs (CNO)"

    class Setting(models.TextChoices):
        HOME = "home", "aide et soins à la personne à domicile"
        ESTABLISHMENT = "establishment", "aide et soins à la personne en établissement"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="tenu par")
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name="territoire")
    code = models.SlugField("code", max_length=CODE)
    kind = models.CharField("nature", max_length=4, choices=Kind, default=Kind.AID)
    title = models.CharField("dispositif", max_length=200)
    folded = models.CharField("clé de tri et de recherche", max_length=400, editable=False)
    funder = models.CharField("financeur", max_length=120)
    variant = models.CharField("pour", max_length=14, choices=Setting, blank=True)
    sector = models.CharField("secteur", max_length=200, blank=True)
    beneficiaries = models.CharField("bénéficiaires", max_length=300, blank=True)
    starts_on = models.DateField("ouvert du", null=True, blank=True)
    ends_on = models.DateField("au (inclus)", null=True, blank=True)
    rate = models.DecimalField("taux (%)", max_digits=5, decimal_places=2, null=True, blank=True)
    cap = models.DecimalField("plafond", max_digits=14, decimal_places=2, null=True, blank=True)
    conditions = models.TextField("autres conditions", blank=True)
    excludes = ArrayField(
        models.CharField(max_length=CODE), verbose_name="ne finance pas la même dépense que", default=list, blank=True
    )
    article = models.CharField("fondement", max_length=200, blank=True)
    link = models.URLField("adresse", blank=True)
    fictional = models.BooleanField("fictif", default=False)
    saved_at = models.DateTimeField("enregistré le")

    class Meta:
        verbose_name = "dispositif d’aide"
        verbose_name_plural = "dispositifs d’aide"
        ordering = ["folded", "variant", "starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["territory", "code"],
                name="grants_scheme_once",
                violation_error_message="Ce dispositif est déjà au catalogue.",
            ),
            models.CheckConstraint(
                name="grants_scheme_ends_after_start",
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=F("starts_on")),
                violation_error_message="Un dispositif ferme après son ouverture.",
            ),
            models.CheckConstraint(
                name="grants_scheme_rate_is_a_share",
                condition=Q(rate=None) | Q(rate__gte=0, rate__lte=100),
                violation_error_message="Un taux est entre 0 et 100 %.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.get_variant_display()}" if self.variant else self.title

    def page(self) -> str:
        return reverse("grants:scheme", args=[self.pk])

    @property
    def lacks(self) -> list[str]:
        """The conditions that nobody gave yet, neither as figures nor in words."""
        if self.conditions.strip():
            return []
        if self.kind == self.Kind.CNO:
            return ["conditions"]
        told = {
            "taux": self.rate,
            "plafond": self.cap,
            "bénéficiaires": self.beneficiaries or self.sector or self.variant,
        }
        return [label for label, value in told.items() if value in (None, "")]
