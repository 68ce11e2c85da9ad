from __future__ import annotations

from typing import Any

from django import forms

from avenant.indicators.campaigns.models import RegionSettings
from avenant.indicators.profiles.services.thresholds import Asked

VARIABLES = ("sexe", "âge", "secteur", "taille", "raison", "pathologie")
"""The variables of the profile that the contract names (article 6), by the names that the collector gives them."""


class CountedForm(forms.Form):
    """A declaration written by the collector."""

    file = forms.FileField(
        label="Déclaration comptée",
        help_text="Le fichier .json écrit par « avenant collect protect ».",
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}),
    )


class ThresholdsForm(forms.Form):
    """The thresholds of secrecy of a region, and why they change."""

    persons = forms.IntegerField(
        label="Personnes : petit en dessous de", min_value=5, max_value=100,
        help_text="11 est l’usage pour des comptes de personnes suivies ; jamais moins de 5.",
    )  # fmt: skip
    establishments = forms.IntegerField(label="Établissements : petit en dessous de", min_value=2, max_value=50)
    dominance = forms.IntegerField(
        label="Une entreprise domine au-dessus de (%)", min_value=50, max_value=100,
        help_text="85 % est l’usage de la statistique publique, calculé par SIREN.",
    )  # fmt: skip
    reason = forms.CharField(label="Motif", max_length=1_000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: Any = None, *, settings: RegionSettings | None = None) -> None:
        now = Asked.of(settings) if settings else Asked(11, 3, 85)
        initial = {"persons": now.persons, "establishments": now.establishments, "dominance": now.dominance}
        super().__init__(data, initial=initial)

    @property
    def asked(self) -> Asked:
        said = self.cleaned_data
        return Asked(said["persons"], said["establishments"], said["dominance"])


class FeasibilityForm(forms.Form):
    """A breakdown that parties think of, and how many people it would be about."""

    variables = forms.MultipleChoiceField(
        label="Variables à croiser",
        choices=[(name, name.capitalize()) for name in VARIABLES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins une variable."},
    )
    people = forms.IntegerField(
        label="Personnes suivies en un an", min_value=1, max_value=1_000_000,
        help_text="Le total d’une année passée (indicateur 1.3), ou ce que vous attendez.",
    )  # fmt: skip
