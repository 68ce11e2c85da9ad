from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from avenant.foundations.documents.models import Document
from avenant.foundations.parties.models import CircleRow, Organisation
from avenant.funding.grants.models.grants import Grant, Instalment


class InstalmentDocument(CircleRow):
    """A document that an instalment waits for: received, then accepted or refused with a reason by the authority."""

    class Verdict(models.TextChoices):
        RECEIVED = "received", "reçu, à lire"
        ACCEPTED = "accepted", "accepté"
        REFUSED = "refused", "refusé"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    instalment = models.ForeignKey(Instalment, models.CASCADE, related_name="documents", verbose_name="versement")
    code = models.CharField("document", max_length=40)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    received_on = models.DateField("reçu le")
    verdict = models.CharField("verdict", max_length=10, choices=Verdict, default=Verdict.RECEIVED)
    reason = models.CharField("motif", max_length=300, blank=True)
    judged_at = models.DateTimeField("jugé le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "document d’un versement"
        ordering = ["instalment", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["instalment", "code"],
                name="grants_document_once",
                violation_error_message="Ce document est déjà reçu pour ce versement.",
            ),
            models.CheckConstraint(
                name="grants_document_refused_has_its_reason",
                condition=~Q(verdict="refused") | ~Q(reason=""),
                violation_error_message="Un document refusé a son motif.",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Reserve(CircleRow):
    """What the authority holds against an aid: its instalments wait until it is lifted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey(Grant, models.CASCADE, related_name="reserves", verbose_name="aide")
    reason = models.CharField("réserve", max_length=300)
    raised_on = models.DateField("émise le")
    lifted_on = models.DateField("levée le", null=True, blank=True)
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "réserve"
        ordering = ["raised_on"]
        constraints = [
            models.CheckConstraint(
                name="grants_reserve_lifted_after",
                condition=Q(lifted_on=None) | Q(lifted_on__gte=F("raised_on")),
                violation_error_message="Une réserve est levée après avoir été émise.",
            )
        ]

    def __str__(self) -> str:
        return self.reason


class ScanBatch(CircleRow):
    """A batch of scanned pages: each page is sent back to its agreement by the mark that it bears.

    ``outcome``: for each page, the reference and rank read, or nothing; then what was filed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="autorité")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="fichier")
    pages = models.PositiveSmallIntegerField("pages")
    outcome = models.JSONField("résultat", null=True, blank=True)
    at = models.DateTimeField("déposé le")
    read_at = models.DateTimeField("lu le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "lot de pages numérisées"
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"Lot de {self.pages} pages"
