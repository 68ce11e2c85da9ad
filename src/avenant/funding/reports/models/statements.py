from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from avenant.domain.funding.followup import DutyKind
from avenant.domain.funding.statements import ActionCost, DeclaredExpense, counted
from avenant.domain.lifecycles import GRANT_REPORT
from avenant.domain.periods import Period
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleRow, ShareableRow
from avenant.funding.grants.models import Grant, GrantedAction


class FollowUp(CircleRow):
    """How an aid is followed, frozen when it begins: what is counted, from when to when, the cost of each action.

    ``costs`` is a list of {action (identifier of a granted action, or empty), label, eligible}; ``deadlines`` of {line (code
    of an expense of the dossier), label, until}, for the expenses that carry their own last day.
    """

    grant = models.OneToOneField(Grant, models.CASCADE, primary_key=True, related_name="follow_up", verbose_name="aide")
    opened_at = models.DateTimeField("ouvert le")
    zone = models.CharField("fuseau", max_length=40)
    since = models.DateField("dépenses à partir du")
    until = models.DateField("dépenses jusqu’au")
    excluding_tax = models.BooleanField("compté hors taxes", default=True)
    costs = models.JSONField("coût éligible de chaque action", default=list)
    deadlines = models.JSONField("dernier jour propre à une dépense", default=list)
    penalty = models.CharField("pénalité, fraction", max_length=20, default="0")

    class Meta(CircleRow.Meta):
        verbose_name = "suivi d’une aide"
        constraints = [
            models.CheckConstraint(
                name="reports_followup_ends_after_start",
                condition=Q(until__gte=F("since")),
                violation_error_message="La consommation finit après son début.",
            )
        ]

    def __str__(self) -> str:
        return str(self.grant_id)

    def page(self) -> str:
        return reverse("reports:follow-up", args=[self.grant_id])

    @property
    def base(self) -> str:
        """« hors taxes » or « toutes taxes comprises »."""
        return "hors taxes" if self.excluding_tax else "toutes taxes comprises"

    def own_day(self, line: str) -> date | None:
        """The last day that an expense of the dossier carries; None when it carries none."""
        return next((date.fromisoformat(one["until"]) for one in self.deadlines if one["line"] == line), None)

    def action_costs(self) -> list[ActionCost]:
        """The eligible cost of each action."""
        return [ActionCost(one["action"], one["label"], Decimal(one["eligible"])) for one in self.costs]


