from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from avenant.foundations.parties.models import CircleRow
from avenant.funding.allocation.models.envelopes import Envelope, euros


class Movement(CircleRow):
    """A decision of the giver on a received envelope: delegated, changed, withdrawn. Never rewritten."""

    class Kind(models.TextChoices):
        DELEGATED = "delegated", "délégation"
        REVISED = "revised", "modification"
        WITHDRAWN = "withdrawn", "retrait"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    envelope = models.ForeignKey(Envelope, models.PROTECT, related_name="movements", verbose_name="enveloppe reçue")
    number = models.PositiveSmallIntegerField("rang")
    kind = models.CharField("nature", max_length=10, choices=Kind)
    before = euros("avant")
    after = euros("après")
    reference = models.CharField("décision ou article", max_length=200)
    decided_on = models.DateField("décidé le")
    reason = models.CharField("motif", max_length=500, blank=True)
    at = models.DateTimeField("inscrit le")

    class Meta(CircleRow.Meta):
        verbose_name = "mouvement de crédits délégués"
        ordering = ["envelope", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["envelope", "number"],
                name="allocation_movement_number_once",
                violation_error_message="Ce mouvement de crédits a déjà son rang.",
            ),
            models.CheckConstraint(
                name="allocation_movement_amounts",
                condition=Q(kind="delegated", before=0, after__gt=0)
                | (Q(kind="revised", before__gte=0, after__gt=0) & ~Q(before=F("after")))
                | Q(kind="withdrawn", before__gt=0, after=0),
                violation_error_message="Un mouvement de crédits change le montant délégué ; un retrait le ramène à zéro.",
            ),
            models.CheckConstraint(
                name="allocation_movement_has_its_decision",
                condition=~Q(reference="") & (Q(kind="delegated") | ~Q(reason="")),
                violation_error_message="Un mouvement de crédits dit sa décision ; une modification ou un retrait, son motif.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.reference}"


class Consumption(CircleRow):
    """What a received envelope and all its parts have granted and paid, in all: what its giver reads of its use.

    Written by a job from the aids, which the giver does not see; no beneficiary, no dossier, no count.
    """

    envelope = models.OneToOneField(
        Envelope, models.CASCADE, primary_key=True, related_name="consumption", verbose_name="enveloppe reçue"
    )
    granted = euros("accordé", default=0)
    paid = euros("versé", default=0)
    told_at = models.DateTimeField("relevé le")

    class Meta(CircleRow.Meta):
        verbose_name = "consommation d’une enveloppe reçue"
        constraints = [
            models.CheckConstraint(
                name="allocation_consumption_not_negative",
                condition=Q(granted__gte=0, paid__gte=0),
                violation_error_message="Ce qui est accordé ou versé n’est jamais négatif.",
            ),
        ]

    def __str__(self) -> str:
        return f"Consommation, {self.envelope_id}"
