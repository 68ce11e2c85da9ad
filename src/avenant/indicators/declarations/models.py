from __future__ import annotations

import uuid
from typing import Any

import pghistory
from django.db import models
from django.urls import reverse

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting.models import Contract
from avenant.domain.indicators.definitions import Provider
from avenant.domain.lifecycles import PART
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleRow, Organisation, PrivateRow, Unit
from avenant.indicators.campaigns.models import Campaign


class Declaration(CircleRow):
    """The return of one contract for one reference year: one part for each provider. It says who is missing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The campaign is a row of the region's circle: the integrity is the database's, but a service never follows this.
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="declarations", verbose_name="campagne")
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="declarations", verbose_name="contrat")
    service = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="service")
    year = models.PositiveSmallIntegerField("année de référence")
    due_at = models.DateTimeField("à transmettre avant")
    committee_on = models.DateField("comité de suivi", null=True, blank=True)
    closed_at = models.DateTimeField("collecte close le", null=True, blank=True)
    # The region's parameters at the opening: they bind this return, and a service may not read the region's row.
    jump_percent = models.PositiveSmallIntegerField("variation à justifier (%)", default=50)
    control_working_days = models.PositiveSmallIntegerField("jours ouvrés de contrôle", default=5)
    taken_over = models.BooleanField("repris", default=False)

    class Meta(CircleRow.Meta):
        verbose_name = "déclaration"
        ordering = ["-year", "service__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "year"],
                name="declarations_one_per_contract_and_year",
                violation_error_message="Une déclaration existe déjà pour ce contrat et cette année.",
            )
        ]

    def __str__(self) -> str:
        return f"Déclaration {self.year}, {self.service.short_name}"

    def page(self) -> str:
        return reverse("declarations:declaration", args=[self.pk])


class Part(StatefulRow):
    """What one provider states in a declaration; submitted, returned and validated on its own."""

    lifecycle = PART

    declaration = models.ForeignKey(Declaration, models.CASCADE, related_name="parts", verbose_name="déclaration")
    provider = models.CharField("fournisseur", max_length=20, choices=[(one.value, one.label) for one in Provider])
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme déclarant")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="unité")

    class Meta(StatefulRow.Meta):
        verbose_name = "part de déclaration"
        ordering = ["declaration", "provider"]
        constraints = [
            models.UniqueConstraint(
                fields=["declaration", "provider"],
                name="declarations_part_one_per_provider",
                violation_error_message="Ce fournisseur a déjà sa part dans la déclaration.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.declaration} · {self.owner.short_name}"

    def page(self) -> str:
        return reverse("declarations:part", args=[self.pk])


class Statement(models.Model):
    """What is said of one indicator: a value, or that it is not available and why, with a comment. Empty is not 0."""

    definition = models.ForeignKey(DefinitionRecord, models.PROTECT, related_name="+", verbose_name="définition")
    value = models.JSONField("valeur", default=dict, blank=True, help_text="{component: value}")
    unavailable = models.CharField("non disponible, motif", max_length=500, blank=True)
    comment = models.TextField("commentaire", blank=True)
    justification = models.TextField("justification", blank=True)

    class Meta:
        abstract = True

    @property
    def said(self) -> dict[str, Any]:
        """What is said, whoever says it: the working copy and what is handed in are made of each other by it."""
        return {
            "value": self.value,
            "unavailable": self.unavailable,
            "comment": self.comment,
            "justification": self.justification,
        }


@pghistory.track()
class DraftValue(PrivateRow, Statement):
    """The working copy of a provider: its own until it is submitted, whatever the rights of the other parties."""

    part = models.ForeignKey(Part, models.CASCADE, related_name="drafts", verbose_name="part")
    typed = models.JSONField("saisie", default=dict, blank=True, help_text="what was typed and could not be read")
    saved_at = models.DateTimeField("enregistré le")
    saved_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="par", null=True)

    class Meta(PrivateRow.Meta):
        verbose_name = "valeur en saisie"
        constraints = [
            models.UniqueConstraint(
                fields=["part", "definition", "private_to"],
                name="declarations_draftvalue_unique",
                violation_error_message="Cet indicateur est déjà saisi dans cette part.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.definition_id}"


@pghistory.track()
class FreeText(PrivateRow):
    """What a provider writes where its contract asks for no indicator: its own until it is handed in."""

    part = models.ForeignKey(Part, models.CASCADE, related_name="free_texts", verbose_name="part")
    code = models.CharField("champ", max_length=40)
    text = models.TextField("texte", blank=True)
    saved_at = models.DateTimeField("enregistré le")
    saved_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="par", null=True)

    class Meta(PrivateRow.Meta):
        verbose_name = "champ libre"
        constraints = [
            models.UniqueConstraint(
                fields=["part", "code", "private_to"],
                name="declarations_freetext_unique",
                violation_error_message="Ce champ est déjà rempli dans cette part.",
            )
        ]

    def __str__(self) -> str:
        return self.code


class Evidence(PrivateRow):
    """A file that supports a figure: its provider's until the part is handed in, then a document of the circle."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    part = models.ForeignKey(Part, models.CASCADE, related_name="evidence", verbose_name="part")
    definition = models.ForeignKey(DefinitionRecord, models.PROTECT, related_name="+", verbose_name="indicateur")
    name = models.CharField("nom", max_length=200)
    media_type = models.CharField("type", max_length=100)
    size = models.PositiveBigIntegerField("taille (octets)")
    sha256 = models.CharField("empreinte", max_length=64)
    at = models.DateTimeField("déposée le")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="par", null=True)

    class Meta(PrivateRow.Meta):
        verbose_name = "pièce justificative"
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["part", "definition", "sha256", "private_to"],
                name="declarations_evidence_unique",
                violation_error_message="Ce fichier est déjà joint à cet indicateur.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Assignment(PrivateRow):
    """A section of a part entrusted to a colleague until a day. ``section``: ``volet-2`` or ``volet-1/its heading``."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    part = models.ForeignKey(Part, models.CASCADE, related_name="assignments", verbose_name="part")
    section = models.CharField("section", max_length=250)
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="confiée à")
    due_on = models.DateField("pour le")
    assigned_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="par")
    done_at = models.DateTimeField("terminée le", null=True, blank=True)

    class Meta(PrivateRow.Meta):
        verbose_name = "section confiée"
        ordering = ["section"]
        constraints = [
            models.UniqueConstraint(
                fields=["part", "section"],
                name="declarations_assignment_one_per_section",
                violation_error_message="Cette section est déjà confiée.",
            )
        ]

    def __str__(self) -> str:
        return self.section


class Submission(CircleRow):
    """A part handed in: the receipt, and the hash of what was said. Never rewritten."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    part = models.ForeignKey(Part, models.PROTECT, related_name="submissions", verbose_name="part")
    number = models.PositiveSmallIntegerField("numéro")
    at = models.DateTimeField("transmise le")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="par", null=True)
    sha256 = models.CharField("empreinte", max_length=64)
    receipt = models.CharField("accusé", max_length=40, unique=True)
    texts = models.JSONField("champs libres", default=dict, blank=True, help_text="{code of the free field: text}")

    class Meta(CircleRow.Meta):
        verbose_name = "transmission"
        ordering = ["part", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["part", "number"],
                name="declarations_submission_unique_number",
                violation_error_message="Cette transmission existe déjà.",
            )
        ]

    def __str__(self) -> str:
        return self.receipt


