from __future__ import annotations

from django.db import models
from django.urls import reverse

from avenant.contracts.drafting.models import Annex, Contract, ContractParty, PromisedIndicator
from avenant.domain.contracts import Clause, ClauseKind
from avenant.domain.contracts.amending import ClauseChange, Verb
from avenant.domain.lifecycles import AMENDMENT
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.states import StatefulRow
from avenant.foundations.parties.models import CircleRow, Organisation


class Amendment(StatefulRow):
    """What the parties of a contract agree to change of it, from a day on. Without a day: from the last signature."""

    lifecycle = AMENDMENT

    class Kind(models.TextChoices):
        CONTENT = "content", "modification du contenu"
        ACTIONS = "actions", "actions nouvelles ou complémentaires"
        DURATION = "duration", "modification de la durée"
        SCOPE = "scope", "remise en cause d’une partie du champ"
        PARTY = "party", "changement d’une partie"
        TERMINATION = "termination", "résiliation"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="amendments", verbose_name="contrat")
    number = models.PositiveSmallIntegerField("numéro")
    kind = models.CharField("nature", max_length=12, choices=Kind)
    title = models.CharField("objet", max_length=250)
    conditions = models.TextField("conditions de la coopération", blank=True)
    effective_on = models.DateField("prend effet le", null=True, blank=True)
    retroactive_reason = models.TextField("pourquoi un effet antérieur à la signature", blank=True)
    new_ends_on = models.DateField("nouveau dernier jour", null=True, blank=True)
    former_ends_on = models.DateField("dernier jour antérieur", null=True, blank=True, editable=False)
    signed_on = models.DateField("dernière signature", null=True, blank=True, editable=False)

    class Meta(StatefulRow.Meta):
        verbose_name = "avenant"
        ordering = ["contract", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "number"],
                name="amendments_number_unique",
                violation_error_message="Un avenant de ce contrat porte déjà ce numéro.",
            ),
            models.CheckConstraint(
                name="amendments_dated_once_signed",
                condition=~models.Q(state__in=["signed", "applied"])
                | models.Q(signed_on__isnull=False, effective_on__isnull=False),
                violation_error_message="Un avenant signé a sa date de signature et sa date d’effet.",
            ),
        ]

    def __str__(self) -> str:
        return f"Avenant n° {self.number}\u202f: {self.title}"

    def page(self) -> str:
        return reverse("amendments:amendment", args=[self.contract_id, self.pk])

    @property
    def tone(self) -> str:
        return {"applied": "good", "to_sign": "warn", "signed": "good"}.get(self.state, "")


