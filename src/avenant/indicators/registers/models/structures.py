from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse

from avenant.domain.registers import Milestone, milestones_of
from avenant.foundations.documents.models import Document
from avenant.foundations.parties.models import CircleRow, Organisation


class Structure(CircleRow):
    """A home-help structure that a service accompanies in the FACT action, followed by its milestones.

    No contractual indicator is invented for this action: the parties read the milestones. ``transformed_on`` is the day
    when its transformation project takes the QVCT approach into account, the deliverable of the contract.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="accompagnée par")
    name = models.CharField("structure", max_length=200)
    sort_key = models.CharField(max_length=400, editable=False)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    starts_on = models.DateField("entrée dans l’action")
    transformed_on = models.DateField("démarche QVCT prise en compte le", null=True, blank=True)
    transformation = models.CharField("ce qui change dans son projet", max_length=2000, blank=True)
    at = models.DateTimeField("inscrite le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "structure accompagnée"
        ordering = ["sort_key", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["circle", "sort_key"],
                name="registers_structure_unique_name",
                violation_error_message="Cette structure est déjà suivie dans ce contrat.",
            ),
            models.CheckConstraint(
                name="registers_structure_siret_14_digits",
                condition=Q(siret="") | Q(siret__regex=r"^[0-9]{14}$"),
                violation_error_message="Un SIRET compte quatorze chiffres.",
            ),
            models.CheckConstraint(
                name="registers_structure_transformation_told_whole",
                condition=Q(transformed_on=None, transformation="")
                | (Q(transformed_on__isnull=False) & ~Q(transformation="")),
                violation_error_message="La prise en compte de la démarche porte sa date et ce qui change.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def page(self) -> str:
        return reverse("registers:structure", args=[self.pk])

    @property
    def milestones(self) -> tuple[Milestone, ...]:
        """Its milestones; ``version`` is annotated by the selector: the newest grid, or None."""
        return milestones_of(getattr(self, "version", None), transformed=self.transformed_on is not None)


class WorkloadGrid(CircleRow):
    """A version of a structure's grid of workload indicators, measured by its internal state of play."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    structure = models.ForeignKey(Structure, models.PROTECT, related_name="grids", verbose_name="structure")
    version = models.PositiveSmallIntegerField("version")
    surveyed_on = models.DateField("état des lieux du")
    indicators = models.PositiveSmallIntegerField("indicateurs mesurés")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="grille")
    at = models.DateTimeField("jointe le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "grille d’indicateurs de la charge de travail"
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "version"],
                name="registers_grid_unique_version",
                violation_error_message="Cette version de la grille existe déjà.",
            ),
            models.CheckConstraint(
                name="registers_grid_numbered_from_1",
                condition=Q(version__gte=1),
                violation_error_message="La première grille est la version 1.",
            ),
            models.CheckConstraint(
                name="registers_grid_measures_something",
                condition=Q(indicators__gte=1),
                violation_error_message="Une grille mesure au moins un indicateur.",
            ),
        ]

    def __str__(self) -> str:
        return f"Grille, version {self.version}"
