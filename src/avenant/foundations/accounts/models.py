from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models

from avenant.domain.audiences import Role

ROLES = [(role.value, role.label) for role in Role]


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
    warned_at = models.DateTimeField("prévenu de la fermeture le", null=True, blank=True, editable=False)

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


class Invitation(models.Model):
    """An organisation asks a person in: the link of the e-mail serves once, until a date. Sending again ends the former."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("parties.Organisation", models.CASCADE, related_name="+", verbose_name="organisme")
    unit = models.ForeignKey(
        "parties.Unit", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="unité"
    )
    email = models.EmailField("adresse électronique")
    name = models.CharField("nom", max_length=120, blank=True)
    roles = ArrayField(models.CharField(max_length=30, choices=ROLES), verbose_name="rôles")
    starts_on = models.DateField("début")
    ends_on = models.DateField("fin", null=True, blank=True)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="invité par")
    invited_at = models.DateTimeField("invité le")
    expires_at = models.DateTimeField("expire le")
    occurrence = models.PositiveSmallIntegerField("envoi", default=1)
    sent_at = models.DateTimeField("envoyée le", null=True, blank=True)
    failed_at = models.DateTimeField("envoi échoué le", null=True, blank=True)
    accepted_at = models.DateTimeField("acceptée le", null=True, blank=True)
    revoked_at = models.DateTimeField("retirée le", null=True, blank=True)

    class Meta:
        verbose_name = "invitation"
        ordering = ["-invited_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="accounts_invitation_one_waiting",
                violation_error_message="Cette adresse a déjà une invitation en attente : renvoyez-la ou retirez-la.",
            ),
            models.CheckConstraint(
                name="accounts_invitation_lower_case_email",
                condition=models.Q(email=models.functions.Lower("email")),
                violation_error_message="L’adresse d’une invitation s’écrit en minuscules.",
            ),
            models.CheckConstraint(
                name="accounts_invitation_ends_after_start",
                condition=models.Q(ends_on=None) | models.Q(ends_on__gt=models.F("starts_on")),
                violation_error_message="La fin prévue suit le début.",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def role_labels(self) -> list[str]:
        return [Role(role).label for role in self.roles]


class Delegation(models.Model):
    """A person lends roles to a colleague of the same organisation, from one day to another (half-open)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lender = models.ForeignKey("parties.Membership", models.CASCADE, related_name="lends", verbose_name="de la part de")
    borrower = models.ForeignKey("parties.Membership", models.CASCADE, related_name="borrows", verbose_name="à")
    roles = ArrayField(models.CharField(max_length=30, choices=ROLES), verbose_name="rôles")
    starts_on = models.DateField("début")
    ends_on = models.DateField("fin")
    made_at = models.DateTimeField("décidée le")
    revoked_at = models.DateTimeField("retirée le", null=True, blank=True)

    class Meta:
        verbose_name = "délégation"
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                name="accounts_delegation_ends_after_start",
                condition=models.Q(ends_on__gt=models.F("starts_on")),
                violation_error_message="La fin d’une délégation suit son début.",
            ),
            models.CheckConstraint(
                name="accounts_delegation_to_somebody_else",
                condition=~models.Q(lender=models.F("borrower")),
                violation_error_message="On délègue à quelqu’un d’autre que soi.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lender.person} à {self.borrower.person}"

    def role_labels(self) -> list[str]:
        return [Role(role).label for role in self.roles]


class Proposal(models.Model):
    """A person whom the State's sign-in service says to work for an organisation: its administrator answers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name="personne")
    organisation = models.ForeignKey("parties.Organisation", models.CASCADE, related_name="+", verbose_name="organisme")
    siret = models.CharField("SIRET annoncé", max_length=14)
    proposed_at = models.DateTimeField("proposée le")
    answered_at = models.DateTimeField("répondue le", null=True, blank=True)

    class Meta:
        verbose_name = "demande d’appartenance"
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation"],
                condition=models.Q(answered_at=None),
                name="accounts_proposal_one_waiting",
                violation_error_message="Cette personne attend déjà la réponse de cet organisme.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.organisation}"


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
    space = models.UUIDField("cercle", null=True, blank=True, help_text="the circle of the file that was opened")
    purpose = models.CharField("finalité", max_length=120, blank=True, help_text="of an export")
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