class GrantReport(StatefulRow):
    """A report that an aid owes, of one year or the closing one; or a request for reimbursement that the establishment
    opens when it has invoices (``rank`` counts them, no other has one). What the establishment writes in it is its
    :class:`ReportText`, its expenses and its evidence, its own until it is handed in."""

    lifecycle = GRANT_REPORT

    class Kind(models.TextChoices):
        YEARLY = DutyKind.YEARLY.value, "bilan annuel"
        CLOSING = DutyKind.CLOSING.value, "bilan final"
        CLAIM = "claim", "demande de remboursement"

    grant = models.ForeignKey(Grant, models.CASCADE, related_name="reports", verbose_name="aide")
    kind = models.CharField("nature", max_length=8, choices=Kind)
    year = models.PositiveSmallIntegerField("année")
    rank = models.PositiveSmallIntegerField("demande", default=0)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au")
    due_on = models.DateField("à remettre au plus tard le")
    due_at = models.DateTimeField("à remettre avant")
    received_at = models.DateTimeField("reçu le", null=True, blank=True)
    late = models.BooleanField("reçu en retard", default=False)

    class Meta(StatefulRow.Meta):
        verbose_name = "bilan"
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "kind", "year", "rank"],
                name="reports_report_once_a_year",
                violation_error_message="Ce bilan existe déjà pour cette aide et cette année.",
            ),
            models.CheckConstraint(
                name="reports_report_covers_days_before_it_is_due",
                condition=Q(ends_on__gte=F("starts_on")) & (Q(kind="claim") | Q(due_on__gte=F("ends_on"))),
                violation_error_message="Un bilan couvre une période, et se remet après elle.",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at", "id"], name="reports_by_state"),
            models.Index(fields=["due_at", "id"], name="reports_by_day"),
        ]

    def __str__(self) -> str:
        kind = self.get_kind_display().capitalize()
        return f"{kind} n° {self.rank}" if self.is_claim else f"{kind} {self.year}"

    def page(self) -> str:
        return reverse("reports:report", args=[self.pk])

    @property
    def is_claim(self) -> bool:
        """A request for reimbursement, which nothing makes due."""
        return self.kind == self.Kind.CLAIM

    @property
    def wording(self) -> str:
        """« le bilan annuel 2025 », « la demande de remboursement n° 2 »: inside a sentence."""
        return f"{'la' if self.is_claim else 'le'} {str(self)[0].lower()}{str(self)[1:]}"

    @property
    def noun(self) -> str:
        """« le bilan », « la demande »: once its page has named it."""
        return "la demande" if self.is_claim else "le bilan"

    @property
    def e(self) -> str:
        """The agreement of a participle: « accepté », « acceptée »."""
        return "e" if self.is_claim else ""

    @property
    def state_label(self) -> str:
        label = super().state_label
        first, _, rest = label.partition(" ")
        return f"{first}e {rest}".strip() if self.is_claim and first.endswith(("é", "u")) else label

    @property
    def period(self) -> Period:
        return Period.through(self.starts_on, self.ends_on)

    def is_overdue(self, at: datetime) -> bool:
        """Expected or sent back, and its time has passed."""
        open_states = {"returned"} if self.is_claim else {"expected", "returned"}
        return self.state in open_states and at >= self.due_at

    def standing(self, at: datetime) -> str:
        """Its state in words at an instant: « en retard » is what is expected past its day."""
        if self.is_claim and self.state == "expected":
            return "en préparation"
        return "en retard" if self.is_overdue(at) else self.state_label

    def tone(self, at: datetime) -> str:
        """For its mark."""
        if self.is_overdue(at):
            return "bad"
        return {"accepted": "good", "accepted_reserve": "warn", "returned": "warn"}.get(self.state, "")


class ReportText(ShareableRow):
    """What a report says beside its expenses; private to the establishment until it is handed in."""

    report = models.OneToOneField(
        GrantReport, models.CASCADE, primary_key=True, related_name="text", verbose_name="bilan"
    )
    story = models.TextField("mise en œuvre des mesures", blank=True)
    total = models.DecimalField("total dépensé", max_digits=14, decimal_places=2, null=True, blank=True)
    nothing_spent = models.BooleanField("rien n’a été dépensé sur la période", default=False)
    vat_note = models.CharField("explication sur la TVA", max_length=500, blank=True)
    saved_at = models.DateTimeField("enregistré le")
    saved_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(ShareableRow.Meta):
        verbose_name = "texte d’un bilan"

    def __str__(self) -> str:
        return str(self.report_id)


