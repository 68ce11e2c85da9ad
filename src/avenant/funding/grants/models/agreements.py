from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from avenant.foundations.documents.models import Document
from avenant.foundations.parties.models import CircleRow, Organisation
from avenant.funding.grants.models.grants import Grant, GrantedAction


class Socle(models.Model):
    """A version of the minimum base of good prevention practices of an authority. Public: it is joined to agreements.

    Once adopted it never changes; the next one is another version.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="autorité")
    number = models.PositiveSmallIntegerField("version")
    title = models.CharField("intitulé", max_length=200)
    adopted_on = models.DateField("adoptée le", null=True, blank=True)

    class Meta:
        verbose_name = "socle minimum de bonnes pratiques"
        ordering = ["authority", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "number"],
                name="grants_socle_version_once",
                violation_error_message="Cette version du socle existe déjà.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.number}"


class Practice(models.Model):
    """One good practice of a socle, and what it is for: the health of employees, the care of residents, or both."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    socle = models.ForeignKey(Socle, models.CASCADE, related_name="practices", verbose_name="socle")
    position = models.PositiveSmallIntegerField("rang")
    label = models.CharField("bonne pratique", max_length=300)
    for_staff = models.BooleanField("préserver l’état de santé des salariés", default=False)
    for_residents = models.BooleanField("assurer la qualité de prise en charge des résidents", default=False)

    class Meta:
        verbose_name = "bonne pratique du socle"
        ordering = ["socle", "position"]
        constraints = [
            models.CheckConstraint(
                name="grants_practice_has_a_purpose",
                condition=Q(for_staff=True) | Q(for_residents=True),
                violation_error_message="Une bonne pratique a une finalité au moins : salariés, résidents, ou les deux.",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def purposes(self) -> list[str]:
        """Its purposes in words."""
        told = (
            (self.for_staff, "préserver l’état de santé des salariés"),
            (self.for_residents, "assurer la qualité de prise en charge des résidents"),
        )
        return [words for chosen, words in told if chosen]


class GrantIndicator(CircleRow):
    """What an aid is measured by: followed each year; with a target, it is a result."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey(Grant, models.CASCADE, related_name="indicators", verbose_name="aide")
    action = models.ForeignKey(GrantedAction, models.CASCADE, related_name="indicators", verbose_name="action")
    position = models.PositiveSmallIntegerField("rang")
    label = models.CharField("indicateur", max_length=200)
    unit = models.CharField("unité", max_length=40, blank=True)
    baseline = models.DecimalField("valeur de départ", max_digits=14, decimal_places=2, null=True, blank=True)
    target = models.DecimalField("cible", max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "indicateur de l’aide"
        ordering = ["grant", "position"]

    def __str__(self) -> str:
        return self.label


class Agreement(CircleRow):
    """The text that the parties of an aid sign, frozen: the funding agreement (number 0), then its amendments.

    ``amount`` and ``consume_until`` are what an amendment changes; ``withdrawn_at`` a text that nobody signs any more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey(Grant, models.PROTECT, related_name="agreements", verbose_name="aide")
    number = models.PositiveSmallIntegerField("rang", default=0)
    content = models.JSONField("texte figé")
    sha256 = models.CharField("empreinte", max_length=64)
    socle = models.ForeignKey(Socle, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="socle")
    amount = models.DecimalField("nouveau montant", max_digits=14, decimal_places=2, null=True, blank=True)
    consume_until = models.DateField("nouveau terme de consommation", null=True, blank=True)
    reason = models.TextField("motif", blank=True)
    asked_at = models.DateTimeField("ouverte à la signature le")
    signed_on = models.DateField("signée par tous le", null=True, blank=True)
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "convention de financement"
        ordering = ["grant", "number", "asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "number"],
                condition=Q(withdrawn_at=None),
                name="grants_agreement_once",
                violation_error_message="Ce texte est déjà ouvert à la signature.",
            ),
            models.CheckConstraint(
                name="grants_amendment_changes_something",
                condition=Q(number=0) | Q(amount__isnull=False) | Q(consume_until__isnull=False),
                violation_error_message="Un avenant change le montant, la durée ou les deux.",
            ),
        ]

    def __str__(self) -> str:
        return f"Avenant n° {self.number}" if self.number else "Convention de financement"

    @property
    def reference(self) -> str:
        """« CONV-3F2A91B07C44 »: what the foot of each page prints."""
        return f"{'AVEN' if self.number else 'CONV'}-{self.sha256[:12].upper()}"

    @property
    def standing(self) -> tuple[str, str]:
        """Where the text stands, in words, and the tone of its mark."""
        if self.withdrawn_at:
            return "retirée", ""
        return ("signée", "good") if self.signed_on else ("à la signature", "warn")


class AgreementSignature(CircleRow):
    """One party of a text: whom it stands for, and the signed copy once it is back."""

    class Party(models.TextChoices):
        AUTHORITY = "authority", "l’autorité qui accorde l’aide"
        DIRECTION = "direction", "la direction de l’établissement"
        STAFF = "staff", "les représentants du personnel"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="signatures", verbose_name="texte")
    party = models.CharField("partie", max_length=12, choices=Party)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name="organisme"
    )
    capacity = models.CharField("qualité du signataire", max_length=120, blank=True)
    signed_on = models.DateField("signée le", null=True, blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField("enregistrée le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "signature de la convention"
        ordering = ["agreement", "party"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "party"],
                name="grants_signature_party_once",
                violation_error_message="Cette partie signe une fois.",
            ),
            models.CheckConstraint(
                name="grants_signature_has_its_copy",
                condition=Q(signed_on=None, document=None) | Q(signed_on__isnull=False, document__isnull=False),
                violation_error_message="Une signature a sa date et son exemplaire.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_party_display()
