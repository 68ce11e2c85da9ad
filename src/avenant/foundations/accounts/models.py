from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class UserManager(BaseUserManager["User"]):
    """People are made by an administrator of their organisation, never by themselves."""

    def create_user(self, *, email: str, name: str, password: str | None = None, **fields: Any) -> User:
        """A person who signs in with ``email``; without password, they set one from an invitation."""
        user = User(email=self.normalize_email(email).lower(), name=name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person. What they may do comes from their memberships, never from here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("adresse électronique", unique=True)
    name = models.CharField("nom", max_length=120)
    is_active = models.BooleanField("actif", default=True)
    joined_at = models.DateTimeField("créé le", auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    class Meta:
        verbose_name = "personne"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="accounts_user_lower_case_email",
                condition=models.Q(email=models.functions.Lower("email")),
                violation_error_message="Une adresse électronique s’écrit en minuscules.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class SecurityEntry(models.Model):
    """Who opened, took away or was refused what, and who signed in: kept twelve months, apart from the journal.

    The application adds entries and reads those of the acting organisation only (protection.py); nobody rewrites one.
    Its instants are real ones, even where the demonstration lives at another date.
    """

    class Action(models.TextChoices):
        VIEW = "view", "consultation"
        EXPORT = "export", "export"
        REFUSED = "refused", "refus"
        SIGN_IN = "sign_in", "connexion"
        SIGN_OUT = "sign_out", "déconnexion"
        FAILED_SIGN_IN = "failed_sign_in", "échec de connexion"

    at = models.DateTimeField("date")
    action = models.CharField("nature", max_length=20, choices=Action)
    person = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="personne")
    organisation = models.ForeignKey(
        "parties.Organisation", models.SET_NULL, null=True, related_name="+", verbose_name="au nom de"
    )
    page = models.CharField("page", max_length=300, blank=True)
    address = models.CharField("adresse", max_length=16, blank=True, help_text="keyed hash: compared, never read")
    once = models.CharField("clé", max_length=64, blank=True, help_text="person, action, page, hour; empty: each time")

    class Meta:
        verbose_name = "entrée du journal de sécurité"
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["once"],
                condition=~models.Q(once=""),
                name="accounts_securityentry_once",
                violation_error_message="Cette consultation est déjà notée pour cette heure.",
            ),
            models.CheckConstraint(
                name="accounts_securityentry_known_action",
                condition=models.Q(action__in=["view", "export", "refused", "sign_in", "sign_out", "failed_sign_in"]),
                violation_error_message="Cette nature d’accès n’existe pas.",
            ),
        ]
        indexes = [
            models.Index(fields=["at"], name="accounts_security_by_date"),
            models.Index(fields=["organisation", "-at"], name="accounts_security_by_org"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} · {self.page}"
