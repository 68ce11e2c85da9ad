from __future__ import annotations

from django.db import models

from avenant.contracts.drafting.models.heads import Contract, ContractParty
from avenant.domain.contracts import LegalText
from avenant.foundations.documents.models import Document
from avenant.foundations.parties.models import CircleRow


class FrozenText(CircleRow):
    """The text of a contract, or of an amendment, as it was opened to signature. Nothing changes it; it is hashed."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="frozen_texts", verbose_name="contrat")
    subject = models.UUIDField("acte", db_index=True, help_text="the contract itself, or one of its amendments")
    sha256 = models.CharField("empreinte", max_length=64)
    content = models.JSONField("texte")
    at = models.DateTimeField("arrêté le")

    class Meta(CircleRow.Meta):
        verbose_name = "texte arrêté"
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.sha256[:12]

    @property
    def legal(self) -> LegalText:
        return LegalText.from_kept(self.content)


class Signature(CircleRow):
    """What one party is asked to sign, and what it has signed: two hashes that agree once it has signed this version."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="signatures", verbose_name="contrat")
    subject = models.UUIDField("acte", db_index=True)
    party = models.ForeignKey(ContractParty, models.CASCADE, related_name="signatures", verbose_name="partie")
    asked_sha256 = models.CharField("empreinte demandée", max_length=64)
    asked_text = models.ForeignKey(FrozenText, models.PROTECT, related_name="+", verbose_name="texte demandé")
    asked_at = models.DateTimeField("demandée le")
    sha256 = models.CharField("empreinte signée", max_length=64, blank=True)
    signed_text = models.ForeignKey(
        FrozenText, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="texte signé"
    )
    signed_on = models.DateField("signée le", null=True, blank=True)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="exemplaire signé"
    )

    class Meta(CircleRow.Meta):
        verbose_name = "signature"
        ordering = ["contract", "subject", "party__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "party"],
                name="drafting_signature_once_a_party",
                violation_error_message="Cette partie a déjà une signature pour cet acte.",
            ),
            models.CheckConstraint(
                name="drafting_signature_with_its_document",
                condition=models.Q(sha256="", signed_on=None, document=None)
                | (~models.Q(sha256="") & models.Q(signed_on__isnull=False, document__isnull=False)),
                violation_error_message="Une signature a sa date et son exemplaire signé.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party.organisation.short_name}\u202f: {self.status}"

    @property
    def is_signed(self) -> bool:
        """Has it signed the version that is asked."""
        return bool(self.sha256) and self.sha256 == self.asked_sha256

    @property
    def is_asked_again(self) -> bool:
        return bool(self.sha256) and self.sha256 != self.asked_sha256

    @property
    def status(self) -> str:
        if self.is_signed:
            return "signé"
        return "à signer de nouveau" if self.is_asked_again else "signature attendue"

    @property
    def tone(self) -> str:
        return "good" if self.is_signed else "warn"


class Consultation(CircleRow):
    """A body heard before the signature: when, what it says, with its file."""

    class Opinion(models.TextChoices):
        FAVOURABLE = "favourable", "favorable"
        RESERVED = "reserved", "favorable avec réserves"
        UNFAVOURABLE = "unfavourable", "défavorable"
        NONE = "none", "pas d’avis rendu"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="consultations", verbose_name="contrat")
    body_key = models.SlugField("instance", max_length=80)
    body = models.CharField("instance", max_length=200)
    basis = models.CharField("fondement", max_length=200, blank=True)
    heard_on = models.DateField("consultée le")
    opinion = models.CharField("avis", max_length=12, choices=Opinion)
    remarks = models.TextField("observations", blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="avis")

    class Meta(CircleRow.Meta):
        verbose_name = "consultation"
        ordering = ["contract", "heard_on", "body_key"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "body_key"],
                name="drafting_consultation_once_a_body",
                violation_error_message="Cette instance a déjà été consultée sur ce contrat.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.body}\u202f: {self.get_opinion_display()}"


class ConsistencyCheck(CircleRow):
    """What the authority that prepares a contract found before the signature: coherent with a plan, or to be revised."""

    class Subject(models.TextChoices):
        PRST = "prst", "plan régional santé au travail (PRST)"
        PST = "pst", "plan santé au travail (PST)"
        POLICY = "policy", "politique régionale de santé au travail"
        ACCREDITATION = "accreditation", "agrément du service"

    class Result(models.TextChoices):
        CONSISTENT = "consistent", "cohérent"
        TO_REVISE = "to_revise", "à reprendre"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="checks", verbose_name="contrat")
    subject = models.CharField("cohérence avec", max_length=14, choices=Subject)
    result = models.CharField("résultat", max_length=10, choices=Result)
    comment = models.TextField("commentaire", blank=True)
    checked_on = models.DateField("contrôlée le")

    class Meta(CircleRow.Meta):
        verbose_name = "contrôle de cohérence"
        ordering = ["contract", "checked_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "subject"],
                name="drafting_check_once_a_subject",
                violation_error_message="Cette cohérence est déjà contrôlée pour ce contrat.",
            ),
            models.CheckConstraint(
                name="drafting_check_to_revise_says_what",
                condition=~models.Q(result="to_revise") | ~models.Q(comment=""),
                violation_error_message="Un contrôle « à reprendre » dit ce qu’il faut reprendre.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_display()}\u202f: {self.get_result_display()}"
