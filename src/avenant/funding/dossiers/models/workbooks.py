"""The dossiers of a list as a workbook, made apart."""

from __future__ import annotations

import uuid

from django.db import models
from django.urls import reverse

from avenant.foundations.documents.models import Document
from avenant.foundations.parties.models import PrivateRow


class Workbook(PrivateRow):
    """The workbook of a list of dossiers: asked by a person, made by a job that says how far it is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    search = models.JSONField("filtres", default=dict)
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="demandé par")
    at = models.DateTimeField("demandé le")
    total = models.PositiveIntegerField("dossiers", default=0)
    done = models.PositiveIntegerField("écrits", default=0)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", verbose_name="fichier")

    class Meta(PrivateRow.Meta):
        verbose_name = "classeur de dossiers"
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.at}"

    def page(self) -> str:
        return reverse("dossiers:workbook", args=[self.pk])
