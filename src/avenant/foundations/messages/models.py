from __future__ import annotations

import uuid

from django.db import models

from avenant.foundations.parties.models import CircleRow


class Notice(CircleRow):
    """A message to one person about a file: the article, who waits, what happens if nothing is done, one act."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("accounts.User", models.CASCADE, related_name="notices", verbose_name="destinataire")
    key = models.CharField("clé", max_length=200)
    at = models.DateTimeField("le")
    title = models.CharField("objet", max_length=200)
    body = models.TextField("texte")
    act = models.CharField("acte proposé", max_length=80)
    page = models.CharField("page", max_length=200)
    read_at = models.DateTimeField("lu le", null=True, blank=True)
    sent_at = models.DateTimeField("envoyé par courriel le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "message"
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "key"],
                name="notices_notice_once",
                violation_error_message="Ce message a déjà été adressé.",
            )
        ]

    def __str__(self) -> str:
        return self.title
