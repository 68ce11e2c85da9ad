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


class ApiToken(models.Model):
    """What lets a program act for one membership: its scope, its end, its last use. The secret is not kept."""

    class Scope(models.TextChoices):
        READ = "read", "lire"
        DECLARE = "declare", "lire et déclarer"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    membership = models.ForeignKey("parties.Membership", models.CASCADE, related_name="tokens", verbose_name="pour")
    label = models.CharField("application", max_length=80)
    scope = models.CharField("portée", max_length=10, choices=Scope)
    digest = models.CharField("empreinte", max_length=64, unique=True)
    issued_at = models.DateTimeField("créé le")
    expires_at = models.DateTimeField("expire le")
    revoked_at = models.DateTimeField("révoqué le", null=True, blank=True)
    last_used_at = models.DateTimeField("dernier usage", null=True, blank=True)

    class Meta:
        verbose_name = "jeton d’API"
        ordering = ["-issued_at"]
        constraints = [
            models.CheckConstraint(
                name="accounts_apitoken_expires_after_issue",
                condition=models.Q(expires_at__gt=models.F("issued_at")),
                violation_error_message="Un jeton expire après sa création.",
            )
        ]

    def __str__(self) -> str:
        return self.label
