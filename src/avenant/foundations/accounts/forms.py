from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate

from avenant.foundations.accounts import services
from avenant.foundations.accounts.models import User


class SignInForm(forms.Form):
    """An e-mail and a password. The refusal never says which of the two is wrong."""

    email = forms.EmailField(label="Adresse électronique", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label="Mot de passe", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), strip=False
    )
    user: User | None = None

    def __init__(self, *args: Any, address: str) -> None:
        super().__init__(*args)
        self.address = address

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "email" in cleaned and "password" in cleaned:
            self.user = self._authenticate(cleaned["email"].lower(), cleaned["password"])
        return cleaned

    def _authenticate(self, email: str, password: str) -> User:
        """Who it is; the password is not even read once there were too many failures."""
        decision = services.may_try_to_sign_in(email, self.address)
        if not decision.allowed:
            raise forms.ValidationError(decision.reason)
        found = authenticate(username=email, password=password)
        if not isinstance(found, User):
            services.count_failure(email, self.address)
            raise forms.ValidationError("L’adresse ou le mot de passe ne convient pas. Rien n’a été enregistré.")
        services.forgive(email, self.address)
        return found
