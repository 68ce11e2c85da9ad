from __future__ import annotations

from django import forms

from avenant.foundations.messages.models import Preference


class PreferenceForm(forms.Form):
    """How I want my e-mails."""

    rhythm = forms.ChoiceField(
        label="Recevoir mes messages par courriel",
        choices=Preference.Rhythm.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choisissez comment recevoir vos messages.",
            "invalid_choice": "Choisissez l’une des trois réponses.",
        },
    )
