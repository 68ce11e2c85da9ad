"""Acts on a dossier: certified, handed in, its category ruled on, its local contract signed."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from avenant.domain.rules.rulebook import Rulebook
from avenant.foundations.documents.models import Document
from avenant.foundations.parties.models import CircleRow
from avenant.funding.calls.models import kept_rulebook
from avenant.funding.dossiers.models.content import Dialogue
from avenant.funding.dossiers.models.dossier import Dossier


class LocalContract(CircleRow):
    """The local contract of the dossier, between the management and the staff representatives: who signed, when.

    Its objectives are :class:`Objective`, its negotiation :class:`Dialogue`. Finalised, it no longer changes.
    """

    dossier = models.OneToOneField(
        Dossier, models.CASCADE, primary_key=True, related_name="local_contract", verbose_name="dossier"
    )
    management_capacity = models.CharField("signé pour la direction, qualité", max_length=200, blank=True)
    management_signed_on = models.DateField("signé par la direction le", null=True, blank=True)
    staff_body = models.CharField("instance du personnel", max_length=10, choices=Dialogue.Body, blank=True)
    staff_capacity = models.CharField("signé pour le personnel, qualité", max_length=200, blank=True)
    staff_signed_on = models.DateField("signé par les représentants du personnel le", null=True, blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    finalised_at = models.DateTimeField("finalisé le", null=True, blank=True)
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "contrat local"
        constraints = [
            models.CheckConstraint(
                name="dossiers_local_contract_needs_both_parties",
                condition=Q(finalised_at=None)
                | (
                    Q(management_signed_on__isnull=False, staff_signed_on__isnull=False)
                    & ~Q(management_capacity="")
                    & ~Q(staff_capacity="")
                    & ~Q(staff_body="")
                ),
                violation_error_message="Un contrat local est signé par la direction et par les représentants du personnel.",
            )
        ]

    def __str__(self) -> str:
        return f"Contrat local, {self.dossier_id}"


class KeptFacts(CircleRow):
    """The facts of a dossier as the rules read them, kept by each write so that its pages read no row again."""

    dossier = models.OneToOneField(
        Dossier, models.CASCADE, primary_key=True, related_name="kept", verbose_name="dossier"
    )
    facts = models.JSONField("faits")
    at = models.DateTimeField("lus le")

    class Meta(CircleRow.Meta):
        verbose_name = "faits d’un dossier"

    def __str__(self) -> str:
        return f"Faits, {self.dossier_id}"


class CategoryRuling(CircleRow):
    """What the authority says of a category that the call does not list: confirmed, or refused and why (§3.1)."""

    dossier = models.OneToOneField(
        Dossier, models.CASCADE, primary_key=True, related_name="category_ruling", verbose_name="dossier"
    )
    confirmed = models.BooleanField("catégorie confirmée")
    reason = models.CharField("motif", max_length=300, blank=True)
    at = models.DateTimeField("le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "décision sur la catégorie"
        constraints = [
            models.CheckConstraint(
                name="dossiers_category_refused_has_its_reason",
                condition=Q(confirmed=True) | ~Q(reason=""),
                violation_error_message="Une catégorie refusée a son motif.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id}"


class Certification(CircleRow):
    """A second person of the establishment certifies the content as it stands: changed since, it no longer holds."""

    dossier = models.OneToOneField(
        Dossier, models.CASCADE, primary_key=True, related_name="certification", verbose_name="dossier"
    )
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="certifié par")
    at = models.DateTimeField("certifié le")
    sha256 = models.CharField("empreinte du contenu certifié", max_length=64)

    class Meta(CircleRow.Meta):
        verbose_name = "certification"

    def __str__(self) -> str:
        return f"{self.dossier_id}"


class Submission(CircleRow):
    """A dossier handed in: what was said, under which rules, hashed; append-only. Its receipt is its number.

    ``content`` is the canonical content whose SHA-256 is kept; ``rules`` the rulebook as it was frozen, so that the
    findings can be computed again at any date.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="submission", verbose_name="dossier")
    number = models.CharField("numéro", max_length=40)
    at = models.DateTimeField("déposé le")
    zone = models.CharField("fuseau", max_length=40)
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")
    call_version = models.PositiveSmallIntegerField("version de l’appel")
    rulebook = models.CharField("règlement", max_length=60)
    digest = models.CharField("empreinte du règlement", max_length=64)
    rules = models.JSONField("règlement figé")
    facts = models.JSONField("faits évalués")
    findings = models.JSONField("constats")
    content = models.JSONField("contenu")
    sha256 = models.CharField("empreinte du contenu", max_length=64)

    class Meta(CircleRow.Meta):
        verbose_name = "dépôt"

    def __str__(self) -> str:
        return self.number

    def book(self) -> Rulebook:
        """The rulebook under which it was handed in."""
        return kept_rulebook(self.digest, self.rules)