class ReportEvidence(ShareableRow):
    """A file that supports the expenses of a report, under its number."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", "facture acquittée"
        TRAINING = "training", "justificatif de réalisation d’une formation"
        OTHER = "other", "autre justificatif"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(GrantReport, models.CASCADE, related_name="evidence", verbose_name="bilan")
    number = models.PositiveSmallIntegerField("numéro")
    kind = models.CharField("nature", max_length=10, choices=Kind)
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name="fichier")

    class Meta(ShareableRow.Meta):
        verbose_name = "justificatif"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "number"],
                name="reports_evidence_number_once",
                violation_error_message="Ce numéro est déjà celui d’un autre justificatif du bilan.",
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """J1, J2."""
        return f"J{self.number}"


class ReportedExpense(ShareableRow):
    """An expense that was paid, or a credit note on one of them, whose amounts are negative."""

    class Vat(models.TextChoices):
        NOT_RECOVERED = "not_recovered", "TVA non récupérée"
        RECOVERED = "recovered", "TVA récupérée"
        NONE = "none", "sans TVA"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(GrantReport, models.CASCADE, related_name="expenses", verbose_name="bilan")
    position = models.PositiveSmallIntegerField("rang")
    action = models.ForeignKey(
        GrantedAction, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="action"
    )
    label = models.CharField("dépense", max_length=200)
    supplier = models.CharField("fournisseur", max_length=200)
    invoice = models.CharField("numéro de facture", max_length=80)
    paid_on = models.DateField("acquittée le")
    excl_tax = models.DecimalField("montant hors taxes", max_digits=14, decimal_places=2)
    incl_tax = models.DecimalField("montant toutes taxes comprises", max_digits=14, decimal_places=2)
    vat = models.CharField("TVA", max_length=14, choices=Vat, default=Vat.NOT_RECOVERED)
    credits = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="credit_notes", verbose_name="avoir sur"
    )
    evidence = models.ForeignKey(
        ReportEvidence, models.SET_NULL, null=True, blank=True, related_name="expenses", verbose_name="justificatif"
    )
    line = models.CharField("dépense prévue", max_length=20, blank=True)
    pay_by = models.DateField("à payer au plus tard le", null=True, blank=True)

    class Meta(ShareableRow.Meta):
        verbose_name = "dépense déclarée"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "position"],
                name="reports_expense_position_once",
                violation_error_message="Ce rang est déjà celui d’une autre dépense du bilan.",
            ),
            models.CheckConstraint(
                name="reports_expense_negative_is_a_credit_note",
                condition=Q(credits=None, excl_tax__gte=0, incl_tax__gte=F("excl_tax"))
                | Q(credits__isnull=False, excl_tax__lte=0, incl_tax__lte=F("excl_tax")),
                violation_error_message="Une facture est positive, un avoir négatif, et la TVA s’ajoute.",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def code(self) -> str:
        """D1, D2."""
        return f"D{self.position}"

    @property
    def verdict_made(self) -> ExpenseVerdict | None:
        """What the authority said of it, if it has."""
        verdict: ExpenseVerdict | None = getattr(self, "verdict", None)
        return verdict

    @property
    def verdict_label(self) -> str:
        """« déclarée », « acceptée », « refusée »."""
        made = self.verdict_made
        return "déclarée" if made is None else "acceptée" if made.accepted else "refusée"

    @property
    def paid_late(self) -> bool:
        """Was it paid after the last day that its planned expense carries."""
        return self.pay_by is not None and self.paid_on > self.pay_by

    @property
    def action_key(self) -> str:
        return str(self.action_id or "")

    def declared(self, codes: dict[uuid.UUID, str]) -> DeclaredExpense:
        """The line as the rules read it; ``codes`` names the lines of the report."""
        return DeclaredExpense(
            code=self.code, supplier=self.supplier, invoice=self.invoice, paid_on=self.paid_on, excl_tax=self.excl_tax,
            incl_tax=self.incl_tax, vat=self.vat, action=self.action_key,
            evidence=self.evidence.code if self.evidence else "",
            credits=codes.get(self.credits_id, "") if self.credits_id else "",
        )  # fmt: skip

    def counts(self, *, excluding_tax: bool) -> Decimal:
        """What it counts for, on the base of the call."""
        return counted(self.declared({self.credits_id: "x"} if self.credits_id else {}), excluding_tax=excluding_tax)


class ExpenseVerdict(CircleRow):
    """What the authority says of one expense: accepted, or refused with its reason."""

    expense = models.OneToOneField(
        ReportedExpense, models.CASCADE, primary_key=True, related_name="verdict", verbose_name="dépense"
    )
    accepted = models.BooleanField("acceptée")
    reason = models.CharField("motif", max_length=500, blank=True)
    at = models.DateTimeField("dit le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "décision sur une dépense"
        constraints = [
            models.CheckConstraint(
                name="reports_refused_expense_has_its_reason",
                condition=Q(accepted=True) | ~Q(reason=""),
                violation_error_message="Une dépense refusée a son motif.",
            )
        ]

    def __str__(self) -> str:
        return str(self.expense_id)


class HandIn(CircleRow):
    """A report as it was handed in, numbered and hashed; append-only. ``content`` holds the statement of consumption."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(GrantReport, models.PROTECT, related_name="handed_in", verbose_name="bilan")
    number = models.PositiveSmallIntegerField("remise")
    at = models.DateTimeField("remis le")
    late = models.BooleanField("en retard")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")
    content = models.JSONField("contenu")
    sha256 = models.CharField("empreinte", max_length=64)

    class Meta(CircleRow.Meta):
        verbose_name = "remise d’un bilan"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "number"],
                name="reports_handin_once",
                violation_error_message="Cette remise existe déjà.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.report}, remise {self.number}"
