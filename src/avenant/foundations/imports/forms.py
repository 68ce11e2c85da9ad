from __future__ import annotations

from typing import Any

from django import forms

from avenant.foundations.imports.kinds import Kind
from avenant.foundations.imports.models import Import


class SentFileForm(forms.Form):
    """The file to send."""

    file = forms.FileField(
        label="Fichier",
        help_text="Un tableau CSV ou XLSX. Vous verrez ce qu’il contient avant que rien ne soit enregistré.",
    )


class ColumnsForm(forms.Form):
    """Which column of the file is which."""

    def __init__(self, *args: Any, kind: Kind, row: Import) -> None:
        super().__init__(*args)
        choices = [("", "Absente du fichier"), *((title, title) for title in row.titles if title)]
        for target in kind.targets:
            self.fields[target.key] = forms.ChoiceField(
                label=target.title, choices=choices, required=False, help_text=target.help,
                initial=row.columns.get(target.key, ""),
            )  # fmt: skip


class ImportFilter(forms.Form):
    """Which imports to show."""

    q = forms.CharField(label="Nom du fichier", required=False, max_length=100)
    nature = forms.ChoiceField(label="Nature", required=False)

    def __init__(self, *args: Any, kinds: list[Kind]) -> None:
        super().__init__(*args)
        self.fields["nature"].choices = [("", "Toutes"), *((one.key, one.label) for one in kinds)]  # type: ignore[attr-defined]
        self.is_valid()
