"""What a person keeps of the pages: views of lists."""

from __future__ import annotations

import uuid

from django.db import models

from avenant.foundations.parties.models import PrivateRow


class SavedView(PrivateRow):
    """A list as a person wants to find it again: its address with its filters and its order, under a name of theirs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("accounts.User", models.CASCADE, related_name="+", verbose_name="personne")
    name = models.CharField("nom", max_length=80)
    path = models.CharField("liste", max_length=200)
    query = models.CharField("filtre et tri", max_length=1500, blank=True)

    class Meta(PrivateRow.Meta):
        verbose_name = "vue enregistrée"
        ordering = ["path", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "private_to", "name"],
                name="site_saved_view_one_name",
                violation_error_message="Vous avez déjà une vue de ce nom.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def page(self) -> str:
        """The address of the list, filtered and sorted."""
        return f"{self.path}?{self.query}" if self.query else self.path
