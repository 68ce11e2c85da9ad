from __future__ import annotations

import uuid

from django.db import models

from avenant.foundations.parties.models import Organisation, ShareableRow


class Document(ShareableRow):
    """A file of a circle: named, typed by its content, sized, hashed. Downloaded through a policy only.

    Joined to what is not handed in yet, it is private to who joined it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="déposé par")
    subject = models.UUIDField("objet", null=True, blank=True, db_index=True)
    kind = models.CharField("nature", max_length=40)
    name = models.CharField("nom", max_length=200)
    media_type = models.CharField("type", max_length=100)
    size = models.PositiveBigIntegerField("taille (octets)")
    sha256 = models.CharField("empreinte", max_length=64)
    stored_as = models.CharField("emplacement", max_length=200)
    at = models.DateTimeField("déposé le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(ShareableRow.Meta):
        verbose_name = "document"
        ordering = ["-at"]

    def __str__(self) -> str:
        return self.name