class DeclaredValue(CircleRow, Statement):
    """One indicator as it was handed in; the parties read it. A correction is another submission, not another value."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="values", verbose_name="transmission")

    class Meta(CircleRow.Meta):
        verbose_name = "valeur déclarée"
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "definition"],
                name="declarations_declaredvalue_unique",
                violation_error_message="Cet indicateur est déjà dans la transmission.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.definition_id}"


class Question(CircleRow):
    """What the authority asks of a figure when it returns a part, and what the provider answers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    part = models.ForeignKey(Part, models.CASCADE, related_name="questions", verbose_name="part")
    definition = models.ForeignKey(
        DefinitionRecord, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="indicateur"
    )
    asked_at = models.DateTimeField("posée le")
    asked_by = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="posée par")
    text = models.TextField("question")
    answer = models.TextField("réponse", blank=True)
    answered_at = models.DateTimeField("répondue le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "question"
        ordering = ["asked_at"]
        constraints = [
            models.CheckConstraint(
                name="declarations_question_answer_has_date",
                condition=(models.Q(answer="") & models.Q(answered_at__isnull=True))
                | (~models.Q(answer="") & models.Q(answered_at__isnull=False)),
                violation_error_message="Une réponse porte sa date.",
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]


class Remark(CircleRow):
    """What the fund says of a submission before the labour directorate validates; empty text means "nothing to say"."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="remarks", verbose_name="transmission")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")
    text = models.TextField("remarques", blank=True)
    at = models.DateTimeField("le")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="par", null=True)

    class Meta(CircleRow.Meta):
        verbose_name = "remarque"
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "organisation"],
                name="declarations_remark_unique",
                violation_error_message="Cet organisme a déjà fait ses remarques.",
            )
        ]

    def __str__(self) -> str:
        return self.text[:80] or "sans remarque"


class Acceptance(CircleRow):
    """The controller accepts the reason that a provider gives for a gap of one submission."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="acceptances", verbose_name="transmission")
    definition = models.ForeignKey(DefinitionRecord, models.PROTECT, related_name="+", verbose_name="indicateur")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="acceptée par")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="par", null=True)
    at = models.DateTimeField("le")

    class Meta(CircleRow.Meta):
        verbose_name = "justification acceptée"
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "definition"],
                name="declarations_acceptance_unique",
                violation_error_message="Cette justification est déjà acceptée.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.definition_id}"
