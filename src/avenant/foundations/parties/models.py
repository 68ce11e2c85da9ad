from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.urls import reverse

from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.identifiers import siren_of
from avenant.foundations.parties import entered

if TYPE_CHECKING:
    from avenant.foundations.parties.actors import Actor

Row = TypeVar("Row", bound=models.Model)
AUDITOR: Final = "auditor"


class Territory(models.Model):
    """A region or department, or an overseas collectivity, with the time zone in which its deadlines are told."""

    class Kind(models.TextChoices):
        REGION = "region", "région"
        DEPARTMENT = "department", "département"

    code = models.CharField("code officiel géographique", max_length=8, primary_key=True)
    kind = models.CharField("nature", max_length=12, choices=Kind)
    name = models.CharField("nom", max_length=80)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    time_zone = models.CharField("fuseau horaire", max_length=40, default="Europe/Paris")

    class Meta:
        verbose_name = "territoire"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """An institution, a service or an establishment's manager: what can be a party."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField("clé", max_length=80, unique=True)
    kind = models.CharField("nature", max_length=20, choices=[(kind.value, kind.label) for kind in OrganisationKind])
    name = models.CharField("nom", max_length=200)
    short_name = models.CharField("nom court", max_length=60)
    territory = models.ForeignKey(Territory, models.PROTECT, verbose_name="territoire", related_name="organisations")
    siren = models.CharField("SIREN", max_length=9, blank=True)
    seat = models.TextField("siège", blank=True)
    mailbox = models.EmailField("boîte fonctionnelle", blank=True)
    fictional = models.BooleanField("fictif", default=False)
    source = models.CharField("source", max_length=300, blank=True)

    class Meta:
        verbose_name = "organisme"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="parties_organisation_siren_nine_digits",
                condition=models.Q(siren="") | models.Q(siren__regex=r"^\d{9}$"),
                violation_error_message="Un SIREN compte neuf chiffres.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A part of an organisation that has its own pen: prevention department, social service, Pôle Travail…"""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, verbose_name="organisme", related_name="units")
    key = models.SlugField("clé", max_length=60)
    name = models.CharField("nom", max_length=120)

    class Meta:
        verbose_name = "unité"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "key"],
                name="parties_unit_unique_key",
                violation_error_message="Cette unité existe déjà dans l’organisme.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Establishment(models.Model):
    """A line of the public directory: a place where people work. Nothing confidential, and no circle.

    The directory holds what somebody needs (FINESS, establishments named in a file), not the whole of Sirene.
    """

    class Regime(models.TextChoices):
        GENERAL = "general", "régime général"
        PUBLIC_HOSPITAL = "fph", "fonction publique hospitalière"
        AGRICULTURAL = "msa", "régime agricole"
        MIXED = "mixed", "plusieurs régimes"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    finess_et = models.CharField("FINESS de l’établissement", max_length=9, blank=True)
    finess_ej = models.CharField("FINESS de l’entité juridique", max_length=9, blank=True)
    name = models.CharField("nom", max_length=200)
    folded = models.CharField("clé de tri et de recherche", max_length=400, editable=False)
    naf = models.CharField("code NAF", max_length=6, blank=True)
    naf_nomenclature = models.CharField("nomenclature du code NAF", max_length=12, blank=True)
    headcount = models.PositiveIntegerField("effectif", null=True, blank=True)
    commune = models.CharField("commune", max_length=80, blank=True)
    territory = models.ForeignKey(
        Territory,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,  # the index of its order serves
        related_name="establishments",
        verbose_name="département",
    )
    regime = models.CharField("régime", max_length=10, choices=Regime, blank=True)
    department = models.CharField("code du département", max_length=3, blank=True)
    category = models.CharField("catégorie FINESS", max_length=4, blank=True)
    category_label = models.CharField("libellé de la catégorie", max_length=80, blank=True)
    address = models.CharField("adresse", max_length=200, blank=True)
    postcode = models.CharField("code postal", max_length=5, blank=True)
    phone = models.CharField("téléphone", max_length=20, blank=True)
    opened_on = models.DateField("ouvert le", null=True, blank=True)
    in_finess = models.BooleanField("vient du répertoire FINESS", default=False)
    closed_on = models.DateField("fermé le", null=True, blank=True)

    class Meta:
        verbose_name = "établissement"
        ordering = ["folded", "id"]
        constraints = [
            # Several FINESS sites often share one SIRET: the two numbers together name a line.
            models.UniqueConstraint(
                fields=["siret", "finess_et"],
                name="parties_establishment_unique",
                violation_error_message="Cet établissement est déjà dans l’annuaire.",
            ),
            models.UniqueConstraint(
                fields=["finess_et"],
                condition=~models.Q(finess_et=""),
                name="parties_establishment_unique_finess",
                violation_error_message="Ce numéro FINESS est déjà dans l’annuaire.",
            ),
            models.CheckConstraint(
                condition=~models.Q(siret="", finess_et=""),
                name="parties_establishment_has_a_number",
                violation_error_message="Un établissement de l’annuaire a un SIRET ou un numéro FINESS.",
            ),
            models.CheckConstraint(
                condition=models.Q(siret="") | models.Q(siret__regex=r"^[0-9]{14}$"),
                name="parties_establishment_siret_14_digits",
                violation_error_message="Un SIRET compte quatorze chiffres.",
            ),
            models.CheckConstraint(
                condition=models.Q(finess_et="") | models.Q(finess_et__regex=r"^[0-9AB]{9}$"),
                name="parties_establishment_finess_9_characters",
                violation_error_message="Un numéro FINESS compte neuf caractères.",
            ),
        ]
        indexes = [
            # Lists go on by key; with a department, in its own order.
            models.Index(fields=["folded", "id"], name="parties_estab_order"),
            models.Index(fields=["territory", "folded", "id"], name="parties_estab_by_territory"),
            # A prefix of an identifier, whatever the collation of the database.
            models.Index(fields=["siret"], name="parties_estab_siret", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["finess_et"], name="parties_estab_finess_et", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["finess_ej"], name="parties_estab_finess_ej", opclasses=["varchar_pattern_ops"]),
            GinIndex(SearchVector("folded", config="simple"), name="parties_estab_words"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def siren(self) -> str:
        """The enterprise (SIREN), when the SIRET is known."""
        return siren_of(self.siret)

    def page(self) -> str:
        return reverse("site:establishment", args=[self.pk])


class Membership(models.Model):
    """A person works for an organisation, in a unit, with roles, from one day to another (half-open)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("accounts.User", models.CASCADE, verbose_name="personne", related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.CASCADE, verbose_name="organisme", related_name="memberships")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, verbose_name="unité", related_name="members")
    roles = ArrayField(
        models.CharField(max_length=30, choices=[(role.value, role.label) for role in Role]), verbose_name="rôles"
    )
    starts_on = models.DateField("début")
    ends_on = models.DateField("fin", null=True, blank=True)

    class Meta:
        verbose_name = "appartenance"
        ordering = ["organisation__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation", "unit"],
                name="parties_membership_unique",
                nulls_distinct=False,
                violation_error_message="Cette personne appartient déjà à cette unité.",
            ),
            models.CheckConstraint(
                name="parties_membership_ends_after_start",
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gt=models.F("starts_on")),
                violation_error_message="La fin d’une appartenance suit son début.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.organisation.short_name}"


class Circle(models.Model):
    """A set of organisations, each with its role in it, that share confidential rows. A file is its circle.

    Rows are written by :func:`avenant.foundations.parties.services.open_circle` alone: the application role has no
    right to insert here or in :class:`CircleMember`, a definer function of the database does it (protection.py).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("nature", max_length=30)
    title = models.CharField("intitulé", max_length=250)

    class Meta:
        verbose_name = "cercle"

    def __str__(self) -> str:
        return self.title


class CircleMember(models.Model):
    """One organisation of a circle. Row level security shows an organisation its own rows only, on their days.

    An auditor (``role`` AUDITOR) reads from one day to another and writes nothing: the database refuses it.
    """

    circle = models.ForeignKey(Circle, models.CASCADE, related_name="members")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="circles")
    role = models.CharField("rôle dans le cercle", max_length=30)
    starts_on = models.DateField("début", null=True, blank=True)
    ends_on = models.DateField("fin", null=True, blank=True)

    class Meta:
        verbose_name = "membre du cercle"
        constraints = [
            models.UniqueConstraint(
                fields=["circle", "organisation"],
                name="parties_circlemember_unique",
                violation_error_message="Cet organisme est déjà membre du cercle.",
            ),
            models.CheckConstraint(
                name="parties_circlemember_ends_after_start",
                condition=models.Q(ends_on=None) | models.Q(ends_on__gt=models.F("starts_on")),
                violation_error_message="La fin d’un droit de lecture suit son début.",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "circle"], name="parties_member_by_organisation")]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.role}"


