from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.contrib.auth.password_validation import validate_password

from avenant.domain.audiences import OrganisationKind, Role
from avenant.foundations.accounts.models import ApiToken, Invitation, SecurityEntry, User
from avenant.foundations.fields import DayField
from avenant.foundations.parties.models import Membership, Unit

GIVEN = [(role.value, f"{role.label[0].upper()}{role.label[1:]}") for role in Role if role.kinds]
STATES = [("", "Tous"), ("actif", "Actifs"), ("a-venir", "À venir"), ("parti", "Partis"), ("ferme", "Comptes fermés")]


def _roles(*, required: bool = True) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label="Rôles", choices=GIVEN, widget=forms.CheckboxSelectMultiple, required=required
    )


def _given_by(kind: OrganisationKind) -> list[tuple[str, str]]:
    """The roles that the people of a kind of organisation may hold."""
    return [(value, label) for value, label in GIVEN if kind in Role(value).kinds]


def _unit() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label="Unité", required=False, coerce=uuid.UUID, empty_value=None)


def _new_password(label: str) -> forms.CharField:
    return forms.CharField(label=label, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))


class SignInForm(LoginForm):  # type: ignore[misc]
    """An e-mail and a password. The refusal never says which of the two is wrong."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["login"]
        password = self.fields.pop("password")
        password.label, password.help_text = "Mot de passe", ""
        password.widget.attrs.pop("placeholder", None)
        self.fields["email"] = forms.EmailField(
            label="Adresse électronique", widget=forms.EmailInput(attrs={"autocomplete": "username"})
        )
        self.fields["password"] = password

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["login"] = self.cleaned_data.get("email", "").lower()
        cleaned: dict[str, Any] = super().clean()
        return cleaned


class AcceptForm(forms.Form):
    """One’s name and password, from an invitation."""

    name = forms.CharField(
        label="Prénom et nom", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = _new_password("Mot de passe")
    again = _new_password("Le même mot de passe, encore")

    def __init__(self, *args: Any, invitation: Invitation) -> None:
        super().__init__(*args)
        self.initial = {"name": invitation.name}
        self.invitation = invitation
        decides = any(Role(role).decides for role in invitation.roles)
        least = "Quatorze" if decides else "Douze"
        self.fields["password"].help_text = f"{least} caractères au moins. Une phrase dont vous vous souvenez convient."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        password = cleaned.get("password", "")
        if password and password != cleaned.get("again"):
            self.add_error("again", "Les deux mots de passe ne sont pas les mêmes.")
        person = User(email=self.invitation.email, name=cleaned.get("name", ""))
        person.invited_roles = frozenset(Role(role) for role in self.invitation.roles)  # type: ignore[attr-defined]
        try:
            validate_password(password, person)
        except forms.ValidationError as error:
            if password:
                self.add_error("password", error)
        return cleaned


class MembershipForm(forms.Form):
    """What a person does in my organisation, from when to when."""

    roles = _roles()
    unit = _unit()
    starts_on = DayField(label="À partir du")
    ends_on = DayField(
        label="Ne travaille plus ici à partir du",
        required=False,
        help_text="Ce jour-là, sessions et jetons se ferment.",
    )

    def __init__(self, *args: Any, units: Iterable[Unit], kind: OrganisationKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = _given_by(kind)  # type: ignore[attr-defined]
        self.fields["unit"].choices = [("", "Aucune"), *((unit.pk, unit.name) for unit in units)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last <= first:
            self.add_error("ends_on", "La fin suit le début.")
        return cleaned

    @property
    def said(self) -> dict[str, Any]:
        """What was said, for the service."""
        return {
            **self.cleaned_data,
            "roles": {Role(role) for role in self.cleaned_data["roles"]},
            "unit_id": self.cleaned_data["unit"],
        }


class InviteForm(MembershipForm):
    """Who is asked in."""

    email = forms.EmailField(label="Adresse électronique professionnelle")
    name = forms.CharField(label="Prénom et nom", max_length=120, required=False)
    field_order = ("email", "name", "roles", "unit", "starts_on", "ends_on")


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label="Motif", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class AnswerForm(forms.Form):
    """The roles of a person whose membership is confirmed; none refuses."""

    roles = _roles(required=False)

    def __init__(self, *args: Any, kind: OrganisationKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = _given_by(kind)  # type: ignore[attr-defined]


class TokenForm(forms.Form):
    """What a program may do, until when."""

    label = forms.CharField(label="Application", max_length=80, help_text="Le programme qui se servira du jeton.")
    scope = forms.ChoiceField(label="Portée", choices=ApiToken.Scope.choices)
    days = forms.TypedChoiceField(
        label="Durée", coerce=int, choices=[(30, "30 jours"), (90, "90 jours"), (365, "un an")], initial=90
    )


class DelegationForm(forms.Form):
    """Which of my roles, to whom, from when to when."""

    borrower = forms.TypedChoiceField(label="À", coerce=uuid.UUID, empty_value=None)
    roles = _roles()
    starts_on = DayField(label="À partir du")
    ends_on = DayField(label="Jusqu’au, ce jour exclu")

    def __init__(self, *args: Any, colleagues: Iterable[Membership], own: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = [(one.pk, f"{one.person.name}{f', {one.unit.name}' if one.unit else ''}") for one in colleagues]
        self.fields["borrower"].choices = [("", "Choisir"), *told]  # type: ignore[attr-defined]
        held = set(own)
        self.fields["roles"].choices = [choice for choice in GIVEN if choice[0] in held]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last <= first:
            self.add_error("ends_on", "La fin suit le début.")
        return cleaned


class PeopleFilter(forms.Form):
    """Which people to show. What it cannot read filters nothing."""

    q = forms.CharField(label="Nom ou adresse", required=False, max_length=100)
    role = forms.ChoiceField(label="Rôle", required=False, choices=[("", "Tous"), *GIVEN])
    etat = forms.ChoiceField(label="État", required=False, choices=STATES)

    def __init__(self, *args: Any, kind: OrganisationKind) -> None:
        super().__init__(*args)
        self.fields["role"].choices = [("", "Tous"), *_given_by(kind)]  # type: ignore[attr-defined]


class SecurityFilter(forms.Form):
    """Which entries of the security log to show. What it cannot read filters nothing."""

    q = forms.CharField(label="Personne ou dossier", required=False, max_length=100)
    nature = forms.ChoiceField(label="Nature", required=False, choices=[("", "Toutes"), *SecurityEntry.Action.choices])
    du = DayField(label="Depuis le", required=False)
    au = DayField(label="Jusqu’au", required=False)


class AddApplicationForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of an application."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "Code à six chiffres"
        self.fields["code"].widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric"}


class AddKeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """Adding a security key."""

    name = forms.CharField(label="Nom de la clé", max_length=100, required=False)


class RenameKeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """Naming a security key anew."""

    name = forms.CharField(label="Nom de la clé", max_length=100)
