from __future__ import annotations

import uuid
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from avenant.domain.lifecycles import SELECTION
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.meetings.models import Seat, Session
from avenant.foundations.parties.models import CircleRow
from avenant.funding.allocation.models.envelopes import Envelope, euros
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier


class Selection(StatefulRow):
    """The dossiers of a call before the committee, in the circle of the authority and its partners.

    Members, attendance, quorum and minutes are those of its ``meeting``. Closed, its ranking no longer changes.
    """

    class Payroll(models.TextChoices):
        REFERENCE = "reference", "montrée comme repère"
        TIE_BREAK = "tie_break", "départage les ex æquo"
        CAP = "cap", "plafonne l’aide"

    lifecycle = SELECTION

    call = models.ForeignKey(PublishedCall, models.PROTECT, related_name="selections", verbose_name="appel")
    meeting = models.OneToOneField(Session, models.PROTECT, related_name="selection", verbose_name="séance")
    envelope = models.ForeignKey(Envelope, models.PROTECT, related_name="+", verbose_name="enveloppe")
    number = models.PositiveSmallIntegerField("numéro")
    payroll = models.CharField("masse salariale", max_length=10, choices=Payroll, default=Payroll.REFERENCE)
    weights = models.JSONField("pondération", default=dict, blank=True)
    ranked_at = models.DateTimeField("classement établi le", null=True, blank=True)

    class Meta(StatefulRow.Meta):
        verbose_name = "séance de sélection"
        ordering = ["-state_since"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "number"],
                name="allocation_selection_number_once",
                violation_error_message="Cette séance de sélection existe déjà.",
            )
        ]

    def __str__(self) -> str:
        return f"Sélection {self.number}, {self.call}"

    def page(self) -> str:
        return reverse("allocation:selection", args=[self.pk])

    @property
    def open(self) -> bool:
        """May the ranking and what the committee proposes still change."""
        return self.state == "prepared"


