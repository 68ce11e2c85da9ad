from __future__ import annotations

import uuid
from typing import Any

from django import forms

from avenant.domain.decision import DomainError
from avenant.domain.identifiers import parse_siret
from avenant.domain.registers import ActionKind, Level, PartnerKind, Quality
from avenant.foundations.fields import DayField
from avenant.indicators.registers.models import EstablishmentList
from avenant.indicators.registers.reading import ActionLine, checked_action
from avenant.indicators.registers.selectors import STRUCTURE_FILTERS

KINDS = [(kind.value, kind.label) for kind in ActionKind]
LEVELS = [(one.value, f"{one.label}, {one.when}") for one in Level]
PARTNERS = [(one.value, one.label) for one in PartnerKind]
NO_LEVEL = "sans"


def clean_siret(form: forms.Form) -> str:
    """A SIRET that may be left empty."""
    typed: str = form.cleaned_data["siret"]
    try:
        return parse_siret(typed) if typed else ""
    except DomainError as error:
        raise forms.ValidationError(error.message) from error


class RegisterFilter(forms.Form):
    """Which lines of the register to show. What it cannot read filters nothing."""

    annee = forms.IntegerField(label="Année", required=False, min_value=2000, max_value=2100)
    nature = forms.ChoiceField(label="Nature", required=False, choices=[("", "Toutes"), *KINDS])
    niveau = forms.ChoiceField(
        label="Niveau de prévention",
        required=False,
        choices=[("", "Tous"), *((one.value, one.label) for one in Level), (NO_LEVEL, "sans niveau")],
    )
    partenaire = forms.ChoiceField(label="Partenaire", required=False, choices=[("", "Tous"), *PARTNERS])
    siret = forms.CharField(label="SIRET ou SIREN", required=False, max_length=14)


class ActionForm(forms.Form):
    """One line of the register, typed by hand."""

    kind = forms.ChoiceField(label="Nature", choices=[("", "Choisir"), *KINDS])
    on = DayField(label="Date")
    until = DayField(
        label="Fin",
        required=False,
        help_text="Pour un parcours ou un référent ; vide s’il continue.",
    )
    siret = forms.CharField(label="SIRET de l’entreprise", required=False, max_length=30)
    headcount = forms.IntegerField(label="Effectif de l’entreprise", required=False, min_value=0, max_value=1_000_000)
    count = forms.IntegerField(
        label="Nombre",
        required=False,
        min_value=0,
        max_value=10_000_000,
        help_text="Professionnels informés, entreprises adhérentes, référents. Vide vaut un.",
    )
    label = forms.CharField(
        label="Objet", required=False, max_length=200, help_text="Sans nom de personne ni donnée de santé."
    )
    levels = forms.MultipleChoiceField(
        label="Niveaux de prévention",
        required=False,
        choices=LEVELS,
        widget=forms.CheckboxSelectMultiple,
        help_text="Pour une action de prévention de la désinsertion professionnelle ; plusieurs sont possibles.",
    )
    partner = forms.CharField(
        label="Partenaire", required=False, max_length=200, help_text="Un organisme : Cap emploi, Agefiph…"
    )
    partner_kind = forms.ChoiceField(
        label="Nature du partenaire", required=False, choices=[("", "Non précisée"), *PARTNERS]
    )
    qualities = forms.MultipleChoiceField(
        label="Ce que la convention améliore",
        required=False,
        choices=[(one.value, one.label) for one in Quality],
        widget=forms.CheckboxSelectMultiple,
    )

    clean_siret = clean_siret

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                checked_action(self.line)
            except DomainError as error:
                raise forms.ValidationError(error.message) from error
        return cleaned

    @property
    def line(self) -> ActionLine:
        """What was typed, once it is valid."""
        said = self.cleaned_data
        return ActionLine(
            ActionKind(said["kind"]), said["on"], said["until"], said["siret"], said["headcount"], said["count"],
            said["label"], tuple(map(Level, said["levels"])), said["partner"],
            PartnerKind(said["partner_kind"]) if said["partner_kind"] else None, tuple(map(Quality, said["qualities"])),
        )  # fmt: skip


