from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from avenant.foundations.parties.models import CircleRow, Organisation


class Notice(CircleRow):
    """A message to one person about a file: the article, who waits, what happens if nothing is done, one act.

    It is read on the platform; whoever wants it by e-mail receives it too, unless they have read it first.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("accounts.User", models.CASCADE, related_name="notices", verbose_name="destinataire")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name="au nom de")
    key = models.CharField("clé", max_length=200)
    at = models.DateTimeField("le")
    title = models.CharField("objet", max_length=250)
    body = models.TextField("texte", blank=True)
    basis = models.CharField("fondement", max_length=250, blank=True)
    waiting = models.CharField("qui attend", max_length=200, blank=True, help_text="empty: nobody waits for an answer")
    consequence = models.CharField("si rien n’est fait", max_length=250)
    act = models.CharField("acte proposé", max_length=80)
    page = models.CharField("page", max_length=200)
    read_at = models.DateTimeField("lu le", null=True, blank=True)
    sent_at = models.DateTimeField("envoyé par courriel le", null=True, blank=True)

    class Meta(CircleRow.Meta):
        verbose_name = "message"
        ordering = ["-at", "title"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "key"],
                name="notices_notice_once",
                violation_error_message="Ce message a déjà été adressé.",
            ),
            models.CheckConstraint(
                name="notices_notice_says_what_to_do",
                condition=~Q(title="") & ~Q(consequence="") & ~Q(act="") & ~Q(page=""),
                violation_error_message="Un message dit son objet, l’acte proposé et ce qui se passe sinon.",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "organisation"], condition=Q(read_at=None), name="notices_unread"),
            models.Index(fields=["person"], condition=Q(read_at=None, sent_at=None), name="notices_to_send"),
        ]

    def __str__(self) -> str:
        return self.title


class Preference(models.Model):
    """How a person wants their messages by e-mail. Without a row: one e-mail a day."""

    class Rhythm(models.TextChoices):
        IMMEDIATE = "immediate", "Dès qu’ils arrivent"
        DAILY = "daily", "Un courriel par jour, rangé par dossier"
        NONE = "none", "Aucun courriel : je lis mes messages ici"

    person = models.OneToOneField("accounts.User", models.CASCADE, primary_key=True, related_name="preference")
    rhythm = models.CharField("courriels", max_length=10, choices=Rhythm, default=Rhythm.DAILY)
    since = models.DateTimeField("depuis", null=True, help_text="older messages are not sent after a change of mind")
    digested_on = models.DateField("dernier courriel du jour", null=True)
    failing_since = models.DateTimeField("courriels sans départ depuis", null=True)

    class Meta:
        verbose_name = "préférence de courriel"
        constraints = [
            models.CheckConstraint(
                name="notices_preference_known_rhythm",
                condition=Q(rhythm__in=["immediate", "daily", "none"]),
                violation_error_message="Choisissez comment recevoir vos messages.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} · {self.rhythm}"
