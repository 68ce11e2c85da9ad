from __future__ import annotations

import uuid

from django.db import models
from django.urls import reverse

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting.models import Contract
from avenant.domain.lifecycles import REVIEW
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.meetings.models import CommitteeDecision
from avenant.foundations.parties.models import CircleRow, Organisation, Territory
from avenant.indicators.campaigns.models import Campaign


class Consolidation(CircleRow):
    """When a campaign was last consolidated, and on which submissions: the same fingerprint, the same figures."""

    campaign = models.OneToOneField(Campaign, models.CASCADE, related_name="consolidation", verbose_name="campagne")
    at = models.DateTimeField("consolidée le")
    fingerprint = models.CharField("empreinte des transmissions", max_length=64)

    class Meta(CircleRow.Meta):
        verbose_name = "consolidation"

    def __str__(self) -> str:
        return f"{self.campaign_id}"


class RegionalFigure(CircleRow):
    """One indicator of a region and year, made by the consolidation from what the providers submitted.

    A row of the region's own circle: what the web shows of others' figures is computed by a job and stored.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="figures", verbose_name="campagne")
    definition = models.ForeignKey(DefinitionRecord, models.PROTECT, related_name="+", verbose_name="définition")
    result = models.JSONField("résultat", help_text="sums, rates, distribution; never without its coverage")
    contributors = models.PositiveSmallIntegerField("services comptés")
    expected = models.PositiveSmallIntegerField("services attendus")
    validated = models.PositiveSmallIntegerField("services validés", default=0, help_text="among those counted")
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
            models.CheckConstraint(
                name="consolidation_figure_validated",
                condition=models.Q(validated__lte=models.F("contributors")),
                violation_error_message="On ne valide pas plus de services qu’on n’en compte.",
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


class StoredChart(CircleRow):
    """A chart that the job of the figures drew, with its words and the table of its data.

    ``sha256`` is the hash of what it was drawn from: the same data are not drawn twice.
    """

    key = models.CharField("clé", max_length=80, help_text="trend:<code>, or <year>:<what>:<code>")
    title = models.TextField("titre")
    svg = models.TextField("image")
    alt = models.TextField("description")
    table = models.JSONField("données", help_text="rows of texts; the first is the header")
    sha256 = models.CharField("empreinte des données", max_length=64)
    at = models.DateTimeField("dessiné le")

    class Meta(CircleRow.Meta):
        verbose_name = "graphique"
        constraints = [
            models.UniqueConstraint(
                fields=["circle", "key"],
                name="consolidation_chart_unique",
                violation_error_message="Ce graphique existe déjà.",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Export(CircleRow):
    """A long export: asked by a person, made by a job that says how far it is, kept as a document of the circle."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="+", verbose_name="dernière campagne")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="demandé par")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="pour")
    at = models.DateTimeField("demandé le")
    total = models.PositiveSmallIntegerField("étapes")
    done = models.PositiveSmallIntegerField("étapes faites", default=0)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", verbose_name="fichier")

    class Meta(CircleRow.Meta):
        verbose_name = "export"
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.campaign_id}"


class Publication(CircleRow):
    """The regional figures given to the social partners by an explicit act: no service named, small counts withheld."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name="région")
    year = models.PositiveSmallIntegerField("année de référence")
    number = models.PositiveSmallIntegerField("numéro")
    content = models.JSONField("contenu publié")
    at = models.DateTimeField("publiée le")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="par")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="pour")
    sha256 = models.CharField("empreinte du PDF", max_length=64, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "note aux partenaires sociaux"
        ordering = ["-year", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["territory", "year", "number"],
                name="consolidation_publication_unique",
                violation_error_message="Cette publication existe déjà.",
            )
        ]

    def __str__(self) -> str:
        return f"Chiffres {self.year}, {self.territory}"

    def page(self) -> str:
        return reverse("consolidation:publication", args=[self.pk])


class PublicationBasis(CircleRow):
    """Which services each published figure counts: a row of the region's circle, which the social partners never read.

    The next publication of the year is compared with it: one service more would be told by the difference.
    """

    publication = models.OneToOneField(Publication, models.CASCADE, related_name="+", verbose_name="publication")
    counted = models.JSONField("services comptés", default=dict, help_text="{code: [service, …]}")
    cells = models.JSONField("cases", default=dict, help_text="{case régionale: [montrée ou nulle, vraie]}")

    class Meta(CircleRow.Meta):
        verbose_name = "base d’une publication"

    def __str__(self) -> str:
        return f"{self.publication_id}"


class CampaignAudit(CircleRow):
    """The joint audit of a campaign: what may be told outside the circle, and the witnesses by which it is verified.

    ``fingerprint`` is that of the submissions it was made on: older, it opens nothing. Cells are regional cells.
    """

    campaign = models.OneToOneField(Campaign, models.CASCADE, related_name="audit", verbose_name="campagne")
    fingerprint = models.CharField("empreinte des transmissions", max_length=64, blank=True)
    told = models.JSONField("cases qui peuvent être dites", default=list)
    hidden = models.JSONField("cases cachées", default=list)
    breaches = models.JSONField("cases que l’on pourrait déduire", default=list)
    proofs = models.JSONField("témoins", default=list)
    rules = models.JSONField("seuils", default=dict)
    cells = models.PositiveIntegerField("cases", default=0)
    readers = models.PositiveSmallIntegerField("lecteurs", default=0)
    cpu_seconds = models.FloatField("secondes de calcul", default=0)
    at = models.DateTimeField("fait le")
    total = models.PositiveSmallIntegerField("étapes", default=4)
    done = models.PositiveSmallIntegerField("étapes faites", default=0)

    class Meta(CircleRow.Meta):
        verbose_name = "audit du secret statistique"

    def __str__(self) -> str:
        return f"{self.campaign_id}"


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
    saved_at = models.DateTimeField("enregistré le", null=True, blank=True)
    saved_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

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
    """A way to improve, or a decision: what, on which action or indicator, from which finding, by whom, until when.

    ``outcome`` is what became of it: it is written the year after, beside the next review, and stays open until then.
    """

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
    outcome = models.TextField("suite donnée", blank=True)
    decided_in = models.OneToOneField(
        CommitteeDecision, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="décidée en séance",
        help_text="the committee's own decision: it is written, followed up and due there",
    )  # fmt: skip

    class Meta(CircleRow.Meta):
        verbose_name = "piste ou décision"
        ordering = ["kind", "pk"]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def standing(self) -> str:
        """Where it stands, in words; as the committee says it when the committee decided it."""
        return self.decided_in.get_progress_display() if self.decided_in else self.get_progress_display()

    @property
    def became(self) -> str:
        """What became of it, wherever that was said."""
        return self.decided_in.outcome if self.decided_in else self.outcome


class ReviewComment(CircleRow):
    """What a party says of the review while it is written. Never rewritten, not part of the document."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="comments", verbose_name="bilan")
    text = models.TextField("commentaire")
    at = models.DateTimeField("le")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="par")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")

    class Meta(CircleRow.Meta):
        verbose_name = "commentaire du bilan"
        ordering = ["at"]

    def __str__(self) -> str:
        return self.text[:80]
