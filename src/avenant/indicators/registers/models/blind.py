from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse

from avenant.domain.neutral_count import Released, Stage
from avenant.foundations.parties.models import CircleRow, Organisation, ShareableRow
from avenant.indicators.registers.models.lists import EstablishmentList


class BlindCount(CircleRow):
    """How many establishments a service's list and the fund's have in common, counted without seeing either.

    What is told is a number of tens, or a bound; the exact number is kept nowhere.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="demandé par")
    counterpart = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="caisse")
    kind = models.CharField("nature", max_length=10, choices=EstablishmentList.Kind)
    strand = models.CharField("volet", max_length=10, choices=EstablishmentList.Strand)
    year = models.PositiveSmallIntegerField("année de référence")
    asked_at = models.DateTimeField("demandé le")
    answered_at = models.DateTimeField("compté le", null=True, blank=True)
    told = models.PositiveIntegerField("en commun, arrondi", null=True, blank=True)
    bound = models.CharField(
        "borne", max_length=5, blank=True, choices=[("below", "moins de 11"), ("above", "tous ou presque")]
    )

    class Meta(CircleRow.Meta):
        verbose_name = "compte neutre"
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["circle", "kind", "strand", "year"],
                name="registers_blind_asked_once",
                violation_error_message="Ce compte neutre est déjà demandé : une question ne se pose qu’une fois.",
            ),
            models.CheckConstraint(
                name="registers_blind_answered_whole",
                condition=Q(answered_at=None, told=None, bound="")
                | Q(answered_at__isnull=False, told__isnull=False, bound="")
                | Q(answered_at__isnull=False, told=None, bound__in=["below", "above"]),
                violation_error_message="Un compte rendu porte sa date, et un nombre ou une borne.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_strand_display()}, {self.year}"

    def page(self) -> str:
        return reverse("registers:blind", args=[self.pk])

    @property
    def words(self) -> str:
        """« environ 3 220 », « moins de 11 »; empty before the count."""
        return Released(self.told, self.bound).words if self.answered_at else ""


class BlindMessage(ShareableRow):
    """What a party brought for a neutral count: its promise, its blinded list, its answer.

    The answer is read by its sender and by the job that counts, and by nobody else: with both, a party would count
    before the floor and the rounding. The points are erased once counted; sizes and promises stay.
    """

    count = models.ForeignKey(BlindCount, models.CASCADE, related_name="messages", verbose_name="compte")
    sender = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="déposé par")
    stage = models.CharField("étape", max_length=10, choices=[(one.value, one.label) for one in Stage])
    size = models.PositiveIntegerField("établissements")
    commitment = models.CharField("engagement", max_length=64)
    fingerprint = models.CharField("empreinte du message", max_length=64)
    content = models.BinaryField("message", null=True, editable=False)
    at = models.DateTimeField("déposé le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(ShareableRow.Meta):
        verbose_name = "message d’un compte neutre"
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["count", "sender", "stage"],
                name="registers_blind_message_once",
                violation_error_message="Ce message est déjà déposé : il ne se remplace pas.",
            ),
            models.CheckConstraint(
                name="registers_blind_answer_is_its_sender_s",
                condition=~Q(stage="doubled") | Q(private_to=models.F("sender"), private_to__isnull=False),
                violation_error_message="Une réponse n’est lue que de l’organisme qui la dépose.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}, {self.sender_id}"
