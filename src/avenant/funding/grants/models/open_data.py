from __future__ import annotations

from django.db import models
from django.db.models import Q

from avenant.foundations.parties.models import Organisation


class Grantor(models.Model):
    """How an authority is named in the open data of subsidies: its SIRET."""

    organisation = models.OneToOneField(
        Organisation, models.CASCADE, primary_key=True, related_name="+", verbose_name="autorité"
    )
    siret = models.CharField("SIRET de l’attribuant", max_length=14)

    class Meta:
        verbose_name = "attribuant"
        constraints = [
            models.CheckConstraint(
                name="grants_grantor_siret_14_digits",
                condition=Q(siret__regex=r"^[0-9]{14}$"),
                violation_error_message="Un SIRET compte quatorze chiffres.",
            )
        ]

    def __str__(self) -> str:
        return self.siret


class PublishedSubsidy(models.Model):
    """The open data of an aid, as everybody reads it. Public, no circle: the aid itself stays in its own."""

    grant_key = models.UUIDField("aide", primary_key=True)
    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="attribuant")
    lines = models.JSONField("lignes")
    signed_on = models.DateField("convention signée le")
    published_on = models.DateField("publiée le")

    class Meta:
        verbose_name = "subvention publiée"
        ordering = ["signed_on", "grant_key"]

    def __str__(self) -> str:
        return f"{self.grant_key}"
