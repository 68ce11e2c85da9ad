from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.domain.contracts.keeping import Status
from avenant.domain.french import format_number
from avenant.foundations.documents.models import Document
from avenant.foundations.meetings.models import Session
from avenant.foundations.parties.models import CircleRow, Organisation


class Keeping(CircleRow):
    """What one party does of one commitment in one year, or in one occurrence of it: its status, in its own words.

    A commitment is named by the key of its clause: its versions may change, the line follows it. ``firm`` is copied
    from the text so that the database itself refuses to call a means that may be mobilised « non tenu ».
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contract = models.ForeignKey(Contract, models.CASCADE, related_name="keepings", verbose_name="contrat")
    clause_key = models.SlugField("engagement", max_length=80)
    party = models.ForeignKey(ContractParty, models.CASCADE, related_name="keepings", verbose_name="partie")
    year = models.PositiveSmallIntegerField("année")
    occurrence = models.CharField("occurrence", max_length=10, blank=True)
    firm = models.BooleanField("ferme", default=True)
    due_at = models.DateTimeField("avant", null=True, blank=True)
    status = models.CharField(
        "état",
        max_length=10,
        choices=[(one.value, one.word(firm=True)) for one in Status],
        default=Status.TO_COME.value,
    )
    comment = models.TextField("commentaire", blank=True)
    said_at = models.DateTimeField("déclaré le", null=True, blank=True)
    said_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "suivi d’engagement"
        ordering = ["contract", "year", "clause_key", "occurrence"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "clause_key", "party", "year", "occurrence"],
                name="commitments_keeping_once",
                violation_error_message="Cet engagement est déjà suivi pour cette partie et cette année.",
            ),
            models.CheckConstraint(
                name="commitments_keeping_optional_never_not_held",
                condition=Q(firm=True) | ~Q(status__in=["partly", "not_held"]),
                violation_error_message="Un moyen mobilisable n’est jamais « non tenu ».",
            ),
            models.CheckConstraint(
                name="commitments_keeping_failure_is_explained",
                condition=~Q(status__in=["partly", "not_held", "no_object"]) | ~Q(comment=""),
                violation_error_message="Un engagement partiellement tenu, non tenu ou sans objet porte un commentaire.",
            ),
        ]
        indexes = [models.Index(fields=["party", "year"], name="commitments_keeping_by_party")]

    def __str__(self) -> str:
        return f"{self.clause_key}, {self.year}{f' ({self.occurrence})' if self.occurrence else ''}"

    @property
    def stated(self) -> Status:
        return Status(self.status)

    def page(self) -> str:
        return reverse("commitments:commitment", args=[self.contract_id, self.clause_key, self.party_id, self.year])


class Proof(CircleRow):
    """What shows that a commitment is held: a document, a declared indicator, a session, an action, a dated fact."""

    class Kind(models.TextChoices):
        DOCUMENT = "document", "document"
        INDICATOR = "indicator", "indicateur"
        SESSION = "session", "séance de comité"
        ACTION = "action", "action"
        FACT = "fact", "fait daté"

    keeping = models.ForeignKey(Keeping, models.CASCADE, related_name="proofs", verbose_name="suivi")
    kind = models.CharField("nature", max_length=10, choices=Kind, default=Kind.FACT)
    type = models.CharField("type de preuve", max_length=200, blank=True, help_text="one of those the text names")
    title = models.CharField("intitulé", max_length=250)
    on = models.DateField("date", null=True, blank=True)
    quantity = models.DecimalField("quantité", max_digits=12, decimal_places=2, null=True, blank=True)
    unit = models.CharField("unité", max_length=60, blank=True)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="document"
    )
    session = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="séance")
    indicator = models.ForeignKey(
        DefinitionRecord, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="indicateur"
    )
    address = models.CharField("page", max_length=300, blank=True)
    key = models.CharField("clé", max_length=120, blank=True, help_text="of a fact that the platform found itself")
    added_at = models.DateTimeField("ajoutée le")
    added_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "preuve"
        ordering = ["on", "added_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="commitments_proof_quantity_has_a_unit",
                condition=Q(quantity=None) | (Q(quantity__gt=0) & ~Q(unit="")),
                violation_error_message="Une quantité est positive et dit son unité.",
            ),
            models.UniqueConstraint(
                fields=["keeping", "key"],
                condition=~Q(key=""),
                name="commitments_proof_fact_once",
                violation_error_message="Ce fait est déjà une preuve de cet engagement.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def amount(self) -> str:
        """« 25 professionnels »; empty without a quantity."""
        return f"{format_number(self.quantity.normalize())} {self.unit}" if self.quantity is not None else ""

    @property
    def proposal(self) -> str:
        """« + 25 proposé pour l’indicateur 1.3.5 »: never added by itself to a declaration."""
        if self.indicator is None or self.quantity is None:
            return ""
        return f"+ {format_number(self.quantity.normalize())} proposé pour l’indicateur {self.indicator.printed_code}"


class KeepingRemark(CircleRow):
    """What a party says of another's commitment, beside its statement. Never rewritten."""

    keeping = models.ForeignKey(Keeping, models.CASCADE, related_name="remarks", verbose_name="suivi")
    text = models.TextField("remarque")
    at = models.DateTimeField("le")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="par")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")

    class Meta(CircleRow.Meta):
        verbose_name = "remarque sur un engagement"
        ordering = ["at"]

    def __str__(self) -> str:
        return self.text[:80]


