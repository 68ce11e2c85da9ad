from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from avenant.foundations.parties.models import CircleRow, Organisation, PrivateRow, ShareableRow


class EstablishmentList(ShareableRow):
    """The establishments of one kind on one day: its owner's alone until it shares them with the circle."""

    class Kind(models.TextChoices):
        TRAINED = "trained", "établissements formés"
        SUPPORTED = "supported", "établissements accompagnés"
        TARGETED = "targeted", "établissements ciblés par une action de communication"
        COG = "cog", "établissements suivis dans le cadre de la COG"

    class Strand(models.TextChoices):
        ONE = "volet-1", "volet 1"
        TWO = "volet-2", "volet 2"
        THREE = "volet-3", "volet 3"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="établie par")
    kind = models.CharField("nature", max_length=10, choices=Kind)
    strand = models.CharField("volet", max_length=10, choices=Strand, blank=True)
    year = models.PositiveSmallIntegerField("année de référence")
    as_of = models.DateField("arrêtée au")
    size = models.PositiveIntegerField("établissements")
    fingerprint = models.CharField("empreinte", max_length=64, editable=False)
    at = models.DateTimeField("déposée le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(ShareableRow.Meta):
        verbose_name = "liste d’établissements"
        ordering = ["-year", "kind", "strand", "-as_of", "-at"]
        constraints = [
            models.CheckConstraint(
                name="registers_list_strand_except_cog",
                condition=(Q(kind="cog") & Q(strand="")) | (~Q(kind="cog") & ~Q(strand="")),
                violation_error_message="Une liste porte son volet, sauf celle de la COG.",
            ),
            models.CheckConstraint(
                name="registers_list_private_to_its_owner",
                condition=Q(private_to=None) | Q(private_to=models.F("owner")),
                violation_error_message="Une liste n’est réservée qu’à l’organisme qui l’a établie.",
            ),
        ]

    def __str__(self) -> str:
        strand = f", {self.get_strand_display()}" if self.strand else ""
        return f"{self.get_kind_display().capitalize()}{strand}, {self.year}"

    @property
    def shared(self) -> bool:
        return self.private_to_id is None

    def page(self) -> str:
        return reverse("registers:list", args=[self.pk])


class ListedEstablishment(ShareableRow):
    """One line of a list. It follows its list: private with it, shared with it."""

    listing = models.ForeignKey(EstablishmentList, models.CASCADE, related_name="lines", verbose_name="liste")
    siret = models.CharField("SIRET", max_length=14)
    label = models.CharField("raison sociale", max_length=200, blank=True)
    headcount = models.PositiveIntegerField("effectif", null=True, blank=True)

    class Meta(ShareableRow.Meta):
        verbose_name = "établissement d’une liste"
        ordering = ["siret"]
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "siret"],
                name="registers_line_unique_siret",
                violation_error_message="Cet établissement est déjà dans la liste.",
            ),
            models.CheckConstraint(
                name="registers_line_siret_14_digits",
                condition=Q(siret__regex=r"^[0-9]{14}$"),
                violation_error_message="Un SIRET compte quatorze chiffres.",
            ),
        ]

    def __str__(self) -> str:
        return self.siret


class Match(CircleRow):
    """How many establishments of a service's list the fund follows under the COG. The service asks, a job answers.

    The parties read the two numbers. Which establishments they are is told to each side apart (:class:`MatchSide`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The list is its owner's: the database keeps the link, the other parties cannot follow it.
    listing = models.OneToOneField(EstablishmentList, models.PROTECT, related_name="match", verbose_name="liste")
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="demandé par")
    counterpart = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="caisse")
    kind = models.CharField("nature", max_length=10, choices=EstablishmentList.Kind)
    strand = models.CharField("volet", max_length=10, choices=EstablishmentList.Strand)
    year = models.PositiveSmallIntegerField("année de référence")
    total = models.PositiveIntegerField("établissements de la liste")
    of_which = models.PositiveIntegerField("dont suivis dans le cadre de la COG", null=True, blank=True)
    compared_as_of = models.DateField("liste de la caisse arrêtée au", null=True, blank=True)
    asked_at = models.DateTimeField("demandé le")
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "rapprochement"
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                name="registers_match_of_which_within_total",
                condition=Q(of_which=None) | Q(of_which__lte=models.F("total")),
                violation_error_message="La part suivie ne dépasse pas le total.",
            ),
            models.CheckConstraint(
                name="registers_match_answered_whole",
                condition=Q(answered_at=None, of_which=None, compared_as_of=None)
                | Q(answered_at__isnull=False, of_which__isnull=False, compared_as_of__isnull=False),
                violation_error_message="Une réponse porte son nombre et sa date.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_strand_display()}, {self.year}"


class MatchSide(PrivateRow):
    """The establishments that a match found, for one side: numbers that this side itself gave, and no other."""

    match = models.ForeignKey(Match, models.CASCADE, related_name="sides", verbose_name="rapprochement")
    sirets = ArrayField(models.CharField(max_length=14), verbose_name="établissements communs")

    class Meta(PrivateRow.Meta):
        verbose_name = "établissements communs"
        constraints = [
            models.UniqueConstraint(
                fields=["match", "private_to"],
                name="registers_side_unique",
                violation_error_message="Cet organisme a déjà sa part du rapprochement.",
            )
        ]

    def __str__(self) -> str:
        return f"{len(self.sirets)} établissements"
