from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from avenant.foundations.parties.models import CircleRow, Organisation, Territory
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.reviews.models import PartnerAid


def euros(label: str, **more: Any) -> models.DecimalField[Any, Any]:
    return models.DecimalField(label, max_digits=14, decimal_places=2, **more)


COUNTRY = "France entière"


class Source(models.TextChoices):
    """Where the money comes from: the three sources of the convention, its partnership actions, and others."""

    FIR = "fir", "Fonds d’intervention régional (FIR)"
    STPE = "stpe", "Subvention prévention très petites entreprises (STPE)"
    PREVENTION = "contrat_prevention", "Contrat de prévention"
    PARTNERSHIP = "partenariat", "Actions en partenariat (logistique, communication)"
    OTHER = "autre", "Autre source"


class OpenedSource(CircleRow):
    """A funding source that a call opens, with the eligibility criteria that it asks for it (convention, article 2, 1)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(PublishedCall, models.PROTECT, related_name="+", verbose_name="appel")
    source = models.CharField("source", max_length=20, choices=Source)
    criteria = models.TextField("critères d’éligibilité")
    told_at = models.DateTimeField("dit le")

    class Meta(CircleRow.Meta):
        verbose_name = "source ouverte par un appel"
        ordering = ["told_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "source"],
                name="allocation_source_once_a_call",
                violation_error_message="Cet appel ouvre déjà cette source.",
            ),
            models.CheckConstraint(
                name="allocation_source_has_its_criteria",
                condition=~Q(criteria=""),
                violation_error_message="Une source ouverte dit ses critères d’éligibilité.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_source_display()


class Envelope(CircleRow):
    """Money of one source for a year and a territory, written by its funder, read by the funders of the region.

    ``delegated`` is what went down to narrower envelopes, ``held`` what is reserved and granted: both are kept under a
    lock, so that the database itself refuses the euro too many. Without a territory it is the whole country's.

    A *received* envelope has a ``giver``, the national body whose envelope it is a part of: one row, in a circle of the
    giver and the region's funders. The giver alone changes its amount, its owner alone draws on it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="financeur")
    source = models.CharField("source", max_length=20, choices=Source)
    year = models.PositiveSmallIntegerField("année")
    territory = models.ForeignKey(
        Territory, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="territoire"
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name="déléguée par"
    )
    giver = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="organisme qui délègue"
    )
    label = models.CharField("précision", max_length=120, blank=True)
    amount = euros("enveloppe")
    delegated = euros("déléguée", default=Decimal(0))
    held = euros("réservée et accordée", default=Decimal(0))
    basis = models.CharField("décision ou article", max_length=200, blank=True)
    decided_on = models.DateField("décidée le", null=True, blank=True)
    written_at = models.DateTimeField("inscrite le")

    class Meta(CircleRow.Meta):
        verbose_name = "enveloppe"
        ordering = ["-year", "owner__short_name", "territory_id", "label"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "giver", "source", "year", "territory", "label"],
                nulls_distinct=False,
                name="allocation_envelope_once",
                violation_error_message="Cette enveloppe est déjà inscrite : modifiez son montant ou précisez-la.",
            ),
            models.CheckConstraint(
                name="allocation_envelope_never_exceeded",
                condition=Q(delegated__gte=0, held__gte=0, amount__gte=F("delegated") + F("held")),
                violation_error_message="Une enveloppe n’est jamais dépassée par ce qui est délégué, réservé et accordé.",
            ),
            models.CheckConstraint(
                name="allocation_envelope_received_by_decision",
                condition=Q(giver=None, decided_on=None)
                | (
                    Q(giver__isnull=False, parent__isnull=False, territory__isnull=False, decided_on__isnull=False)
                    & ~Q(basis="")
                    & ~Q(giver=F("owner"))
                ),
                violation_error_message="Une enveloppe reçue d’un autre organisme dit sa décision et sa date.",
            ),
        ]

    def __str__(self) -> str:
        said = f"{self.get_source_display()}, {self.year}, {self.place}"
        more = [one for one in (self.label, f"reçue de {self.giver.short_name}" if self.giver else "") if one]
        return f"{said} ({', '.join(more)})" if more else said

    @property
    def place(self) -> str:
        """The territory, or the whole country."""
        return self.territory.name if self.territory else COUNTRY

    @property
    def committed(self) -> Decimal:
        """What is delegated, reserved or granted: what the amount cannot come below."""
        committed: Decimal = self.delegated + self.held
        return committed

    @property
    def left(self) -> Decimal:
        """What may still be delegated, reserved or granted."""
        left: Decimal = self.amount - self.committed
        return left

    def page(self) -> str:
        return reverse("allocation:envelope", args=[self.pk])


class Aid(CircleRow):
    """An aid drawn on an envelope: for a dossier of the platform, or told by its funder for an action seen elsewhere.

    It names its dossier, or ``told``, what the other funders compare for an establishment, or ``outside``, what the
    beneficiary is when it is no establishment.
    ``reserved`` is not granted yet; ``paid`` is part of ``granted``. For a dossier of a call the grant's own payments
    tell what is paid.
    """

    class Nature(models.TextChoices):
        PROJECT = "project", "projet"
        LOGISTICS = "logistique", "logistique"
        COMMUNICATION = "communication", "communication"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    envelope = models.ForeignKey(Envelope, models.PROTECT, related_name="aids", verbose_name="enveloppe")
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="dossier"
    )
    told = models.OneToOneField(
        PartnerAid, models.PROTECT, null=True, blank=True, related_name="drawn", verbose_name="dite aux financeurs"
    )
    beneficiary = models.CharField("bénéficiaire", max_length=200)
    outside = models.CharField("ce qu’est le bénéficiaire", max_length=120, blank=True)
    subject = models.CharField("action", max_length=250)
    nature = models.CharField("nature de coût", max_length=14, choices=Nature, default=Nature.PROJECT)
    partnership = models.BooleanField("action en partenariat", default=False)
    reserved = euros("réservé", default=Decimal(0))
    granted = euros("accordé", default=Decimal(0))
    paid = euros("versé", default=Decimal(0))
    on = models.DateField("le")

    class Meta(CircleRow.Meta):
        verbose_name = "aide sur une enveloppe"
        ordering = ["beneficiary", "on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="allocation_aid_amounts_hold_together",
                condition=Q(reserved__gte=0, paid__gte=0, granted__gte=F("paid")),
                violation_error_message="Le montant versé est une part du montant accordé ; aucun n’est négatif.",
            ),
            models.UniqueConstraint(
                fields=["envelope", "dossier"],
                condition=Q(dossier__isnull=False),
                name="allocation_aid_one_for_each_dossier",
                violation_error_message="Ce dossier a déjà une aide sur cette enveloppe.",
            ),
            models.CheckConstraint(
                name="allocation_aid_says_whom_it_helps",
                condition=(Q(outside="") & (Q(dossier__isnull=False) | Q(told__isnull=False)))
                | (~Q(outside="") & Q(dossier=None, told=None)),
                violation_error_message="Une aide nomme son dossier ou son établissement, ou dit ce qu’est son bénéficiaire.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.beneficiary} · {self.subject}"

    def page(self) -> str:
        return reverse("allocation:aid", args=[self.envelope_id, self.pk])
