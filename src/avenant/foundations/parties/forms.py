from __future__ import annotations

from django import forms

from avenant.foundations.parties.models import Establishment, Territory
from avenant.foundations.parties.selectors import DirectorySearch


class DirectoryFilter(forms.Form):
    """Which establishments to show. What it cannot read filters nothing."""

    q = forms.CharField(label="Nom, commune, SIRET ou FINESS", required=False, max_length=100)
    territoire = forms.ChoiceField(label="Territoire", required=False)
    nature = forms.ChoiceField(
        label="Nature",
        required=False,
        choices=[("", "Toutes"), ("finess", "Santé et médico-social (FINESS)"), *Establishment.Regime.choices],
    )
    apres = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, territories: list[Territory]) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.fields["territoire"].choices = [  # type: ignore[attr-defined]
            ("", "Tous"),
            *((territory.pk, territory.name) for territory in territories),
        ]
        self.is_valid()

    @property
    def search(self) -> DirectorySearch:
        """What was asked, for the selector."""
        said = self.cleaned_data
        return DirectorySearch(said.get("q", ""), said.get("territoire", ""), said.get("nature", ""), said.get("apres"))

    @property
    def filters(self) -> bool:
        """Does it leave anything out."""
        return any(self.cleaned_data.get(name) for name in ("q", "territoire", "nature"))
