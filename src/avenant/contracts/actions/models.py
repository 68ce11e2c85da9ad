from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse

from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.domain.lifecycles import FUNDING_REQUEST
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleRow, Organisation


class Progress(CircleRow):
    """Where an action of a contract stands, in the words of the party that answers for it. The last statement stands."""

    class State(models.TextChoices):
        NOT_BEGUN = "not_begun", "pas commencée"
        UNDERWAY = "underway", "en cours"
        DONE = "done", "réalisée"
        DROPPED = "dropped", "abandonnée"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="action_progress", verbose_name="contrat")
    clause_key = models.SlugField("action", max_length=80)
    party = models.ForeignKey(ContractParty, models.CASCADE, related_name="+", verbose_name="partie responsable")
    state = models.CharField("avancement", max_length=10, choices=State)
    comment = models.TextField("commentaire", blank=True)
    said_at = models.DateTimeField("dit le")

    class Meta(CircleRow.Meta):
        verbose_name = "avancement d’une action"
        ordering = ["contract", "clause_key"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "clause_key"],
                name="actions_progress_once_an_action",
                violation_error_message="L’avancement de cette action est déjà dit.",
            ),
            models.CheckConstraint(
                name="actions_progress_dropped_says_why",
                condition=~Q(state="dropped") | ~Q(comment=""),
                violation_error_message="Une action abandonnée dit pourquoi.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clause_key}\u202f: {self.get_state_display()}"

    @property
    def tone(self) -> str:
        return {"done": "good", "dropped": "bad", "underway": "warn"}.get(self.state, "")


class Effect(CircleRow):
    """An effect that an action sheet expects, assessed at the end: none, partial, achieved, with a comment (S3-5.V2.2-09)."""

    class Rating(models.TextChoices):
        NONE = "none", "non atteint"
        PARTIAL = "partial", "partiellement atteint"
        ACHIEVED = "achieved", "atteint"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="effects", verbose_name="contrat")
    clause_key = models.SlugField("action", max_length=80)
    effect = models.CharField("effet attendu", max_length=600)
    rating = models.CharField("appréciation", max_length=8, choices=Rating)
    comment = models.TextField("commentaire")
    assessed_on = models.DateField("apprécié le")

    class Meta(CircleRow.Meta):
        verbose_name = "effet d’une action"
        ordering = ["contract", "clause_key", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "clause_key", "effect"],
                name="actions_effect_once",
                violation_error_message="Cet effet est déjà apprécié.",
            ),
            models.CheckConstraint(
                name="actions_effect_is_commented",
                condition=~Q(comment=""),
                violation_error_message="Une appréciation porte un commentaire.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.effect}\u202f: {self.get_rating_display()}"

    @property
    def tone(self) -> str:
        return {"achieved": "good", "partial": "warn", "none": "bad"}[self.rating]


class FundingRequest(StatefulRow):
    """What an action asks of an outside funder: deposited, awaited, granted or refused (S3-5.V2.2-07)."""

    lifecycle = FUNDING_REQUEST

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="funding_requests", verbose_name="contrat")
    clause_key = models.SlugField("action", max_length=80)
    funder = models.CharField("demandé à", max_length=120)
    asked = models.DecimalField("montant demandé", max_digits=14, decimal_places=2, null=True, blank=True)
    submitted_on = models.DateField("déposée le", null=True, blank=True)
    answered_on = models.DateField("réponse du", null=True, blank=True)

    class Meta(StatefulRow.Meta):
        verbose_name = "demande de financement d’une action"
        ordering = ["contract", "clause_key", "funder"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "clause_key", "funder"],
                condition=~Q(state="refused"),
                name="actions_request_once_a_funder",
                violation_error_message="Une demande à ce financeur est déjà suivie pour cette action.",
            ),
            models.CheckConstraint(
                name="actions_request_submitted_has_its_day",
                condition=Q(state="draft") | Q(submitted_on__isnull=False),
                violation_error_message="Une demande déposée a son jour de dépôt.",
            ),
            models.CheckConstraint(
                name="actions_request_answered_after_deposit",
                condition=Q(answered_on=None)
                | Q(submitted_on__isnull=False, answered_on__gte=models.F("submitted_on")),
                violation_error_message="La réponse suit le dépôt.",
            ),
        ]

    def __str__(self) -> str:
        return f"Demande de financement, {self.funder}"

    def page(self) -> str:
        return reverse("actions:action", args=[self.contract_id, self.clause_key]) + "#financement"

    @property
    def tone(self) -> str:
        return {"granted": "good", "refused": "bad", "draft": ""}.get(self.state, "warn")


