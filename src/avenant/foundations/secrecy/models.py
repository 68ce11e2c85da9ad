from __future__ import annotations

import uuid
from datetime import date

from django.db import models
from django.db.models import Q

from avenant.foundations.documents.models import Document
from avenant.foundations.parties.models import CircleRow, Organisation, PrivateRow, ShareableRow

EXEMPTIONS = [
    ("public", "domaine public"),
    ("known", "connue avant la première divulgation"),
    ("third_party", "reçue licitement d’un tiers"),
]


class Acknowledgement(PrivateRow):
    """What a person answered to the notice of a file, in one version; their own organisation alone reads it.

    ``purpose`` is what their exports of the file are for. An administrator may withdraw one: the notice is asked again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("accounts.User", models.CASCADE, related_name="+", verbose_name="personne")
    notice = models.SlugField("notice", max_length=40)
    version = models.PositiveSmallIntegerField("version")
    accepted = models.BooleanField("acceptée")
    at = models.DateTimeField("date")
    purpose = models.CharField("finalité des exports", max_length=120, blank=True)
    withdrawn_at = models.DateTimeField("réinitialisée le", null=True, blank=True)
    reason = models.CharField("motif", max_length=500, blank=True)

    class Meta(PrivateRow.Meta):
        verbose_name = "reconnaissance du secret professionnel"
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "private_to", "circle", "notice", "version"],
                condition=Q(accepted=True, withdrawn_at=None),
                name="secrecy_acknowledgement_once",
                violation_error_message="Cette personne a déjà reconnu cette version de la notice.",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(reason=""),
                name="secrecy_acknowledgement_withdrawn_for_a_reason",
                violation_error_message="Une reconnaissance se réinitialise avec un motif.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, version {self.version}"


class Declassification(CircleRow):
    """An item of a file is no longer confidential: which exception of article 8, proved how, decided by its owner."""

    class Subject(models.TextChoices):
        DOCUMENT = "document", "document"
        MINUTES = "minutes", "compte rendu"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.UUIDField("objet", unique=True)
    subject_kind = models.CharField("nature", max_length=10, choices=Subject)
    label = models.CharField("élément", max_length=250)
    exemption = models.CharField("exception", max_length=12, choices=EXEMPTIONS)
    link = models.URLField("lien", max_length=500, blank=True)
    proof = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="preuve")
    reason = models.TextField("motif", blank=True)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="décidé par")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="personne")
    at = models.DateTimeField("date")

    class Meta(CircleRow.Meta):
        verbose_name = "levée de confidentialité"
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(exemption__in=[key for key, _ in EXEMPTIONS]),
                name="secrecy_declassification_one_of_three",
                violation_error_message="La confidentialité se lève par l’une des trois exceptions de l’article 8.",
            ),
            models.CheckConstraint(
                condition=Q(proof__isnull=False) | (~Q(link="") & ~Q(exemption="known")),
                name="secrecy_declassification_proved",
                violation_error_message="La levée de confidentialité demande sa preuve.",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class AuditRight(CircleRow):
    """An organisation that is no party reads a file until a last day, decided by a party, seen by all of them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    auditor = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme auditeur")
    mandate = models.CharField("mandat", max_length=250)
    starts_on = models.DateField("premier jour")
    last_day = models.DateField("dernier jour")
    decided_by = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="décidé par")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="personne")
    at = models.DateTimeField("décidé le")
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)
    ended_for = models.CharField("motif de fin", max_length=250, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "droit d’audit"
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=models.F("starts_on")),
                name="secrecy_audit_ends_after_start",
                violation_error_message="Le dernier jour d’un audit suit son premier.",
            ),
            models.UniqueConstraint(
                fields=["circle", "auditor"],
                condition=Q(ended_at=None),
                name="secrecy_audit_one_at_a_time",
                violation_error_message="Cet organisme a déjà un droit d’audit sur ce dossier.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.auditor}, {self.mandate}"

    def runs_on(self, day: date) -> bool:
        """Does the auditor read the file on ``day``: the last day is included."""
        return self.ended_at is None and self.starts_on <= day <= self.last_day


class SecurityPolicy(ShareableRow):
    """The security policy of a party: its own document, read by itself alone until it shares it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")
    name = models.CharField("nom", max_length=200)
    media_type = models.CharField("type", max_length=100)
    size = models.PositiveBigIntegerField("taille (octets)")
    sha256 = models.CharField("empreinte", max_length=64)
    at = models.DateTimeField("déposée le")
    shared_at = models.DateTimeField("partagée le", null=True, blank=True)

    class Meta(ShareableRow.Meta):
        verbose_name = "politique de sécurité"
        ordering = ["-at"]

    def __str__(self) -> str:
        return self.name


class Elimination(models.Model):
    """What has reached its term in a category: deleted by the platform when it may, otherwise listed for a visa.

    Its instants are real ones: retention does not follow the demonstration's clock.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    category = models.SlugField("catégorie", max_length=40)
    until = models.DateField("échus avant le")
    count = models.PositiveIntegerField("nombre")
    at = models.DateTimeField("relevé le")
    automatic = models.BooleanField("éliminé par la plateforme")
    approved_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="visé par"
    )
    approved_at = models.DateTimeField("visé le", null=True, blank=True)
    remark = models.CharField("observation", max_length=250, blank=True)

    class Meta:
        verbose_name = "élimination"
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["category"],
                condition=Q(automatic=False, approved_at=None),
                name="secrecy_elimination_one_waiting",
                violation_error_message="Cette catégorie attend déjà un visa.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.category}, {self.until:%d/%m/%Y}"
