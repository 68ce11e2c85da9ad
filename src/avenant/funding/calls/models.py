from __future__ import annotations

import uuid
from functools import lru_cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from avenant.domain.lifecycles import CALL
from avenant.domain.rules.rulebook import Rulebook, rulebook_from_json
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleRow, Organisation, Territory, Unit


@lru_cache(maxsize=64)
def _kept(digest: str, holder: Any) -> Rulebook:
    return rulebook_from_json(holder.content)


class _Held:
    """Content that hashes by its digest, so that a rulebook is parsed once a process."""

    def __init__(self, digest: str, content: dict[str, Any]) -> None:
        self.digest, self.content = digest, content

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.digest == self.digest


def kept_rulebook(digest: str, content: dict[str, Any]) -> Rulebook:
    """The rulebook of frozen content, parsed once for each digest."""
    return _kept(digest, _Held(digest, content))


class Source(models.TextChoices):
    """Where the money of a call comes from (convention, article 2, 1)."""

    FIR = "fir", "Fonds d’intervention régional (FIR)"
    STPE = "stpe", "Subvention prévention Très Petites Entreprises (STPE)"
    CONTRACT = "contrat_prevention", "contrat de prévention"


class Opinion(models.TextChoices):
    """The kinds of institutions whose opinion a call asks for."""

    ARS = "ars", "agence régionale de santé"
    FUND = "fund", "caisse de sécurité sociale (CGSS, Carsat)"
    LABOUR = "labour", "direction du travail (DREETS, DEETS)"


def _codes(label: str, choices: type[models.TextChoices], **options: Any) -> ArrayField[list[str], list[str]]:
    return ArrayField(models.CharField(max_length=24, choices=choices), verbose_name=label, blank=True, **options)


def named(title: str, year: int) -> str:
    """« CLACT, 2023 »: a title and its year, once when the title says it."""
    return title if str(year) in title else f"{title}, {year}"


class CallOptions(models.Model):
    """What each call chooses: its sources, whose opinions it asks for, how it is handed in.

    ``opinions`` empty, every partner of the call gives its own. ``certified``: a second person of the establishment
    certifies the dossier before its deposit. ``form_upload``: the model may be filled in and joined as the form.
    """

    sources = _codes("sources de financement ouvertes", Source, default=list)
    opinions = _codes("avis demandés", Opinion, default=list)
    certified = models.BooleanField("dépôt certifié par une seconde personne", default=False)
    form_upload = models.BooleanField("modèle rempli accepté comme dossier de candidature", default=False)

    class Meta:
        abstract = True

    @property
    def source_labels(self) -> list[str]:
        """The sources in words."""
        return [str(Source(one).label) for one in self.sources]

    @property
    def opinion_labels(self) -> list[str]:
        """The institutions whose opinion is asked for, in words."""
        return [str(Opinion(one).label) for one in self.opinions]


def reference_is_complete(reference: str) -> bool:
    """A reference that is empty, or ends on its dash, waits for its number."""
    return bool(reference) and not reference.rstrip().endswith(("-", "n°", "N°"))


class Call(CallOptions, StatefulRow):
    """The working file of a call, in the circle of the authority and the partners it prepares it with.

    What everybody reads once it is published is :class:`PublishedCall`.
    """

    lifecycle = CALL

    key = models.SlugField("clé", max_length=60, unique=True)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="porté par")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="direction")
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name="territoire")
    year = models.PositiveSmallIntegerField("année")
    title = models.CharField("intitulé", max_length=250)
    reference = models.CharField("référence", max_length=80, blank=True)
    rulebook = models.CharField("règlement", max_length=60)
    parameters = models.JSONField("paramètres modifiés", default=dict, blank=True)
    opens_on = models.DateField("ouvert à partir du")
    mailbox = models.EmailField("adresse unique")
    concerted = models.BooleanField("critères soumis à concertation", default=False)
    content = models.JSONField("textes, calendrier, documents", default=dict)
    fictional = models.BooleanField("fictif", default=False)
    taken_over = models.BooleanField("texte déjà publié, repris tel quel", default=False)

    class Meta(StatefulRow.Meta):
        verbose_name = "appel à projets"
        ordering = ["-year", "title"]

    def __str__(self) -> str:
        return named(self.title, self.year)

    def page(self) -> str:
        return reverse("calls:preparation", args=[self.pk])

    @property
    def reference_is_complete(self) -> bool:
        """Is nothing of the reference left to complete."""
        return reference_is_complete(self.reference)


