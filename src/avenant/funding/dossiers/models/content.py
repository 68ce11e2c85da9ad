"""What a dossier says: projects, actions, expenses, funding, diagnosis, credits, objectives."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from avenant.foundations.parties.models import CircleRow
from avenant.funding.dossiers.models.dossier import Dossier, DossierRow, amount_field


class Project(DossierRow):
    """One of the projects of a dossier."""

    class Nature(models.TextChoices):
        CONDITIONS = "conditions", "amélioration des conditions de travail"
        PREVENTION = "prevention", "prévention des risques professionnels"
        QVT = "qvt", "démarche QVT"

    class Sharing(models.TextChoices):
        GROUP = "ght", "territoire de GHT"
        PARTNERSHIP = "partnership", "partenariat entre établissements"

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="projects", verbose_name="dossier")
    title = models.CharField("intitulé", max_length=200, blank=True)
    summary = models.TextField("ce que le projet change", blank=True)
    nature = models.CharField("nature", max_length=12, choices=Nature, blank=True)
    strands = ArrayField(models.CharField(max_length=10), verbose_name="volets", default=list, blank=True)
    topics = ArrayField(models.CharField(max_length=120), verbose_name="thèmes", default=list, blank=True)
    in_scope = models.BooleanField("dans le périmètre de l’appel", null=True, blank=True)
    starts_on = models.DateField("début", null=True, blank=True)
    ends_on = models.DateField("fin", null=True, blank=True)
    agents = models.PositiveIntegerField("agents concernés", null=True, blank=True)
    populations = ArrayField(models.CharField(max_length=20), verbose_name="personnels", default=list, blank=True)
    innovative = models.BooleanField("innovant", null=True, blank=True)
    sharing = models.CharField("cadre du projet mutualisé", max_length=12, choices=Sharing, blank=True)
    team = models.JSONField("équipe mutualisée", default=dict, blank=True)
    answers = models.JSONField("réponses", default=dict, blank=True, help_text="project measures of the rulebook")

    class Meta(DossierRow.Meta):
        verbose_name = "projet"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "position"],
                name="dossiers_project_position",
                violation_error_message="Ce rang est déjà celui d’un autre projet du dossier.",
            ),
            models.CheckConstraint(
                name="dossiers_project_ends_after_start",
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=models.F("starts_on")),
                violation_error_message="Un projet finit après son début.",
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.code

    @property
    def code(self) -> str:
        """The name of the project in the findings: P1, P2."""
        return f"P{self.position}"


class ProjectPartner(DossierRow):
    """An establishment of a shared project, the carrier included, with its share of agents and of cost.

    One that leaves after the deposit keeps its row, with the day and the reason; its share goes to those who stay.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="partners", verbose_name="projet")
    name = models.CharField("établissement", max_length=200)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    carrier = models.BooleanField("porteur", default=False)
    agents = models.PositiveIntegerField("agents concernés", null=True, blank=True)
    cost_share = models.DecimalField("part du coût (%)", max_digits=5, decimal_places=2, null=True, blank=True)
    left_on = models.DateField("parti le", null=True, blank=True)
    left_reason = models.CharField("motif du départ", max_length=300, blank=True)

    class Meta(DossierRow.Meta):
        verbose_name = "établissement du projet"
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                name="dossiers_partner_leaves_with_a_reason",
                condition=Q(left_on=None, left_reason="") | (Q(left_on__isnull=False) & ~Q(left_reason="")),
                violation_error_message="Un départ a son jour et son motif.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Action(DossierRow):
    """One action of a project, with its time and the risks it answers."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="actions", verbose_name="projet")
    title = models.CharField("action", max_length=200)
    risks = models.CharField("risques identifiés traités", max_length=500, blank=True)
    starts_on = models.DateField("début", null=True, blank=True)
    ends_on = models.DateField("fin", null=True, blank=True)
    lead = models.CharField("pilote, par sa fonction", max_length=120, blank=True)

    class Meta(DossierRow.Meta):
        verbose_name = "action"
        ordering = ["position"]

    def __str__(self) -> str:
        return self.title


class Indicator(DossierRow):
    """What an action is measured by: where it starts, where it aims."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="indicators", verbose_name="action")
    label = models.CharField("indicateur", max_length=200)
    unit = models.CharField("unité", max_length=40, blank=True)
    baseline = models.DecimalField("valeur de départ", max_digits=14, decimal_places=2, null=True, blank=True)
    target = models.DecimalField("cible", max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta(DossierRow.Meta):
        verbose_name = "indicateur de suivi"
        ordering = ["position"]

    def __str__(self) -> str:
        return self.label


class Expense(DossierRow):
    """One line of the expenses of a project."""

    class Vat(models.TextChoices):
        NOT_RECOVERED = "not_recovered", "TVA non récupérée"
        RECOVERED = "recovered", "TVA récupérée"
        NONE = "none", "sans TVA"

    class Engagement(models.TextChoices):
        SERVICE = "prestation", "prestation"
        SECONDMENT = "mise_a_disposition", "mise à disposition"
        FIXED_TERM = "cdd", "contrat à durée déterminée"
        PERMANENT = "cdi", "contrat à durée indéterminée"

    class Elsewhere(models.TextChoices):
        NONE = "aucune", "aucune"
        PLAN = "plan_formation", "plan de formation"
        OPCO = "opco", "opérateur de compétences"
        FUND = "carsat", "caisse (Carsat, CGSS)"

    project = models.ForeignKey(Project, models.CASCADE, related_name="expenses", verbose_name="projet")
    action = models.ForeignKey(Action, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="action")
    label = models.CharField("dépense", max_length=200)
    kind = models.CharField("nature", max_length=40, blank=True)
    excl_tax = amount_field("montant hors taxes")
    incl_tax = amount_field("montant toutes taxes comprises")
    vat = models.CharField("TVA", max_length=14, choices=Vat, blank=True)
    teaching = amount_field("dont coût pédagogique")
    engagement = models.CharField("nature de l’engagement", max_length=20, choices=Engagement, blank=True)
    refundable_by = models.CharField("autre prise en charge possible", max_length=16, choices=Elsewhere, blank=True)
    recurrent = models.BooleanField("revient chaque année", default=False)
    funded_elsewhere = models.BooleanField("déjà financée hors du plan", default=False)
    ordered_on = models.DateField("commandée le", null=True, blank=True)
    quantity = models.PositiveIntegerField("nombre d’unités", null=True, blank=True)
    deadline = models.DateField("à payer au plus tard le", null=True, blank=True)
    answers = models.JSONField("réponses", default=dict, blank=True, help_text="line measures of the rulebook")

    class Meta(DossierRow.Meta):
        verbose_name = "dépense"
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                name="dossiers_expense_amounts_positive",
                condition=(Q(excl_tax=None) | Q(excl_tax__gte=0)) & (Q(incl_tax=None) | Q(incl_tax__gte=0)),
                violation_error_message="Le montant d’une dépense est positif ou nul.",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def code(self) -> str:
        """The name of the line in the findings: L1, L2."""
        return f"L{self.position}"


class FundingLine(DossierRow):
    """One line of the resources of a project: who pays, asked or granted."""

    class Nature(models.TextChoices):
        REQUESTED = "requested", "aide demandée à cet appel"
        OWN = "own", "fonds propres de l’établissement"
        PUBLIC = "public", "autre financeur public"
        PRIVATE = "private", "financeur privé"

    project = models.ForeignKey(Project, models.CASCADE, related_name="plan", verbose_name="projet")
    payer = models.CharField("financeur", max_length=200)
    nature = models.CharField("nature", max_length=10, choices=Nature, blank=True)
    amount = amount_field("montant")
    granted = models.BooleanField("accordée", default=False)
    expense = models.ForeignKey(
        Expense, models.SET_NULL, null=True, blank=True, related_name="aids", verbose_name="dépense financée"
    )

    class Meta(DossierRow.Meta):
        verbose_name = "ligne du plan de financement"
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                name="dossiers_funding_amount_positive",
                condition=Q(amount=None) | Q(amount__gte=0),
                violation_error_message="Le montant d’un financement est positif ou nul.",
            )
        ]

    def __str__(self) -> str:
        return self.payer


