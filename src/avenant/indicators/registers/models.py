from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from avenant.domain.identifiers import siren_of
from avenant.domain.registers import Action, ActionKind, Milestone, milestones_of
from avenant.foundations.documents.models import Document
from avenant.foundations.parties.models import CircleRow, Organisation, PrivateRow, ShareableRow


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


class EstablishmentList(ShareableRow):
    """The establishments of one kind on one day: its owner's alone until it shares them with the circle."""

    class Kind(models.TextChoices):
        TRAINED = "trained", "établissements formés"
        SUPPORTED = "supported", "établissements accompagnés"
        TARGETED = "targeted", "établissements ciblés par une action de communication"
        COG = "cog", "établissements suivis dans le cadre de la COG"

    class Strand(models.TextChoices):
        ONE = "volet-1", "volet 1"
        TWO = "volet-2", "volet 2"
        THREE = "volet-3", "volet 3"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="établie par")
    kind = models.CharField("nature", max_length=10, choices=Kind)
    strand = models.CharField("volet", max_length=10, choices=Strand, blank=True)
    year = models.PositiveSmallIntegerField("année de référence")
    as_of = models.DateField("arrêtée au")
    size = models.PositiveIntegerField("établissements")
    fingerprint = models.CharField("empreinte", max_length=64, editable=False)
    at = models.DateTimeField("déposée le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(ShareableRow.Meta):
        verbose_name = "liste d’établissements"
        ordering = ["-year", "kind", "strand", "-as_of", "-at"]
        constraints = [
            models.CheckConstraint(
                name="registers_list_strand_except_cog",
                condition=(Q(kind="cog") & Q(strand="")) | (~Q(kind="cog") & ~Q(strand="")),
                violation_error_message="Une liste porte son volet, sauf celle de la COG.",
            ),
            models.CheckConstraint(
                name="registers_list_private_to_its_owner",
                condition=Q(private_to=None) | Q(private_to=models.F("owner")),
                violation_error_message="Une liste n’est réservée qu’à l’organisme qui l’a établie.",
            ),
        ]

    def __str__(self) -> str:
        strand = f", {self.get_strand_display()}" if self.strand else ""
        return f"{self.get_kind_display().capitalize()}{strand}, {self.year}"

    @property
    def shared(self) -> bool:
        return self.private_to_id is None

    def page(self) -> str:
        return reverse("registers:list", args=[self.pk])


class ListedEstablishment(ShareableRow):
    """One line of a list. It follows its list: private with it, shared with it."""

    listing = models.ForeignKey(EstablishmentList, models.CASCADE, related_name="lines", verbose_name="liste")
    siret = models.CharField("SIRET", max_length=14)
    label = models.CharField("raison sociale", max_length=200, blank=True)
    headcount = models.PositiveIntegerField("effectif", null=True, blank=True)

    class Meta(ShareableRow.Meta):
        verbose_name = "établissement d’une liste"
        ordering = ["siret"]
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "siret"],
                name="registers_line_unique_siret",
                violation_error_message="Cet établissement est déjà dans la liste.",
            ),
            models.CheckConstraint(
                name="registers_line_siret_14_digits",
                condition=Q(siret__regex=r"^[0-9]{14}$"),
                violation_error_message="Un SIRET compte quatorze chiffres.",
            ),
        ]

    def __str__(self) -> str:
        return self.siret


class Match(CircleRow):
    """How many establishments of a service's list the fund follows under the COG. The service asks, a job answers.

    The parties read the two numbers. Which establishments they are is told to each side apart (:class:`MatchSide`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The list is its owner's: the database keeps the link, the other parties cannot follow it.
    listing = models.OneToOneField(EstablishmentList, models.PROTECT, related_name="match", verbose_name="liste")
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="demandé par")
    counterpart = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="caisse")
    kind = models.CharField("nature", max_length=10, choices=EstablishmentList.Kind)
    strand = models.CharField("volet", max_length=10, choices=EstablishmentList.Strand)
    year = models.PositiveSmallIntegerField("année de référence")
    total = models.PositiveIntegerField("établissements de la liste")
    of_which = models.PositiveIntegerField("dont suivis dans le cadre de la COG", null=True, blank=True)
    compared_as_of = models.DateField("liste de la caisse arrêtée au", null=True, blank=True)
    asked_at = models.DateTimeField("demandé le")
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "rapprochement"
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                name="registers_match_of_which_within_total",
                condition=Q(of_which=None) | Q(of_which__lte=models.F("total")),
                violation_error_message="La part suivie ne dépasse pas le total.",
            ),
            models.CheckConstraint(
                name="registers_match_answered_whole",
                condition=Q(answered_at=None, of_which=None, compared_as_of=None)
                | Q(answered_at__isnull=False, of_which__isnull=False, compared_as_of__isnull=False),
                violation_error_message="Une réponse porte son nombre et sa date.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_strand_display()}, {self.year}"


class MatchSide(PrivateRow):
    """The establishments that a match found, for one side: numbers that this side itself gave, and no other."""

    match = models.ForeignKey(Match, models.CASCADE, related_name="sides", verbose_name="rapprochement")
    sirets = ArrayField(models.CharField(max_length=14), verbose_name="établissements communs")

    class Meta(PrivateRow.Meta):
        verbose_name = "établissements communs"
        constraints = [
            models.UniqueConstraint(
                fields=["match", "private_to"],
                name="registers_side_unique",
                violation_error_message="Cet organisme a déjà sa part du rapprochement.",
            )
        ]

    def __str__(self) -> str:
        return f"{len(self.sirets)} établissements"


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
