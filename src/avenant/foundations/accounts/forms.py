from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate

from avenant.foundations.accounts.models import User


class SignInForm(forms.Form):
    """An e-mail and a password. The refusal never says which of the two is wrong."""

    email = forms.EmailField(label="Adresse électronique", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label="Mot de passe", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), strip=False
    )
    user: User | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "email" in cleaned and "password" in cleaned:
            found = authenticate(username=cleaned["email"].lower(), password=cleaned["password"])
            if not isinstance(found, User):
                raise forms.ValidationError("L’adresse ou le mot de passe ne convient pas. Rien n’a été enregistré.")
            self.user = found
        return cleaned
