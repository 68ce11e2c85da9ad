from __future__ import annotations

import uuid

from django.db import models
from django.urls import reverse

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.domain.french import format_date, typeset
from avenant.domain.lifecycles import CONTRACT
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleRow, Organisation, Territory


class Contract(StatefulRow):
    """Who promised what, from when to when. Two kinds share this table and are never merged without their kind.

    A contract not yet signed has no dates: ``title_period`` is what its title prints, a label and nothing more.
    """

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
    starts_on = models.DateField("début", null=True, blank=True)
    ends_on = models.DateField("fin (dernier jour)", null=True, blank=True)
    title_period = models.CharField("période du titre", max_length=20, blank=True)
    duration_years = models.PositiveSmallIntegerField("durée (années)", null=True, blank=True)
    methods_due_on = models.DateField(
        "modalités de recueil à communiquer au plus tard le", null=True, blank=True, help_text="ce que dit le texte"
    )
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
            ),
            models.CheckConstraint(
                name="drafting_contract_dated_once_signed",
                condition=models.Q(state="draft") | models.Q(starts_on__isnull=False, ends_on__isnull=False),
                violation_error_message="Un contrat en vigueur a un premier et un dernier jour.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def term(self) -> str:
        """« 1er janvier 2025 – 31 décembre 2029 »; before the last signature, what is known of it."""
        if self.starts_on and self.ends_on:
            return f"{format_date(self.starts_on)} – {format_date(self.ends_on)}"
        if self.duration_years:
            return f"{self.duration_years} ans à compter de la dernière signature"
        return "dates à fixer"

    @property
    def title_gap(self) -> str:
        """A warning when the term does not reach the last year that the title prints; empty otherwise."""
        last = self.title_period.rpartition("-")[2]
        if not (last.isdecimal() and self.ends_on) or self.ends_on.year >= int(last):
            return ""
        return typeset(
            f"Le titre porte {self.title_period}, mais le contrat prend fin le {format_date(self.ends_on)}\u202f: "
            f"l'année {last} n'est pas atteinte."
        )

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
    """A definition that the contract promises to measure, for which years, with which targets: part of its text."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="promises", verbose_name="contrat")
    definition = models.ForeignKey(DefinitionRecord, models.PROTECT, related_name="promises", verbose_name="définition")
    first_year = models.PositiveSmallIntegerField("première année")
    last_year = models.PositiveSmallIntegerField("dernière année")
    targets = models.JSONField("cibles par année", default=dict, blank=True, help_text='{"2026": "1 200"}')
    proposed = models.BooleanField("proposé, à confirmer", default=False)

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

    def page(self) -> str:
        return reverse("drafting:promise", args=[self.contract_id, self.pk])


class Confirmation(CircleRow):
    """A party says that a proposed indicator is indeed in the contract. The last party's one lifts the mark."""

    promise = models.ForeignKey(
        PromisedIndicator, models.CASCADE, related_name="confirmations", verbose_name="indicateur promis"
    )
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="partie")

    class Meta(CircleRow.Meta):
        verbose_name = "confirmation"
        constraints = [
            models.UniqueConstraint(
                fields=["promise", "organisation"],
                name="drafting_confirmation_once",
                violation_error_message="Votre organisme a déjà confirmé cet indicateur.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation}\u202f: {self.promise}"


class CollectionMethod(CircleRow):
    """How an indicator is collected, as published to the parties of one contract. The latest stands, all are kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contract = models.ForeignKey(Contract, models.CASCADE, related_name="methods", verbose_name="contrat")
    definition = models.ForeignKey(DefinitionRecord, models.PROTECT, related_name="+", verbose_name="définition")
    text = models.TextField("modalité de recueil")
    applies_from = models.DateField("applicable à compter du")
    published_at = models.DateTimeField("publiée le")
    annex = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="annexe")

    class Meta(CircleRow.Meta):
        verbose_name = "modalité de recueil"
        ordering = ["-published_at"]

    def __str__(self) -> str:
        return self.text


class OperatingMode(CircleRow):
    """The way that the fund and the service share to obtain the annex 4 indicators: theirs once both have agreed."""

    contract = models.OneToOneField(Contract, models.CASCADE, related_name="operating_mode", verbose_name="contrat")
    text = models.TextField("mode opératoire")
    tasks = models.TextField("qui fait quoi", blank=True)
    committee_on = models.DateField("comité de suivi du")
    service_agrees = models.BooleanField("accord du service", default=False)
    fund_agrees = models.BooleanField("accord de la caisse", default=False)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="document"
    )

    class Meta(CircleRow.Meta):
        verbose_name = "mode opératoire commun"

    def __str__(self) -> str:
        return self.text

    @property
    def decided(self) -> bool:
        return self.service_agrees and self.fund_agrees
