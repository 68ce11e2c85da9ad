"""Applicant, Dossier and the rows of its content."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Q
from django.urls import reverse

from avenant.domain.lifecycles import DOSSIER
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleRow, Establishment, Organisation
from avenant.funding.calls.models import PublishedCall


def amount_field(label: str) -> models.DecimalField[Decimal | None, Decimal | None]:
    return models.DecimalField(label, max_digits=14, decimal_places=2, null=True, blank=True)


class Applicant(models.Model):
    """What an establishment's organisation says of itself once, and every dossier takes up. Public facts, no circle."""

    class Status(models.TextChoices):
        PUBLIC = "public", "établissement public"
        PRIVATE_NONPROFIT = "private_nonprofit", "établissement privé à but non lucratif"
        PRIVATE_PROFIT = "private_profit", "établissement privé à but lucratif"

    class Staff(models.TextChoices):
        PRIVATE = "private", "droit privé"
        PUBLIC = "public", "droit public"
        MIXED = "mixed", "mixte"

    organisation = models.OneToOneField(
        Organisation, models.CASCADE, primary_key=True, related_name="applicant", verbose_name="organisme"
    )
    establishment = models.ForeignKey(
        Establishment, models.PROTECT, related_name="+", verbose_name="établissement de l’annuaire"
    )
    status = models.CharField("statut", max_length=20, choices=Status)
    staff = models.CharField("statut du personnel", max_length=10, choices=Staff)
    sectors = ArrayField(models.CharField(max_length=20), verbose_name="secteurs")
    category = models.CharField("catégorie", max_length=40, blank=True)
    group = models.CharField("groupement (GHT)", max_length=120, blank=True)

    class Meta:
        verbose_name = "établissement demandeur"

    def __str__(self) -> str:
        return self.establishment.name


class Dossier(StatefulRow):
    """What an establishment asks of a call. Its circle is the establishment alone until it is handed in.

    ``owner`` alone changes its content, while it is a draft. ``requested``, ``eligible`` and ``grant`` repeat what the
    rules computed at the last save, ``in_scope`` what its projects say, so that lists sort.
    """

    lifecycle = DOSSIER

    call = models.ForeignKey(PublishedCall, models.PROTECT, related_name="dossiers", verbose_name="appel")
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="établissement")
    establishment = models.ForeignKey(Establishment, models.PROTECT, related_name="+", verbose_name="site")
    name = models.CharField("nom de l’établissement", max_length=200)
    folded = models.CharField("clé de tri et de recherche", max_length=400, editable=False)
    territory_code = models.CharField("territoire", max_length=8, blank=True)
    status = models.CharField("statut", max_length=20, choices=Applicant.Status, blank=True)
    sectors = ArrayField(models.CharField(max_length=20), verbose_name="secteurs", default=list)
    category = models.CharField("catégorie", max_length=40, blank=True)
    staff = models.CharField("statut du personnel", max_length=10, choices=Applicant.Staff, blank=True)
    group = models.CharField("groupement (GHT)", max_length=120, blank=True)
    agents = models.PositiveIntegerField("nombre d’agents de l’établissement", null=True, blank=True)
    payroll = amount_field("masse salariale annuelle")
    contact = models.CharField("interlocuteur, par sa fonction", max_length=200, blank=True)
    contact_email = models.EmailField("adresse de l’interlocuteur", blank=True)
    answers = models.JSONField("réponses", default=dict, blank=True, help_text="measures of the rulebook, free texts")
    upstream_with = models.CharField("travaillé en amont avec", max_length=200, blank=True)
    upstream_since = models.DateField("travaillé en amont depuis", null=True, blank=True)
    plan_on = models.DateField("plan d’actions arrêté le", null=True, blank=True)
    in_scope = models.BooleanField("dans le périmètre de l’appel", null=True)
    number = models.CharField("numéro", max_length=40, blank=True)
    submitted_at = models.DateTimeField("déposé le", null=True, blank=True)
    outcome = models.CharField("constat", max_length=14, blank=True)
    requested = amount_field("aide demandée")
    total = amount_field("coût total hors taxes")
    eligible = amount_field("coût éligible hors taxes")
    grant = amount_field("aide calculée")
    saved_at = models.DateTimeField("enregistré le")
    saved_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(StatefulRow.Meta):
        verbose_name = "dossier"
        ordering = ["-submitted_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "owner"],
                condition=~Q(state="withdrawn"),
                name="dossiers_one_for_each_call",
                violation_error_message="Votre établissement a déjà un dossier pour cet appel.",
            ),
            models.UniqueConstraint(
                fields=["number"],
                condition=~Q(number=""),
                name="dossiers_number_unique",
                violation_error_message="Ce numéro de dossier est déjà pris.",
            ),
            models.CheckConstraint(
                name="dossiers_handed_in_has_number_and_instant",
                condition=Q(state__in=["draft", "withdrawn"]) | (~Q(number="") & Q(submitted_at__isnull=False)),
                violation_error_message="Un dossier déposé a son numéro et son instant de dépôt.",
            ),
        ]
        indexes = [
            models.Index(fields=["call", "-submitted_at", "-id"], name="dossiers_by_instant"),
            models.Index(fields=["call", "folded", "id"], name="dossiers_by_name"),
            models.Index(fields=["call", "state", "-submitted_at", "-id"], name="dossiers_by_state"),
            models.Index(fields=["call", "-grant", "-id"], name="dossiers_by_grant"),
            models.Index(fields=["call", "-in_scope", "submitted_at", "id"], name="dossiers_by_scope"),
            models.Index(fields=["-submitted_at", "-id"], name="dossiers_newest"),
            models.Index(fields=["owner", "call"], name="dossiers_by_owner"),
            models.Index(fields=["establishment"], name="dossiers_by_establishment"),
            GinIndex(SearchVector("folded", config="simple"), name="dossiers_words"),
        ]

    def __str__(self) -> str:
        return f"{self.number or 'Dossier'} · {self.name}"

    def page(self) -> str:
        return reverse("dossiers:dossier", args=[self.pk])


class DossierRow(CircleRow):
    """A row of a dossier's content, in its circle."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    position = models.PositiveSmallIntegerField("rang")

    class Meta(CircleRow.Meta):
        abstract = True
