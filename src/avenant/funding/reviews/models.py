from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from avenant.domain.funding import grid, opinions
from avenant.domain.lifecycles import INSTRUCTION, SUPPLEMENT
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleRow, Establishment, Organisation, PrivateRow, ShareableRow
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier


class Instruction(StatefulRow):
    """The examination of one complete dossier. Its circle is the authority and the institutions that give an opinion:
    the establishment is never in it.

    ``eligible``, ``grant``, ``grant_requested`` repeat what the rules compute with what the authority found (a line
    already funded, a category confirmed), so that lists and the ranking read them.
    """

    lifecycle = INSTRUCTION

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="instruction", verbose_name="dossier")
    call = models.ForeignKey(PublishedCall, models.PROTECT, related_name="instructions", verbose_name="appel")
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="autorité")
    examiner = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="instructeur"
    )
    labels = ArrayField(models.CharField(max_length=40), verbose_name="étiquettes", default=list, blank=True)
    in_scope = models.BooleanField("dans le périmètre de l’appel", default=True)
    scope_reason = models.CharField("motif du périmètre", max_length=300, blank=True)
    opinions_due_at = models.DateTimeField("avis attendus avant", null=True, blank=True)
    opinions_opened_at = models.DateTimeField("avis ouverts le", null=True, blank=True)
    eligible = models.DecimalField("coût éligible", max_digits=14, decimal_places=2, null=True, blank=True)
    grant = models.DecimalField("aide calculée", max_digits=14, decimal_places=2, null=True, blank=True)
    grant_requested = models.DecimalField("aide demandée", max_digits=14, decimal_places=2, null=True, blank=True)
    conclusion = models.TextField("conclusion de l’instructeur", blank=True)

    class Meta(StatefulRow.Meta):
        verbose_name = "instruction"
        ordering = ["id"]
        indexes = [models.Index(fields=["call", "state"], name="reviews_by_call")]

    def __str__(self) -> str:
        return f"Instruction · {self.dossier}"

    def page(self) -> str:
        return reverse("reviews:instruction", args=[self.dossier_id])


