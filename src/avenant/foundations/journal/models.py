from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast

from avenant.domain.audiences import Role
from avenant.foundations.parties.models import CircleRow, Organisation, Unit

OLDEST_FIRST: Final = ("at", "number")
NEWEST_FIRST: Final = ("-at", "-number")
"""The orders in which lines of the journal are read: by instant, then as they were written."""

NUMBERS: Final = "journal_event_numbers"
NEXT_NUMBER: Final = models.Func(
    Cast(models.Value(NUMBERS), models.TextField()), function="nextval", output_field=models.BigIntegerField()
)


class Event(CircleRow):
    """What happened in a file: who, when, which verb, why, on what evidence. Append-only.

    ``number`` is the order in which the lines were written, given by the database: what orders those of one same instant.
    No seal holds it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.BigIntegerField("ordre d’écriture", db_default=NEXT_NUMBER, editable=False)
    at = models.DateTimeField("date")
    verb = models.CharField("acte", max_length=60)
    label = models.CharField("libellé", max_length=250)
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="personne")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name="organisme"
    )
    reason = models.TextField("motif", blank=True)
    evidence = models.JSONField("éléments", default=dict, blank=True)
    page = models.CharField("page", max_length=200, blank=True)
    subject = models.UUIDField("objet", null=True, help_text="la ligne concernée, pour relire son histoire")

    class Meta:
        verbose_name = "événement"
        ordering = list(NEWEST_FIRST)
        indexes = [
            models.Index(fields=["circle", *NEWEST_FIRST], name="journal_event_by_file"),
            models.Index(fields=NEWEST_FIRST, name="journal_event_newest"),
            models.Index(fields=["subject", *OLDEST_FIRST], name="journal_event_by_subject"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def local_at(self) -> datetime:
        """The instant on the clocks of the organisation that acted; those of Paris when the platform did.

        Read with ``organisation__territory``.
        """
        return self.at.astimezone(ZoneInfo(self.organisation.territory.time_zone)) if self.organisation else self.at


class DailySeal(models.Model):
    """One link of the chain that commits to the journal: hashes only, readable by all, rewritten by nobody."""

    number = models.PositiveIntegerField("numéro", primary_key=True)
    at = models.DateTimeField("scellé le")
    count = models.PositiveIntegerField("nombre d’actes")
    root = models.CharField("racine", max_length=64)
    previous = models.CharField("chaîne précédente", max_length=64)
    chain = models.CharField("chaîne", max_length=64, unique=True)

    class Meta:
        verbose_name = "sceau du journal"
        ordering = ["number"]

    def __str__(self) -> str:
        return f"sceau n° {self.number}"


class SealedEvent(CircleRow):
    """Under which seal an event stands, and its way to the root: what proves it without showing any other."""

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="sealed", verbose_name="acte")
    seal = models.ForeignKey(DailySeal, models.PROTECT, related_name="+", verbose_name="sceau")
    path = models.JSONField("chemin", help_text='[["left", "<hash>"], …], nearest neighbour first')

    class Meta(CircleRow.Meta):
        verbose_name = "acte scellé"

    def __str__(self) -> str:
        return f"{self.event_id} · {self.seal_id}"


class DueItem(CircleRow):
    """An échéance: what is to be done, by whom, who waits, until when, on which basis.

    Home, calendar, reminders, agendas and "who holds the pen" are reads of this one table.
    """

    class State(models.TextChoices):
        OPEN = "open", "à faire"
        DONE = "done", "fait"
        DROPPED = "dropped", "sans objet"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField("clé", max_length=200, help_text="file, verb, occurrence: planning again never doubles it")
    label = models.CharField("à faire", max_length=250)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="due_items", verbose_name="qui agit")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="unité")
    role = models.CharField("rôle", max_length=30, blank=True, choices=[(role.value, role.label) for role in Role])
    person = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    waiting = models.CharField("qui attend", max_length=200)
    due_at = models.DateTimeField("avant")
    zone = models.CharField("fuseau", max_length=40, default="Europe/Paris")
    basis = models.CharField("fondement", max_length=250, blank=True)
    consequence = models.CharField("si rien n’est fait", max_length=250, blank=True)
    page = models.CharField("page", max_length=200)
    state = models.CharField("état", max_length=10, choices=State, default=State.OPEN)

    class Meta:
        verbose_name = "échéance"
        ordering = ["due_at", "label"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                name="journal_dueitem_unique_key",
                violation_error_message="Cette échéance est déjà prévue.",
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "due_at"], condition=Q(state="open"), name="journal_due_open"),
        ]

    def __str__(self) -> str:
        return self.label


class CalendarAddress(models.Model):
    """The secret address at which a person's calendar reads their échéances; a new one revokes the former.

    Only a random number is kept: the address also holds its signature, which a copy of the database cannot make.
    """

    person = models.OneToOneField("accounts.User", models.CASCADE, primary_key=True, related_name="calendar")
    number = models.UUIDField("numéro", unique=True, default=uuid.uuid4)
    opened_at = models.DateTimeField("ouverte le")

    class Meta:
        verbose_name = "adresse de calendrier"

    def __str__(self) -> str:
        return str(self.person_id)
