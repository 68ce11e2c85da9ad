from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from avenant.domain.funding import opinions
from avenant.foundations.parties.models import Organisation, ShareableRow
from avenant.funding.reviews.models.instructing import Instruction, ReviewRow


class OpinionAsked(ReviewRow):
    """An institution whose technical opinion is awaited. All read that it is given; its content waits for the others."""

    instruction = models.ForeignKey(Instruction, models.CASCADE, related_name="asked", verbose_name="instruction")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="institution")
    given_at = models.DateTimeField("rendu le", null=True, blank=True)

    class Meta(ReviewRow.Meta):
        verbose_name = "avis attendu"
        ordering = ["organisation__kind", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["instruction", "organisation"],
                name="reviews_opinion_asked_once",
                violation_error_message="L’avis de cette institution est déjà attendu.",
            )
        ]

    def __str__(self) -> str:
        return f"Avis attendu · {self.organisation.short_name}"


class Opinion(ShareableRow):
    """The technical opinion of an institution: its own until the last one is in, or the round is closed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asked = models.OneToOneField(OpinionAsked, models.CASCADE, related_name="opinion", verbose_name="avis attendu")
    points = models.JSONField("réponses", default=dict, help_text='{"layout": ["favourable", "commentaire"]}')
    comment = models.TextField("observation d’ensemble", blank=True)
    saved_at = models.DateTimeField("enregistré le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(ShareableRow.Meta):
        verbose_name = "avis technique"

    def __str__(self) -> str:
        return f"{self.asked_id}"


class CollegialOpinion(ReviewRow):
    """The one opinion of the concertation committee, with the representatives present."""

    instruction = models.OneToOneField(
        Instruction, models.CASCADE, related_name="collegial", verbose_name="instruction"
    )
    value = models.CharField("avis", max_length=12, choices=[(one.value, one.label) for one in opinions.Collegial])
    comment = models.TextField("réserve ou motif", blank=True)
    held_on = models.DateField("comité du")
    present = models.JSONField("représentants présents", default=dict, help_text='{"<organisation>": "capacité"}')
    recorded_at = models.DateTimeField("enregistré le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(ReviewRow.Meta):
        verbose_name = "avis collégial"
        constraints = [
            models.CheckConstraint(
                name="reviews_collegial_says_why",
                condition=Q(value="favourable") | ~Q(comment=""),
                violation_error_message="Une réserve, un refus ou un ajournement a son motif.",
            )
        ]

    def __str__(self) -> str:
        return self.get_value_display()
