from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from avenant.domain.funding.awards import Terms, terms_from_json
from avenant.domain.funding.payments import effective_rate, schedule
from avenant.domain.lifecycles import GRANT, GRANTED_ACTION, INSTALMENT
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import Establishment, Organisation
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Action, Dossier


def _amount(label: str, **more: Any) -> models.DecimalField[Decimal, Decimal]:
    return models.DecimalField(label, max_digits=14, decimal_places=2, **more)


class Grant(StatefulRow):
    """The aid granted to a dossier, or taken over from a former file. Its circle is the dossier's.

    ``awarded`` is what the decision gave, ``amount`` what is still granted of it (a reduction lowers it alone),
    ``paid`` the sum of what was paid. ``terms`` repeats those of the rulebook under which the dossier was handed in.
    """

    class Nature(models.TextChoices):
        CLACT = "clact", "CLACT"
        AMI = "ami", "AMI/AAC"
        PAI = "pai", "PAI"
        STPE = "stpe", "STPE"
        CONTRACT = "contract", "contrat de prévention"
        OTHER = "other", "autre"

    lifecycle = GRANT

    dossier = models.OneToOneField(
        Dossier, models.PROTECT, null=True, blank=True, related_name="award", verbose_name="dossier"
    )
    call = models.ForeignKey(
        PublishedCall, models.PROTECT, null=True, blank=True, related_name="grants", verbose_name="appel"
    )
    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="autorité")
    beneficiary = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="bénéficiaire"
    )
    establishment = models.ForeignKey(
        Establishment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="site"
    )
    name = models.CharField("nom du bénéficiaire", max_length=200)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    folded = models.CharField("clé de tri et de recherche", max_length=400, editable=False)
    territory_code = models.CharField("territoire", max_length=8, blank=True)
    number = models.CharField("numéro", max_length=40)
    title = models.CharField("objet", max_length=256)
    nature = models.CharField("nature du financement", max_length=10, choices=Nature, default=Nature.OTHER)
    sector = models.CharField("secteur", max_length=120, blank=True)
    source = models.CharField("source de financement", max_length=60, blank=True)
    awarded = _amount("montant accordé")
    amount = _amount("montant en vigueur")
    paid = _amount("montant versé", default=Decimal(0))
    consumed = _amount("aide consommée", default=Decimal(0))
    consumed_on = models.DateField("consommation arrêtée au", null=True, blank=True)
    base = models.DecimalField("coût éligible", max_digits=14, decimal_places=2, null=True, blank=True)
    rate = models.DecimalField("taux (%)", max_digits=7, decimal_places=4, null=True, blank=True)
    conditions = models.TextField("conditions", blank=True)
    terms = models.JSONField("modalités", default=dict)
    decided_on = models.DateField("décidée le")
    notified_at = models.DateTimeField("notifiée le", null=True, blank=True)
    signed_on = models.DateField("convention signée le", null=True, blank=True)
    consume_until = models.DateField("à consommer jusqu’au", null=True, blank=True)
    lapses_on = models.DateField("crédits caducs après le")
    published_on = models.DateField("publiée en données ouvertes le", null=True, blank=True)
    taken_over = models.BooleanField("reprise d’un ancien fichier", default=False)
    fictional = models.BooleanField("fictif", default=False)

    class Meta(StatefulRow.Meta):
        verbose_name = "aide accordée"
        verbose_name_plural = "aides accordées"
        ordering = ["-decided_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "number"],
                name="grants_number_once",
                violation_error_message="Ce numéro est déjà celui d’une autre aide.",
            ),
            models.CheckConstraint(
                name="grants_amount_within_award",
                condition=Q(awarded__gt=0, amount__gte=0, amount__lte=F("awarded")),
                violation_error_message="Le montant en vigueur est au plus le montant accordé, qui est positif.",
            ),
            models.CheckConstraint(
                name="grants_paid_within_award",
                condition=Q(paid__gte=0, paid__lte=F("awarded")),
                violation_error_message="Le montant versé ne dépasse pas le montant accordé.",
            ),
            models.CheckConstraint(
                name="grants_consumed_not_negative",
                condition=Q(consumed__gte=0),
                violation_error_message="La consommation est positive ou nulle.",
            ),
            models.CheckConstraint(
                name="grants_dossier_or_taken_over",
                condition=Q(dossier__isnull=False, call__isnull=False) | Q(taken_over=True),
                violation_error_message="Une aide vient d’un dossier, ou d’un ancien fichier.",
            ),
        ]
        indexes = [
            models.Index(fields=["call", "folded", "id"], name="grants_by_name"),
            models.Index(fields=["establishment"], name="grants_by_establishment"),
            GinIndex(SearchVector("folded", config="simple"), name="grants_words"),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.name}"

    def page(self) -> str:
        return reverse("grants:grant", args=[self.pk])

    def loan_page(self) -> str:
        """The account of what was lent of it."""
        return reverse("grants:loan", args=[self.pk])

    @property
    def said_terms(self) -> Terms:
        """The terms, read."""
        return terms_from_json(self.terms)

    @property
    def aid_rate(self) -> Fraction | None:
        """The exact share of the eligible cost that was granted; the written rate when the cost is unknown."""
        if self.base and self.base >= self.awarded:
            return effective_rate(self.awarded, self.base)
        return Fraction(self.rate) / 100 if self.rate is not None else None

    @property
    def given(self) -> Decimal:
        """What the decision gave for good: the award less its first part when that is lent."""
        terms = self.said_terms
        if terms.loan is None:
            return self.awarded
        return self.awarded - schedule(self.awarded, terms.parts, after=terms.after)[0].amount

    @property
    def unconsumed(self) -> Decimal:
        """What is granted and not consumed yet."""
        return max(self.amount - self.consumed, Decimal(0))

    @property
    def to_recover(self) -> Decimal:
        """What was paid beyond what is still granted."""
        return max(self.paid - self.amount, Decimal(0))

    @property
    def unpaid(self) -> Decimal:
        """What is still granted and not paid."""
        return max(self.amount - self.paid, Decimal(0))


