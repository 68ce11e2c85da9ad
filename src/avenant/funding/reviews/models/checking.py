from __future__ import annotations

import uuid
from datetime import date
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.urls import reverse

from avenant.foundations.parties.models import CircleRow, Establishment, Organisation
from avenant.funding.grants.models import Scheme
from avenant.funding.reviews.models.instructing import Instruction, ReviewRow


class PartnerAid(CircleRow):
    """An aid that a funder of the region gave to an establishment, expense by expense, told to the other funders.

    ``source`` names the money when no scheme of the catalogue does; ``page`` is where the aid is kept, when it was told
    elsewhere than among the declared aids.

    What was said is never rewritten: a correction is another row, ``next`` of the one that it ends; a withdrawal ends a row
    that has no next one. A verdict on a double names the very row that it judged.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    scheme = models.ForeignKey(
        Scheme, models.PROTECT, null=True, blank=True, related_name="aids", verbose_name="dispositif"
    )
    source = models.CharField("source de financement", max_length=120, blank=True)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="déclarée par")
    establishment = models.ForeignKey(Establishment, models.PROTECT, related_name="+", verbose_name="établissement")
    label = models.CharField("dépense aidée", max_length=200)
    amount = models.DecimalField("aide", max_digits=14, decimal_places=2)
    cost = models.DecimalField("coût de la dépense", max_digits=14, decimal_places=2, null=True, blank=True)
    on = models.DateField("accordée le")
    until = models.DateField("action jusqu’au", null=True, blank=True)
    invoice = models.CharField("facture", max_length=60, blank=True)
    supplier = models.CharField("fournisseur", max_length=120, blank=True)
    recorded_at = models.DateTimeField("déclarée le")
    page = models.CharField("page", max_length=200, blank=True)
    next = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="former", verbose_name="ce qui la corrige"
    )
    ended_at = models.DateTimeField("corrigée ou retirée le", null=True, blank=True)
    ended_reason = models.CharField("motif", max_length=300, blank=True)
    ended_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="par"
    )

    class Meta(CircleRow.Meta):
        verbose_name = "aide d’un financeur"
        ordering = ["-on"]
        constraints = [
            models.CheckConstraint(
                name="reviews_aid_positive",
                condition=Q(amount__gt=0),
                violation_error_message="Une aide est un montant positif.",
            ),
            models.CheckConstraint(
                name="reviews_aid_names_its_money",
                condition=Q(scheme__isnull=False) | ~Q(source=""),
                violation_error_message="Une aide dit son dispositif, ou sa source de financement.",
            ),
            models.UniqueConstraint(
                fields=["owner", "establishment", "label", "amount", "on", "invoice"],
                condition=Q(ended_at=None),
                name="reviews_aid_once",
                violation_error_message="Cette aide est déjà déclarée.",
            ),
            models.CheckConstraint(
                name="reviews_aid_ended_says_why",
                condition=Q(ended_at=None, ended_by=None, ended_reason="", next=None)
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_reason="")),
                violation_error_message="Une aide corrigée ou retirée dit par qui et pourquoi.",
            ),
        ]
        indexes = [models.Index(fields=["establishment"], name="reviews_aids_of_place")]

    def __str__(self) -> str:
        return f"{self.money} · {self.label}"

    @property
    def money(self) -> str:
        """The scheme of the catalogue, or the source of the money."""
        return str(self.scheme) if self.scheme else self.source

    @property
    def withdrawn(self) -> bool:
        """Ended, and corrected by nothing."""
        return self.ended_at is not None and self.next_id is None

    @property
    def ended_on(self) -> date | None:
        """The day of the correction or of the withdrawal, where its funder is. Read with ``owner__territory``."""
        return self.ended_at and self.ended_at.astimezone(ZoneInfo(self.owner.territory.time_zone)).date()

    def story(self) -> str:
        """Address of what was said of the aid, version by version."""
        return reverse("reviews:aid", args=[self.pk])


class DoubleVerdict(ReviewRow):
    """What the authority says of an expense that may be funded twice: it is, and the line is excluded; or it is not.

    ``line`` is None when an aid was looked at whole and funds no expense of the dossier: its lines are not known, or its
    funder has withdrawn it.
    """

    instruction = models.ForeignKey(Instruction, models.CASCADE, related_name="doubles", verbose_name="instruction")
    line = models.UUIDField("dépense du dossier", null=True)
    other = models.CharField("autre financement", max_length=80)
    other_label = models.CharField("ce que c’est", max_length=300)
    same = models.BooleanField("même dépense")
    reason = models.CharField("motif", max_length=300)
    at = models.DateTimeField("le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(ReviewRow.Meta):
        verbose_name = "vérification d’un double financement"
        constraints = [
            models.UniqueConstraint(
                fields=["instruction", "line", "other"],
                nulls_distinct=False,
                name="reviews_double_once",
                violation_error_message="Ce rapprochement est déjà tranché.",
            ),
            models.CheckConstraint(
                name="reviews_double_says_why",
                condition=~Q(reason=""),
                violation_error_message="Un rapprochement tranché a son motif.",
            ),
            models.CheckConstraint(
                name="reviews_double_excludes_a_line",
                condition=Q(same=False) | Q(line__isnull=False),
                violation_error_message="Une dépense déjà financée est nommée.",
            ),
        ]

    def __str__(self) -> str:
        return self.other_label
