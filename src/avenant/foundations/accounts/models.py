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
