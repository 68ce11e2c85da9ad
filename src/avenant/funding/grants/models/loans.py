from __future__ import annotations

import uuid
from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from avenant.domain.funding import loans as rules
from avenant.foundations.parties.models import CircleRow
from avenant.funding.grants.models.grants import Grant, _amount


class Repayment(CircleRow):
    """A line of the schedule of an aid that was lent. ``released`` is what a decision no longer asks on this line."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey(Grant, models.PROTECT, related_name="repayments", verbose_name="aide")
    number = models.PositiveSmallIntegerField("échéance")
    due_on = models.DateField("à rembourser le")
    amount = _amount("montant")
    paid = _amount("remboursé", default=Decimal(0))
    released = _amount("n’est plus demandé", default=Decimal(0))

    class Meta(CircleRow.Meta):
        verbose_name = "échéance de remboursement"
        verbose_name_plural = "échéances de remboursement"
        ordering = ["grant", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "number"],
                name="grants_repayment_once",
                violation_error_message="Cette échéance existe déjà.",
            ),
            models.CheckConstraint(
                name="grants_repayment_within_its_amount",
                condition=Q(amount__gt=0, paid__gte=0, released__gte=0, amount__gte=F("paid") + F("released")),
                violation_error_message="On ne rembourse pas plus que le montant de l’échéance, qui est positif.",
            ),
        ]
        indexes = [models.Index(fields=["due_on"], name="grants_repayments_by_day")]

    def __str__(self) -> str:
        return f"Échéance {self.number}"

    def as_domain(self) -> rules.Repayment:
        """The line as the rules read it."""
        return rules.Repayment(
            number=self.number, due_on=self.due_on, amount=self.amount, paid=self.paid, released=self.released
        )


class LoanReceipt(CircleRow):
    """What the establishment repaid on a day, under the reference of the accountant; one taken back no longer counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey(Grant, models.PROTECT, related_name="loan_receipts", verbose_name="aide")
    amount = _amount("montant")
    on = models.DateField("encaissé le")
    reference = models.CharField("référence du comptable", max_length=60)
    at = models.DateTimeField("enregistré le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")
    taken_back_at = models.DateTimeField("annulé le", null=True, blank=True)
    reason = models.CharField("motif de l’annulation", max_length=500, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "encaissement d’un prêt"
        verbose_name_plural = "encaissements d’un prêt"
        ordering = ["on", "at"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "reference"],
                condition=Q(taken_back_at=None),
                name="grants_receipt_reference_once",
                violation_error_message="Un encaissement porte déjà cette référence.",
            ),
            models.CheckConstraint(
                name="grants_receipt_positive",
                condition=Q(amount__gt=0) & ~Q(reference=""),
                violation_error_message="Un encaissement est positif et porte sa référence.",
            ),
            models.CheckConstraint(
                name="grants_receipt_taken_back_has_its_reason",
                condition=Q(taken_back_at=None) | ~Q(reason=""),
                violation_error_message="Un encaissement annulé a son motif.",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class LoanDecision(CircleRow):
    """What changed a schedule after the money was lent, and why. Append-only."""

    class Kind(models.TextChoices):
        RESCHEDULED = "rescheduled", "rééchelonnement"
        WRITTEN_OFF = "written_off", "remise de dette"
        RECALLED = "recalled", "repris par une récupération"
        RESTORED = "restored", "rendu à l’échéancier"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey(Grant, models.PROTECT, related_name="loan_decisions", verbose_name="aide")
    kind = models.CharField("décision", max_length=12, choices=Kind)
    amount = _amount("montant")
    reason = models.TextField("motif")
    at = models.DateTimeField("prise le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "décision sur un prêt"
        verbose_name_plural = "décisions sur un prêt"
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                name="grants_loan_decision_has_its_reason",
                condition=Q(amount__gt=0) & ~Q(reason=""),
                violation_error_message="Une décision sur un prêt a son montant et son motif.",
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