class AmendmentChange(CircleRow):
    """What is done to one clause. ``base`` is the fingerprint of the clause that the writer had under the eyes."""

    amendment = models.ForeignKey(Amendment, models.CASCADE, related_name="changes", verbose_name="avenant")
    verb = models.CharField("acte", max_length=8, choices=[(one.value, one.label) for one in Verb])
    clause_key = models.SlugField("clause", max_length=80)
    kind = models.CharField("nature", max_length=12, choices=[(one.value, one.label) for one in ClauseKind])
    number = models.CharField("numéro", max_length=30, blank=True)
    heading = models.TextField("intitulé", blank=True)
    body = models.TextField("texte", blank=True)
    parent_key = models.SlugField("dans", max_length=80, blank=True)
    position = models.PositiveSmallIntegerField("rang", default=0)
    base = models.CharField("empreinte lue", max_length=64, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "modification"
        ordering = ["amendment", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["amendment", "clause_key"],
                name="amendments_change_once_a_clause",
                violation_error_message="Cet avenant modifie déjà cette clause.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_verb_display()}\u202f: {self.number} {self.heading}".strip()

    @property
    def domain(self) -> ClauseChange:
        clause = Clause(
            self.clause_key, ClauseKind(self.kind), self.number, self.heading, self.body, self.parent_key, self.position
        )
        return ClauseChange(Verb(self.verb), clause)


class AmendedTarget(CircleRow):
    """New targets of a promised indicator, by year."""

    amendment = models.ForeignKey(Amendment, models.CASCADE, related_name="targets", verbose_name="avenant")
    promise = models.ForeignKey(
        PromisedIndicator, models.CASCADE, related_name="amended_targets", verbose_name="indicateur promis"
    )
    targets = models.JSONField("cibles par année", default=dict)

    class Meta(CircleRow.Meta):
        verbose_name = "cible modifiée"
        ordering = ["amendment", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["amendment", "promise"],
                name="amendments_target_once_an_indicator",
                violation_error_message="Cet avenant modifie déjà les cibles de cet indicateur.",
            )
        ]

    def __str__(self) -> str:
        return str(self.promise)


class AmendedIndicator(CircleRow):
    """An indicator that enters the contract, as its form states it, or one that is no longer asked from a year on."""

    amendment = models.ForeignKey(Amendment, models.CASCADE, related_name="indicators", verbose_name="avenant")
    promise = models.ForeignKey(
        PromisedIndicator, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="indicateur retiré"
    )
    code = models.CharField("code imprimé", max_length=40)
    label = models.CharField("libellé", max_length=500)
    added = models.JSONField("indicateur ajouté", default=dict, blank=True)
    first_year = models.PositiveSmallIntegerField("première année, ou celle à partir de laquelle il est retiré")
    last_year = models.PositiveSmallIntegerField("dernière année", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "indicateur modifié"
        ordering = ["amendment", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["amendment", "code"],
                name="amendments_indicator_once",
                violation_error_message="Cet avenant ajoute ou retire déjà cet indicateur.",
            ),
            models.CheckConstraint(
                name="amendments_indicator_years_in_order",
                condition=models.Q(last_year=None) | models.Q(last_year__gte=models.F("first_year")),
                violation_error_message="La dernière année suit la première.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"

    @property
    def is_added(self) -> bool:
        return bool(self.added)

    @property
    def said(self) -> str:
        """« Ajouté, de 2026 à 2029 » or « Retiré à partir de 2027 »."""
        if self.is_added:
            return f"Ajouté, de {self.first_year} à {self.last_year}"
        return f"Retiré à partir de {self.first_year}"


class AmendedAnnex(CircleRow):
    """An annex that is joined, replaced by another file, or that leaves the contract."""

    class Act(models.TextChoices):
        ADD = "add", "joindre une annexe"
        REPLACE = "replace", "remplacer le fichier"
        REMOVE = "remove", "retirer l’annexe"

    amendment = models.ForeignKey(Amendment, models.CASCADE, related_name="annexes", verbose_name="avenant")
    act = models.CharField("acte", max_length=8, choices=Act)
    annex = models.ForeignKey(Annex, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="annexe")
    key = models.SlugField("clé", max_length=80)
    number = models.CharField("numéro", max_length=20, blank=True)
    title = models.CharField("titre", max_length=300)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="document"
    )

    class Meta(CircleRow.Meta):
        verbose_name = "annexe modifiée"
        ordering = ["amendment", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["amendment", "key"],
                name="amendments_annex_once",
                violation_error_message="Cet avenant modifie déjà cette annexe.",
            ),
            models.CheckConstraint(
                name="amendments_annex_has_its_file",
                condition=models.Q(act="remove", document=None)
                | (models.Q(act__in=["add", "replace"]) & models.Q(document__isnull=False)),
                violation_error_message="Une annexe jointe ou remplacée a son fichier.",
            ),
        ]

    def __str__(self) -> str:
        return f"Annexe {self.number}\u202f: {self.title}" if self.number else self.title


class PartyChange(CircleRow):
    """An organisation takes the place of a party that merges, is taken over, or leaves. It signs in its stead."""

    amendment = models.ForeignKey(Amendment, models.CASCADE, related_name="party_changes", verbose_name="avenant")
    party = models.ForeignKey(ContractParty, models.CASCADE, related_name="changes", verbose_name="partie")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="remplacée par")
    capacity = models.CharField("qualité du signataire", max_length=120, blank=True)
    reason = models.CharField("motif", max_length=250)

    class Meta(CircleRow.Meta):
        verbose_name = "changement de partie"
        ordering = ["amendment", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["amendment", "party"],
                name="amendments_party_changed_once",
                violation_error_message="Cet avenant remplace déjà cette partie.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.party.organisation.short_name} → {self.organisation.short_name}"


class Difficulty(CircleRow):
    """A difficulty of execution, to be settled amicably first: who raised it, when, what was tried, how it ended."""

    class Outcome(models.TextChoices):
        OPEN = "open", "en cours"
        SOLVED = "solved", "réglée à l’amiable"
        PERSISTENT = "persistent", "désaccord persistant"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="difficulties", verbose_name="contrat")
    raised_by = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="soulevée par")
    raised_on = models.DateField("soulevée le")
    subject = models.TextField("objet")
    outcome = models.CharField("issue", max_length=12, choices=Outcome, default=Outcome.OPEN)
    closed_on = models.DateField("close le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "difficulté"
        ordering = ["contract", "raised_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="amendments_difficulty_closed_after",
                condition=models.Q(outcome="open", closed_on=None)
                | (
                    ~models.Q(outcome="open")
                    & models.Q(closed_on__isnull=False)
                    & models.Q(closed_on__gte=models.F("raised_on"))
                ),
                violation_error_message="Une difficulté close a sa date, après celle où elle est née.",
            )
        ]

    def __str__(self) -> str:
        return self.subject


