"""Forms read what was typed; they never save."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from avenant.contracts.catalogue.local import DEFAULT_TEXT_LENGTH, LOCAL_KINDS, LocalIndicator
from avenant.contracts.drafting.models import Contract, Contribution, PromisedIndicator
from avenant.contracts.drafting.selectors import MethodState
from avenant.contracts.drafting.services.collection import Attachment
from avenant.contracts.drafting.services.contributing import Means
from avenant.contracts.drafting.services.promises import Span
from avenant.contracts.drafting.services.tagging import Reading
from avenant.domain.contracts import Standing
from avenant.domain.contracts.actions import ACTION_NATURES, SERVICE_ROLES
from avenant.domain.decision import DomainError
from avenant.domain.french import parse_number
from avenant.domain.indicators import Kind, Provider
from avenant.foundations.documents.services import read_sent
from avenant.foundations.fields import DayField

STRANDS = (("volet-1", "Volet 1"), ("volet-2", "Volet 2"), ("volet-3", "Volet 3"))
Choices = Iterable[tuple[str, str]]


def _choice(label: str, every: str, choices: Choices) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", every), *choices])


def _text(label: str, rows: int = 3, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **options)


class Filter(forms.Form):
    """A filter read from an address. What it cannot read filters nothing."""

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None, **choices: Choices) -> None:
        """``choices`` are the answers of the fields whose list depends on the reader."""
        super().__init__(data, initial=initial)
        for name, found in choices.items():
            self.fields[name].choices = [*self.fields[name].choices, *found]  # type: ignore[attr-defined]
        self.is_valid()

    def wanted(self, name: str) -> Any:
        """What is asked under ``name``; empty when nothing is, or nothing that can be read."""
        return self.cleaned_data.get(name) or ""

    def choices_of(self, name: str) -> list[tuple[Any, Any]]:
        """The answers of a field, the empty one first."""
        return list(self.fields[name].choices)  # type: ignore[attr-defined]

    @property
    def active(self) -> bool:
        return any(self.wanted(name) for name in self.fields)


class CatalogueFilter(Filter):
    """Which definitions to show."""

    q = forms.CharField(label="Code ou mots", required=False, max_length=100)
    jeu = _choice("Jeu", "Tous les jeux", ())
    volet = _choice("Volet", "Tous les volets", STRANDS)
    fournisseur = _choice("Fournisseur", "Tous", [(one.value, one.label) for one in Provider])
    nature = _choice("Nature", "Toutes", [(one.value, one.label) for one in Kind])
    recueil = _choice("Modalité de recueil", "Toutes", [(one.value, one.label) for one in MethodState])
    contrat = _choice("Contrat", "Tous", ())
    dgt = forms.BooleanField(label="Enquête DGT", required=False)


class ContractFilter(Filter):
    """Which contracts to show."""

    q = forms.CharField(label="Titre ou partie", required=False, max_length=100)
    nature = _choice("Nature", "Toutes", Contract.Kind.choices)
    etat = _choice("État", "Tous", [(one.value, one.label) for one in Standing])
    cadre = _choice("Cadre", "Tous", ())
    territoire = _choice("Territoire", "Tous", ())
    annee = forms.IntegerField(label="En vigueur en", required=False, min_value=1990, max_value=2100)


class DayForm(Filter):
    """On which day to read the text."""

    au = DayField(label="Texte au", required=False)


class CompareForm(Filter):
    """Between which days to compare the text."""

    du = DayField(label="Du", required=False)
    au = DayField(label="Au", required=False)
    montrer = _choice(
        "Montrer", "Tout", [("added", "Les ajouts"), ("removed", "Les suppressions"), ("changed", "Les modifications")]
    )


class JournalFilter(Filter):
    """Which facts of a file to show."""

    q = forms.CharField(label="Mots", required=False, max_length=100)
    organisme = _choice("Organisme", "Tous", ())
    depuis = DayField(label="Depuis le", required=False)
    jusque = DayField(label="Jusqu’au", required=False)
    tri = _choice("Ordre", "Le plus récent d’abord", [("date", "Le plus ancien d’abord")])


class MethodForm(forms.Form):
    """How an indicator is collected, and for which contracts."""

    text = _text("Modalité de recueil", rows=5, max_length=8000)
    applies_from = DayField(label="Applicable à compter du")
    contracts = forms.MultipleChoiceField(label="Contrats concernés", widget=forms.CheckboxSelectMultiple)
    annex = forms.FileField(label="Annexe", required=False, help_text="PDF, image ou XLSX, 20 Mo au plus.")

    def __init__(self, *args: Any, promises: Sequence[PromisedIndicator], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = [(str(one.contract_id), one.contract.title) for one in promises if not one.proposed]
        self.fields["contracts"].choices = chosen  # type: ignore[attr-defined]
        self.fields["contracts"].initial = [key for key, _ in chosen]

    def contract_ids(self) -> list[uuid.UUID]:
        return [uuid.UUID(key) for key in self.cleaned_data["contracts"]]


class OperatingModeForm(forms.Form):
    """What the fund and the service determined at the committee."""

    committee_on = DayField(label="Comité de suivi du")
    text = _text("Mode opératoire", rows=5, max_length=8000, help_text="Comment les chiffres sont obtenus.")
    tasks = _text("Qui fait quoi", max_length=4000, required=False)
    document = forms.FileField(label="Document", required=False, help_text="PDF, image ou XLSX, 20 Mo au plus.")


class TargetsForm(forms.Form):
    """What is aimed at, year by year."""

    def __init__(self, *args: Any, promise: PromisedIndicator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for year in range(promise.first_year, promise.last_year + 1):
            self.fields[f"target_{year}"] = forms.CharField(
                label=f"Cible {year}", required=False, max_length=100, initial=promise.targets.get(str(year), "")
            )

    def targets(self) -> dict[int, str]:
        """What was typed for each year."""
        typed = self.cleaned_data.items()
        return {int(name.removeprefix("target_")): text for name, text in typed if name.startswith("target_")}


class RemovalForm(forms.Form):
    """From which year on an indicator is no longer asked."""

    from_year = forms.IntegerField(label="À partir de l’année")


class LocalIndicatorForm(forms.Form):
    """An indicator of the parties' own."""

    printed_code = forms.CharField(label="Code", max_length=20, help_text="Par exemple «\u202f2.5.1\u202f».")
    label = forms.CharField(label="Libellé", max_length=500)
    strand = forms.ChoiceField(label="Volet", choices=STRANDS)
    kind = forms.ChoiceField(label="Nature", choices=[(one.value, one.label) for one in LOCAL_KINDS])
    provider = forms.ChoiceField(
        label="Fournisseur", choices=[(one.value, one.label) for one in Provider if one is not Provider.JOINT]
    )
    first_year = forms.IntegerField(label="Première année")
    last_year = forms.IntegerField(label="Dernière année")
    unit = forms.CharField(label="Unité", max_length=60, required=False)
    max_length = forms.IntegerField(
        label="Longueur d’un texte", required=False, min_value=1, max_value=20_000, help_text="En caractères."
    )
    choices = _text("Réponses d’un choix", required=False, help_text="Une par ligne.")
    numerator = forms.CharField(label="Numérateur d’un taux", max_length=200, required=False)
    denominator = forms.CharField(label="Dénominateur d’un taux", max_length=200, required=False)
    help = _text("Aide à la saisie", rows=2, max_length=2000, required=False)

    def indicator(self) -> LocalIndicator:
        """What the service is given."""
        typed = self.cleaned_data
        return LocalIndicator(
            printed_code=typed["printed_code"],
            label=typed["label"],
            strand=typed["strand"],
            kind=Kind(typed["kind"]),
            provider=Provider(typed["provider"]),
            unit=typed["unit"],
            help=typed["help"],
            choices=tuple(typed["choices"].splitlines()),
            max_length=typed["max_length"] or DEFAULT_TEXT_LENGTH,
            numerator=typed["numerator"],
            denominator=typed["denominator"],
        )

    def span(self) -> Span:
        return Span(self.cleaned_data["first_year"], self.cleaned_data["last_year"])


