from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Q
from django.urls import reverse

from avenant.domain.lifecycles import DOSSIER
from avenant.domain.rules.rulebook import Rulebook
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleRow, Establishment, Organisation
from avenant.funding.calls.models import PublishedCall, kept_rulebook


def _amount(label: str) -> models.DecimalField[Decimal | None, Decimal | None]:
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
    rules computed at the last save, so that lists sort.
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
    group = models.CharField("groupement (GHT)", max_length=120, blank=True)
    agents = models.PositiveIntegerField("nombre d’agents de l’établissement", null=True, blank=True)
    payroll = _amount("masse salariale annuelle")
    contact = models.CharField("interlocuteur, par sa fonction", max_length=200, blank=True)
    contact_email = models.EmailField("adresse de l’interlocuteur", blank=True)
    answers = models.JSONField("réponses", default=dict, blank=True, help_text="measures of the rulebook, free texts")
    upstream_with = models.CharField("travaillé en amont avec", max_length=200, blank=True)
    upstream_since = models.DateField("travaillé en amont depuis", null=True, blank=True)
    number = models.CharField("numéro", max_length=40, blank=True)
    submitted_at = models.DateTimeField("déposé le", null=True, blank=True)
    outcome = models.CharField("constat", max_length=14, blank=True)
    requested = _amount("aide demandée")
    total = _amount("coût total hors taxes")
    eligible = _amount("coût éligible hors taxes")
    grant = _amount("aide calculée")
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


class Project(DossierRow):
    """One of the projects of a dossier."""

    class Nature(models.TextChoices):
        CONDITIONS = "conditions", "amélioration des conditions de travail"
        PREVENTION = "prevention", "prévention des risques professionnels"
        QVT = "qvt", "démarche QVT"

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
    team = models.JSONField("équipe mutualisée", default=dict, blank=True)

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
    """An establishment of a shared project, the carrier included, with its share of agents and of cost."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="partners", verbose_name="projet")
    name = models.CharField("établissement", max_length=200)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    carrier = models.BooleanField("porteur", default=False)
    agents = models.PositiveIntegerField("agents concernés", null=True, blank=True)
    cost_share = models.DecimalField("part du coût (%)", max_digits=5, decimal_places=2, null=True, blank=True)

    class Meta(DossierRow.Meta):
        verbose_name = "établissement du projet"
        ordering = ["position"]

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
    excl_tax = _amount("montant hors taxes")
    incl_tax = _amount("montant toutes taxes comprises")
    vat = models.CharField("TVA", max_length=14, choices=Vat, blank=True)
    teaching = _amount("dont coût pédagogique")
    engagement = models.CharField("nature de l’engagement", max_length=20, choices=Engagement, blank=True)
    refundable_by = models.CharField("autre prise en charge possible", max_length=16, choices=Elsewhere, blank=True)
    recurrent = models.BooleanField("revient chaque année", default=False)
    funded_elsewhere = models.BooleanField("déjà financée hors du plan", default=False)
    ordered_on = models.DateField("commandée le", null=True, blank=True)

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
    amount = _amount("montant")
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


class Piece(CircleRow):
    """A document of the dossier, of one project or of the whole, under the name that the rulebook gives it.

    A piece declared unavailable has its reason and no document.
    """

    class Opinion(models.TextChoices):
        FAVOURABLE = "favourable", "favorable"
        UNFAVOURABLE = "unfavourable", "défavorable"
        RESERVED = "reserved", "favorable avec réserves"
        NONE = "none", "sans avis"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="pieces", verbose_name="dossier")
    project = models.ForeignKey(
        Project, models.CASCADE, null=True, blank=True, related_name="pieces", verbose_name="projet"
    )
    kind = models.CharField("pièce", max_length=40)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    on = models.DateField("date de la pièce", null=True, blank=True)
    signatory = models.CharField("signataire, par sa qualité", max_length=200, blank=True)
    signed_on = models.DateField("signée le", null=True, blank=True)
    body = models.CharField("instance", max_length=10, choices=Dialogue.Body, blank=True)
    opinion = models.CharField("avis", max_length=14, choices=Opinion, blank=True)
    unavailable = models.CharField("non disponible, motif", max_length=300, blank=True)
    added_at = models.DateTimeField("jointe le")

    class Meta(CircleRow.Meta):
        verbose_name = "pièce du dossier"
        ordering = ["added_at"]
        constraints = [
            models.CheckConstraint(
                name="dossiers_piece_is_there_or_says_why_not",
                condition=Q(document__isnull=False, unavailable="") | (Q(document=None) & ~Q(unavailable="")),
                violation_error_message="Une pièce est jointe, ou son absence a un motif.",
            )
        ]

    def __str__(self) -> str:
        return self.kind

    @property
    def signed(self) -> bool:
        """Signed by a competent person: quality and date are told."""
        return bool(self.signatory) and self.signed_on is not None


class PieceCheck(CircleRow):
    """What the authority says of a piece handed in: compliant, or not and why."""

    piece = models.OneToOneField(
        Piece, models.CASCADE, primary_key=True, related_name="check_made", verbose_name="pièce"
    )
    compliant = models.BooleanField("conforme")
    reason = models.CharField("motif", max_length=300, blank=True)
    at = models.DateTimeField("vérifiée le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "vérification d’une pièce"
        constraints = [
            models.CheckConstraint(
                name="dossiers_piece_refused_has_its_reason",
                condition=Q(compliant=True) | ~Q(reason=""),
                violation_error_message="Une pièce non conforme a son motif.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.piece_id}"


class Submission(CircleRow):
    """A dossier handed in: what was said, under which rules, hashed; append-only. Its receipt is its number.

    ``content`` is the canonical content whose SHA-256 is kept; ``rules`` the rulebook as it was frozen, so that the
    findings can be computed again at any date.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="submission", verbose_name="dossier")
    number = models.CharField("numéro", max_length=40)
    at = models.DateTimeField("déposé le")
    zone = models.CharField("fuseau", max_length=40)
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")
    call_version = models.PositiveSmallIntegerField("version de l’appel")
    rulebook = models.CharField("règlement", max_length=60)
    digest = models.CharField("empreinte du règlement", max_length=64)
    rules = models.JSONField("règlement figé")
    facts = models.JSONField("faits évalués")
    findings = models.JSONField("constats")
    content = models.JSONField("contenu")
    sha256 = models.CharField("empreinte du contenu", max_length=64)

    class Meta(CircleRow.Meta):
        verbose_name = "dépôt"

    def __str__(self) -> str:
        return self.number

    def book(self) -> Rulebook:
        """The rulebook under which it was handed in."""
        return kept_rulebook(self.digest, self.rules)


CONTENT: tuple[type[Any], ...] = (
    Project, ProjectPartner, Action, Indicator, Expense, FundingLine, HrIndicator, Dialogue, Piece,
)  # fmt: skip
"""The tables of a dossier's content."""
