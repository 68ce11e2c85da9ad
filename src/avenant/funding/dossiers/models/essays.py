"""Other parameters tried on the dossiers of a call."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

from avenant.foundations.parties.models import CircleRow
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models.dossier import Dossier, amount_field


class WhatIf(CircleRow):
    """What other parameters would make of the dossiers handed in to a call; computed by a job, shown with its progress."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(
        PublishedCall, models.CASCADE, related_name="+", verbose_name="appel dont les dossiers servent"
    )
    parameters = models.JSONField("paramètres essayés", help_text="raw values by name")
    asked_at = models.DateTimeField("demandé le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")
    total = models.PositiveIntegerField("dossiers", default=0)
    done = models.PositiveIntegerField("évalués", default=0)
    finished_at = models.DateTimeField("terminé le", null=True, blank=True)
    grant_before = models.DecimalField("aide totale avant", max_digits=16, decimal_places=2, default=0)
    grant_after = models.DecimalField("aide totale après", max_digits=16, decimal_places=2, default=0)
    refused_before = models.PositiveIntegerField("non conformes avant", default=0)
    refused_after = models.PositiveIntegerField("non conformes après", default=0)

    class Meta(CircleRow.Meta):
        verbose_name = "essai de paramètres"
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"{self.call_id}, {self.asked_at}"

    def page(self) -> str:
        return reverse("dossiers:what-if", args=[self.pk])


class WhatIfLine(CircleRow):
    """One dossier that the parameters tried would change: outcome and aid before and after, the rules that move."""

    essay = models.ForeignKey(WhatIf, models.CASCADE, related_name="lines", verbose_name="essai")
    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="+", verbose_name="dossier")
    before = models.CharField("constat avant", max_length=14)
    after = models.CharField("constat après", max_length=14)
    grant_before = amount_field("aide avant")
    grant_after = amount_field("aide après")
    rules = ArrayField(models.CharField(max_length=60), verbose_name="règles qui changent", default=list)

    class Meta(CircleRow.Meta):
        verbose_name = "dossier changé par un essai"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.dossier_id}"
