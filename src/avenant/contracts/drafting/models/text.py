from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from avenant.contracts.drafting.models.heads import Contract, ContractParty
from avenant.domain.contracts import Annex as LegalAnnex
from avenant.domain.contracts import Clause as LegalClause
from avenant.domain.contracts import ClauseKind, Version
from avenant.foundations.documents.models import Document
from avenant.foundations.parties.models import CircleQuerySet, CircleRow, Organisation, Territory

FIRST_DAY = date(1, 1, 1)
SHORT = 90


def shorten(text: str) -> str:
    """The first words of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= SHORT else f"{line[:SHORT].rsplit(' ', 1)[0]}…"


class DatedQuerySet(CircleQuerySet[Any]):
    """Versions of what a contract says, each from one day to another."""

    def in_force_on(self, day: date) -> DatedQuerySet:
        """What the text says on a day; no date is the beginning, or no end, of the contract."""
        return self.filter(
            Q(in_force_from=None) | Q(in_force_from__lte=day), Q(in_force_until=None) | Q(in_force_until__gt=day)
        )


class DatedRow(CircleRow):
    """A version of a piece of the text: in force from a day included to a day excluded, None being the contract's own."""

    key = models.SlugField("clé", max_length=80)
    in_force_from = models.DateField("en vigueur du", null=True, blank=True)
    in_force_until = models.DateField("jusqu’au (exclu)", null=True, blank=True)

    objects = DatedQuerySet.as_manager()  # type: ignore[misc]

    class Meta(CircleRow.Meta):
        abstract = True

    def in_force_on(self, day: date) -> bool:
        """Does the text say it on a day: the same rule as the query of that name."""
        return (self.in_force_from is None or self.in_force_from <= day) and (
            self.in_force_until is None or self.in_force_until > day
        )


class Clause(DatedRow):
    """One dated version of one clause: an article, a strand, an action sheet, a commitment, a table.

    ``details`` are the legal fields proper to its kind; ``editing`` is what editors say of the transcription (lines of
    the source, corrections, notes): outside the text and its hash.
    """

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="clauses", verbose_name="contrat")
    kind = models.CharField("nature", max_length=12, choices=[(one.value, one.label) for one in ClauseKind])
    number = models.CharField("numéro", max_length=30, blank=True, help_text="exactly as printed")
    heading = models.TextField("intitulé", blank=True)
    body = models.TextField("texte", blank=True)
    parent_key = models.SlugField("dans", max_length=80, blank=True)
    position = models.PositiveSmallIntegerField("rang", default=0)
    details = models.JSONField("détails", default=dict, blank=True)
    editing = models.JSONField("édition", default=dict, blank=True)

    class Meta(DatedRow.Meta):
        verbose_name = "clause"
        ordering = ["contract", "position", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "key", "in_force_from"],
                name="drafting_clause_one_version_a_day",
                nulls_distinct=False,
                violation_error_message="Cette clause a déjà une version à cette date.",
            ),
            models.CheckConstraint(
                name="drafting_clause_ends_after_start",
                condition=Q(in_force_until__gt=Coalesce(F("in_force_from"), FIRST_DAY)),
                violation_error_message="La fin d’une version suit son début.",
            ),
        ]

    def __str__(self) -> str:
        """« Article 1 · Préambule », « 2/ Formation »; without a heading, the first words of its text."""
        between = " " if self.number.endswith(("/", "-", ")")) else " · "
        return between.join(filter(None, (self.number, self.heading or shorten(self.body)))) or self.key

    @property
    def legal(self) -> LegalClause:
        """The clause as the domain reads it."""
        return LegalClause(
            self.key, ClauseKind(self.kind), self.number, self.heading, self.body, self.parent_key, self.position,
            self.details,
        )  # fmt: skip

    @property
    def version(self) -> Version:
        return Version(self.legal, self.in_force_from, self.in_force_until)


