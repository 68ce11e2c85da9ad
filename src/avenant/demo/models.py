from __future__ import annotations

from django.db import models


class World(models.Model):
    """The mark that the demonstration's builder leaves: without its row, no demonstration door opens."""

    starts_at = models.DateTimeField("la démonstration commence le")
    committee_on = models.DateField("premier comité de suivi")
    built_at = models.DateTimeField("construite le", auto_now_add=True)

    class Meta:
        verbose_name = "monde de démonstration"
        constraints = [
            models.CheckConstraint(
                name="demo_world_is_one",
                condition=models.Q(pk=1),
                violation_error_message="Une base ne tient qu’un monde de démonstration.",
            )
        ]

    def __str__(self) -> str:
        return f"Démonstration du {self.starts_at:%d/%m/%Y}"


class Visitor(models.Model):
    """A person of the demonstration, in the order in which the sign-in page offers them."""

    person = models.OneToOneField("accounts.User", models.CASCADE, related_name="+", verbose_name="personne")
    position = models.PositiveSmallIntegerField("rang")
    first = models.BooleanField("proposé d’abord", default=False)
    story = models.CharField("ce qu’il ou elle fait", max_length=200, blank=True)

    class Meta:
        verbose_name = "visiteur"
        ordering = ["position"]

    def __str__(self) -> str:
        return str(self.person)