class Examined(CircleRow):
    """A dossier before the committee: what the ranking and the scenarios read of it, the collegial opinion, and what
    the committee proposes. ``rank`` 0: a gate keeps it out of the ranking. ``ceiling`` is the most at any rate."""

    class Opinion(models.TextChoices):
        FAVOURABLE = "favourable", "favorable"
        RESERVED = "reserved", "favorable avec réserve"
        UNFAVOURABLE = "unfavourable", "défavorable"
        ADJOURNED = "adjourned", "ajourné"

    class Outcome(models.TextChoices):
        RETAINED = "retained", "retenu"
        PARTLY = "partly", "retenu partiellement"
        WAITING = "waiting", "liste d’attente"
        REFUSED = "refused", "non retenu"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    selection = models.ForeignKey(Selection, models.CASCADE, related_name="lines", verbose_name="séance")
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="+", verbose_name="dossier")
    number = models.CharField("numéro", max_length=40)
    name = models.CharField("établissement", max_length=200)
    folded = models.CharField("clé de tri et de recherche", max_length=400)
    title = models.CharField("projet", max_length=420, blank=True)
    themes = ArrayField(models.CharField(max_length=120), verbose_name="thèmes", default=list)
    sectors = ArrayField(models.CharField(max_length=20), verbose_name="secteurs", default=list)
    territory_code = models.CharField("territoire", max_length=8, blank=True)
    establishment = models.CharField("clé de l’établissement", max_length=40)
    agents = models.PositiveIntegerField("agents", null=True, blank=True)
    payroll = euros("masse salariale", null=True, blank=True)
    total = euros("coût total", null=True, blank=True)
    base = euros("coût éligible", default=0)
    requested = euros("aide demandée", null=True, blank=True)
    computed = euros("aide calculée", default=0)
    ceiling = euros("plafond de l’aide", default=0)
    reference = euros("part de référence (masse salariale)", null=True, blank=True)
    points = models.JSONField("points", default=dict)
    score = models.DecimalField("score", max_digits=9, decimal_places=2, default=0)
    rank = models.PositiveIntegerField("rang", default=0)
    in_scope = models.BooleanField("dans le périmètre", default=True)
    priority = models.BooleanField("prioritaire", default=False)
    sentence = models.CharField("pourquoi ce rang", max_length=400, blank=True)
    opinion = models.CharField("avis collégial", max_length=12, choices=Opinion, blank=True)
    reservation = models.TextField("réserve ou précision", blank=True)
    present = ArrayField(models.CharField(max_length=200), verbose_name="institutions présentes", default=list)
    examined = models.BooleanField("instruit", default=False)
    outcome = models.CharField("proposition", max_length=10, choices=Outcome, blank=True)
    amount = euros("montant proposé", default=0)
    reason = models.TextField("motif", blank=True)
    conditions = models.TextField("conditions", blank=True)
    override = models.TextField("motif de l’écart au scénario", blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "dossier en séance"
        ordering = ["rank", "folded"]
        constraints = [
            models.UniqueConstraint(
                fields=["selection", "dossier"],
                name="allocation_examined_once",
                violation_error_message="Ce dossier est déjà à l’ordre du jour de la séance.",
            ),
            models.CheckConstraint(
                name="allocation_examined_refusal_has_its_reason",
                condition=~Q(outcome="refused") | ~Q(reason=""),
                violation_error_message="Une décision « non retenu » a son motif.",
            ),
            models.CheckConstraint(
                name="allocation_examined_amount_follows_outcome",
                condition=Q(outcome__in=["retained", "partly"], amount__gt=0)
                | (~Q(outcome__in=["retained", "partly"]) & Q(amount=0)),
                violation_error_message="Un dossier retenu a un montant ; un autre n’en a pas.",
            ),
        ]
        indexes = [
            models.Index(fields=["selection", "rank", "folded"], name="allocation_lines_by_rank"),
            models.Index(fields=["dossier"], name="allocation_lines_by_dossier"),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.name}"

    def page(self) -> str:
        return reverse("allocation:line", args=[self.pk])


class Withdrawal(CircleRow):
    """A member who has an interest in a dossier and takes no part in it (« déport »)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(Examined, models.CASCADE, related_name="withdrawals", verbose_name="dossier en séance")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+", verbose_name="membre")
    reason = models.CharField("intérêt déclaré", max_length=300)
    at = models.DateTimeField("le")

    class Meta(CircleRow.Meta):
        verbose_name = "déport"
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "seat"],
                name="allocation_withdrawal_once",
                violation_error_message="Ce membre est déjà déporté pour ce dossier.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.seat_id} · {self.reason}"


class Scenario(CircleRow):
    """One way of sharing the envelope among the dossiers of a session, computed and kept with its reasons.

    ``settings`` are what was asked: envelope, floors, maximum, minimum, partial. One at most is ``adopted``.
    """

    class Method(models.TextChoices):
        IN_ORDER = "in_order", "Ordre du classement"
        UNIFORM_RATE = "uniform_rate", "Taux uniforme"
        BY_PAYROLL = "by_payroll", "Masse salariale"
        OPTIMUM = "optimum", "Optimum"

    class Progress(models.TextChoices):
        WAITING = "waiting", "en calcul"
        DONE = "done", "calculé"
        FAILED = "failed", "en échec"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    selection = models.ForeignKey(Selection, models.CASCADE, related_name="scenarios", verbose_name="séance")
    method = models.CharField("méthode", max_length=14, choices=Method)
    label = models.CharField("nom", max_length=80)
    settings = models.JSONField("hypothèses", default=dict)
    progress = models.CharField("calcul", max_length=8, choices=Progress, default=Progress.WAITING)
    rate = models.DecimalField("taux (%)", max_digits=7, decimal_places=4, null=True, blank=True)
    proven = models.BooleanField("optimum prouvé", null=True, blank=True)
    gap = models.DecimalField("écart au mieux (%)", max_digits=7, decimal_places=4, null=True, blank=True)
    envelope = euros("enveloppe")
    total = euros("total accordé", default=0)
    retained = models.PositiveIntegerField("dossiers retenus", default=0)
    notes = models.JSONField("remarques", default=list)
    adopted = models.BooleanField("adopté", default=False)
    asked_at = models.DateTimeField("demandé le")
    computed_at = models.DateTimeField("calculé le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "scénario"
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["selection"],
                condition=Q(adopted=True),
                name="allocation_scenario_one_adopted",
                violation_error_message="Un seul scénario est adopté par séance.",
            ),
            models.CheckConstraint(
                name="allocation_scenario_within_envelope",
                condition=Q(total__lte=models.F("envelope")),
                violation_error_message="Un scénario ne dépasse pas l’enveloppe.",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def left(self) -> Decimal:
        """What the scenario leaves of what it shares."""
        left: Decimal = self.envelope - self.total
        return left


class Share(CircleRow):
    """What a dossier receives in a scenario, why, and what would bring it in."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="shares", verbose_name="scénario")
    line = models.ForeignKey(Examined, models.CASCADE, related_name="shares", verbose_name="dossier en séance")
    amount = euros("montant")
    reason = models.CharField("pourquoi", max_length=400)
    remedy = models.CharField("ce qui le ferait entrer", max_length=300, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "part d’un scénario"
        constraints = [
            models.UniqueConstraint(
                fields=["scenario", "line"],
                name="allocation_share_once",
                violation_error_message="Ce dossier a déjà sa part dans ce scénario.",
            )
        ]

    def __str__(self) -> str:
        return self.reason
