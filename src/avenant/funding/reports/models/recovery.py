from __future__ import annotations

import uuid
from decimal import Decimal
from fractions import Fraction

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from avenant.domain.funding.recovery import GIVEN_UP, Claim, Step, Way, claim_of
from avenant.domain.lifecycles import RECOVERY
from avenant.domain.money import share
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleRow
from avenant.funding.grants.models import Grant


def _amount(label: str) -> models.DecimalField[Decimal, Decimal]:
    return models.DecimalField(label, max_digits=14, decimal_places=2)


class Settlement(CircleRow):
    """The balance of an aid as it was struck: what is due, paid, to pay, to take back. Append-only; the last one holds.

    ``content`` keeps how it was computed: method, rate, expenses accepted, sentences.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey(Grant, models.PROTECT, related_name="settlements", verbose_name="aide")
    number = models.PositiveSmallIntegerField("rang")
    at = models.DateTimeField("arrêté le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")
    granted = _amount("aide en vigueur")
    compliant = _amount("dépenses acceptées")
    due = _amount("aide due")
    paid = _amount("versé")
    to_pay = _amount("reste à verser")
    recovered = _amount("à récupérer")
    penalty = _amount("pénalité")
    reason = models.TextField("motif", blank=True)
    content = models.JSONField("calcul", default=dict)

    class Meta(CircleRow.Meta):
        verbose_name = "solde d’une aide"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "number"],
                name="reports_settlement_once",
                violation_error_message="Ce solde existe déjà.",
            ),
            models.CheckConstraint(
                name="reports_settlement_within_what_was_paid",
                condition=Q(recovered__gte=0, penalty__gte=0, to_pay__gte=0)
                & Q(paid__gte=F("recovered") + F("penalty"))
                & (Q(to_pay=0) | Q(recovered=0)),
                violation_error_message="On ne récupère ni moins que rien, ni plus que ce qui a été versé.",
            ),
        ]

    def __str__(self) -> str:
        return f"Solde {self.number}"

    @property
    def steps(self) -> list[Step]:
        """How it was computed, line by line."""
        told = self.content.get("steps", [])
        return [Step(label, Decimal(amount), how, result) for label, amount, how, result in told]


class Recovery(StatefulRow):
    """A sum asked back: established from a balance, told to the establishment, which answers, then decided and taken."""

    lifecycle = RECOVERY

    grant = models.ForeignKey(Grant, models.PROTECT, related_name="recoveries", verbose_name="aide")
    settlement = models.OneToOneField(Settlement, models.PROTECT, related_name="recovery", verbose_name="solde")
    number = models.CharField("numéro", max_length=60)
    amount = _amount("montant constaté")
    penalty = _amount("dont pénalité")
    causes = models.JSONField("causes", default=list)
    answer_by = models.DateField("réponse jusqu’au", null=True, blank=True)
    observations = models.TextField("observations de l’établissement", blank=True)
    joined = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="pièce jointe aux observations"
    )
    decided = models.DecimalField("montant décidé", max_digits=14, decimal_places=2, null=True, blank=True)
    reason = models.TextField("motif de la décision", blank=True)

    class Meta(StatefulRow.Meta):
        verbose_name = "récupération"
        ordering = ["-state_since", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["number"],
                name="reports_recovery_number_once",
                violation_error_message="Ce numéro est déjà celui d’une autre récupération.",
            ),
            models.CheckConstraint(
                name="reports_recovery_within_what_was_established",
                condition=Q(amount__gt=0, penalty__gte=0, penalty__lte=F("amount"))
                & (Q(decided=None) | Q(decided__gte=0, decided__lte=F("amount"))),
                violation_error_message="Le montant décidé est au plus le montant constaté, qui est positif.",
            ),
        ]
        indexes = [models.Index(fields=["state", "-state_since"], name="reports_recovery_by_state")]

    def __str__(self) -> str:
        return f"Récupération {self.number}"

    def page(self) -> str:
        return reverse("reports:recovery", args=[self.pk])

    @property
    def recalled(self) -> Decimal:
        """What of it left the schedule of a loan, to be asked here at once."""
        return Decimal(self.settlement.content.get("recalled", "0"))

    def recalled_by(self, amount: Decimal) -> Decimal:
        """What of it a decision of this amount still asks, in proportion; the penalty recalls nothing."""
        principal = self.amount - self.penalty
        return share(self.recalled, Fraction(min(amount, principal)) / Fraction(principal))

    @property
    def principal_back(self) -> Decimal:
        """What came back of it or was given up, the penalty apart: it is counted on the sum recovered first."""
        claim = self.claim()
        return min(claim.offset + claim.paid + claim.given_up, self.amount - self.penalty)

    def claim(self) -> Claim:
        """Where it stands after its entries."""
        entries = [(Way(one.way), one.amount, one.paid) for one in self.entries.all()]
        return claim_of(self.decided if self.decided is not None else self.amount, entries)


class RecoveryEntry(CircleRow):
    """A part of a recovery: taken on a notification of credits, asked by an order, with what was paid of it, or given up
    by a decision (``reason``)."""

    class Kind(models.TextChoices):
        OFFSET = Way.OFFSET.value, "imputation sur une notification"
        ORDER = Way.ORDER.value, "titre de recette"
        FORGIVEN = Way.FORGIVEN.value, "remise gracieuse"
        LOST = Way.LOST.value, "admission en non-valeur"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recovery = models.ForeignKey(Recovery, models.CASCADE, related_name="entries", verbose_name="récupération")
    way = models.CharField("voie", max_length=8, choices=Kind)
    amount = _amount("montant")
    on = models.DateField("date")
    reference = models.CharField("référence", max_length=120)
    onto = models.ForeignKey(
        Grant, models.PROTECT, null=True, blank=True, related_name="offsets", verbose_name="aide imputée"
    )
    notified = models.DecimalField("crédits notifiés", max_digits=14, decimal_places=2, null=True, blank=True)
    paid = models.DecimalField("encaissé", max_digits=14, decimal_places=2, default=Decimal(0))
    paid_on = models.DateField("encaissé le", null=True, blank=True)
    reason = models.TextField("motif", blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "recouvrement"
        ordering = ["on", "id"]
        constraints = [
            models.CheckConstraint(
                name="reports_entry_within_its_amount",
                condition=Q(amount__gt=0, paid__gte=0, paid__lte=F("amount")),
                violation_error_message="On n’encaisse pas plus que le montant du titre, qui est positif.",
            ),
            models.CheckConstraint(
                name="reports_offset_within_the_notification",
                condition=Q(way__in=["order", "forgiven", "lost"], notified=None)
                | Q(way="offset", notified__isnull=False, notified__gte=F("amount")),
                violation_error_message="Une imputation nomme les crédits notifiés et ne les dépasse pas.",
            ),
            models.CheckConstraint(
                name="reports_given_up_for_a_reason",
                condition=~Q(way__in=["forgiven", "lost"]) | ~Q(reason=""),
                violation_error_message="Une remise ou une admission en non-valeur a son motif.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()} {self.reference}"

    @property
    def given_up(self) -> bool:
        """It is asked no more."""
        return Way(self.way) in GIVEN_UP


class RecoveryLetter(CircleRow):
    """A letter of a recovery, kept as it was written."""

    class Kind(models.TextChoices):
        NOTICE = "notice", "notification, phase contradictoire"
        DECISION = "decision", "décision"
        OFFSET = "offset", "imputation sur une notification"
        ORDER = "order", "titre de recette"
        FORGIVEN = "forgiven", "remise gracieuse"
        CLOSURE = "closure", "clôture"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recovery = models.ForeignKey(Recovery, models.CASCADE, related_name="letters", verbose_name="récupération")
    kind = models.CharField("lettre", max_length=10, choices=Kind)
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="fichier")
    at = models.DateTimeField("établie le")

    class Meta(CircleRow.Meta):
        verbose_name = "lettre d’une récupération"
        ordering = ["at"]

    def __str__(self) -> str:
        return self.get_kind_display()
