from __future__ import annotations

from django.db import models
from django.urls import reverse

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting.models import Contract
from avenant.domain.lifecycles import REVIEW
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleRow, Organisation
from avenant.indicators.campaigns.models import Campaign


class RegionalFigure(CircleRow):
    """One indicator of a region and year, made by the consolidation from what the providers submitted.

    A row of the region's own circle: what the web shows of others' figures is computed by a job and stored.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="figures", verbose_name="campagne")
    definition = models.ForeignKey(DefinitionRecord, models.PROTECT, related_name="+", verbose_name="définition")
    result = models.JSONField("résultat", help_text="sums, rates, distribution; never without its coverage")
    contributors = models.PositiveSmallIntegerField("services comptés")
    expected = models.PositiveSmallIntegerField("services attendus")
    missing = models.JSONField("services manquants", default=list)
    computed_at = models.DateTimeField("calculé le")

    class Meta(CircleRow.Meta):
        verbose_name = "chiffre régional"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "definition"],
                name="consolidation_figure_unique",
                violation_error_message="Ce chiffre régional existe déjà.",
            ),
            models.CheckConstraint(
                name="consolidation_figure_coverage",
                condition=models.Q(contributors__lte=models.F("expected")),
                violation_error_message="On ne compte pas plus de services qu’attendu.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.definition_id}"


class BenchmarkLine(CircleRow):
    """Where one service stands among the others, who stay anonymous: a row of its contract's circle."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="benchmark", verbose_name="contrat")
    year = models.PositiveSmallIntegerField("année de référence")
    definition = models.ForeignKey(DefinitionRecord, models.PROTECT, related_name="+", verbose_name="définition")
    result = models.JSONField("position", help_text="own value, median, quartiles, rank; or why it is hidden")
    computed_at = models.DateTimeField("calculé le")

    class Meta(CircleRow.Meta):
        verbose_name = "position"
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "year", "definition"],
                name="consolidation_benchmark_unique",
                violation_error_message="Cette position existe déjà.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.definition_id}"


class Review(StatefulRow):
    """The yearly review of a contract (bilan annuel): quantitative, qualitative, ways to improve, decisions."""

    lifecycle = REVIEW

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="reviews", verbose_name="contrat")
    year = models.PositiveSmallIntegerField("année de référence")
    content = models.JSONField("contenu arrêté", default=dict, blank=True, help_text="what was signed off, whole")
    sha256 = models.CharField("empreinte du PDF", max_length=64, blank=True)

    class Meta(StatefulRow.Meta):
        verbose_name = "bilan annuel"
        ordering = ["-year"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "year"],
                name="consolidation_review_one_a_year",
                violation_error_message="Un bilan existe déjà pour cette année.",
            )
        ]

    def __str__(self) -> str:
        return f"Bilan {self.year} · {self.contract}"

    def page(self) -> str:
        return reverse("consolidation:review", args=[self.pk])


class ReviewStrand(CircleRow):
    """The qualitative part of the review for one strand: it cannot be signed off while one is empty."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="strands", verbose_name="bilan")
    strand = models.CharField("volet", max_length=20)
    text = models.TextField("bilan qualitatif", blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "bilan d’un volet"
        ordering = ["strand"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "strand"],
                name="consolidation_reviewstrand_unique",
                violation_error_message="Ce volet a déjà son bilan.",
            )
        ]

    def __str__(self) -> str:
        return self.strand


class ReviewItem(CircleRow):
    """A way to improve, or a decision: what, on which action, from which finding, by whom, until when."""

    class Kind(models.TextChoices):
        IMPROVEMENT = "improvement", "piste d’amélioration"
        DECISION = "decision", "décision"

    class Progress(models.TextChoices):
        PROPOSED = "proposed", "proposée"
        UNDERWAY = "underway", "en cours"
        DONE = "done", "réalisée"
        ABANDONED = "abandoned", "abandonnée"

    review = models.ForeignKey(Review, models.CASCADE, related_name="items", verbose_name="bilan")
    kind = models.CharField("nature", max_length=12, choices=Kind)
    text = models.TextField("texte")
    action = models.CharField("action concernée", max_length=200, blank=True)
    definition = models.ForeignKey(
        DefinitionRecord, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="indicateur"
    )
    finding = models.TextField("constat", blank=True)
    owner = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", verbose_name="responsable")
    due_on = models.DateField("échéance", null=True, blank=True)
    progress = models.CharField("état", max_length=10, choices=Progress, default=Progress.PROPOSED)

    class Meta(CircleRow.Meta):
        verbose_name = "piste ou décision"
        ordering = ["kind", "pk"]

    def __str__(self) -> str:
        return self.text[:80]
