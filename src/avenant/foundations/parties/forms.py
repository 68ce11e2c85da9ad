from __future__ import annotations

import uuid
from typing import Any

from django import forms

from avenant.domain.french import typeset
from avenant.foundations.parties.models import Establishment, Territory
from avenant.foundations.parties.selectors import NAMED, DirectorySearch, find_named


class EstablishmentField(forms.CharField):
    """An establishment of the directory, by SIRET, FINESS or words of its name; cleaned to it, or to None when empty.

    Several answer: the control becomes the list of them, and the page asks which.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{"max_length": 100, "help_text": "SIRET, FINESS, ou mots du nom et de la commune.", **options}
        )

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        if not typed:
            return None
        found = self._chosen(typed) or find_named(typed)
        if len(found) == 1:
            return found[0]
        if not found:
            raise forms.ValidationError("L’annuaire n’a pas cet établissement : cherchez d’autres mots, ou son numéro.")
        if len(found) > NAMED:
            raise forms.ValidationError(typeset(f"Plus de {NAMED} établissements répondent : ajoutez la commune."))
        choices = [(str(one.pk), _told(one)) for one in found]
        self.widget = forms.Select(choices=[("", "Aucun de ceux-là, chercher de nouveau"), *choices])
        raise forms.ValidationError(typeset(f"{len(found)} établissements répondent : choisissez dans la liste."))

    def _chosen(self, typed: str) -> list[Establishment]:
        try:
            return list(Establishment.objects.filter(pk=uuid.UUID(typed)))
        except ValueError:
            return []


def _told(one: Establishment) -> str:
    numbers = (f"SIRET {one.siret}" if one.siret else "", f"FINESS {one.finess_et}" if one.finess_et else "")
    return " · ".join(part for part in (one.name, one.commune, *numbers) if part)


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