class CallPartner(CircleRow):
    """An institution that prepares the call with the authority, and gives its opinion on the dossiers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(Call, models.CASCADE, related_name="partners", verbose_name="appel")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="unité")

    class Meta(CircleRow.Meta):
        verbose_name = "partenaire de l’appel"
        constraints = [
            models.UniqueConstraint(
                fields=["call", "organisation"],
                name="calls_partner_once",
                violation_error_message="Cet organisme est déjà partenaire de l’appel.",
            )
        ]

    def __str__(self) -> str:
        return self.organisation.short_name


class Consultation(CircleRow):
    """The opinion of a partner, or of the committee, on the criteria of a call being prepared."""

    class Kind(models.TextChoices):
        PARTNER = "partner", "partenaire"
        COMMITTEE = "committee", "comité régional de sélection et de suivi"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(Call, models.CASCADE, related_name="consultations", verbose_name="appel")
    kind = models.CharField("nature", max_length=12, choices=Kind)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="organisme"
    )
    on = models.DateField("consulté le")
    agrees = models.BooleanField("d’accord")
    comment = models.TextField("commentaire", blank=True)
    recorded_at = models.DateTimeField("enregistré le")

    class Meta(CircleRow.Meta):
        verbose_name = "consultation sur les critères"
        ordering = ["on", "recorded_at"]
        constraints = [
            models.CheckConstraint(
                name="calls_consultation_names_its_partner",
                condition=Q(kind="committee", organisation=None) | Q(kind="partner", organisation__isnull=False),
                violation_error_message="La consultation d’un partenaire nomme l’organisme ; celle du comité, aucun.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.on}"


class PublishedCall(CallOptions):
    """What everybody reads of a call, from its publication. No circle: nothing here is confidential.

    ``closes_at`` is excluded (half-open, in the call's zone); none for a call that stays open. The rulebook is frozen:
    the same digest, the same answers.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # A row of the partners' circle: the integrity is the database's, a reader never follows it.
    call = models.OneToOneField(Call, models.PROTECT, related_name="published", verbose_name="dossier de l’appel")
    key = models.SlugField("clé", max_length=60, unique=True)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="porté par")
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name="territoire")
    zone = models.CharField("fuseau", max_length=40)
    year = models.PositiveSmallIntegerField("année")
    title = models.CharField("intitulé", max_length=250)
    reference = models.CharField("référence", max_length=80, blank=True)
    mailbox = models.EmailField("adresse unique")
    opens_at = models.DateTimeField("ouvert à partir de")
    closes_at = models.DateTimeField("dépôt avant", null=True, blank=True)
    rulebook = models.CharField("règlement", max_length=60)
    rules = models.JSONField("règlement figé")
    digest = models.CharField("empreinte du règlement", max_length=64)
    content = models.JSONField("textes, calendrier, documents", default=dict)
    version = models.PositiveSmallIntegerField("version", default=1)
    published_at = models.DateTimeField("publié le")
    partners = models.ManyToManyField(Organisation, related_name="+", verbose_name="institutions qui donnent un avis")
    numbered = models.PositiveIntegerField("dernier numéro donné", default=0)
    fictional = models.BooleanField("fictif", default=False)

    class Meta:
        verbose_name = "appel publié"
        ordering = ["-opens_at", "key"]
        constraints = [
            models.CheckConstraint(
                name="calls_published_closes_after_opening",
                condition=Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
                violation_error_message="Le dépôt se clôt après son ouverture.",
            )
        ]

    def __str__(self) -> str:
        return named(self.title, self.year)

    def page(self) -> str:
        return reverse("calls:call", args=[self.key])

    @property
    def reference_is_complete(self) -> bool:
        """Is nothing of the reference left to complete."""
        return reference_is_complete(self.reference)

    def book(self) -> Rulebook:
        """The frozen rulebook."""
        return kept_rulebook(self.digest, self.rules)