class ActionFunding(CircleRow):
    """A line of an action's funding: what a funder has granted to it."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="action_funding", verbose_name="contrat")
    clause_key = models.SlugField("action", max_length=80)
    request = models.OneToOneField(FundingRequest, models.PROTECT, related_name="line", verbose_name="demande")
    funder = models.CharField("financeur", max_length=120)
    amount = models.DecimalField("montant accordé", max_digits=14, decimal_places=2)
    granted_on = models.DateField("accordé le")

    class Meta(CircleRow.Meta):
        verbose_name = "financement d’une action"
        ordering = ["contract", "clause_key", "granted_on"]
        constraints = [
            models.CheckConstraint(
                name="actions_funding_positive",
                condition=Q(amount__gt=0),
                violation_error_message="Un financement est un montant positif.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.funder}, {self.amount}"


class OperationalObjective(CircleRow):
    """An operational objective that a party sets with the enterprises that take part in an action."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="action_objectives", verbose_name="contrat")
    clause_key = models.SlugField("action", max_length=80)
    text = models.CharField("objectif opérationnel", max_length=500)
    enterprises = models.CharField("défini avec", max_length=300)
    agreed_on = models.DateField("défini le")

    class Meta(CircleRow.Meta):
        verbose_name = "objectif opérationnel d’une action"
        ordering = ["contract", "clause_key", "agreed_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "clause_key", "text"],
                name="actions_objective_once",
                violation_error_message="Cet objectif est déjà défini.",
            ),
            models.CheckConstraint(
                name="actions_objective_names_enterprises",
                condition=~Q(enterprises=""),
                violation_error_message="Un objectif opérationnel nomme les entreprises avec lesquelles il est défini.",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class SharedAction(CircleRow):
    """Something done for several contracts of a region: a thematic day, a pooled document, a network, an action promoted.

    It has a circle of its own, its members: who is not one of them does not see it.
    """

    class Kind(models.TextChoices):
        DAY = "day", "journée thématique"
        DOCUMENT = "document", "document mis en commun"
        NETWORK = "network", "réseau"
        ACTION = "action", "action commune"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("nature", max_length=10, choices=Kind)
    title = models.CharField("intitulé", max_length=200)
    leader = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="animée par")
    held_on = models.DateField("date")
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="document"
    )
    publication = models.URLField("publication", max_length=300, blank=True)
    promoted_on = models.DateField("valorisée le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "action commune"
        ordering = ["-held_on", "title"]
        constraints = [
            models.CheckConstraint(
                name="actions_shared_promoted_with_its_link",
                condition=Q(promoted_on=None) | ~Q(publication=""),
                violation_error_message="Une action valorisée a le lien de sa publication.",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def page(self) -> str:
        return reverse("actions:shared-one", args=[self.pk])


class SharedMember(CircleRow):
    """An organisation that takes part in a shared action, as a member or as a partner."""

    action = models.ForeignKey(SharedAction, models.CASCADE, related_name="members", verbose_name="action")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")
    partner = models.BooleanField("partenaire", default=False)

    class Meta(CircleRow.Meta):
        verbose_name = "participant"
        ordering = ["action", "partner", "organisation__short_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["action", "organisation"],
                name="actions_member_once",
                violation_error_message="Cet organisme participe déjà.",
            )
        ]

    def __str__(self) -> str:
        return str(self.organisation)


class SharedLink(CircleRow):
    """A contract for which a shared action is done."""

    action = models.ForeignKey(SharedAction, models.CASCADE, related_name="links", verbose_name="action")
    contract = models.ForeignKey(Contract, models.CASCADE, related_name="shared_links", verbose_name="contrat")

    class Meta(CircleRow.Meta):
        verbose_name = "contrat d’une action commune"
        constraints = [
            models.UniqueConstraint(
                fields=["action", "contract"],
                name="actions_link_once",
                violation_error_message="Cette action est déjà rattachée à ce contrat.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.action_id} · {self.contract_id}"


class Campaign(CircleRow):
    """A measurement campaign of an outside laboratory, on the territory of a contract (S1-III.C-18)."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="lab_campaigns", verbose_name="contrat")
    laboratory = models.CharField("laboratoire", max_length=120)
    measures = models.CharField("mesures", max_length=120)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au")
    enterprises = models.PositiveIntegerField("entreprises visitées", null=True, blank=True)
    report = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="rapport"
    )

    class Meta(CircleRow.Meta):
        verbose_name = "campagne de mesure"
        ordering = ["contract", "starts_on", "laboratory"]
        constraints = [
            models.CheckConstraint(
                name="actions_campaign_days_in_order",
                condition=Q(ends_on__gte=models.F("starts_on")),
                violation_error_message="Le dernier jour d’une campagne suit le premier.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.laboratory}, {self.starts_on:%d/%m/%Y}"


class CampaignPlan(CircleRow):
    """How many campaigns a year the parties expect: of each laboratory, or in all (« deux fois par an » reads both ways)."""

    contract = models.OneToOneField(Contract, models.CASCADE, related_name="campaign_plan", verbose_name="contrat")
    each = models.PositiveSmallIntegerField("par laboratoire", null=True, blank=True)
    total = models.PositiveSmallIntegerField("en tout", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "plan des campagnes"
        constraints = [
            models.CheckConstraint(
                name="actions_plan_one_reading",
                condition=Q(each__isnull=False, total=None) | Q(each=None, total__isnull=False),
                violation_error_message="Le nombre de campagnes se compte par laboratoire ou en tout.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.each or self.total}"


class Target(CircleRow):
    """An establishment that the contract targets (annex 3), with the person in charge at the service, by capacity."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="targeted", verbose_name="contrat")
    finess = models.CharField("FINESS", max_length=9, blank=True)
    siret = models.CharField("SIRET", max_length=14)
    name = models.CharField("nom", max_length=200)
    sector = models.CharField("secteur", max_length=120, blank=True)
    contact = models.CharField("interlocuteur au service (fonction)", max_length=160, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "établissement ciblé"
        ordering = ["contract", "name", "siret"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "siret"],
                name="actions_target_once",
                violation_error_message="Cet établissement est déjà dans la liste.",
            ),
            models.CheckConstraint(
                name="actions_target_codes",
                condition=Q(siret__regex=r"^[0-9]{14}$") & (Q(finess="") | Q(finess__regex=r"^[0-9AB]{9}$")),
                violation_error_message="Un SIRET compte quatorze chiffres, un FINESS neuf caractères.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FollowedEnterprise(CircleRow):
    """An enterprise that a programme of the contract follows: its two steps and a count, nothing about a worker.

    What the service knows of a person, results of biological monitoring first, stays in the service (S1-IV.2-06).
    """

    class Step(models.TextChoices):
        NOT_BEGUN = "not_begun", "pas commencée"
        UNDERWAY = "underway", "en cours"
        DONE = "done", "faite"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="enterprises", verbose_name="contrat")
    clause_key = models.SlugField("action", max_length=80)
    siret = models.CharField("SIRET", max_length=14)
    name = models.CharField("raison sociale", max_length=200)
    identified = models.CharField("identification des expositions", max_length=10, choices=Step)
    traced = models.CharField("traçabilité des expositions", max_length=10, choices=Step)
    exposed = models.PositiveIntegerField("nombre de salariés exposés", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "entreprise suivie"
        ordering = ["contract", "clause_key", "name", "siret"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "clause_key", "siret"],
                name="actions_enterprise_once",
                violation_error_message="Cette entreprise est déjà suivie.",
            ),
            models.CheckConstraint(
                name="actions_enterprise_siret",
                condition=Q(siret__regex=r"^[0-9]{14}$"),
                violation_error_message="Un SIRET compte quatorze chiffres.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def steps_done(self) -> int:
        """How many of its two steps are done."""
        return [self.identified, self.traced].count(self.Step.DONE)
