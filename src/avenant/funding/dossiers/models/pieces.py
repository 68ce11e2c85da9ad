"""Pieces of a dossier, and what the authority says of them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from avenant.foundations.documents.models import Document
from avenant.foundations.parties.models import CircleRow
from avenant.funding.dossiers.models.content import Dialogue, Project
from avenant.funding.dossiers.models.dossier import Dossier


class Piece(CircleRow):
    """A document of the dossier, of one project or of the whole, under the name that the rulebook gives it.

    A piece declared unavailable has its reason and no document.
    """

    class Opinion(models.TextChoices):
        FAVOURABLE = "favourable", "favorable"
        UNFAVOURABLE = "unfavourable", "défavorable"
        RESERVED = "reserved", "favorable avec réserves"
        NONE = "none", "sans avis"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="pieces", verbose_name="dossier")
    project = models.ForeignKey(
        Project, models.CASCADE, null=True, blank=True, related_name="pieces", verbose_name="projet"
    )
    kind = models.CharField("pièce", max_length=40)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    on = models.DateField("date de la pièce", null=True, blank=True)
    signatory = models.CharField("signataire, par sa qualité", max_length=200, blank=True)
    signed_on = models.DateField("signée le", null=True, blank=True)
    body = models.CharField("instance", max_length=10, choices=Dialogue.Body, blank=True)
    opinion = models.CharField("avis", max_length=14, choices=Opinion, blank=True)
    unavailable = models.CharField("non disponible, motif", max_length=300, blank=True)
    added_at = models.DateTimeField("jointe le")

    class Meta(CircleRow.Meta):
        verbose_name = "pièce du dossier"
        ordering = ["added_at"]
        constraints = [
            models.CheckConstraint(
                name="dossiers_piece_is_there_or_says_why_not",
                condition=Q(document__isnull=False, unavailable="") | (Q(document=None) & ~Q(unavailable="")),
                violation_error_message="Une pièce est jointe, ou son absence a un motif.",
            )
        ]

    def __str__(self) -> str:
        return self.kind

    @property
    def signed(self) -> bool:
        """Signed by a competent person: quality and date are told."""
        return bool(self.signatory) and self.signed_on is not None


class PieceCheck(CircleRow):
    """What the authority says of a piece handed in: compliant, or not and why."""

    piece = models.OneToOneField(
        Piece, models.CASCADE, primary_key=True, related_name="check_made", verbose_name="pièce"
    )
    compliant = models.BooleanField("conforme")
    reason = models.CharField("motif", max_length=300, blank=True)
    at = models.DateTimeField("vérifiée le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "vérification d’une pièce"
        constraints = [
            models.CheckConstraint(
                name="dossiers_piece_refused_has_its_reason",
                condition=Q(compliant=True) | ~Q(reason=""),
                violation_error_message="Une pièce non conforme a son motif.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.piece_id}"
