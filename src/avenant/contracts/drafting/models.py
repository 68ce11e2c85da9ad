from __future__ import annotations

from django.db import models
from django.urls import reverse

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.domain.lifecycles import CONTRACT
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleRow, Organisation, Territory


class Contract(StatefulRow):
    """Who promised what, from when to when. Two kinds share this table and are never merged without their kind."""

    lifecycle = CONTRACT

    class Kind(models.TextChoices):
        CPOM_SERVICE = "cpom_spsti", "CPOM d’un SPSTI"
        CPOM_ESTABLISHMENT = "cpom_etablissement", "CPOM d’un établissement"
        CONVENTION = "convention", "convention"
        CLACT = "clact", "CLACT"
        SUB_AGREEMENT = "sous_convention", "convention d’application"

    key = models.SlugField("clé", max_length=80, unique=True)
    kind = models.CharField("nature", max_length=20, choices=Kind)
    title = models.CharField("titre", max_length=250)
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="contracts", verbose_name="territoire")
    starts_on = models.DateField("début")
    ends_on = models.DateField("fin (dernier jour)")
    fictional = models.BooleanField("fictif", default=False)
    source = models.CharField("source", max_length=300, blank=True)

    class Meta(StatefulRow.Meta):
        verbose_name = "contrat"
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                name="drafting_contract_ends_after_start",
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                violation_error_message="La fin du contrat suit son début.",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def page(self) -> str:
        return reverse("drafting:contract", args=[self.pk])


class ContractParty(CircleRow):
    """An organisation that signs, in which role, and in which capacity its signatory signs (never a name)."""

    class Role(models.TextChoices):
        SERVICE = "service", "service de prévention et de santé au travail"
        FUND = "fund", "caisse"
        LABOUR = "labour", "direction du travail"
        ARS = "ars", "agence régionale de santé"
        ESTABLISHMENT = "establishment", "établissement"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="parties", verbose_name="contrat")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="contracts", verbose_name="organisme")
    role = models.CharField("rôle", max_length=20, choices=Role)
    capacity = models.CharField("qualité du signataire", max_length=120, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "partie"
        ordering = ["contract", "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "organisation"],
                name="drafting_party_unique",
                violation_error_message="Cet organisme est déjà partie au contrat.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} ({self.get_role_display()})"


class PromisedIndicator(CircleRow):
    """A definition that the contract promises to measure, for which years, with which targets: a dated part of its text."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="promises", verbose_name="contrat")
    definition = models.ForeignKey(DefinitionRecord, models.PROTECT, related_name="promises", verbose_name="définition")
    first_year = models.PositiveSmallIntegerField("première année")
    last_year = models.PositiveSmallIntegerField("dernière année")
    targets = models.JSONField("cibles par année", default=dict, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "indicateur promis"
        ordering = ["contract", "definition__set", "definition__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "definition"],
                name="drafting_promise_unique",
                violation_error_message="Cet indicateur est déjà dans le contrat.",
            ),
            models.CheckConstraint(
                name="drafting_promise_years_in_order",
                condition=models.Q(last_year__gte=models.F("first_year")),
                violation_error_message="La dernière année suit la première.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.definition)
