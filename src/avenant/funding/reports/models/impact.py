from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.urls import reverse

from avenant.domain.lifecycles import DUERP_PROMISE, EVALUATION, JOINT_REVIEW, VISIT
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleRow, Organisation
from avenant.funding.calls.models import PublishedCall
from avenant.funding.grants.models import Grant, GrantedAction


class ProgressNews(CircleRow):
    """What the establishment tells of an action between two reports (§3.3)."""

    class Progress(models.TextChoices):
        NOT_STARTED = "not_started", "pas commencée"
        ONGOING = "ongoing", "en cours"
        DELAYED = "delayed", "retardée"
        DONE = "done", "réalisée"
        ABANDONED = "abandoned", "abandonnée"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey(Grant, models.CASCADE, related_name="news", verbose_name="aide")
    action = models.ForeignKey(GrantedAction, models.CASCADE, related_name="news", verbose_name="action")
    progress = models.CharField("avancement", max_length=12, choices=Progress)
    on = models.DateField("à la date du")
    comment = models.TextField("commentaire", blank=True)
    at = models.DateTimeField("dit le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "nouvelle d’une action"
        ordering = ["-on", "-at"]

    def __str__(self) -> str:
        return f"{self.action} : {self.get_progress_display()}"


class GrantObjective(CircleRow):
    """A quantified target of the contract: where it starts, where it aims, by when; then where it arrived."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey(Grant, models.CASCADE, related_name="objectives", verbose_name="aide")
    label = models.CharField("indicateur", max_length=200)
    unit = models.CharField("unité", max_length=40, blank=True)
    baseline = models.DecimalField("valeur de départ", max_digits=14, decimal_places=2, null=True, blank=True)
    target = models.DecimalField("cible", max_digits=14, decimal_places=2)
    due_on = models.DateField("échéance")
    final = models.DecimalField("valeur finale", max_digits=14, decimal_places=2, null=True, blank=True)
    comment = models.TextField("commentaire", blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "objectif chiffré"
        ordering = ["label", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "label"],
                name="reports_objective_once",
                violation_error_message="Cet indicateur a déjà son objectif.",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def gap(self) -> Decimal | None:
        """Final less target, in the unit; None while there is no final value."""
        return None if self.final is None else self.final - self.target

    @property
    def reached(self) -> bool | None:
        """Did it arrive at its target or beyond, in the direction it aimed; None while nobody can say."""
        if self.final is None or self.baseline is None:
            return None
        down = self.target < self.baseline
        return self.final <= self.target if down else self.final >= self.target


class Evaluation(StatefulRow):
    """The impact of the funded actions, when they are finished: indicators, working conditions, care of residents."""

    lifecycle = EVALUATION

    grant = models.OneToOneField(Grant, models.CASCADE, related_name="evaluation", verbose_name="aide")
    due_on = models.DateField("à remettre au plus tard le")
    due_at = models.DateTimeField("à remettre avant")
    conditions = models.TextField("effets sur les conditions de travail", blank=True)
    care = models.TextField("effets sur la prise en charge des patients et résidents", blank=True)
    received_at = models.DateTimeField("reçue le", null=True, blank=True)
    late = models.BooleanField("reçue en retard", default=False)

    class Meta(StatefulRow.Meta):
        verbose_name = "évaluation d’impact"
        ordering = ["due_at"]

    def __str__(self) -> str:
        return "Évaluation d’impact"

    def page(self) -> str:
        return reverse("reports:evaluation", args=[self.grant_id])

    def standing(self, at: datetime) -> str:
        """Its state in words at an instant."""
        late = self.state in {"expected", "returned"} and at >= self.due_at
        return "en retard" if late else self.state_label


class DuerpPromise(StatefulRow):
    """The letter by which an establishment promises its updated risk assessment, until it is received."""

    lifecycle = DUERP_PROMISE

    grant = models.OneToOneField(Grant, models.CASCADE, related_name="duerp", verbose_name="aide")
    signed_on = models.DateField("lettre signée le", null=True, blank=True)
    letter = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", verbose_name="lettre")
    due_on = models.DateField("à remettre au plus tard le")
    due_at = models.DateTimeField("à remettre avant")
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="DUERP mis à jour"
    )
    updated_on = models.DateField("mis à jour le", null=True, blank=True)

    class Meta(StatefulRow.Meta):
        verbose_name = "engagement sur le DUERP"
        ordering = ["due_at"]

    def __str__(self) -> str:
        return "Mise à jour du DUERP"

    def page(self) -> str:
        return reverse("reports:follow-up", args=[self.grant_id])

    def standing(self, at: datetime) -> str:
        """« lettre signée », « en retard » past its day, « DUERP mis à jour reçu »."""
        return "en retard" if self.state == "promised" and at >= self.due_at else self.state_label


class Visit(StatefulRow):
    """A visit on site of a funded project, by one institution or several; then its report."""

    lifecycle = VISIT

    grant = models.ForeignKey(Grant, models.CASCADE, related_name="visits", verbose_name="aide")
    planned_by = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisée par")
    on = models.DateField("date")
    report_by = models.DateTimeField("compte rendu avant")
    purpose = models.CharField("objet", max_length=300)
    findings = models.TextField("constats", blank=True)

    class Meta(StatefulRow.Meta):
        verbose_name = "visite sur site"
        ordering = ["-on", "id"]
        indexes = [models.Index(fields=["state", "on"], name="reports_visit_by_day")]

    def __str__(self) -> str:
        return f"Visite du {self.on:%d/%m/%Y}"

    def page(self) -> str:
        return reverse("reports:visit", args=[self.pk])

    def is_overdue(self, at: datetime) -> bool:
        """The day has passed and there is no report."""
        return self.state == "planned" and at >= self.report_by

    def standing(self, at: datetime) -> str:
        """Its state in words at an instant."""
        return "compte rendu en retard" if self.is_overdue(at) else self.state_label


class VisitParticipant(CircleRow):
    """An institution that takes part in a visit, and its people by their function."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    visit = models.ForeignKey(Visit, models.CASCADE, related_name="participants", verbose_name="visite")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")
    people = models.CharField("participants, par leur fonction", max_length=300, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "participant à une visite"
        ordering = ["organisation__short_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "organisation"],
                name="reports_participant_once",
                violation_error_message="Cet organisme participe déjà à la visite.",
            )
        ]

    def __str__(self) -> str:
        return self.organisation.short_name


