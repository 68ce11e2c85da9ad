from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django import forms

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.domain.contracts import Standing
from avenant.domain.registers import Level
from avenant.domain.strands import TITLES, strand_name
from avenant.foundations.fields import DayField
from avenant.foundations.parties.models import Organisation
from avenant.indicators.consolidation.models import ReviewItem
from avenant.indicators.consolidation.services import ItemContent, Reorientation
from avenant.indicators.registers.models import ObjectiveNote
from avenant.indicators.registers.services.strand_one import CellDraft

STRANDS = [("", "Tous les volets"), *((key, strand_name(key).capitalize()) for key in TITLES)]


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ItemForm(forms.Form):
    """A way to improve or a decision. The owner is a party of the contract; the indicator one that it promises."""

    kind = forms.ChoiceField(label="Nature", choices=ReviewItem.Kind.choices)
    text = forms.CharField(label="Proposition ou décision", max_length=2000, widget=_lines(2))
    action = forms.CharField(label="Action concernée", max_length=200, required=False)
    definition = forms.ModelChoiceField(
        label="Indicateur concerné", queryset=DefinitionRecord.objects.none(), required=False, empty_label="aucun"
    )
    finding = forms.CharField(label="Constat", max_length=2000, required=False, widget=_lines(2))
    owner = forms.ModelChoiceField(label="Responsable", queryset=Organisation.objects.none(), empty_label="Choisir")
    due_on = DayField(label="Échéance", required=False)
    progress = forms.ChoiceField(
        label="État", choices=ReviewItem.Progress.choices, initial=ReviewItem.Progress.PROPOSED
    )

    def __init__(
        self, *args: object, owners: Iterable[Organisation], definitions: Iterable[DefinitionRecord], **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        parties, promised = [one.pk for one in owners], [one.pk for one in definitions]
        self.fields["owner"].queryset = Organisation.objects.filter(pk__in=parties)  # type: ignore[attr-defined]
        self.fields["definition"].queryset = DefinitionRecord.objects.filter(pk__in=promised)  # type: ignore[attr-defined]

    def content(self) -> ItemContent:
        """What was typed, once it is valid."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "kind"}
        return cast("ItemContent", said)


class FollowUpForm(forms.Form):
    """What became of a decision."""

    progress = forms.ChoiceField(label="État", choices=ReviewItem.Progress.choices)
    outcome = forms.CharField(label="Suite donnée", max_length=2000, required=False, widget=_lines(2))


class DecisionForm(forms.Form):
    """A decision of reorientation; ``contracts`` is asked when the page is not that of one contract."""

    finding = forms.CharField(label="Constat", max_length=2000, widget=_lines(2))
    decision = forms.CharField(label="Décision", max_length=2000, widget=_lines(2))
    owner = forms.ChoiceField(
        label="Responsable",
        choices=[
            (ContractParty.Role.SERVICE.value, "le service"),
            (ContractParty.Role.FUND.value, "la caisse"),
            (ContractParty.Role.LABOUR.value, "la direction du travail"),
        ],
    )
    due_on = DayField(label="Échéance")
    contracts = forms.ModelMultipleChoiceField(
        label="Contrats concernés", queryset=Contract.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: object, contracts: Iterable[Contract] | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if contracts is None:
            del self.fields["contracts"]
        else:
            keys = [one.pk for one in contracts]
            self.fields["contracts"].queryset = Contract.objects.filter(pk__in=keys)  # type: ignore[attr-defined]

    def reorientation(self, definition: DefinitionRecord) -> Reorientation:
        """What was typed, once it is valid."""
        said = self.cleaned_data
        owner = ContractParty.Role(said["owner"])
        return Reorientation(definition, said["finding"], said["decision"], owner, said["due_on"])


class SessionDecisionForm(DecisionForm):
    """A decision of reorientation taken in a session: on which indicator of the contract."""

    field_order = ("definition",)
    definition = forms.ModelChoiceField(
        label="Indicateur", queryset=DefinitionRecord.objects.none(), empty_label="Choisir"
    )

    def __init__(self, *args: object, definitions: Iterable[DefinitionRecord], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        promised = [one.pk for one in definitions]
        self.fields["definition"].queryset = DefinitionRecord.objects.filter(pk__in=promised)  # type: ignore[attr-defined]


class StrandForm(forms.Form):
    """The qualitative part of one strand."""

    text = forms.CharField(label="Bilan qualitatif", max_length=20_000, required=False, widget=_lines(6))


class CommentForm(forms.Form):
    """What a party says of the review."""

    text = forms.CharField(label="Votre commentaire", max_length=4000, widget=_lines(2))


class TrendFilterForm(forms.Form):
    """Which indicators to show. What it cannot read filters nothing."""

    volet = forms.ChoiceField(label="Volet", required=False, choices=STRANDS)
    q = forms.CharField(label="Rechercher", required=False, max_length=100)


class FigureFilterForm(TrendFilterForm):
    """Which regional figures to show."""

    field_order = ("volet", "dgt", "q")
    dgt = forms.ChoiceField(
        label="Indicateurs", required=False, choices=[("", "Tous les indicateurs"), ("1", "Enquête DGT seulement")]
    )


class CockpitFilterForm(forms.Form):
    """Which contracts to show."""

    nature = forms.ChoiceField(label="Nature", required=False, choices=[("", "Toutes"), *Contract.Kind.choices])
    contrat = forms.ChoiceField(
        label="État du contrat",
        required=False,
        choices=[("", "Tous les états"), *((one.value, one.label) for one in Standing)],
    )
    etat = forms.ChoiceField(label="État de la campagne", required=False)
    region = forms.ChoiceField(label="Région", required=False)
    q = forms.CharField(label="Rechercher un contrat", required=False, max_length=100)

    def __init__(self, *args: object, states: Iterable[tuple[str, str]], regions: Iterable[tuple[str, str]]) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.fields["etat"].choices = [("", "Tous les états"), *states]  # type: ignore[attr-defined]
        self.fields["region"].choices = [("", "Toutes"), *regions]  # type: ignore[attr-defined]


class LevelFilter(forms.Form):
    """Which actions of strand 1 to show. What it cannot read filters nothing."""

    niveau = forms.ChoiceField(
        label="Niveau de prévention",
        required=False,
        choices=[("", "Tous"), *((one.value, one.label) for one in Level), ("sans", "sans niveau")],
    )


class ObjectiveForm(forms.Form):
    """What a service says of an objective in a year."""

    state = forms.ChoiceField(label="État", choices=ObjectiveNote.State.choices)
    validated = forms.TypedMultipleChoiceField(
        label="Étapes validées", required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    comment = forms.CharField(label="Commentaire de l’année", max_length=4000, required=False, widget=_lines(4))

    def __init__(self, *args: object, steps: Iterable[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = list(enumerate(steps))
        if choices:
            self.fields["validated"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["validated"]


class LevelsForm(forms.Form):
    """Which levels of prevention an action addresses."""

    levels = forms.MultipleChoiceField(
        label="Niveaux de prévention",
        required=False,
        choices=[(one.value, f"{one.label}, {one.when}") for one in Level],
        widget=forms.CheckboxSelectMultiple,
    )


class CellForm(forms.Form):
    """What a service says of its cell. One line a function, one line a stage; a function, never a name."""

    created_on = DayField(label="Cellule créée le", required=False)
    functions = forms.CharField(
        label="Fonctions des membres", required=False, max_length=4000, widget=_lines(5),
        help_text="Une par ligne : médecin du travail, assistant de service social… Aucun nom de personne.",
    )  # fmt: skip
    protocol_on = DayField(label="Protocole signé avec la caisse le", required=False)
    stages = forms.CharField(
        label="Stades de l’indice de risque (IRDP)", required=False, max_length=4000, widget=_lines(4),
        help_text="Un par ligne, dans l’ordre. L’IRDP se lit aussi « indice de référence ».",
    )  # fmt: skip
    regional_stages = forms.CharField(
        label="Leur nom dans la liste régionale", required=False, max_length=4000, widget=_lines(4),
        help_text="Un par ligne, dans le même ordre.",
    )  # fmt: skip

    @property
    def draft(self) -> CellDraft:
        """What was typed, once it is valid."""
        said = self.cleaned_data
        lines = {
            name: [line.strip() for line in said[name].splitlines() if line.strip()]
            for name in ("functions", "stages", "regional_stages")
        }
        return CellDraft(created_on=said["created_on"], protocol_on=said["protocol_on"], **lines)
