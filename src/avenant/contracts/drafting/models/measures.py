from __future__ import annotations

import uuid

from django.db import models
from django.urls import reverse

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting.models.heads import Contract
from avenant.foundations.documents.models import Document
from avenant.foundations.parties.models import CircleRow, Organisation


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
