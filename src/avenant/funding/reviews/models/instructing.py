from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from avenant.domain.funding import grid
from avenant.domain.lifecycles import INSTRUCTION
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleRow, Organisation
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier


class Instruction(StatefulRow):
    """The examination of one complete dossier. Its circle is the authority and the institutions that give an opinion:
    the establishment is never in it.

    ``eligible``, ``grant``, ``grant_requested`` repeat what the rules compute with what the authority found (a line
    already funded, a category confirmed), so that lists and the ranking read them.
    """

    lifecycle = INSTRUCTION

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="instruction", verbose_name="dossier")
    call = models.ForeignKey(PublishedCall, models.PROTECT, related_name="instructions", verbose_name="appel")
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="autorité")
    examiner = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="instructeur"
    )
    labels = ArrayField(models.CharField(max_length=40), verbose_name="étiquettes", default=list, blank=True)
    in_scope = models.BooleanField("dans le périmètre de l’appel", default=True)
    scope_reason = models.CharField("motif du périmètre", max_length=300, blank=True)
    opinions_due_at = models.DateTimeField("avis attendus avant", null=True, blank=True)
    opinions_opened_at = models.DateTimeField("avis ouverts le", null=True, blank=True)
    eligible = models.DecimalField("coût éligible", max_digits=14, decimal_places=2, null=True, blank=True)
    grant = models.DecimalField("aide calculée", max_digits=14, decimal_places=2, null=True, blank=True)
    grant_requested = models.DecimalField("aide demandée", max_digits=14, decimal_places=2, null=True, blank=True)
    conclusion = models.TextField("conclusion de l’instructeur", blank=True)

    class Meta(StatefulRow.Meta):
        verbose_name = "instruction"
        ordering = ["id"]
        indexes = [models.Index(fields=["call", "state"], name="reviews_by_call")]

    def __str__(self) -> str:
        return f"Instruction · {self.dossier}"

    def page(self) -> str:
        return reverse("reviews:instruction", args=[self.dossier_id])


class ReviewRow(CircleRow):
    """A row of an instruction, in its circle."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta(CircleRow.Meta):
        abstract = True


class Examination(ReviewRow):
    """What a departmental delegation or a business directorate of the authority says of a dossier (§5.2)."""

    class Kind(models.TextChoices):
        DELEGATION = "delegation", "délégation départementale"
        DIRECTORATE = "directorate", "direction métier"

    class Verdict(models.TextChoices):
        FAVOURABLE = "favourable", "favorable"
        RESERVED = "reserved", "réservé"
        UNFAVOURABLE = "unfavourable", "défavorable"

    instruction = models.ForeignKey(
        Instruction, models.CASCADE, related_name="examinations", verbose_name="instruction"
    )
    kind = models.CharField("examen par", max_length=12, choices=Kind)
    name = models.CharField("délégation ou direction", max_length=120)
    person = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="par"
    )
    due_at = models.DateTimeField("attendu avant")
    verdict = models.CharField("avis", max_length=12, choices=Verdict, blank=True)
    text = models.TextField("examen", blank=True)
    given_at = models.DateTimeField("rendu le", null=True, blank=True)

    class Meta(ReviewRow.Meta):
        verbose_name = "examen d’un service de l’autorité"
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["instruction", "kind", "name"],
                name="reviews_examination_once",
                violation_error_message="Cet examen est déjà demandé.",
            ),
            models.CheckConstraint(
                name="reviews_examination_given_has_verdict",
                condition=Q(given_at=None, verdict="") | (Q(given_at__isnull=False) & ~Q(verdict="")),
                violation_error_message="Un examen rendu a son avis et sa date.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.name}"


class Mark(ReviewRow):
    """What the examiner says of one criterion of the grid."""

    instruction = models.ForeignKey(Instruction, models.CASCADE, related_name="marks", verbose_name="instruction")
    criterion = models.CharField(
        "critère", max_length=20, choices=[(one.code, one.label) for one in grid.CRITERIA.values()]
    )
    value = models.CharField("appréciation", max_length=10, choices=[(one.value, one.label) for one in grid.Value])
    reason = models.CharField("motif", max_length=500, blank=True)
    at = models.DateTimeField("le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(ReviewRow.Meta):
        verbose_name = "appréciation d’un critère"
        constraints = [
            models.UniqueConstraint(
                fields=["instruction", "criterion"],
                name="reviews_mark_once",
                violation_error_message="Ce critère est déjà apprécié.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_criterion_display()} : {self.get_value_display()}"


class Interest(ReviewRow):
    """A person's conflict of interest in a dossier: its opinions, grid, checks, exchanges and ranking are closed to them.

    Lifted by somebody else, with the reason, it stays written.
    """

    instruction = models.ForeignKey(Instruction, models.CASCADE, related_name="interests", verbose_name="instruction")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="personne")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")
    reason = models.CharField("lien déclaré", max_length=300)
    at = models.DateTimeField("déclaré le")
    lifted_at = models.DateTimeField("levé le", null=True, blank=True)
    lifted_reason = models.CharField("motif de la levée", max_length=300, blank=True)
    lifted_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="levé par"
    )

    class Meta(ReviewRow.Meta):
        verbose_name = "lien d’intérêt déclaré"
        constraints = [
            models.UniqueConstraint(
                fields=["instruction", "person"],
                condition=Q(lifted_at=None),
                name="reviews_interest_once",
                violation_error_message="Ce lien d’intérêt est déjà déclaré.",
            ),
            models.CheckConstraint(
                name="reviews_interest_lifted_says_why",
                condition=Q(lifted_at=None, lifted_by=None, lifted_reason="")
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lifted_reason="")),
                violation_error_message="Un lien d’intérêt levé dit par qui et pourquoi.",
            ),
            models.CheckConstraint(
                name="reviews_interest_lifted_by_another",
                condition=Q(lifted_by=None) | ~Q(lifted_by=models.F("person")),
                violation_error_message="Un lien d’intérêt est levé par une autre personne que celle qui l’a déclaré.",
            ),
        ]

    def __str__(self) -> str:
        return self.reason
