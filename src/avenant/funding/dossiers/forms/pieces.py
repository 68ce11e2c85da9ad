"""Pieces, as they are joined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from avenant.domain.french import typeset
from avenant.foundations.fields import DayField
from avenant.funding.dossiers.facts import FORM, FUNDING_PLAN
from avenant.funding.dossiers.forms.rows import EMPTY, body_choices
from avenant.funding.dossiers.models import Dossier, Piece, Project


class Files(forms.FileInput):
    """Several files at once: the pages of one piece, photographed."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        return files.getlist(name) if hasattr(files, "getlist") else [one for one in [files.get(name)] if one]


class FilesField(forms.FileField):
    """The files chosen, in their order; an empty list when there is none."""

    widget = Files(attrs={"multiple": True, "accept": "application/pdf,image/jpeg,image/png,.xlsx"})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(FilesField, self).clean(one, initial) for one in data or []]


class PieceForm(forms.Form):
    """A piece: a file, or why there is none."""

    kind = forms.ChoiceField(label="Pièce")
    project = forms.TypedChoiceField(label="Projet", required=False, coerce=int, empty_value=None)
    file = FilesField(
        label="Fichier, ou photographies",
        required=False,
        help_text="PDF, PNG, JPEG ou XLSX, 20 Mo au plus. Plusieurs photographies font un seul PDF, dans leur ordre. "
        "Aucune donnée de santé d’une personne.",
    )
    on = DayField(label="Date de la pièce", required=False, help_text="Mise à jour du DUERP, avis rendu, débat.")
    signatory = forms.CharField(label="Signée par (qualité)", required=False, max_length=200)
    signed_on = DayField(label="Signée le", required=False)
    body = forms.ChoiceField(label="Instance", required=False)
    opinion = forms.ChoiceField(label="Avis", required=False, choices=[*EMPTY, *Piece.Opinion.choices])
    unavailable = forms.CharField(label="Non disponible, parce que", required=False, max_length=300)

    def __init__(self, *args: Any, dossier: Dossier, projects: Sequence[Project], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dossier.call.rules.get("vocabulary", {}).get("pieces", {})
        online = {FUNDING_PLAN} if dossier.call.form_upload else {FORM, FUNDING_PLAN}
        kinds = [(code, typeset(label)) for code, label in labels.items() if code not in online]
        self.fields["body"].choices = body_choices(dossier.status)  # type: ignore[attr-defined]
        self.fields["kind"].choices = [("", "Choisir"), *kinds]  # type: ignore[attr-defined]
        self.fields["project"].choices = [("", "tout le dossier"), *((one.position, str(one)) for one in projects)]  # type: ignore[attr-defined]
