from __future__ import annotations

import uuid

from django.db import models
from django.urls import reverse

from avenant.foundations.parties.models import Organisation, PrivateRow, ShareableRow
from avenant.funding.dossiers.models import Dossier
from avenant.funding.reviews.models.instructing import Instruction


class Note(PrivateRow):
    """A note that an institution keeps for itself on a dossier."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    instruction = models.ForeignKey(Instruction, models.CASCADE, related_name="notes", verbose_name="instruction")
    text = models.TextField("note")
    at = models.DateTimeField("le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(PrivateRow.Meta):
        verbose_name = "note interne"
        ordering = ["-at"]

    def __str__(self) -> str:
        return self.text[:80]


class Thread(ShareableRow):
    """An exchange about a dossier, with its audience: my institution (private), the institutions (the instruction's
    circle), or the establishment too (the dossier's circle)."""

    class Audience(models.TextChoices):
        OWN = "own", "mon institution"
        INSTITUTIONS = "institutions", "les institutions"
        APPLICANT = "applicant", "l’établissement et les institutions"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="threads", verbose_name="dossier")
    audience = models.CharField("lu par", max_length=12, choices=Audience)
    title = models.CharField("objet", max_length=200)
    opened_at = models.DateTimeField("ouvert le")
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="ouvert par")

    class Meta(ShareableRow.Meta):
        verbose_name = "échange"
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return self.title

    def page(self) -> str:
        return f"{reverse('reviews:exchanges', args=[self.dossier_id])}#{self.pk}"


class Post(ShareableRow):
    """A message of an exchange, with its audience; never rewritten."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="posts", verbose_name="échange")
    text = models.TextField("message")
    at = models.DateTimeField("le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")

    class Meta(ShareableRow.Meta):
        verbose_name = "message d’un échange"
        ordering = ["at"]

    def __str__(self) -> str:
        return self.text[:80]