class Annex(DatedRow):
    """A piece joined to the text: its document, with its hash, or what the source says of the missing one."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="annexes", verbose_name="contrat")
    number = models.CharField("numéro", max_length=20, blank=True)
    title = models.CharField("titre", max_length=300)
    cited_in = models.JSONField("citée par", default=list, blank=True, help_text="keys of clauses")
    says = models.TextField("ce qu’en dit le texte", blank=True)
    note = models.TextField("note", blank=True)
    in_text = models.BooleanField("reproduite dans le texte", default=False)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="document"
    )
    position = models.PositiveSmallIntegerField("rang", default=0)

    class Meta(DatedRow.Meta):
        verbose_name = "annexe"
        ordering = ["contract", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "key", "in_force_from"],
                name="drafting_annex_one_version_a_day",
                nulls_distinct=False,
                violation_error_message="Cette annexe a déjà une version à cette date.",
            ),
            models.CheckConstraint(
                name="drafting_annex_ends_after_start",
                condition=Q(in_force_until__gt=Coalesce(F("in_force_from"), FIRST_DAY)),
                violation_error_message="La fin d’une version suit son début.",
            ),
        ]

    def __str__(self) -> str:
        return f"Annexe {self.number}\u202f: {self.title}" if self.number else self.title

    @property
    def missing(self) -> bool:
        return not self.in_text and self.document_id is None

    @property
    def legal(self) -> LegalAnnex:
        """The annex as the domain reads it, with the hash of its document."""
        sha256 = self.document.sha256 if self.document else ""
        return LegalAnnex(self.key, self.number, self.title, ", ".join(self.cited_in), sha256)


class Provision(CircleRow):
    """What the text provides, read out of its clauses so that the platform can act on it: how it is changed or ended,
    its committees, what it cites, the figures that it prints, what it leaves out. The clause it points at is the law.
    """

    class Kind(models.TextChoices):
        AMENDMENT = "amendment", "avenant"
        TERMINATION = "termination", "fin anticipée"
        REFERENCE = "reference", "texte cité"
        PURPOSE = "purpose", "finalité"
        CATEGORY = "category", "catégorie d’engagements"
        COMMITTEE = "committee", "instance"
        CONSULTATION = "consultation", "consultation"
        FIGURE = "figure", "chiffre"
        SILENCE = "silence", "silence du texte"
        NOTE = "note", "note"
        SUB_AGREEMENT = "agreement", "convention d’application"
        LABORATORY = "laboratory", "laboratoire"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="provisions", verbose_name="contrat")
    kind = models.CharField("nature", max_length=12, choices=Kind)
    key = models.CharField("clé", max_length=120)
    clause_key = models.SlugField("clause", max_length=80, blank=True)
    position = models.PositiveSmallIntegerField("rang", default=0)
    content = models.JSONField("contenu", help_text="as its reference states it")

    class Meta(CircleRow.Meta):
        verbose_name = "disposition"
        ordering = ["contract", "kind", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "kind", "key"],
                name="drafting_provision_unique",
                violation_error_message="Cette disposition est déjà connue.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.key}"


class ClauseTag(CircleRow):
    """What a clause serves: a purpose of article D4622-45, a framework, a level of prevention, an orientation.

    A reading, outside the text: the parties correct it without signing anything.
    """

    class Family(models.TextChoices):
        PURPOSE = "purpose", "finalité de l’article D4622-45"
        FRAMEWORK = "framework", "cadre"
        LEVEL = "level", "niveau de prévention"
        ORIENTATION = "orientation", "orientation"
        NATURE = "nature", "nature de l’action"
        ROLE = "role", "mission du service"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="tags", verbose_name="contrat")
    clause_key = models.SlugField("clause", max_length=80)
    family = models.CharField("famille", max_length=12, choices=Family)
    code = models.CharField("étiquette", max_length=80)

    class Meta(CircleRow.Meta):
        verbose_name = "étiquette"
        ordering = ["contract", "family", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "clause_key", "family", "code"],
                name="drafting_tag_unique",
                violation_error_message="Cette action porte déjà cette étiquette.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.clause_key}\u202f: {self.code}"


class Contribution(CircleRow):
    """Means that a party brings to the contract, or to one of its actions in one year. Declared, outside the text."""

    class Means(models.TextChoices):
        HUMAN = "human", "humains"
        TECHNICAL = "technical", "techniques"
        INFORMATION = "information", "information"
        EVENT = "event", "événements"
        FINANCIAL = "financial", "financiers"

    class Profession(models.TextChoices):
        PHYSICIAN = "physician", "médecin du travail"
        IPRP = "iprp", "IPRP"
        NURSE = "nurse", "infirmier en santé au travail"
        OTHER = "other", "autre profession"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="contributions", verbose_name="contrat")
    party = models.ForeignKey(ContractParty, models.CASCADE, related_name="contributions", verbose_name="partie")
    clause_key = models.SlugField("action", max_length=80, blank=True)
    kind = models.CharField("moyens", max_length=12, choices=Means)
    text = models.TextField("apport")
    quantity = models.DecimalField("quantité", max_digits=12, decimal_places=2, null=True, blank=True)
    unit = models.CharField("unité", max_length=40, blank=True)
    year = models.PositiveSmallIntegerField("année", null=True, blank=True)
    profession = models.CharField("profession", max_length=12, choices=Profession, blank=True)
    printed = models.BooleanField("dite par le texte", default=False)

    class Meta(CircleRow.Meta):
        verbose_name = "contribution"
        ordering = ["contract", "year", "clause_key", "id"]
        constraints = [
            models.CheckConstraint(
                name="drafting_contribution_quantity_has_a_unit",
                condition=Q(quantity=None) | (Q(quantity__gt=0) & ~Q(unit="")),
                violation_error_message="Une quantité est positive et dit son unité.",
            )
        ]

    def __str__(self) -> str:
        return self.text


class ServiceLever(CircleRow):
    """What stands beside the CPOM of a service: its accreditation (agrément) or its multi-year project, with its dates.

    ``ends_on`` is None when no source gives it: nothing is guessed.
    """

    class Kind(models.TextChoices):
        ACCREDITATION = "accreditation", "agrément"
        PROJECT = "project", "projet pluriannuel de service"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="levers", verbose_name="contrat")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="service")
    kind = models.CharField("nature", max_length=15, choices=Kind)
    label = models.CharField("intitulé", max_length=200)
    starts_on = models.DateField("début")
    ends_on = models.DateField("dernier jour", null=True, blank=True)
    content = models.JSONField("contenu", default=dict, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "agrément ou projet"
        ordering = ["contract", "kind", "starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "organisation", "kind", "label"],
                name="drafting_lever_unique",
                violation_error_message="Cet agrément ou ce projet est déjà connu.",
            ),
            models.CheckConstraint(
                name="drafting_lever_ends_after_start",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message="La fin suit le début.",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Framework(models.Model):
    """A plan, agreement or strategy that contracts serve, with its own dates. Public: everybody reads it."""

    key = models.SlugField("clé", max_length=80, primary_key=True)
    label = models.CharField("nom court", max_length=120)
    name = models.CharField("nom", max_length=300)
    level = models.CharField("niveau", max_length=20)
    family = models.CharField("famille", max_length=20)
    territory = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, verbose_name="territoire")
    starts_on = models.DateField("début", null=True, blank=True)
    ends_on = models.DateField("dernier jour", null=True, blank=True)
    period = models.CharField("période imprimée", max_length=60, blank=True)
    note = models.TextField("note", blank=True)
    source = models.CharField("source", max_length=300, blank=True)

    class Meta:
        verbose_name = "cadre"
        ordering = ["label"]

    def __str__(self) -> str:
        return self.label

    @property
    def dates(self) -> str:
        """« 2023-2028 »; « période non donnée » when no source gives one."""
        if self.starts_on and self.ends_on:
            return f"{self.starts_on.year}-{self.ends_on.year}"
        if self.ends_on:
            return f"jusqu’en {self.ends_on.year}"
        return self.period or "période non donnée"

    def page(self) -> str:
        return f"{reverse('drafting:contracts')}?cadre={self.key}"


class ContractFramework(CircleRow):
    """A framework from which the contract says that its objectives derive, in its own words."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="framework_links", verbose_name="contrat")
    framework = models.ForeignKey(Framework, models.PROTECT, related_name="contract_links", verbose_name="cadre")
    wording = models.TextField("comme le dit le texte")
    period = models.CharField("période imprimée", max_length=60, blank=True)
    clause_key = models.SlugField("clause", max_length=80, blank=True)
    position = models.PositiveSmallIntegerField("rang", default=0)

    class Meta(CircleRow.Meta):
        verbose_name = "cadre du contrat"
        ordering = ["contract", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "framework"],
                name="drafting_framework_link_unique",
                violation_error_message="Ce cadre est déjà lié au contrat.",
            )
        ]

    def __str__(self) -> str:
        return self.wording
