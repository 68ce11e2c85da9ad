"""Lists of dossiers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms

from avenant.foundations.fields import DayField
from avenant.funding.dossiers.models import Dossier


class DossierFilter(forms.Form):
    """Which dossiers to show. What it cannot read filters nothing."""

    texte = forms.CharField(label="Établissement, commune ou FINESS", required=False, max_length=100)
    appel = forms.TypedChoiceField(label="Appel", required=False, coerce=uuid.UUID, empty_value=None)
    etat = forms.ChoiceField(label="État", required=False, choices=[("", "Tous"), *Dossier.lifecycle.states.items()])
    territoire = forms.ChoiceField(label="Territoire", required=False)

    def __init__(self, *args: Any, calls: Sequence[tuple[Any, str]], territories: Sequence[tuple[str, str]]) -> None:
        super().__init__(*args)
        self.fields["appel"].choices = [("", "Tous"), *calls]  # type: ignore[attr-defined]
        self.fields["territoire"].choices = [("", "Tous"), *territories]  # type: ignore[attr-defined]


class ReplayForm(forms.Form):
    """The day whose rules are computed again."""

    jour = DayField(label="Règles du")