class ReviewRow(CircleRow):
    """A row of an instruction, in its circle."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta(CircleRow.Meta):
        abstract = True


class Examination(ReviewRow):
    """What a departmental delegation or a business directorate of the authority says of a dossier (§5.2)."""

    class Kind(models.TextChoices):
        DELEGATION = "delegation", "délégation départementale"
        DIRECTORATE = "directorate", "direction métier"

    class Verdict(models.TextChoices):
        FAVOURABLE = "favourable", "favorable"
        RESERVED = "reserved", "réservé"
        UNFAVOURABLE = "unfavourable", "défavorable"

    instruction = models.ForeignKey(
        Instruction, models.CASCADE, related_name="examinations", verbose_name="instruction"
    )
    kind = models.CharField("examen par", max_length=12, choices=Kind)
    name = models.CharField("délégation ou direction", max_length=120)
    person = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="par"
    )
    due_at = models.DateTimeField("attendu avant")
    verdict = models.CharField("avis", max_length=12, choices=Verdict, blank=True)
    text = models.TextField("examen", blank=True)
    given_at = models.DateTimeField("rendu le", null=True, blank=True)

    class Meta(ReviewRow.Meta):
        verbose_name = "examen d’un service de l’autorité"
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["instruction", "kind", "name"],
                name="reviews_examination_once",
                violation_error_message="Cet examen est déjà demandé.",
            ),
            models.CheckConstraint(
                name="reviews_examination_given_has_verdict",
                condition=Q(given_at=None, verdict="") | (Q(given_at__isnull=False) & ~Q(verdict="")),
                violation_error_message="Un examen rendu a son avis et sa date.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.name}"


class OpinionAsked(ReviewRow):
    """An institution whose technical opinion is awaited. All read that it is given; its content waits for the others."""

    instruction = models.ForeignKey(Instruction, models.CASCADE, related_name="asked", verbose_name="instruction")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="institution")
    given_at = models.DateTimeField("rendu le", null=True, blank=True)

    class Meta(ReviewRow.Meta):
        verbose_name = "avis attendu"
        ordering = ["organisation__kind", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["instruction", "organisation"],
                name="reviews_opinion_asked_once",
                violation_error_message="L’avis de cette institution est déjà attendu.",
            )
        ]

    def __str__(self) -> str:
        return f"Avis attendu · {self.organisation.short_name}"


class Opinion(ShareableRow):
    """The technical opinion of an institution: its own until the last one is in, or the round is closed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asked = models.OneToOneField(OpinionAsked, models.CASCADE, related_name="opinion", verbose_name="avis attendu")
    points = models.JSONField("réponses", default=dict, help_text='{"layout": ["favourable", "commentaire"]}')
    comment = models.TextField("observation d’ensemble", blank=True)
    saved_at = models.DateTimeField("enregistré le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(ShareableRow.Meta):
        verbose_name = "avis technique"

    def __str__(self) -> str:
        return f"{self.asked_id}"


class CollegialOpinion(ReviewRow):
    """The one opinion of the concertation committee, with the representatives present."""

    instruction = models.OneToOneField(
        Instruction, models.CASCADE, related_name="collegial", verbose_name="instruction"
    )
    value = models.CharField("avis", max_length=12, choices=[(one.value, one.label) for one in opinions.Collegial])
    comment = models.TextField("réserve ou motif", blank=True)
    held_on = models.DateField("comité du")
    present = models.JSONField("représentants présents", default=dict, help_text='{"<organisation>": "capacité"}')
    recorded_at = models.DateTimeField("enregistré le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(ReviewRow.Meta):
        verbose_name = "avis collégial"
        constraints = [
            models.CheckConstraint(
                name="reviews_collegial_says_why",
                condition=Q(value="favourable") | ~Q(comment=""),
                violation_error_message="Une réserve, un refus ou un ajournement a son motif.",
            )
        ]

    def __str__(self) -> str:
        return self.get_value_display()


class Mark(ReviewRow):
    """What the examiner says of one criterion of the grid."""

    instruction = models.ForeignKey(Instruction, models.CASCADE, related_name="marks", verbose_name="instruction")
    criterion = models.CharField(
        "critère", max_length=20, choices=[(one.code, one.label) for one in grid.CRITERIA.values()]
    )
    value = models.CharField("appréciation", max_length=10, choices=[(one.value, one.label) for one in grid.Value])
    reason = models.CharField("motif", max_length=500, blank=True)
    at = models.DateTimeField("le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(ReviewRow.Meta):
        verbose_name = "appréciation d’un critère"
        constraints = [
            models.UniqueConstraint(
                fields=["instruction", "criterion"],
                name="reviews_mark_once",
                violation_error_message="Ce critère est déjà apprécié.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_criterion_display()} : {self.get_value_display()}"


class Interest(ReviewRow):
    """A person's conflict of interest in a dossier: its opinions, its grid and its ranking are closed to them.

    Lifted by somebody else, with the reason, it stays written.
    """

    instruction = models.ForeignKey(Instruction, models.CASCADE, related_name="interests", verbose_name="instruction")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="personne")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")
    reason = models.CharField("lien déclaré", max_length=300)
    at = models.DateTimeField("déclaré le")
    lifted_at = models.DateTimeField("levé le", null=True, blank=True)
    lifted_reason = models.CharField("motif de la levée", max_length=300, blank=True)
    lifted_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="levé par"
    )

    class Meta(ReviewRow.Meta):
        verbose_name = "lien d’intérêt déclaré"
        constraints = [
            models.UniqueConstraint(
                fields=["instruction", "person"],
                condition=Q(lifted_at=None),
                name="reviews_interest_once",
                violation_error_message="Ce lien d’intérêt est déjà déclaré.",
            ),
            models.CheckConstraint(
                name="reviews_interest_lifted_says_why",
                condition=Q(lifted_at=None, lifted_by=None, lifted_reason="")
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lifted_reason="")),
                violation_error_message="Un lien d’intérêt levé dit par qui et pourquoi.",
            ),
            models.CheckConstraint(
                name="reviews_interest_lifted_by_another",
                condition=Q(lifted_by=None) | ~Q(lifted_by=models.F("person")),
                violation_error_message="Un lien d’intérêt est levé par une autre personne que celle qui l’a déclaré.",
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class Note(PrivateRow):
    """A note that an institution keeps for itself on a dossier."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    instruction = models.ForeignKey(Instruction, models.CASCADE, related_name="notes", verbose_name="instruction")
    text = models.TextField("note")
    at = models.DateTimeField("le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(PrivateRow.Meta):
        verbose_name = "note interne"
        ordering = ["-at"]

    def __str__(self) -> str:
        return self.text[:80]


class Thread(ShareableRow):
    """An exchange about a dossier, with its audience: my institution (private), the institutions (the instruction's
    circle), or the establishment too (the dossier's circle)."""

    class Audience(models.TextChoices):
        OWN = "own", "mon institution"
        INSTITUTIONS = "institutions", "les institutions"
        APPLICANT = "applicant", "l’établissement et les institutions"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="threads", verbose_name="dossier")
    audience = models.CharField("lu par", max_length=12, choices=Audience)
    title = models.CharField("objet", max_length=200)
    opened_at = models.DateTimeField("ouvert le")
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="ouvert par")

    class Meta(ShareableRow.Meta):
        verbose_name = "échange"
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return self.title

    def page(self) -> str:
        return f"{reverse('reviews:exchanges', args=[self.dossier_id])}#{self.pk}"


class Post(ShareableRow):
    """A message of an exchange, with its audience; never rewritten."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="posts", verbose_name="échange")
    text = models.TextField("message")
    at = models.DateTimeField("le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")

    class Meta(ShareableRow.Meta):
        verbose_name = "message d’un échange"
        ordering = ["at"]

    def __str__(self) -> str:
        return self.text[:80]


class DoubleVerdict(ReviewRow):
    """What the authority says of an expense that may be funded twice: it is, and the line is excluded; or it is not."""

    instruction = models.ForeignKey(Instruction, models.CASCADE, related_name="doubles", verbose_name="instruction")
    line = models.UUIDField("dépense du dossier")
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
                name="reviews_double_once",
                violation_error_message="Ce rapprochement est déjà tranché.",
            ),
            models.CheckConstraint(
                name="reviews_double_says_why",
                condition=~Q(reason=""),
                violation_error_message="Un rapprochement tranché a son motif.",
            ),
        ]

    def __str__(self) -> str:
        return self.other_label


class Scheme(CircleRow):
    """An aid of the catalogue that the funders of a region keep together: when it is open, what it excludes.

    Conditions that nobody gave stay blank: the scheme is « conditions à compléter », no figure is invented.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.SlugField("code", max_length=60)
    label = models.CharField("dispositif", max_length=200)
    funder = models.CharField("financeur", max_length=120)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="tenu par")
    starts_on = models.DateField("ouvert depuis le", null=True, blank=True)
    ends_on = models.DateField("ouvert jusqu’au", null=True, blank=True)
    excludes = ArrayField(models.CharField(max_length=60), verbose_name="non cumulable avec", default=list, blank=True)
    rate = models.DecimalField("taux (%)", max_digits=5, decimal_places=2, null=True, blank=True)
    cap = models.DecimalField("plafond", max_digits=14, decimal_places=2, null=True, blank=True)
    beneficiaries = models.CharField("bénéficiaires", max_length=300, blank=True)
    article = models.CharField("fondement", max_length=200, blank=True)
    saved_at = models.DateTimeField("enregistré le")

    class Meta(CircleRow.Meta):
        verbose_name = "dispositif d’aide"
        ordering = ["label"]
        constraints = [
            models.UniqueConstraint(
                fields=["circle", "code"],
                name="reviews_scheme_once",
                violation_error_message="Ce dispositif est déjà au catalogue.",
            ),
            models.CheckConstraint(
                name="reviews_scheme_ends_after_start",
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=models.F("starts_on")),
                violation_error_message="Un dispositif ferme après son ouverture.",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def lacks(self) -> list[str]:
        """The conditions that nobody gave yet."""
        told = {"taux": self.rate, "plafond": self.cap, "bénéficiaires": self.beneficiaries}
        return [label for label, value in told.items() if value in (None, "")]


class PartnerAid(CircleRow):
    """An aid that a funder of the region gave to an establishment, expense by expense, told to the other funders."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="aids", verbose_name="dispositif")
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

    class Meta(CircleRow.Meta):
        verbose_name = "aide d’un financeur"
        ordering = ["-on"]
        constraints = [
            models.CheckConstraint(
                name="reviews_aid_positive",
                condition=Q(amount__gt=0),
                violation_error_message="Une aide est un montant positif.",
            )
        ]
        indexes = [models.Index(fields=["establishment"], name="reviews_aids_of_place")]

    def __str__(self) -> str:
        return f"{self.scheme} · {self.label}"


class Supplement(StatefulRow):
    """What the authority asks of an establishment on a complete dossier, field by field. In the dossier's circle."""

    lifecycle = SUPPLEMENT

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="supplements", verbose_name="dossier")
    number = models.PositiveSmallIntegerField("numéro")
    message = models.TextField("demande")
    asked_at = models.DateTimeField("demandé le")
    due_at = models.DateTimeField("attendu avant")
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="demandé par")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")
    answer = models.TextField("réponse", blank=True)
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)

    class Meta(StatefulRow.Meta):
        verbose_name = "demande de compléments"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "number"],
                name="reviews_supplement_number",
                violation_error_message="Cette demande existe déjà.",
            )
        ]

    def __str__(self) -> str:
        return f"Compléments n° {self.number}"

    def page(self) -> str:
        return reverse("reviews:supplement", args=[self.pk])


class AskedField(ReviewRow):
    """One thing asked: a field of the dossier, a piece, or a question. It alone may be changed."""

    supplement = models.ForeignKey(Supplement, models.CASCADE, related_name="fields", verbose_name="demande")
    position = models.PositiveSmallIntegerField("rang")
    target = models.CharField("ce qui est demandé", max_length=120)
    label = models.CharField("intitulé", max_length=250)
    why = models.CharField("précision", max_length=500, blank=True)
    before = models.JSONField("valeur au moment de la demande", null=True, blank=True)
    value = models.JSONField("réponse", null=True, blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(ReviewRow.Meta):
        verbose_name = "champ demandé"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["supplement", "target"],
                name="reviews_asked_field_once",
                violation_error_message="Ce champ est déjà demandé.",
            )
        ]

    def __str__(self) -> str:
        return self.label