class HrIndicator(CircleRow):
    """A human-resources indicator of the diagnosis, one year, with the formula that made it."""

    class Kind(models.TextChoices):
        ABSENTEEISM = "absenteeism", "taux d’absentéisme"
        ACCIDENTS = "accidents", "accidents de travail"
        TURNOVER = "turnover", "turn-over"
        ATTRACTIVENESS = "attractiveness", "attractivité et fidélisation des personnels"
        OTHER = "other", "autre indicateur, nommé par sa formule"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="hr", verbose_name="dossier")
    kind = models.CharField("indicateur", max_length=16, choices=Kind)
    year = models.PositiveSmallIntegerField("année")
    value = models.DecimalField("valeur", max_digits=12, decimal_places=2, null=True, blank=True)
    formula = models.CharField("formule", max_length=300, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "indicateur de ressources humaines"
        ordering = ["kind", "year"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "kind", "year"],
                name="dossiers_hr_once_a_year",
                violation_error_message="Cet indicateur est déjà donné pour cette année.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.year}"


class Dialogue(DossierRow):
    """A meeting with the staff representatives: the debate on the diagnosis, or the negotiation of the actions."""

    class Kind(models.TextChoices):
        DEBATE = "debate", "débat sur le diagnostic"
        NEGOTIATION = "negotiation", "négociation des actions"

    class Body(models.TextChoices):
        CSE = "cse", "CSE"
        F3SCT = "f3sct", "F3SCT ou formation spécialisée"
        CHSCT = "chsct", "CHSCT (avant 2023)"
        UNIONS = "unions", "organisations syndicales"

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="dialogue", verbose_name="dossier")
    kind = models.CharField("réunion", max_length=12, choices=Kind)
    body = models.CharField("instance", max_length=10, choices=Body, blank=True)
    on = models.DateField("date", null=True, blank=True)
    participants = models.CharField("participants, par leur fonction", max_length=300, blank=True)
    result = models.TextField("ce qui en est sorti", blank=True)

    class Meta(DossierRow.Meta):
        verbose_name = "réunion avec les représentants du personnel"
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on or ''}"


class ReceivedCredit(DossierRow):
    """A credit that the authority delegated for current investment: the project says how it completes it (§3.2, 6°)."""

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="credits", verbose_name="dossier")
    amount = models.DecimalField("montant", max_digits=14, decimal_places=2)
    year = models.PositiveSmallIntegerField("année")
    purpose = models.CharField("objet", max_length=200)

    class Meta(DossierRow.Meta):
        verbose_name = "crédit d’investissement courant reçu"
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                name="dossiers_credit_amount_positive",
                condition=Q(amount__gt=0),
                violation_error_message="Le montant d’un crédit reçu est positif.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose}, {self.year}"


class Objective(DossierRow):
    """A quantified target of the local contract: where it starts, where it aims, by when (§1)."""

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="objectives", verbose_name="dossier")
    label = models.CharField("objectif", max_length=200)
    unit = models.CharField("unité", max_length=40)
    baseline = models.DecimalField("valeur de départ", max_digits=14, decimal_places=2)
    target = models.DecimalField("cible", max_digits=14, decimal_places=2)
    due_on = models.DateField("échéance")

    class Meta(DossierRow.Meta):
        verbose_name = "objectif du contrat local"
        ordering = ["position"]

    def __str__(self) -> str:
        return self.label
