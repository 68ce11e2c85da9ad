from __future__ import annotations

from django.db import models
from django.urls import reverse

from avenant.domain.lifecycles import SUPPLEMENT
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import Organisation
from avenant.funding.dossiers.models import Dossier
from avenant.funding.reviews.models.instructing import ReviewRow


class Supplement(StatefulRow):
    """What the authority asks of an establishment on a complete dossier, field by field. In the dossier's circle."""

    lifecycle = SUPPLEMENT

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="supplements", verbose_name="dossier")
    number = models.PositiveSmallIntegerField("numéro")
    message = models.TextField("demande")
    asked_at = models.DateTimeField("demandé le")
    due_at = models.DateTimeField("attendu avant")
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="demandé par")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")
    answer = models.TextField("réponse", blank=True)
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)

    class Meta(StatefulRow.Meta):
        verbose_name = "demande de compléments"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "number"],
                name="reviews_supplement_number",
                violation_error_message="Cette demande existe déjà.",
            )
        ]

    def __str__(self) -> str:
        return f"Compléments n° {self.number}"

    def page(self) -> str:
        return reverse("reviews:supplement", args=[self.pk])

    def journal_page(self) -> str:
        """The dossier's: the representatives of the staff read the journal and no request of the instruction."""
        return self.dossier.page()


class AskedField(ReviewRow):
    """One thing asked: a field of the dossier, a piece, or a question. It alone may be changed."""

    supplement = models.ForeignKey(Supplement, models.CASCADE, related_name="fields", verbose_name="demande")
    position = models.PositiveSmallIntegerField("rang")
    target = models.CharField("ce qui est demandé", max_length=120)
    label = models.CharField("intitulé", max_length=250)
    why = models.CharField("précision", max_length=500, blank=True)
    before = models.JSONField("valeur au moment de la demande", null=True, blank=True)
    value = models.JSONField("réponse", null=True, blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(ReviewRow.Meta):
        verbose_name = "champ demandé"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["supplement", "target"],
                name="reviews_asked_field_once",
                violation_error_message="Ce champ est déjà demandé.",
            )
        ]

    def __str__(self) -> str:
        return self.label
