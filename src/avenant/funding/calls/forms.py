from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms

from avenant import rulebooks
from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.domain.french import format_number, parse_number, typeset
from avenant.domain.rules.parameters import BadParameter, Parameter, Unit
from avenant.domain.rules.rulebook import Rulebook
from avenant.foundations.fields import DayField
from avenant.funding.calls.models import Incident, Opinion, Source
from avenant.funding.calls.selectors import MOMENTS

BLANK = "à fixer"


class MomentField(forms.DateTimeField):
    """An instant on the clocks of the call, without its zone: the service knows it."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"})
        formats = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
        super().__init__(**{"input_formats": formats, "widget": widget, **options})

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        return typed.replace(tzinfo=None) if typed else typed


class CallFilter(forms.Form):
    """Which calls to show. What it cannot read filters nothing."""

    texte = forms.CharField(label="Mots de l’intitulé", required=False, max_length=100)
    moment = forms.ChoiceField(label="Dépôt", required=False, choices=[("", "Tous"), *MOMENTS.items()])


class NewCallForm(forms.Form):
    """A call to prepare."""

    rulebook = forms.ChoiceField(label="Règlement de départ")
    title = forms.CharField(label="Intitulé", max_length=250)
    key = forms.SlugField(label="Adresse courte", max_length=60, help_text="Par exemple clact-guadeloupe-2026.")
    year = forms.IntegerField(label="Année", min_value=2000, max_value=2100)
    reference = forms.CharField(label="Référence", max_length=80, required=False)
    mailbox = forms.EmailField(label="Adresse unique des questions")
    opens_on = DayField(label="Ouverture du dépôt")
    concerted = forms.BooleanField(
        label="Critères soumis aux partenaires puis au comité régional de sélection et de suivi", required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, typeset(rulebooks.load(name).title)) for name in rulebooks.names()]
        self.fields["rulebook"].choices = choices  # type: ignore[attr-defined]


class OptionsForm(forms.Form):
    """The head of a call and what it chooses; the criteria of each source, one a line."""

    title = forms.CharField(label="Intitulé", max_length=250)
    reference = forms.CharField(label="Référence", max_length=80, required=False)
    mailbox = forms.EmailField(label="Adresse unique des questions")
    sources = forms.MultipleChoiceField(
        label="Sources de financement ouvertes", choices=Source.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    opinions = forms.MultipleChoiceField(
        label="Avis demandés", choices=Opinion.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Sans choix, chaque partenaire de l’appel donne le sien.",
    )  # fmt: skip
    certified = forms.BooleanField(label="Dépôt certifié par une seconde personne de l’établissement", required=False)
    form_upload = forms.BooleanField(label="Modèle rempli accepté comme dossier de candidature", required=False)

    def __init__(self, *args: Any, criteria: Mapping[str, Sequence[str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, label in Source.choices:
            self.fields[f"criteria_{code}"] = forms.CharField(
                label=typeset(f"Critères propres à : {label}"), required=False, initial="\n".join(criteria.get(code, ())),
                widget=forms.Textarea(attrs={"rows": 2}), help_text="Un critère par ligne.",
            )  # fmt: skip

    def said(self) -> dict[str, Any]:
        """What the service is told."""
        told = dict(self.cleaned_data)
        criteria = {code: told.pop(f"criteria_{code}").splitlines() for code, _ in Source.choices}
        listed = {code: [one.strip() for one in lines if one.strip()] for code, lines in criteria.items()}
        return {**told, "content": {"source_criteria": {code: lines for code, lines in listed.items() if lines}}}


class IncidentForm(forms.Form):
    """An outage of the platform, on the clocks of the call."""

    started_at = MomentField(label="Commencé le (heure de l’appel)")
    ended_at = MomentField(label="Fini le (heure de l’appel)")
    what = forms.CharField(label="Ce qui s’est passé", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class FileForm(forms.Form):
    """An official model of the call."""

    label = forms.CharField(
        label="Document", max_length=200, help_text="L’intitulé d’une annexe manquante la remplace."
    )
    file = forms.FileField(label="Modèle", help_text="PDF, PNG, JPEG ou XLSX, 20 Mo au plus.")


class LinkForm(forms.Form):
    """The address of a link of the page."""

    label = forms.CharField(widget=forms.HiddenInput)
    address = forms.CharField(label="Adresse", max_length=300)


class ConsultantForm(forms.Form):
    """A consultant of the directory."""

    name = forms.CharField(label="Consultant", max_length=200)
    speciality = forms.CharField(label="Spécialité", max_length=200)
    contact = forms.CharField(label="Contact professionnel", max_length=200)
    listed_since = DayField(label="Inscrit depuis le")
    valid_to = DayField(label="Valable jusqu’au", required=False)


class ConsultantFilter(forms.Form):
    """Which consultants to show."""

    texte = forms.CharField(label="Nom ou spécialité", required=False, max_length=100)


class ConsultationForm(forms.Form):
    """What a partner, or the committee, says of the criteria."""

    on = DayField(label="Date")
    agrees = forms.TypedChoiceField(
        label="D’accord", choices=[("oui", "Oui"), ("non", "Non")], coerce=lambda value: value == "oui"
    )
    comment = forms.CharField(label="Commentaire", required=False, widget=forms.Textarea(attrs={"rows": 2}))


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label="Motif", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class ExtensionForm(ReasonForm):
    """More time, by decision, for an incident on record."""

    until = MomentField(label="Nouvelle limite, dernière seconde admise (heure de l’appel)")
    incident_id = forms.TypedChoiceField(
        label="Incident constaté", required=False, coerce=uuid.UUID, empty_value=None
    )  # fmt: skip

    def __init__(self, *args: Any, incidents: Sequence[Incident] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "aucun"), *((str(one.pk), str(one)) for one in incidents)]
        self.fields["incident_id"].choices = choices  # type: ignore[attr-defined]


class QuestionForm(forms.Form):
    """A question on a call."""

    text = forms.CharField(label="Votre question", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class AnswerForm(forms.Form):
    """An answer, to who asks or to all."""

    answer = forms.CharField(label="Réponse", max_length=8000, widget=forms.Textarea(attrs={"rows": 3}))
    to_all = forms.CharField(
        label="Question telle que tous la liront",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Laissez vide pour ne répondre qu’au demandeur. Sans nom d’établissement.",
    )


class ParameterField(forms.CharField):
    """One parameter, typed in French, read into what the rulebook writes; empty is a blank to fix.

    ``labels`` are the words of the rulebook's codes: they are shown and typed in place of the codes.
    """

    def __init__(self, parameter: Parameter, raw: Any, labels: Mapping[str, str]) -> None:
        self.parameter, self.labels = parameter, labels
        bounds = [
            words
            for words in (
                parameter.minimum is not None and f"au moins {parameter.show(parameter.minimum)}",
                parameter.maximum is not None and f"au plus {parameter.show(parameter.maximum)}",
            )
            if words
        ]
        told = [parameter.article, ", ".join(bounds), typeset(parameter.note), _HOW.get(parameter.unit, "")]
        attributes: dict[str, str] = {"autocomplete": "off"}
        widget: forms.Widget = forms.TextInput(attrs=attributes)
        if parameter.unit is Unit.CHOICE:
            options = [("", BLANK), *((code, typeset(label)) for code, label in (parameter.choices or {}).items())]
            widget = forms.Select(choices=options)
        elif parameter.unit is Unit.DATE:
            widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        elif parameter.unit is Unit.MOMENT:
            widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S")
        super().__init__(
            label=typeset(parameter.label), required=False, initial=written(parameter, raw, labels),
            help_text=" · ".join(one for one in told if one), widget=widget,
        )  # fmt: skip

    def clean(self, value: Any) -> Any:
        """The raw value for the rulebook. Raises ValidationError with the unit, the bound or the choice."""
        typed = super().clean(value).strip()
        try:
            raw = read_typed(self.parameter, typed, self.labels)
            self.parameter.read(raw)
        except DomainError as error:
            label = self.parameter.label
            named = error.message if error.message.startswith(typeset(label)) else f"{label} : {error.message}"
            raise forms.ValidationError(typeset(named)) from error
        return raw


_HOW = {
    Unit.PERCENT: "en pour cent, ou une fraction comme 1/3",
    Unit.PERCENTS: "parts en pour cent ou en fractions, séparées par un point-virgule",
    Unit.CODES: "séparés par un point-virgule",
    Unit.EUROS: "en euros",
    Unit.DAY: "mois-jour, par exemple 03-30",
    Unit.EUROS_BY: "catégorie = montant, séparés par un point-virgule",
    Unit.PERCENT_BY: "catégorie = taux, séparés par un point-virgule",
}


def read_typed(parameter: Parameter, typed: str, labels: Mapping[str, str]) -> Any:
    """What the rulebook would write for a text typed in French; None when it is empty. A code is typed by its words."""
    if not typed:
        return None
    codes = {fold(label): code for code, label in labels.items()}
    match parameter.unit:
        case Unit.PERCENT | Unit.EUROS:
            return _number_typed(parameter.unit, typed)
        case Unit.COUNT | Unit.MONTHS | Unit.YEARS:
            number = parse_number(typed)
            if number != int(number):
                raise BadParameter(f"{typed} n'est pas un nombre entier.")
            return int(number)
        case Unit.CODES:
            return [codes.get(fold(one.strip()), one.strip()) for one in typed.split(";") if one.strip()]
        case Unit.PERCENTS:
            return [_number_typed(Unit.PERCENT, one) for one in typed.split(";") if one.strip()]
        case Unit.EUROS_BY | Unit.PERCENT_BY:
            pairs = [one.partition("=") for one in typed.split(";") if one.strip()]
            of = Unit.PERCENT if parameter.unit is Unit.PERCENT_BY else Unit.EUROS
            return {codes.get(fold(one.strip()), one.strip()): _number_typed(of, value) for one, _, value in pairs}
        case Unit.YES_NO:
            return typed.lower() in {"oui", "true", "1"}
        case Unit.MOMENT:
            return typed if len(typed) > len("2023-11-06T23:59") else f"{typed}:00"
        case _:
            return typed


def _number_typed(unit: Unit, typed: str) -> str:
    """An amount, or a rate in percent or as a fraction of the whole, as the rulebook writes it."""
    bare = typed.strip().rstrip("%€").strip()
    if unit is Unit.PERCENT and _FRACTION.fullmatch(bare):
        return "".join(bare.split())
    return str(parse_number(bare))


_FRACTION = re.compile(r"\d{1,6}\s*/\s*\d{1,6}")


def written(parameter: Parameter, raw: Any, labels: Mapping[str, str]) -> str:
    """A raw value as a form shows it."""
    if raw is None:
        return ""
    if isinstance(raw, date | datetime):
        return raw.isoformat()
    if isinstance(raw, list):
        numbers = parameter.unit is Unit.PERCENTS
        return " ; ".join(str(one).replace(".", ",") if numbers else typeset(labels.get(one, str(one))) for one in raw)
    if isinstance(raw, dict):
        return " ; ".join(
            f"{typeset(labels.get(code, code))} = {str(value).replace('.', ',')}" for code, value in raw.items()
        )
    if parameter.unit in {Unit.PERCENT, Unit.EUROS}:
        return str(raw) if "/" in str(raw) else format_number(parse_number(str(raw).replace(".", ",")))
    if isinstance(raw, bool):
        return "oui" if raw else "non"
    return str(raw)


class ParametersForm(forms.Form):
    """Every parameter of a rulebook, with its bounds, its article and its blanks; an empty one is a blank, not an option."""

    draft = True

    def __init__(self, book: Rulebook, raws: Mapping[str, Any], data: Any = None) -> None:
        super().__init__(data, prefix="p")
        for name, parameter in book.parameters.items():
            self.fields[name] = ParameterField(parameter, raws.get(name), book.vocabulary.labels)

    def grouped(self, groups: Sequence[tuple[str, Sequence[str]]]) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields, under the titles of the reader's questions."""
        return [(title, [self[name] for name in names]) for title, names in groups]

    def changed_values(self, raws: dict[str, Any]) -> dict[str, Any]:
        """The values that are no longer those of the rulebook or of the last save."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if json.dumps(value) != json.dumps(raws.get(name)) and _differs(self.fields[name], value, raws.get(name))
        }


def _differs(field: Any, new: Any, old: Any) -> bool:
    parameter: Parameter = field.parameter
    return bool(parameter.read(new) != parameter.read(old))
