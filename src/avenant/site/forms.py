from __future__ import annotations

import uuid
from collections.abc import Iterable
from enum import StrEnum

from django import forms


class When(StrEnum):
    """Which échéances, by their date, as the address says it."""

    LATE = "retard"
    THIS_WEEK = "semaine"


class DueFilter(forms.Form):
    """Which échéances to show: of one file, late or of this week. What it cannot read filters nothing."""

    dossier = forms.TypedChoiceField(label="Dossier", required=False, coerce=uuid.UUID, empty_value=None)
    quand = forms.TypedChoiceField(
        label="Date",
        required=False,
        coerce=When,
        empty_value=None,
        choices=[("", "Toutes les dates"), (When.LATE.value, "En retard"), (When.THIS_WEEK.value, "Cette semaine")],
    )

    def __init__(self, *args: object, files: Iterable[tuple[uuid.UUID, str]]) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.fields["dossier"].choices = [("", "Tous les dossiers"), *files]  # type: ignore[attr-defined]
