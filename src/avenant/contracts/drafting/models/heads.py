from __future__ import annotations

from datetime import date

from django.db import models
from django.urls import reverse

from avenant.domain.contracts import Standing, days_left, standing
from avenant.domain.french import format_date, typeset
from avenant.domain.lifecycles import CONTRACT
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleRow, Organisation, Territory

UNSIGNED = ("draft", "in_consultation", "to_sign")
"""The states of a contract that binds nobody yet."""


class Contract(StatefulRow):
    """Who promised what, from when to when. Two kinds share this table and are never merged without their kind.

    A contract not yet signed has no dates: ``title_period`` is what its title prints, a label and nothing more.
    """

    lifecycle = CONTRACT

    class Kind(models.TextChoices):
        CPOM_SERVICE = "cpom_spsti", "CPOM d’un SPSTI"
        CPOM_ESTABLISHMENT = "cpom_etablissement", "CPOM d’un établissement"
        CONVENTION = "convention", "convention"
        CLACT = "clact", "CLACT"
        SUB_AGREEMENT = "sous_convention", "convention d’application"

    key = models.SlugField("clé", max_length=80, unique=True)
    kind = models.CharField("nature", max_length=20, choices=Kind)
    title = models.CharField("titre", max_length=250)
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="contracts", verbose_name="territoire")
    starts_on = models.DateField("début", null=True, blank=True)
    ends_on = models.DateField("fin (dernier jour)", null=True, blank=True)
    title_period = models.CharField("période du titre", max_length=20, blank=True)
    duration_years = models.PositiveSmallIntegerField("durée (années)", null=True, blank=True)
    methods_due_on = models.DateField(
        "modalités de recueil à communiquer au plus tard le", null=True, blank=True, help_text="ce que dit le texte"
    )
    printed_title = models.CharField("titre imprimé", max_length=300, blank=True)
    generation = models.PositiveSmallIntegerField("génération", null=True, blank=True)
    previous = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="following", verbose_name="contrat précédent"
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="sub_agreements", verbose_name="contrat d’origine"
    )
    terminated = models.BooleanField("résilié avant son terme", default=False)
    place = models.CharField("lieu de signature", max_length=80, blank=True)
    signed_on = models.DateField("signé le", null=True, blank=True, help_text="ce que dit le texte")
    term_framework = models.ForeignKey(
        "drafting.Framework", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="cadre du terme"
    )
    loaded_sha256 = models.CharField(
        "empreinte du texte chargé", max_length=64, blank=True, editable=False, help_text="of the last reference read"
    )
    template = models.CharField("modèle", max_length=80, blank=True)
    fictional = models.BooleanField("fictif", default=False)
    source = models.CharField("source", max_length=300, blank=True)

    class Meta(StatefulRow.Meta):
        verbose_name = "contrat"
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                name="drafting_contract_ends_after_start",
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                violation_error_message="La fin du contrat suit son début.",
            ),
            models.CheckConstraint(
                name="drafting_contract_dated_once_signed",
                condition=models.Q(state__in=UNSIGNED) | models.Q(starts_on__isnull=False, ends_on__isnull=False),
                violation_error_message="Un contrat en vigueur a un premier et un dernier jour.",
            ),
            models.CheckConstraint(
                name="drafting_contract_not_its_own_parent",
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("id")),
                violation_error_message="Une convention d’application procède d’un autre contrat.",
            ),
            models.CheckConstraint(
                name="drafting_contract_not_its_own_previous",
                condition=~models.Q(previous=models.F("id")),
                violation_error_message="Un contrat n’est pas son propre précédent.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def term(self) -> str:
        """« 1er janvier 2025 – 31 décembre 2029 »; before the last signature, what is known of it."""
        if self.starts_on and self.ends_on:
            return f"{format_date(self.starts_on)} – {format_date(self.ends_on)}"
        if self.duration_years:
            return f"{self.duration_years} ans à compter de la dernière signature"
        return "dates à fixer"

    @property
    def title_gap(self) -> str:
        """A warning when the term does not reach the last year that the title prints; empty otherwise."""
        last = self.title_period.rpartition("-")[2]
        if not (last.isdecimal() and self.ends_on) or self.ends_on.year >= int(last):
            return ""
        return typeset(
            f"Le titre porte {self.title_period}, mais le contrat prend fin le {format_date(self.ends_on)}\u202f: "
            f"l'année {last} n'est pas atteinte."
        )

    def standing(self, today: date) -> Standing:
        """How it stands on a day: its recorded state and its dates together."""
        return standing(self.state, self.starts_on, self.ends_on, today, terminated=self.terminated)

    def days_left(self, today: date) -> int | None:
        """Days still to run, the last one included; None without an end, or before the signature."""
        return days_left(self.ends_on, today) if self.state not in UNSIGNED else None

    def page(self) -> str:
        return reverse("drafting:contract", args=[self.pk])

    def signing_page(self) -> str:
        return reverse("drafting:signature", args=[self.pk])


class ContractParty(CircleRow):
    """An organisation that signs, in which role, and in which capacity its signatory signs (never a name).

    Its correspondent and mailbox are not the legal text: they change without anybody signing again.
    """

    class Role(models.TextChoices):
        SERVICE = "service", "service de prévention et de santé au travail"
        FUND = "fund", "caisse"
        LABOUR = "labour", "direction du travail"
        ARS = "ars", "agence régionale de santé"
        ESTABLISHMENT = "establishment", "établissement"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="parties", verbose_name="contrat")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="contracts", verbose_name="organisme")
    role = models.CharField("rôle", max_length=20, choices=Role)
    capacity = models.CharField("qualité du signataire", max_length=120, blank=True)
    position = models.PositiveSmallIntegerField("rang", default=0)
    printed_name = models.CharField("désignation imprimée", max_length=250, blank=True)
    printed_short_name = models.CharField("ci-après désigné", max_length=60, blank=True)
    legal_nature = models.CharField("nature juridique", max_length=250, blank=True)
    seat = models.TextField("siège", blank=True, help_text="tel qu’imprimé")
    mission = models.TextField("mission", blank=True, help_text="ce que le texte dit qu’elle fait")
    frameworks = models.JSONField("cadres", default=list, blank=True, help_text="keys of its own frameworks")
    units = models.JSONField("unités", default=list, blank=True, help_text="as the text names them")
    signed_on = models.DateField("signé le", null=True, blank=True)
    signature_note = models.CharField("sur la signature", max_length=300, blank=True)
    signature_to_confirm = models.BooleanField("signature à confirmer", default=False)
    correspondent = models.CharField(
        "correspondant", max_length=120, blank=True, help_text="capacity, outside the text"
    )
    mailbox = models.EmailField("boîte fonctionnelle", blank=True)
    former = models.JSONField(
        "désignations antérieures", default=list, blank=True, help_text="each with « until », its last day excluded"
    )

    class Meta(CircleRow.Meta):
        verbose_name = "partie"
        ordering = ["contract", "position", "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "organisation"],
                name="drafting_party_unique",
                violation_error_message="Cet organisme est déjà partie au contrat.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} ({self.get_role_display()})"
