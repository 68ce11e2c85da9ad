"""Forms read what was typed; they never save."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from avenant.contracts.drafting.forms import Filter
from avenant.domain.indicators import Component
from avenant.domain.indicators.definitions import ComponentType
from avenant.foundations.fields import DayField
from avenant.indicators.declarations.fields import only_told
from avenant.indicators.declarations.models import Part
from avenant.indicators.declarations.progress import LATE
from avenant.indicators.declarations.services.control import Asked
from avenant.indicators.declarations.services.entry import Entry


class CampaignForm(forms.Form):
    """A new campaign: the reference year and the day of the first committee."""

    year = forms.IntegerField(label="Année de référence", min_value=2000, max_value=2100)
    opens_on = DayField(label="Ouverture")
    committee_on = DayField(
        label="Premier comité de suivi",
        help_text="En mars ou avril. La transmission est attendue 30 jours avant, au plus tôt le 31 janvier.",
    )


class DeclarationFilter(Filter):
    """Which declarations to show: of which year, of which services, how far the service's own part has gone."""

    annee = forms.TypedChoiceField(
        label="Année", required=False, coerce=int, empty_value=None, choices=[("", "Toutes")]
    )
    etat = forms.ChoiceField(
        label="Part du service",
        required=False,
        choices=[("", "Tous les états"), *Part.lifecycle.states.items(), (LATE, "en retard")],
    )
    q = forms.CharField(label="Service", required=False, max_length=100)


class CommitteeForm(forms.Form):
    """Another day for the first committee."""

    committee_on = DayField(label="Premier comité de suivi")


class TakingOverForm(forms.Form):
    """A spreadsheet of former years, and whether to enter the contracts that its services had then."""

    file = forms.FileField(
        label="Fichier des années antérieures",
        help_text="Classeur .xlsx ou CSV, une valeur par ligne. Partez du modèle.",
    )
    make_contracts = forms.BooleanField(
        label="Créer le contrat des services qui n’en avaient pas sur la plateforme", required=False
    )
    first_year = forms.IntegerField(label="Première année de ces contrats", required=False, min_value=2000)
    last_year = forms.IntegerField(label="Dernière année de ces contrats", required=False, min_value=2000)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_year"), cleaned.get("last_year")
        if cleaned.get("make_contracts") and not (first and last and first <= last):
            self.add_error("first_year", "Donnez la première puis la dernière année des contrats à créer.")
        return cleaned


class ReasonForm(forms.Form):
    """The reason that an act asks for."""

    reason = forms.CharField(label="Motif", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class RemarkForm(forms.Form):
    """What the fund says before the validation; nothing is an answer too."""

    text = forms.CharField(
        label="Remarques de la caisse",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Laissez vide pour dire que vous n’avez pas de remarque.",
    )


class EntrustForm(forms.Form):
    """A section of the part, a colleague, a day."""

    section = forms.ChoiceField(label="Section")
    person = forms.ChoiceField(label="Confiée à")
    due_on = DayField(label="Pour le")

    def __init__(
        self, *args: Any, sections: Iterable[tuple[str, str]], people: Iterable[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["section"].choices = list(sections)  # type: ignore[attr-defined]
        self.fields["person"].choices = list(people)  # type: ignore[attr-defined]


class ImportForm(forms.Form):
    """A filled workbook."""

    file = forms.FileField(
        label="Classeur rempli",
        help_text="Le modèle téléchargé, ou un tableau .xlsx ou .csv avec les colonnes « Code » et « Valeur ».",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )


class PasteForm(forms.Form):
    """A column copied from a spreadsheet."""

    section = forms.ChoiceField(
        label="Ce que vous collez",
        required=False,
        help_text="Des lignes « code, valeur », ou une seule colonne de nombres dans l’ordre d’un groupe.",
    )
    text = forms.CharField(
        label="Cellules copiées",
        strip=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, sections: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["section"].choices = [("", "code, puis valeur(s)"), *sections]  # type: ignore[attr-defined]


def read_entry(data: QueryDict, definition_id: uuid.UUID, components: Iterable[Component]) -> Entry:
    """What was typed for one indicator: fields are named ``<definition>.<component>[.<row>.<field>]``."""
    prefix = f"{definition_id}."
    return Entry(
        definition_id=definition_id,
        raw={one.key: _typed(data, f"{prefix}{one.key}", one) for one in components},
        unavailable=data.get(f"{prefix}unavailable", ""),
        comment=data.get(f"{prefix}comment", ""),
        justification=data.get(f"{prefix}justification", ""),
        seen=seen_at(data, str(definition_id)),
        check_stale=data.get(f"{prefix}overwrite", "") == "",
        reread=bool(data.get(f"{prefix}reread", "")),
    )


def _typed(data: QueryDict, name: str, component: Component) -> Any:
    if component.type is ComponentType.CHOICES:
        return data.getlist(name)
    if component.type is not ComponentType.LIST:
        return data.get(name, "")
    rows: list[dict[str, str]] = []
    for index in range(200):
        row = {part.key: data.get(f"{name}.{index}.{part.key}", "") for part in component.fields}
        if not any(f"{name}.{index}.{part.key}" in data for part in component.fields):
            break
        rows.append(row)
    return only_told(component, rows) or data.get(name, "")


def seen_at(data: QueryDict, name: str) -> datetime | None:
    """The time of the last save that the form showed; what cannot be read counts as never seen."""
    try:
        return parse_datetime(data.get(f"{name}.seen", ""))
    except ValueError:
        return None


def read_questions(data: QueryDict) -> list[Asked]:
    """The questions of a return: one field by indicator (``question.<definition>``) and one for the whole part."""
    asked = [
        Asked(str(text).strip(), uuid.UUID(name.removeprefix("question.")))
        for name, text in data.items()
        if name.startswith("question.") and str(text).strip()
    ]
    general = str(data.get("question", "")).strip()
    return [*asked, Asked(general)] if general else asked