class StructureFilter(forms.Form):
    """Which structures to show. What it cannot read filters nothing."""

    texte = forms.CharField(label="Nom ou SIRET", required=False, max_length=200)
    jalon = forms.ChoiceField(
        label="Jalons",
        required=False,
        choices=[("", "Tous"), *((key, words) for key, (words, _) in STRUCTURE_FILTERS.items())],
    )


class StructureForm(forms.Form):
    """A structure that enters the action."""

    contract = forms.TypedChoiceField(label="Contrat", coerce=uuid.UUID, empty_value=None)
    name = forms.CharField(label="Structure", max_length=200)
    siret = forms.CharField(label="SIRET", required=False, max_length=30)
    starts_on = DayField(label="Entrée dans l’action")

    def __init__(self, *args: Any, contracts: list[tuple[uuid.UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contract"].choices = contracts  # type: ignore[attr-defined]

    clean_siret = clean_siret


class GridForm(forms.Form):
    """The grid that a state of play built."""

    surveyed_on = DayField(label="État des lieux fait le")
    indicators = forms.IntegerField(
        label="Indicateurs mesurés",
        min_value=1,
        max_value=500,
        help_text="Combien d’indicateurs de la charge de travail l’état des lieux a mesurés.",
    )
    file = forms.FileField(
        label="Grille d’indicateurs",
        help_text="PDF, PNG, JPEG ou XLSX, 20 Mo au plus. Aucune donnée sur des personnes.",
    )


class TransformationForm(forms.Form):
    """How a structure takes the QVCT approach into account."""

    on = DayField(label="Prise en compte le")
    text = forms.CharField(
        label="Ce qui change dans son projet de transformation",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class FileForm(forms.Form):
    """A file to read; nothing is kept before the preview is confirmed."""

    file = forms.FileField(label="Fichier", help_text="Classeur .xlsx ou CSV, 20 000 lignes au plus.")


class ListForm(forms.Form):
    """What a list of establishments is about."""

    circle = forms.TypedChoiceField(label="Contrat", coerce=uuid.UUID, empty_value=None)
    kind = forms.ChoiceField(label="Établissements")
    strand = forms.ChoiceField(label="Volet", choices=EstablishmentList.Strand.choices, initial="volet-2")
    year = forms.IntegerField(label="Année de référence", min_value=2000, max_value=2100)
    as_of = DayField(label="Liste arrêtée au")

    def __init__(self, *args: Any, contracts: list[tuple[uuid.UUID, str]], cog: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        done = [choice for choice in EstablishmentList.Kind.choices if choice[0] != EstablishmentList.Kind.COG]
        self.fields["circle"].choices = contracts  # type: ignore[attr-defined]
        self.fields["kind"].choices = done  # type: ignore[attr-defined]
        if cog:  # the fund's own list is of no strand and of no contract: it answers every service
            for name in ("circle", "kind", "strand"):
                del self.fields[name]

    @property
    def said(self) -> dict[str, Any]:
        """What the service is to be told."""
        return {"circle_id": self.cleaned_data.get("circle"), "kind": self.cleaned_data.get("kind", "cog"),
                "strand": self.cleaned_data.get("strand", ""), "year": self.cleaned_data["year"],
                "as_of": self.cleaned_data["as_of"]}  # fmt: skip


class ListFileForm(ListForm):
    """A list and its file."""

    file = forms.FileField(
        label="Fichier", help_text="Classeur .xlsx ou CSV. Colonnes : SIRET ; raison sociale et effectif facultatifs."
    )


class BlindCountForm(forms.Form):
    """What a neutral count is about."""

    circle = forms.TypedChoiceField(label="Contrat", coerce=uuid.UUID, empty_value=None)
    kind = forms.ChoiceField(label="Établissements")
    strand = forms.ChoiceField(label="Volet", choices=EstablishmentList.Strand.choices, initial="volet-2")
    year = forms.IntegerField(label="Année de référence", min_value=2000, max_value=2100)

    def __init__(self, *args: Any, contracts: list[tuple[uuid.UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [choice for choice in EstablishmentList.Kind.choices if choice[0] != EstablishmentList.Kind.COG]
        self.fields["circle"].choices = contracts  # type: ignore[attr-defined]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]


class BlindMessageForm(forms.Form):
    """A message made by ``avenant collect match``."""

    file = forms.FileField(
        label="Message",
        help_text="Le fichier .acn écrit par avenant collect match : engagement, liste masquée ou réponse.",
    )