class ContributionForm(forms.Form):
    """What my party brings to an action in a year."""

    year = forms.IntegerField(label="Année", min_value=1990, max_value=2100)
    clause_key = forms.ChoiceField(label="Action", required=False)
    kind = forms.ChoiceField(label="Moyens", choices=Contribution.Means.choices)
    profession = forms.ChoiceField(
        label="Profession", required=False, choices=[("", "Sans objet"), *Contribution.Profession.choices],
        help_text="Pour des moyens humains.",
    )  # fmt: skip
    text = forms.CharField(
        label="Apport", max_length=300, help_text="Par exemple «\u202fIPRP\u202f» ou «\u202fergonome\u202f»."
    )
    quantity = forms.CharField(label="Quantité", max_length=20)
    unit = forms.CharField(
        label="Unité", max_length=40, help_text="Par exemple «\u202fjours\u202f» ou «\u202fETP\u202f»."
    )

    def __init__(self, *args: Any, actions: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clause_key"].choices = [("", "L’ensemble du contrat"), *actions]  # type: ignore[attr-defined]

    def clean_quantity(self) -> Decimal:
        """A positive number to the hundredth."""
        try:
            number = parse_number(self.cleaned_data["quantity"])
        except DomainError as error:
            raise forms.ValidationError(error.message) from error
        if number <= 0 or number != number.quantize(Decimal("0.01")) or number >= 10**9:
            raise forms.ValidationError("Donnez une quantité positive, avec deux décimales au plus.")
        return number

    def means(self) -> Means:
        """What the service is given."""
        return Means(**{name: self.cleaned_data[name] for name in Means.__dataclass_fields__})


class PurposesForm(forms.Form):
    """Which purposes of article D4622-45 an action serves."""

    purposes = forms.MultipleChoiceField(
        label="Finalités de l’article D4622-45 que sert cette action", widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, purposes: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purposes"].choices = list(purposes)  # type: ignore[attr-defined]


class OrientationsForm(forms.Form):
    """Which regional orientations an action follows."""

    orientations = forms.MultipleChoiceField(
        label="Orientations régionales que suit cette action", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, orientations: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["orientations"].choices = list(orientations)  # type: ignore[attr-defined]


class ReadingForm(forms.Form):
    """What an action is and whose priorities it serves."""

    natures = forms.MultipleChoiceField(
        label="Nature de l’action", choices=list(ACTION_NATURES.items()), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    roles = forms.MultipleChoiceField(
        label="Missions du service pour le risque chimique (L4622-2)", choices=list(SERVICE_ROLES.items()),
        required=False, widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    frameworks = forms.MultipleChoiceField(
        label="Cadres dont elle sert les priorités", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, frameworks: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["frameworks"].choices = list(frameworks)  # type: ignore[attr-defined]

    def reading(self) -> Reading:
        """What the service is given."""
        return Reading(**self.cleaned_data)


def attachment(typed: dict[str, Any], name: str) -> Attachment | None:
    """The file that came under ``name``."""
    file = typed.get(name)
    return Attachment(file.name, read_sent(file)) if file else None