class AmicableStep(CircleRow):
    """One thing that the parties tried."""

    difficulty = models.ForeignKey(Difficulty, models.CASCADE, related_name="steps", verbose_name="difficulté")
    taken_on = models.DateField("faite le")
    text = models.TextField("démarche")

    class Meta(CircleRow.Meta):
        verbose_name = "démarche amiable"
        ordering = ["difficulty", "taken_on", "pk"]

    def __str__(self) -> str:
        return self.text


class CourtRuling(CircleRow):
    """A dispute that went before the competent court: where, under which reference, what it decided (S3-7-11)."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="rulings", verbose_name="contrat")
    difficulty = models.ForeignKey(
        Difficulty, models.PROTECT, null=True, blank=True, related_name="rulings", verbose_name="difficulté"
    )
    court = models.CharField("juridiction", max_length=200)
    reference = models.CharField("référence", max_length=80)
    ruled_on = models.DateField("décision du")
    decision = models.TextField("décision")

    class Meta(CircleRow.Meta):
        verbose_name = "décision de justice"
        ordering = ["contract", "ruled_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "court", "reference"],
                name="amendments_ruling_once",
                violation_error_message="Cette décision de justice est déjà au dossier.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.court}, {self.reference}"


class Denunciation(CircleRow):
    """A party puts an end to the contract by registered letters to all the others; effective once all have theirs."""

    contract = models.OneToOneField(Contract, models.CASCADE, related_name="denunciation", verbose_name="contrat")
    author = models.ForeignKey(ContractParty, models.CASCADE, related_name="+", verbose_name="auteur")
    grounds = models.TextField("motifs")
    override_reason = models.TextField("pourquoi aucune démarche amiable", blank=True)
    effective_on = models.DateField("prend effet le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "dénonciation"

    def __str__(self) -> str:
        return f"Dénonciation par {self.author.organisation.short_name}"


class RegisteredLetter(CircleRow):
    """A registered letter with acknowledgement of receipt (LRAR) to one of the other parties."""

    denunciation = models.ForeignKey(Denunciation, models.CASCADE, related_name="letters", verbose_name="dénonciation")
    party = models.ForeignKey(ContractParty, models.CASCADE, related_name="+", verbose_name="destinataire")
    number = models.CharField("numéro de recommandé", max_length=30, blank=True)
    sent_on = models.DateField("envoyée le", null=True, blank=True)
    received_on = models.DateField("reçue le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "lettre recommandée"
        ordering = ["denunciation", "party__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["denunciation", "party"],
                name="amendments_letter_once_a_party",
                violation_error_message="Cette partie a déjà sa lettre.",
            ),
            models.CheckConstraint(
                name="amendments_letter_received_after_sent",
                condition=models.Q(received_on=None)
                | (~models.Q(number="") & models.Q(received_on__gte=models.F("sent_on"))),
                violation_error_message="Une lettre reçue a son numéro, et arrive après son envoi.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party.organisation.short_name}\u202f: {self.number or 'sans numéro'}"
