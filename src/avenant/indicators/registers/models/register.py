from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from avenant.domain.identifiers import siren_of
from avenant.domain.registers import Action, ActionKind, Level, PartnerKind, Quality
from avenant.foundations.parties.models import CircleRow, Organisation, PrivateRow


class RegisteredAction(PrivateRow):
    """One line of a service's register: what was done, when, for which enterprise. It names no person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("nature", max_length=30, choices=[(kind.value, kind.label) for kind in ActionKind])
    on = models.DateField("date")
    until = models.DateField("jusqu’au", null=True, blank=True)
    siret = models.CharField("SIRET de l’entreprise", max_length=14, blank=True)
    headcount = models.PositiveIntegerField("effectif de l’entreprise", null=True, blank=True)
    count = models.PositiveIntegerField("nombre", null=True, blank=True)
    label = models.CharField("objet", max_length=200, blank=True)
    levels = ArrayField(
        models.CharField(max_length=12, choices=[(one.value, one.label) for one in Level]),
        default=list,
        blank=True,
        verbose_name="niveaux de prévention",
    )
    partner = models.CharField("partenaire", max_length=200, blank=True)
    partner_kind = models.CharField(
        "nature du partenaire", max_length=14, blank=True, choices=[(one.value, one.label) for one in PartnerKind]
    )
    qualities = ArrayField(
        models.CharField(max_length=12, choices=[(one.value, one.label) for one in Quality]),
        default=list,
        blank=True,
        verbose_name="ce que la convention améliore",
    )
    at = models.DateTimeField("inscrit le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(PrivateRow.Meta):
        verbose_name = "action inscrite"
        ordering = ["-on", "kind", "id"]
        constraints = [
            models.CheckConstraint(
                name="registers_action_until_after_on",
                condition=Q(until=None) | Q(until__gte=models.F("on")),
                violation_error_message="La fin suit le début.",
            ),
            models.CheckConstraint(
                name="registers_action_siret_14_digits",
                condition=Q(siret="") | Q(siret__regex=r"^[0-9]{14}$"),
                violation_error_message="Un SIRET compte quatorze chiffres.",
            ),
            models.CheckConstraint(
                name="registers_action_of_enterprise_has_siret",
                condition=~Q(siret="") | ~Q(kind__in=[kind.value for kind in ActionKind if kind.names_enterprise]),
                violation_error_message="Cette action se compte par entreprise : il faut son SIRET.",
            ),
        ]
        indexes = [models.Index(fields=["private_to", "-on"], name="registers_action_by_date")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.on:%d/%m/%Y}"

    @property
    def action(self) -> Action:
        """The line as the domain counts it."""
        return Action(ActionKind(self.kind), self.on, self.until, siren_of(self.siret), self.headcount, self.count)

    @property
    def level_labels(self) -> list[str]:
        return [Level(one).label for one in self.levels]

    @property
    def quality_labels(self) -> list[str]:
        return [Quality(one).label for one in self.qualities]

    @property
    def lacks_level(self) -> bool:
        """An action that prevents exclusion says which level it addresses."""
        return ActionKind(self.kind).has_levels and not self.levels


class ObjectiveNote(CircleRow):
    """What a service says of one objective of its contract in one year: where it is, in its own words.

    ``validated`` are the steps of the objective, by their rank in its text, that the service has validated.
    """

    class State(models.TextChoices):
        TO_COME = "to_come", "à engager"
        UNDER_WAY = "under_way", "en cours"
        DONE = "done", "réalisé"

    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="service")
    clause_key = models.SlugField("objectif", max_length=80)
    year = models.PositiveSmallIntegerField("année")
    state = models.CharField("état", max_length=10, choices=State, default=State.TO_COME)
    comment = models.TextField("commentaire", max_length=4000, blank=True)
    validated = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name="étapes validées")
    at = models.DateTimeField("dit le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "suivi d’un objectif"
        constraints = [
            models.UniqueConstraint(
                fields=["circle", "clause_key", "year"],
                name="registers_objective_once_a_year",
                violation_error_message="Cet objectif est déjà suivi pour cette année.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.clause_key}, {self.year}"


class CellRecord(CircleRow):
    """The cell that prevents occupational exclusion, as its service describes it: functions only, never a name.

    ``stages`` are those of the index of risk (IRDP), in the service's own order; ``regional_stages`` what each is
    called in the region's list, in the same order.
    """

    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="service")
    created = models.BooleanField("cellule créée", default=False)
    created_on = models.DateField("créée le", null=True, blank=True)
    functions = ArrayField(
        models.CharField(max_length=120), default=list, blank=True, verbose_name="fonctions des membres"
    )
    protocol = models.BooleanField("protocole avec la caisse", default=False)
    protocol_on = models.DateField("protocole signé le", null=True, blank=True)
    stages = ArrayField(models.CharField(max_length=80), default=list, blank=True, verbose_name="stades de l’IRDP")
    regional_stages = ArrayField(
        models.CharField(max_length=80), default=list, blank=True, verbose_name="stades de la liste régionale"
    )
    at = models.DateTimeField("dit le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "cellule PDP"
        constraints = [
            models.UniqueConstraint(
                fields=["circle", "owner"],
                name="registers_cell_once",
                violation_error_message="Cette cellule est déjà décrite.",
            ),
            models.CheckConstraint(
                name="registers_cell_dated_when_created",
                condition=Q(created=True, created_on__isnull=False) | Q(created=False, created_on=None),
                violation_error_message="Une cellule créée porte sa date.",
            ),
            models.CheckConstraint(
                name="registers_cell_protocol_dated",
                condition=Q(protocol=True, protocol_on__isnull=False) | Q(protocol=False, protocol_on=None),
                violation_error_message="Un protocole signé porte sa date.",
            ),
        ]

    def __str__(self) -> str:
        return f"Cellule PDP, {self.owner_id}"

    @property
    def stage_pairs(self) -> list[tuple[str, str]]:
        """Each stage with its name in the region's list, empty when it has none."""
        return [
            (one, other)
            for one, other in zip(self.stages, [*self.regional_stages, *[""] * len(self.stages)], strict=False)
        ]
