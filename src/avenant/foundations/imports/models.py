from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from avenant.foundations.parties.models import PrivateRow


class Import(PrivateRow):
    """A file sent to be taken over, its organisation's alone: read, confirmed, perhaps undone. It keeps its hash.

    ``report`` is what reading it gave: counts, lines set aside with their reasons, lines to check.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("nature", max_length=30)
    filename = models.CharField("fichier", max_length=200)
    sha256 = models.CharField("empreinte", max_length=64)
    size = models.PositiveBigIntegerField("taille (octets)")
    at = models.DateTimeField("reçu le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")
    columns = models.JSONField("colonnes", default=dict)
    titles = models.JSONField("titres du fichier", default=list)
    report = models.JSONField("lecture", default=dict)
    failure = models.CharField("refus", max_length=500, blank=True)
    read_at = models.DateTimeField("lu le", null=True, blank=True)
    confirmed_at = models.DateTimeField("confirmé le", null=True, blank=True)
    taken_at = models.DateTimeField("repris le", null=True, blank=True)
    undone_at = models.DateTimeField("annulé le", null=True, blank=True)
    taken = models.PositiveIntegerField("lignes reprises", default=0)

    class Meta(PrivateRow.Meta):
        verbose_name = "import"
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                name="imports_import_taken_once_confirmed",
                condition=Q(taken_at=None) | Q(confirmed_at__isnull=False),
                violation_error_message="Rien n’est repris d’un fichier sans confirmation.",
            ),
            models.CheckConstraint(
                name="imports_import_undone_once_taken",
                condition=Q(undone_at=None) | Q(taken_at__isnull=False),
                violation_error_message="Seul un import repris s’annule.",
            ),
        ]
        indexes = [models.Index(fields=["private_to", "-at"], name="imports_by_date")]

    def __str__(self) -> str:
        return self.filename

    @property
    def state(self) -> tuple[str, str]:
        """What a page shows of it: words and tone."""
        if self.undone_at:
            return "annulé", ""
        if self.taken_at:
            return "repris", "good"
        if self.failure:
            return "refusé", "bad"
        if self.confirmed_at:
            return "en cours d’enregistrement", "warn"
        return ("à confirmer", "warn") if self.read_at else ("en cours de lecture", "warn")

    @property
    def working(self) -> bool:
        """Does a job still have to say something of it."""
        return not (self.failure or self.taken_at) and bool(self.confirmed_at or not self.read_at)

    @property
    def mark(self) -> str:
        """What a row taken from it says of its origin, without the instant."""
        return f"Repris de «\u202f{self.filename[:80]}\u202f», empreinte {self.sha256[:12]}"

    def page(self) -> str:
        return reverse("imports:import", args=[self.pk])

    def said(self, name: str, default: Any = None) -> Any:
        return self.report.get(name, default)


class TakenRow(PrivateRow):
    """A row that a file gave: the line it came from, and what it became. What is undone is found by it."""

    source = models.ForeignKey(Import, models.CASCADE, related_name="rows", verbose_name="import")
    line = models.PositiveIntegerField("ligne")
    subject = models.UUIDField("ce qui a été créé")
    label = models.CharField("intitulé", max_length=250)

    class Meta(PrivateRow.Meta):
        verbose_name = "ligne reprise"
        ordering = ["line", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "subject"],
                name="imports_taken_once",
                violation_error_message="Cette ligne est déjà reprise.",
            )
        ]
        indexes = [models.Index(fields=["subject"], name="imports_taken_by_subject")]

    def __str__(self) -> str:
        return self.label


class RememberedColumn(PrivateRow):
    """What an organisation has said of a column title, for its next file of the same kind."""

    kind = models.CharField("nature", max_length=30)
    title = models.CharField("titre plié", max_length=200)
    target = models.CharField("colonne de la plateforme", max_length=40, blank=True)

    class Meta(PrivateRow.Meta):
        verbose_name = "colonne retenue"
        constraints = [
            models.UniqueConstraint(
                fields=["private_to", "kind", "title"],
                name="imports_column_remembered_once",
                violation_error_message="Ce titre est déjà retenu.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} → {self.target}"