class CallVersion(models.Model):
    """A published state of a call, append-only: what was in force from when, why it changed, its SHA-256."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(PublishedCall, models.PROTECT, related_name="versions", verbose_name="appel")
    number = models.PositiveSmallIntegerField("version")
    at = models.DateTimeField("en vigueur depuis")
    reason = models.TextField("motif", blank=True)
    content = models.JSONField("contenu")
    sha256 = models.CharField("empreinte", max_length=64)

    class Meta:
        verbose_name = "version d’un appel"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "number"],
                name="calls_version_unique",
                violation_error_message="Cette version de l’appel existe déjà.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.call_id}, version {self.number}"

    def page(self) -> str:
        return reverse("calls:version", args=[self.call.key, self.number])


class CallQuestion(CircleRow):
    """A question on a call, in the circle of who asks and of the authority. It may be answered to all, without a name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(PublishedCall, models.PROTECT, related_name="questions", verbose_name="appel")
    asker = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="posée par")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="personne")
    text = models.TextField("question")
    asked_at = models.DateTimeField("posée le")
    answer = models.TextField("réponse", blank=True)
    answered_at = models.DateTimeField("répondue le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "question sur un appel"
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                name="calls_question_answer_has_its_date",
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
                violation_error_message="Une réponse a sa date, et une date sa réponse.",
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]


class PublishedAnswer(models.Model):
    """A question and its answer as everybody reads them: nobody is named."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(PublishedCall, models.CASCADE, related_name="answers", verbose_name="appel")
    question = models.TextField("question")
    answer = models.TextField("réponse")
    at = models.DateTimeField("publiée le")

    class Meta:
        verbose_name = "réponse publiée"
        ordering = ["at"]

    def __str__(self) -> str:
        return self.question[:80]


class CallFile(models.Model):
    """An official model of a published call, put up by the authority: everybody downloads it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(PublishedCall, models.CASCADE, related_name="files", verbose_name="appel")
    label = models.CharField("document", max_length=200)
    name = models.CharField("fichier", max_length=200)
    media_type = models.CharField("type", max_length=100)
    size = models.PositiveIntegerField("taille")
    sha256 = models.CharField("empreinte", max_length=64)
    at = models.DateTimeField("mis en ligne le")

    class Meta:
        verbose_name = "modèle d’un appel"
        ordering = ["label"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "label"],
                name="calls_file_once",
                violation_error_message="Ce document de l’appel a déjà son modèle.",
            )
        ]

    def __str__(self) -> str:
        return self.label


class Incident(CircleRow):
    """An outage of the platform while a deposit was open, put on record: an extension is decided on it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(Call, models.CASCADE, related_name="incidents", verbose_name="appel")
    started_at = models.DateTimeField("commencé le")
    ended_at = models.DateTimeField("fini le")
    what = models.TextField("ce qui s’est passé")
    recorded_at = models.DateTimeField("constaté le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "incident de la plateforme"
        ordering = ["started_at"]
        constraints = [
            models.CheckConstraint(
                name="calls_incident_ends_after_start",
                condition=Q(ended_at__gt=F("started_at")),
                violation_error_message="Un incident finit après son début.",
            )
        ]

    def __str__(self) -> str:
        return self.what[:80]


class Consultant(models.Model):
    """A consultant in psychosocial risks, in the directory that a fund keeps for a territory. Public facts, no circle."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    keeper = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="annuaire tenu par")
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name="territoire")
    name = models.CharField("consultant", max_length=200)
    speciality = models.CharField("spécialité", max_length=200)
    contact = models.CharField("contact", max_length=200)
    listed_since = models.DateField("inscrit depuis le")
    valid_to = models.DateField("valable jusqu’au", null=True, blank=True)
    fictional = models.BooleanField("fictif", default=False)

    class Meta:
        verbose_name = "consultant RPS"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["keeper", "name"],
                name="calls_consultant_once",
                violation_error_message="Ce consultant est déjà dans l’annuaire.",
            ),
            models.CheckConstraint(
                name="calls_consultant_valid_after_listing",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("listed_since")),
                violation_error_message="Une inscription finit après son début.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
