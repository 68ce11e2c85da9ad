from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from avenant.foundations.parties.models import CircleRow, Establishment, Organisation, Unit


class ContactList(CircleRow):
    """Whom one party of a file appoints. Every party of the circle reads it; only its organisation keeps it.

    ``single``: the text asks for one correspondent and no more at a time (CPOM Guadeloupe, III, organisationnel).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="unité")
    single = models.BooleanField("correspondant unique", default=False)
    opened_on = models.DateField("ouverte le")
    reviewed_on = models.DateField("revue le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "liste de contacts"
        ordering = ["organisation__short_name", "unit__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["circle", "organisation", "unit"],
                name="contacts_list_unique",
                nulls_distinct=False,
                violation_error_message="Cet organisme a déjà sa liste de contacts dans ce dossier.",
            ),
            models.CheckConstraint(
                name="contacts_list_reviewed_once_opened",
                condition=Q(reviewed_on=None) | Q(reviewed_on__gte=F("opened_on")),
                violation_error_message="Une liste est revue après son ouverture.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation.short_name}, {self.unit.name}" if self.unit else self.organisation.short_name

    def page(self) -> str:
        return reverse("contacts:file", args=[self.circle_id])


class ListReview(CircleRow):
    """The list was gone through in committee, on a day, by somebody."""

    list = models.ForeignKey(ContactList, models.CASCADE, related_name="reviews", verbose_name="liste")
    on = models.DateField("revue le")
    committee = models.CharField("comité", max_length=160)
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")
    at = models.DateTimeField("enregistrée le")

    class Meta(CircleRow.Meta):
        verbose_name = "revue de la liste"
        ordering = ["-on"]
        constraints = [
            models.UniqueConstraint(
                fields=["list", "on"],
                name="contacts_review_once_a_day",
                violation_error_message="La revue de ce jour est déjà enregistrée.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.committee}, {self.on:%d/%m/%Y}"


class Contact(CircleRow):
    """Whom to call for a party, from one day to another (half-open): a function, and how it is reached at work.

    A real institution's agent is named by function and functional mailbox; a name is written by their own institution.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    list = models.ForeignKey(ContactList, models.CASCADE, related_name="contacts", verbose_name="liste")
    function = models.CharField("fonction", max_length=120)
    name = models.CharField("nom de l’agent", max_length=120, blank=True)
    mailbox = models.EmailField("courriel professionnel", blank=True)
    phone = models.CharField("téléphone professionnel", max_length=30, blank=True)
    starts_on = models.DateField("depuis le")
    ends_on = models.DateField("jusqu’au (exclu)", null=True, blank=True)
    correspondent = models.BooleanField("correspondant unique", default=False)
    fictional = models.BooleanField("fictif", default=False)
    source = models.CharField("source", max_length=300, blank=True)
    folded = models.CharField("clé de recherche", max_length=300, editable=False)
    establishments: models.ManyToManyField[Establishment, Following] = models.ManyToManyField(
        Establishment, through="Following", related_name="+", verbose_name="établissements suivis"
    )

    class Meta(CircleRow.Meta):
        verbose_name = "contact"
        ordering = ["list", "-correspondent", "function", "id"]
        constraints = [
            models.CheckConstraint(
                name="contacts_contact_ends_after_start",
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")),
                violation_error_message="La fin d’un contact suit son début.",
            ),
            models.CheckConstraint(
                name="contacts_contact_can_be_reached",
                condition=~Q(mailbox="", phone=""),
                violation_error_message="Un contact a un courriel ou un téléphone professionnel.",
            ),
            models.UniqueConstraint(
                fields=["list"],
                condition=Q(correspondent=True, ends_on=None),
                name="contacts_contact_one_correspondent",
                violation_error_message="Cette liste a déjà son correspondant unique.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.function}" if self.name else self.function

    def page(self) -> str:
        return reverse("contacts:file", args=[self.circle_id])


class Following(CircleRow):
    """A contact follows an establishment."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="followings", verbose_name="contact")
    establishment = models.ForeignKey(Establishment, models.PROTECT, related_name="+", verbose_name="établissement")

    class Meta(CircleRow.Meta):
        verbose_name = "établissement suivi"
        ordering = ["establishment__folded"]
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "establishment"],
                name="contacts_following_unique",
                violation_error_message="Ce contact suit déjà cet établissement.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact} · {self.establishment}"


class DirectExchange(CircleRow):
    """Two listed agents were in touch about an establishment that both follow: its day and its institutions.

    The parties of the file read this line; what was said is another row (:class:`ExchangeContent`), for fewer readers.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    giver = models.ForeignKey(Contact, models.PROTECT, related_name="+", verbose_name="de")
    receiver = models.ForeignKey(Contact, models.PROTECT, related_name="+", verbose_name="à")
    establishment = models.ForeignKey(Establishment, models.PROTECT, related_name="+", verbose_name="établissement")
    on = models.DateField("date")
    at = models.DateTimeField("noté le")
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="par")

    class Meta(CircleRow.Meta):
        verbose_name = "échange direct"
        ordering = ["-on", "-at"]
        constraints = [
            models.CheckConstraint(
                name="contacts_exchange_between_two",
                condition=~Q(giver=F("receiver")),
                violation_error_message="Un échange a lieu entre deux agents.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.giver.list} et {self.receiver.list}, {self.on:%d/%m/%Y}"


class ExchangeContent(CircleRow):
    """What a direct exchange was about: read by the agents who follow its establishment, by nobody else."""

    exchange = models.OneToOneField(DirectExchange, models.CASCADE, related_name="content", verbose_name="échange")
    subject = models.CharField("objet", max_length=250)
    text = models.TextField("ce qui a été dit", blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "objet d’un échange direct"

    def __str__(self) -> str:
        return self.subject


class Partner(CircleRow):
    """A body outside the file that a party is the preferred contact of: Cap emploi, Agefiph…, and whom it calls."""

    class Domain(models.TextChoices):
        PDP = "pdp", "prévention de la désinsertion professionnelle"
        OTHER = "other", "autre"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("partenaire", max_length=160)
    domain = models.CharField("domaine", max_length=10, choices=Domain, default=Domain.PDP)
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="partners", verbose_name="interlocuteur")

    class Meta(CircleRow.Meta):
        verbose_name = "partenaire"
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "name", "domain"],
                name="contacts_partner_once",
                violation_error_message="Cet interlocuteur a déjà ce partenaire.",
            )
        ]

    def __str__(self) -> str:
        return self.name