class CircleQuerySet(models.QuerySet[Row]):
    """Rows that belong to a circle."""

    def visible_to(self, actor: Actor) -> Self:
        """The one predicate of confidentiality: rows of my organisation's circles, less what is private to another.

        Row level security repeats it in the database. What is outside answers 404, never 403.
        """
        mine = CircleMember.objects.filter(
            circle_id=models.OuterRef("circle_id"), organisation_id=actor.organisation_id
        )
        rows = self.filter(models.Exists(mine))
        if issubclass(self.model, PrivateRow):
            rows = rows.filter(private_to_id=actor.organisation_id)
        if issubclass(self.model, ShareableRow):
            rows = rows.filter(models.Q(private_to=None) | models.Q(private_to_id=actor.organisation_id))
        return rows


class CircleRow(models.Model):
    """A confidential row: the parties of its circle read it, nobody else."""

    circle = models.ForeignKey(Circle, models.PROTECT, related_name="+", editable=False, verbose_name="cercle")

    objects = CircleQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **more: Any) -> Self:
        """Django's own, which also tells the door that a file is being entered (entered.py)."""
        row = super().from_db(db, field_names, values, **more)
        if "circle_id" in row.__dict__ and row.__dict__["circle_id"] is not None:
            entered.note(row.pk, row.__dict__["circle_id"])
        return row


class PrivateRow(CircleRow):
    """A row of a circle that one organisation keeps for itself: its working copy, its notes."""

    private_to = models.ForeignKey(Organisation, models.PROTECT, related_name="+", editable=False)

    class Meta(CircleRow.Meta):
        abstract = True


class ShareableRow(CircleRow):
    """A row that its owner keeps for itself until it shares it with the whole circle: then it is private to nobody."""

    private_to = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", editable=False)

    class Meta(CircleRow.Meta):
        abstract = True
