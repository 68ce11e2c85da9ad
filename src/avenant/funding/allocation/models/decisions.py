from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse

from avenant.foundations.documents.models import Document
from avenant.foundations.parties.models import CircleRow, Organisation
from avenant.funding.allocation.models.envelopes import Envelope, euros
from avenant.funding.allocation.models.sessions import Examined, Selection
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier


class Outcome(models.TextChoices):
    """What a final decision says."""

    RETAINED = "retained", "retenu"
    PARTLY = "partly", "retenu partiellement"
    REFUSED = "refused", "non retenu"


FUNDED = (Outcome.RETAINED, Outcome.PARTLY)


class Award(CircleRow):
    """The final decision on a dossier, drawn on its envelope; in the circle of the authority and its partners."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.OneToOneField(Examined, models.PROTECT, related_name="award", verbose_name="dossier en séance")
    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="+", verbose_name="dossier")
    outcome = models.CharField("décision", max_length=10, choices=Outcome)
    amount = euros("montant accordé", default=0)
    envelope = models.ForeignKey(
        Envelope, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="enveloppe"
    )
    reason = models.TextField("motif", blank=True)
    conditions = models.TextField("conditions", blank=True)
    decided_on = models.DateField("décidé le")
    decided_at = models.DateTimeField("enregistré le")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="décidé par")

    class Meta(CircleRow.Meta):
        verbose_name = "décision d’attribution"
        ordering = ["decided_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="allocation_award_amount_and_envelope",
                condition=Q(outcome__in=["retained", "partly"], amount__gt=0, envelope__isnull=False)
                | Q(outcome="refused", amount=0, envelope=None),
                violation_error_message="Un dossier retenu a un montant pris sur une enveloppe ; un refus, ni l’un ni l’autre.",
            ),
            models.CheckConstraint(
                name="allocation_award_refusal_has_its_reason",
                condition=~Q(outcome="refused") | ~Q(reason=""),
                violation_error_message="Un refus a son motif.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} · {self.amount}"


class Told(CircleRow):
    """The decision as the establishment receives it, in the circle of its dossier: never a score, never a rank."""

    dossier = models.OneToOneField(
        Dossier, models.PROTECT, primary_key=True, related_name="decision_told", verbose_name="dossier"
    )
    outcome = models.CharField("décision", max_length=10, choices=Outcome)
    amount = euros("montant accordé", default=0)
    reason = models.TextField("motif", blank=True)
    conditions = models.TextField("conditions", blank=True)
    decided_on = models.DateField("décidé le")
    notified_at = models.DateTimeField("notifié le")
    letter = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="courrier"
    )

    class Meta(CircleRow.Meta):
        verbose_name = "décision notifiée"
        constraints = [
            models.CheckConstraint(
                name="allocation_told_refusal_has_its_reason",
                condition=~Q(outcome="refused") | ~Q(reason=""),
                violation_error_message="Un refus notifié a son motif.",
            )
        ]

    def __str__(self) -> str:
        return self.get_outcome_display()

    def page(self) -> str:
        return reverse("allocation:told", args=[self.dossier_id])


class RateRevision(CircleRow):
    """A rate revised for a whole call: old, new, reason, author, date. In force once validated.

    Above the stated maximum it is an express derogation, validated by the decision-maker (§3.2, 2°, §5.1).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(PublishedCall, models.PROTECT, related_name="+", verbose_name="appel")
    old = models.DecimalField("ancien taux (%)", max_digits=6, decimal_places=2)
    new = models.DecimalField("nouveau taux (%)", max_digits=6, decimal_places=2)
    maximum = models.DecimalField("maximum affiché (%)", max_digits=6, decimal_places=2, null=True, blank=True)
    total_before = euros("total des aides, avant")
    total_after = euros("total des aides, après")
    envelope = euros("enveloppe")
    reason = models.TextField("motif")
    proposed_at = models.DateTimeField("proposée le")
    proposed_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="proposée par")
    validated_at = models.DateTimeField("validée le", null=True, blank=True)
    validated_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="validée par"
    )

    class Meta(CircleRow.Meta):
        verbose_name = "révision du taux"
        ordering = ["-proposed_at"]
        constraints = [
            models.CheckConstraint(
                name="allocation_revision_validated_by_somebody",
                condition=Q(validated_at=None, validated_by=None)
                | Q(validated_at__isnull=False, validated_by__isnull=False),
                violation_error_message="Une révision validée a sa date et son auteur.",
            ),
            models.CheckConstraint(
                name="allocation_revision_has_its_reason",
                condition=~Q(reason=""),
                violation_error_message="Une révision du taux est motivée.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old} % → {self.new} %"

    @property
    def above_maximum(self) -> bool:
        return self.maximum is not None and self.new > self.maximum


class TableSent(CircleRow):
    """The table of retained projects sent to the partners: when, to whom, which file."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    selection = models.ForeignKey(Selection, models.PROTECT, related_name="sendings", verbose_name="séance")
    at = models.DateTimeField("envoyé le")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="envoyé par")
    recipients = models.JSONField("destinataires", default=list)
    rows = models.PositiveIntegerField("projets retenus")
    total = euros("total accordé")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="fichier")

    class Meta(CircleRow.Meta):
        verbose_name = "envoi du tableau des projets retenus"
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"


class ListingRequest(CircleRow):
    """A partner asks for a more detailed listing; the request, its answer and its date are kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    selection = models.ForeignKey(Selection, models.PROTECT, related_name="requests", verbose_name="séance")
    asked_by = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="demandé par")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="personne")
    asked_at = models.DateTimeField("demandé le")
    scope = models.TextField("objet de la demande")
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="fichier"
    )

    class Meta(CircleRow.Meta):
        verbose_name = "demande de listage détaillé"
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                name="allocation_request_answer_is_whole",
                condition=Q(answered_at=None, document=None) | Q(answered_at__isnull=False, document__isnull=False),
                violation_error_message="Une réponse a sa date et son fichier.",
            )
        ]

    def __str__(self) -> str:
        return self.scope[:80]