class VisitFollowUp(CircleRow):
    """Something to do after a visit: who, by when, when it was done."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    visit = models.ForeignKey(Visit, models.CASCADE, related_name="follow_ups", verbose_name="visite")
    what = models.CharField("suite à donner", max_length=300)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="par")
    due_on = models.DateField("avant le")
    done_on = models.DateField("fait le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "suite d’une visite"
        ordering = ["due_on", "id"]

    def __str__(self) -> str:
        return self.what


class JointReview(StatefulRow):
    """What the institutions assess together of the actions that a call funded, in the circle of that call."""

    lifecycle = JOINT_REVIEW

    call = models.ForeignKey(PublishedCall, models.PROTECT, related_name="joint_reviews", verbose_name="appel")
    title = models.CharField("intitulé", max_length=200)
    conditions = models.TextField("conditions de travail", blank=True)
    care = models.TextField("prise en charge des résidents", blank=True)
    figures = models.JSONField("chiffres", default=dict, blank=True)

    class Meta(StatefulRow.Meta):
        verbose_name = "bilan conjoint"
        ordering = ["-state_since"]

    def __str__(self) -> str:
        return self.title

    def page(self) -> str:
        return reverse("reports:joint-review", args=[self.pk])

    @property
    def lacking(self) -> list[str]:
        """The parts still empty."""
        parts = {"conditions de travail": self.conditions, "prise en charge des résidents": self.care}
        return [name for name, text in parts.items() if not text.strip()]


class JointPart(CircleRow):
    """What one institution says of one dimension, before the common text."""

    class Dimension(models.TextChoices):
        CONDITIONS = "conditions", "conditions de travail"
        CARE = "care", "prise en charge des résidents"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(JointReview, models.CASCADE, related_name="parts", verbose_name="bilan conjoint")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")
    dimension = models.CharField("dimension", max_length=12, choices=Dimension)
    text = models.TextField("appréciation")
    at = models.DateTimeField("dite le")

    class Meta(CircleRow.Meta):
        verbose_name = "part d’un bilan conjoint"
        ordering = ["dimension", "organisation__short_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "organisation", "dimension"],
                name="reports_part_once",
                violation_error_message="Votre organisme a déjà dit son appréciation.",
            ),
            models.CheckConstraint(
                name="reports_part_says_something",
                condition=~Q(text=""),
                violation_error_message="Une appréciation n’est pas vide.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation.short_name}, {self.get_dimension_display()}"