class PartyYear(CircleRow):
    """What is asked of a party for one year: from when its silence counts, and its comment in the balance.

    ``closes_at`` is None for a year that was over when the platform took the contract over: nothing is asked of it.
    """

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="party_years", verbose_name="contrat")
    party = models.ForeignKey(ContractParty, models.CASCADE, related_name="years", verbose_name="partie")
    year = models.PositiveSmallIntegerField("année")
    closes_at = models.DateTimeField("fin de l’année", null=True, blank=True)
    comment = models.TextField("commentaire", blank=True)
    said_at = models.DateTimeField("enregistré le", null=True, blank=True)
    said_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "année d’une partie"
        ordering = ["contract", "year", "party"]
        constraints = [
            models.UniqueConstraint(
                fields=["party", "year"],
                name="commitments_partyyear_once",
                violation_error_message="Cette année est déjà suivie pour cette partie.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.party_id} · {self.year}"


class Balance(CircleRow):
    """The balance of the commitments of one year, frozen at a session of the committee with its hash."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="balances", verbose_name="contrat")
    year = models.PositiveSmallIntegerField("année")
    number = models.PositiveSmallIntegerField("version", default=1)
    session = models.ForeignKey(Session, models.PROTECT, related_name="+", verbose_name="séance")
    content = models.JSONField("contenu")
    sha256 = models.CharField("empreinte", max_length=64)
    frozen_at = models.DateTimeField("arrêté le")
    frozen_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="par")
    reopened_at = models.DateTimeField("rouvert le", null=True, blank=True)
    reopened_why = models.TextField("motif de la réouverture", blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "bilan des engagements"
        ordering = ["contract", "-year", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "year", "number"],
                name="commitments_balance_number_once",
                violation_error_message="Cette version du bilan existe déjà.",
            ),
            models.UniqueConstraint(
                fields=["contract", "year"],
                condition=Q(reopened_at=None),
                name="commitments_balance_one_in_force",
                violation_error_message="Le bilan de cette année est déjà arrêté.",
            ),
        ]

    def __str__(self) -> str:
        return f"Bilan des engagements {self.year}"


class DueDays(CircleRow):
    """The days on which a recurring commitment is due, as the parties settled them where the text gives none."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="due_days", verbose_name="contrat")
    clause_key = models.SlugField("engagement", max_length=80)
    days = models.JSONField("jours", help_text='["09-30", "03-31"]')
    settled_at = models.DateTimeField("fixés le")
    settled_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "jours d’échéance"
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "clause_key"],
                name="commitments_duedays_once",
                violation_error_message="Les échéances de cet engagement sont déjà fixées.",
            )
        ]

    def __str__(self) -> str:
        return ", ".join(self.days)


class Exchange(CircleRow):
    """A line of the exchange log: who gave what to whom, when, for which purpose, on which legal basis.

    The log names what was given; it holds no person's data.
    """

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="exchanges", verbose_name="contrat")
    giver = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="remis par")
    receiver = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="remis à")
    on = models.DateField("le")
    what = models.CharField("objet", max_length=250)
    purpose = models.CharField("finalité", max_length=250)
    basis = models.CharField("fondement", max_length=250)
    clause_key = models.SlugField("engagement", max_length=80, blank=True)
    logged_at = models.DateTimeField("noté le")
    logged_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "échange"
        ordering = ["-on", "-logged_at"]
        constraints = [
            models.CheckConstraint(
                name="commitments_exchange_between_two",
                condition=~Q(giver=models.F("receiver")),
                violation_error_message="Un échange va d’un organisme à un autre.",
            )
        ]

    def __str__(self) -> str:
        return self.what


class ExpertiseRequest(CircleRow):
    """A party asks another for an expertise; the other accepts, or declines for want of resources or availability."""

    class Expertise(models.TextChoices):
        CHEMISTRY = "chemistry", "laboratoire de chimie"
        PHYSICAL = "physical", "centre de mesures physiques"
        BIOCONTAMINANTS = "biocontaminants", "laboratoire des bio contaminants"
        ERGONOMICS = "ergonomics", "ergonomes"
        PSYCHOLOGY = "psychology", "psychologue du travail"
        TRAINERS = "trainers", "formateurs"
        LIBRARIANS = "librarians", "documentalistes"
        OTHER = "other", "autre"

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", "acceptée"
        NO_RESOURCES = "no_resources", "déclinée (ressources)"
        NOT_AVAILABLE = "not_available", "déclinée (disponibilité)"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="expertises", verbose_name="contrat")
    asked_by = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="demandée par")
    asked_of = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="demandée à")
    expertise = models.CharField("expertise", max_length=16, choices=Expertise)
    subject = models.CharField("objet", max_length=250)
    asked_at = models.DateTimeField("demandée le")
    due_at = models.DateTimeField("réponse avant")
    answer = models.CharField("réponse", max_length=14, choices=Answer, blank=True)
    reason = models.TextField("motif ou suite", blank=True)
    answered_at = models.DateTimeField("répondue le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "demande d’expertise"
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                name="commitments_expertise_between_two",
                condition=~Q(asked_by=models.F("asked_of")),
                violation_error_message="Une expertise se demande à un autre organisme.",
            ),
            models.CheckConstraint(
                name="commitments_expertise_declined_with_a_reason",
                condition=~Q(answer__in=["no_resources", "not_available"]) | ~Q(reason=""),
                violation_error_message="Une demande se décline avec un motif.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_expertise_display().capitalize()}\u202f: {self.subject}"
