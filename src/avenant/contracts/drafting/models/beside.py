from __future__ import annotations

from django.db import models

from avenant.contracts.drafting.models.heads import Contract
from avenant.foundations.parties.models import CircleRow


class Injunction(CircleRow):
    """An injunction of the fund that the CPOM of an establishment takes into account (convention Martinique, article 5)."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="injunctions", verbose_name="contrat")
    reference = models.CharField("référence", max_length=80)
    issued_on = models.DateField("notifiée le")
    subject = models.CharField("objet", max_length=250)

    class Meta(CircleRow.Meta):
        verbose_name = "injonction"
        ordering = ["contract", "-issued_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "reference"],
                name="drafting_injunction_once",
                violation_error_message="Cette injonction est déjà rattachée au contrat.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference}\u202f: {self.subject}"
