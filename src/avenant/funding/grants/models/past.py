from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from avenant.foundations.parties.models import CircleRow
from avenant.funding.grants.models.grants import Grant


class PastExpense(CircleRow):
    """An expense line of an aid taken over from a former file, in the circle of the aid.

    ``cost`` is the whole cost of the expense, excluding tax; None, the file does not tell it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey(Grant, models.CASCADE, related_name="past_expenses", verbose_name="aide")
    label = models.CharField("dépense", max_length=200)
    category = models.CharField("catégorie", max_length=80, blank=True)
    cost = models.DecimalField("coût hors taxes", max_digits=14, decimal_places=2, null=True, blank=True)
    on = models.DateField("datée du", null=True, blank=True)
    supplier = models.CharField("fournisseur", max_length=120, blank=True)
    invoice = models.CharField("facture", max_length=60, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "dépense d’une aide reprise"
        ordering = ["grant", "on", "label", "id"]
        constraints = [
            models.CheckConstraint(
                name="grants_past_expense_cost_positive",
                condition=Q(cost=None) | Q(cost__gt=0),
                violation_error_message="Le coût d’une dépense reprise est positif, ou inconnu.",
            )
        ]

    def __str__(self) -> str:
        return self.label
