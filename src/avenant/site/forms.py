from __future__ import annotations

import uuid
from collections.abc import Iterable
from enum import StrEnum

from django import forms


class When(StrEnum):
    """Which échéances, by their date, as the address says it."""

    LATE = "retard"
    THIS_WEEK = "semaine"


class Whose(StrEnum):
    """Whose échéances, as the address says it."""

    UNIT = "unite"
    ORGANISATION = "organisme"


class SavedViewForm(forms.Form):
    """A name for a list as it is filtered and sorted."""

    name = forms.CharField(
        label="Nom de la vue", max_length=80, help_text="Par exemple : dossiers complets de Saint-Martin."
    )
    address = forms.CharField(widget=forms.HiddenInput, max_length=2000)


class DueFilter(forms.Form):
    """Which échéances to show: of a file, late or of this week, of one’s unit. What it cannot read filters nothing."""

    dossier = forms.TypedChoiceField(label="Dossier", required=False, coerce=uuid.UUID, empty_value=None)
    quand = forms.TypedChoiceField(
        label="Date",
        required=False,
        coerce=When,
        empty_value=None,
        choices=[("", "Toutes les dates"), (When.LATE.value, "En retard"), (When.THIS_WEEK.value, "Cette semaine")],
    )
    pour = forms.TypedChoiceField(label="Pour", required=False, coerce=Whose, empty_value=None)

    def __init__(self, *args: object, files: Iterable[tuple[uuid.UUID, str]], unit: str) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.fields["dossier"].choices = [("", "Tous les dossiers"), *files]  # type: ignore[attr-defined]
        self.fields["pour"].choices = [  # type: ignore[attr-defined]
            ("", "Mon unité et tout l’organisme"),
            (Whose.UNIT.value, unit),
            (Whose.ORGANISATION.value, "Tout l’organisme"),
        ]
        if not unit:
            del self.fields["pour"]
