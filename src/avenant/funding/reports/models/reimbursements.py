from __future__ import annotations

import uuid

from django.db import models

from avenant.foundations.parties.models import CircleRow
from avenant.funding.grants.models import Grant, Instalment
from avenant.funding.reports.models.statements import ReportedExpense


class Reimbursement(CircleRow):
    """What accepted expenses gave before the balance, and in which payment. Append-only; ``content`` keeps the steps."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey(Grant, models.PROTECT, related_name="reimbursements", verbose_name="aide")
    number = models.PositiveSmallIntegerField("rang")
    instalment = models.ForeignKey(Instalment, models.PROTECT, related_name="+", verbose_name="versement")
    amount = models.DecimalField("remboursé", max_digits=14, decimal_places=2)
    compliant = models.DecimalField("dépenses acceptées à ce jour", max_digits=14, decimal_places=2)
    content = models.JSONField("calcul", default=dict)
    at = models.DateTimeField("fixé le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "remboursement de factures"
        verbose_name_plural = "remboursements de factures"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "number"],
                name="reports_reimbursement_once",
                violation_error_message="Ce remboursement existe déjà.",
            )
        ]

    def __str__(self) -> str:
        return f"Remboursement {self.number}"


class ReimbursedExpense(CircleRow):
    """An accepted expense that a reimbursement counts: once, whatever happens."""

    expense = models.OneToOneField(
        ReportedExpense, models.PROTECT, primary_key=True, related_name="reimbursed", verbose_name="dépense"
    )
    reimbursement = models.ForeignKey(
        Reimbursement, models.PROTECT, related_name="expenses", verbose_name="remboursement"
    )
    counted = models.DecimalField("compté", max_digits=14, decimal_places=2)

    class Meta(CircleRow.Meta):
        verbose_name = "dépense remboursée"
        verbose_name_plural = "dépenses remboursées"

    def __str__(self) -> str:
        return str(self.expense_id)