class Instalment(StatefulRow):
    """One payment of an aid: what it waits for, and when it was certified, ordered, paid. A reduction lowers ``amount``."""

    class Trigger(models.TextChoices):
        SIGNATURE = "signature", "à la signature de la convention"
        REPORT = "report", "après le bilan annuel"
        INVOICES = "invoices", "sur justificatifs"
        BALANCE = "balance", "au solde"

    lifecycle = INSTALMENT

    grant = models.ForeignKey(Grant, models.CASCADE, related_name="instalments", verbose_name="aide")
    number = models.PositiveSmallIntegerField("rang")
    amount = _amount("montant")
    after = models.CharField("déclencheur", max_length=20, choices=Trigger)
    repayable = models.BooleanField("prêté, à rembourser", default=False)
    due_on = models.DateField("prévu le", null=True, blank=True)
    report_on = models.DateField("bilan attendu le", null=True, blank=True)
    needs = models.JSONField("documents à accepter", default=dict, blank=True, help_text="code: label")
    certified_on = models.DateField("service fait le", null=True, blank=True)
    justified_by = models.JSONField("pièces justificatives", default=list, blank=True)
    order_number = models.CharField("ordre de paiement", max_length=40, blank=True, db_index=True)
    ordered_on = models.DateField("ordonnancé le", null=True, blank=True)
    paid_on = models.DateField("payé le", null=True, blank=True)
    reference = models.CharField("référence du comptable", max_length=60, blank=True)

    class Meta(StatefulRow.Meta):
        verbose_name = "versement"
        ordering = ["grant", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "number"],
                name="grants_instalment_number_once",
                violation_error_message="Ce rang est déjà celui d’un autre versement.",
            ),
            models.CheckConstraint(
                name="grants_instalment_amount_positive",
                condition=Q(amount__gte=0),
                violation_error_message="Le montant d’un versement est positif ou nul.",
            ),
            models.CheckConstraint(
                name="grants_instalment_paid_was_ordered",
                condition=Q(paid_on=None) | Q(ordered_on__isnull=False, paid_on__gte=F("ordered_on")),
                violation_error_message="Un versement payé a été ordonnancé, le même jour ou avant.",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="grants_instalments_by_day")]

    def __str__(self) -> str:
        return f"Versement {self.number}"

    def page(self) -> str:
        return reverse("grants:grant", args=[self.grant_id])


class GrantedAction(StatefulRow):
    """An action that the establishment has committed itself to carry out by taking the aid."""

    lifecycle = GRANTED_ACTION

    grant = models.ForeignKey(Grant, models.CASCADE, related_name="actions", verbose_name="aide")
    source = models.ForeignKey(Action, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="action")
    position = models.PositiveSmallIntegerField("rang")
    title = models.CharField("action", max_length=200)
    project = models.CharField("projet", max_length=200, blank=True)
    due_on = models.DateField("à réaliser avant le", null=True, blank=True)
    done_on = models.DateField("réalisée le", null=True, blank=True)
    reason = models.TextField("motif", blank=True)

    class Meta(StatefulRow.Meta):
        verbose_name = "action engagée"
        ordering = ["grant", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "position"],
                name="grants_action_position_once",
                violation_error_message="Ce rang est déjà celui d’une autre action de l’aide.",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def page(self) -> str:
        return reverse("grants:grant", args=[self.grant_id])
