from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from avenant.domain.french import typeset
from avenant.foundations.fields import DayField, EurosField, FrenchDecimalField
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import (
    Applicant,
    Dialogue,
    Dossier,
    Expense,
    FundingLine,
    Piece,
    Project,
)
from avenant.funding.dossiers.services.writing import RowSaid

SECTORS = [("sanitaire", "sanitaire"), ("medico_social", "médico-social")]
POPULATIONS = [("non_medical", "personnel non médical"), ("medical", "personnel médical"), ("students", "étudiants")]
RHYTHMS = [("", "—"), ("regular", "à échéance régulière"), ("on_demand", "à la demande"), ("both", "les deux")]
EARLIER = [("", "à dire"), ("none", "aucun précédent CLACT"), ("respected", "conventions respectées"),
           ("not_respected", "une convention n’est pas respectée")]  # fmt: skip
LINKED = {
    "cpom": "Volet social du CPOM",
    "duerp": "Document unique",
    "bilan_social": "Bilan social",
    "medecine": "Rapport annuel de la médecine du travail",
}
BLANKS = 2
"""Empty rows offered at the end of a list."""

_EMPTY = [("", "—")]


def _long(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=8000, help_text=help_text, widget=forms.Textarea(attrs={"rows": 3})
    )


class ApplicantForm(forms.Form):
    """Who the establishment is; asked once."""

    number = forms.CharField(label="Numéro FINESS ou SIRET de l’établissement", max_length=20)
    status = forms.ChoiceField(label="Statut", choices=Applicant.Status.choices)
    staff = forms.ChoiceField(label="Statut du personnel", choices=Applicant.Staff.choices)
    sectors = forms.MultipleChoiceField(
        label="Secteurs autorisés", choices=SECTORS, widget=forms.CheckboxSelectMultiple, initial=["sanitaire"]
    )
    category = forms.ChoiceField(label="Catégorie", required=False)
    group = forms.CharField(label="Groupement (GHT)", required=False, max_length=120)

    def __init__(self, *args: Any, call: PublishedCall, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        skipped = {"public", "private_profit", "private_nonprofit", "sanitaire", "medico_social"}
        bodies = call.rules.get("vocabulary", {}).get("bodies", {})
        choices = [
            (code, typeset(label)) for code, label in bodies.items() if code not in skipped and not code.isdigit()
        ]
        self.fields["category"].choices = [*_EMPTY, *choices]  # type: ignore[attr-defined]


class EstablishmentForm(forms.Form):
    """Who asks, for this dossier."""

    agents = forms.IntegerField(label="Nombre d’agents de l’établissement", required=False, min_value=0)
    payroll = EurosField(label="Masse salariale annuelle (€)")
    contact = forms.CharField(label="Interlocuteur, par sa fonction", required=False, max_length=200)
    contact_email = forms.EmailField(label="Adresse de l’interlocuteur", required=False)
    approach = _long(
        "Démarche d’amélioration des conditions de travail",
        "Comment les risques ont été identifiés et la démarche menée avec les représentants du personnel.",
    )
    complementarity = _long(
        "Complémentarité avec les crédits d’investissement courant",
        "Crédits reçus de l’ARS, année et objet ; « aucun » si vous n’en avez pas reçu.".replace(" ;", "\u202f;")
        .replace("« ", "«\u202f")
        .replace(" »", "\u202f»"),
    )
    earlier_clact = forms.ChoiceField(label="Précédents CLACT", required=False, choices=EARLIER)
    upstream_with = forms.CharField(
        label="Dossier travaillé en amont avec",
        required=False,
        max_length=200,
        help_text="ARS, caisse ou direction du travail.",
    )
    upstream_since = DayField(label="Depuis le", required=False)

    ANSWERS = ("approach", "complementarity", "earlier_clact")

    @classmethod
    def of(cls, dossier: Dossier, data: Any = None) -> EstablishmentForm:
        """The form of a dossier as it is kept."""
        initial = {name: getattr(dossier, name, None) for name in cls.base_fields if name not in cls.ANSWERS}
        return cls(data, initial={**initial, **{name: dossier.answers.get(name) for name in cls.ANSWERS}})

    def said(self) -> dict[str, Any]:
        """What the service is told: the fields that were read."""
        told = {name: value for name, value in self.cleaned_data.items() if name not in self.ANSWERS}
        answers = {name: self.cleaned_data[name] for name in self.ANSWERS if self.cleaned_data.get(name)}
        emptied = {name: None for name in self.ANSWERS if name in self.cleaned_data and not self.cleaned_data[name]}
        return {**told, "answers": {**emptied, **answers}}


class ProjectForm(forms.Form):
    """A project."""

    title = forms.CharField(label="Intitulé du projet", required=False, max_length=200)
    summary = _long("Ce que le projet change", "Besoins, publics, résultats attendus.")
    nature = forms.ChoiceField(label="Nature", required=False, choices=[*_EMPTY, *Project.Nature.choices])
    in_scope = forms.TypedChoiceField(
        label="Périmètre", required=False, empty_value=None, coerce=lambda value: value == "oui",
        choices=[("", "à dire"), ("oui", "dans le périmètre de l’appel"), ("non", "hors périmètre, non prioritaire")],
    )  # fmt: skip
    strands = forms.MultipleChoiceField(label="Volets", required=False, widget=forms.CheckboxSelectMultiple)
    topics = forms.MultipleChoiceField(label="Thèmes", required=False, widget=forms.CheckboxSelectMultiple)
    other_topic = forms.CharField(label="Autre thème", required=False, max_length=120)
    starts_on = DayField(label="Début du projet", required=False)
    ends_on = DayField(label="Fin du projet", required=False)
    agents = forms.IntegerField(label="Agents concernés", required=False, min_value=0)
    populations = forms.MultipleChoiceField(
        label="Personnels concernés", required=False, choices=POPULATIONS, widget=forms.CheckboxSelectMultiple
    )
    professions = forms.CharField(
        label="Équipe mutualisée, professions", required=False, max_length=300,
        help_text="Pour le volet 4\u202f: psychologue du travail, ergonome, infirmier…",
    )  # fmt: skip
    rhythm = forms.ChoiceField(label="Équipe mutualisée, rythme", required=False, choices=RHYTHMS)

    def __init__(self, *args: Any, call: PublishedCall, project: Project | None = None, **kwargs: Any) -> None:
        if project is not None:
            known = {topic for one in call.content.get("strands", []) for topic in one["topics"]}
            kwargs["initial"] = {
                **{name: getattr(project, name) for name in ("title", "summary", "nature", "strands", "starts_on",
                                                             "ends_on", "agents", "populations")},
                "in_scope": {True: "oui", False: "non", None: ""}[project.in_scope],
                "topics": [one for one in project.topics if one in known],
                "other_topic": " ; ".join(one for one in project.topics if one not in known),
                **project.team,
            }  # fmt: skip
        super().__init__(*args, **kwargs)
        strands = call.content.get("strands", [])
        self.fields["strands"].choices = [  # type: ignore[attr-defined]
            (one["code"], typeset(f"Volet {one['code']} : {one['title']}")) for one in strands
        ]
        topics = [(topic, typeset(f"{one['code']} · {topic}")) for one in strands for topic in one["topics"]]
        self.fields["topics"].choices = topics  # type: ignore[attr-defined]
        if not strands:
            del self.fields["strands"], self.fields["topics"]

    def said(self) -> dict[str, Any]:
        """What the service is told."""
        told = dict(self.cleaned_data)
        other, team = told.pop("other_topic", ""), {name: told.pop(name, "") for name in ("professions", "rhythm")}
        if "topics" in told:
            told["topics"] = [*told["topics"], *([other] if other else [])]
        return {**told, "team": {name: value for name, value in team.items() if value}}


class RowForm(forms.Form):
    """One row of a list. A row of which nothing is typed does not count."""

    KEY: tuple[str, ...] = ()
    """The fields that make a row: all empty, it is blank."""

    @property
    def pk(self) -> uuid.UUID:
        return uuid.UUID(str(self.prefix))

    @property
    def blank(self) -> bool:
        return not any(str(self.data.get(self.add_prefix(name), "")).strip() for name in self.KEY)

    @property
    def removed(self) -> bool:
        return f"{self.prefix}-remove" in self.data


class PartnerRow(RowForm):
    KEY = ("name",)
    name = forms.CharField(label="Établissement", max_length=200)
    siret = forms.CharField(label="SIRET", required=False, max_length=14)
    carrier = forms.BooleanField(label="Porteur", required=False)
    agents = forms.IntegerField(label="Agents", required=False, min_value=0)
    cost_share = FrenchDecimalField(label="Part du coût (%)")


class ActionRow(RowForm):
    KEY = ("title",)
    title = forms.CharField(label="Action", max_length=200)
    risks = forms.CharField(label="Risques traités", required=False, max_length=500)
    starts_on = DayField(label="Début", required=False)
    ends_on = DayField(label="Fin", required=False)
    lead = forms.CharField(label="Pilote, par sa fonction", required=False, max_length=120)


class IndicatorRow(RowForm):
    KEY = ("label",)
    action = forms.TypedChoiceField(label="Action", coerce=uuid.UUID, empty_value=None)
    label = forms.CharField(label="Indicateur", max_length=200)
    unit = forms.CharField(label="Unité", required=False, max_length=40)
    baseline = FrenchDecimalField(label="Départ")
    target = FrenchDecimalField(label="Cible")

    def __init__(self, *args: Any, actions: Sequence[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = list(actions)  # type: ignore[attr-defined]


class ExpenseRow(RowForm):
    KEY = ("label", "excl_tax", "incl_tax")
    label = forms.CharField(label="Dépense", max_length=200)
    kind = forms.ChoiceField(label="Nature", required=False)
    excl_tax = EurosField(label="Montant HT (€)")
    incl_tax = EurosField(label="Montant TTC (€)")
    vat = forms.ChoiceField(label="TVA", required=False, choices=[*_EMPTY, *Expense.Vat.choices])
    engagement = forms.ChoiceField(label="Engagement", required=False, choices=[*_EMPTY, *Expense.Engagement.choices])
    refundable_by = forms.ChoiceField(
        label="Autre prise en charge", required=False, choices=[*_EMPTY, *Expense.Elsewhere.choices]
    )
    teaching = EurosField(label="Dont coût pédagogique (€)")
    recurrent = forms.BooleanField(label="Revient chaque année", required=False)
    funded_elsewhere = forms.BooleanField(label="Déjà financée hors du plan", required=False)

    def __init__(self, *args: Any, call: PublishedCall, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = call.rules.get("vocabulary", {}).get("expenses", {})
        self.fields["kind"].choices = [*_EMPTY, *((code, typeset(label)) for code, label in kinds.items())]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        excl, incl, vat = said.get("excl_tax"), said.get("incl_tax"), said.get("vat")
        if excl is not None and incl is not None and incl < excl:
            self.add_error("incl_tax", "Le montant TTC est au moins le montant HT.")
        if vat == Expense.Vat.NONE and excl is not None and incl is not None and incl != excl:
            self.add_error("vat", "Sans TVA, les deux montants sont égaux.")
        return said


class FundingRow(RowForm):
    KEY = ("payer", "amount")
    payer = forms.CharField(label="Financeur", max_length=200)
    nature = forms.ChoiceField(label="Nature", choices=FundingLine.Nature.choices)
    amount = EurosField(label="Montant (€)")
    granted = forms.BooleanField(label="Accordée", required=False)
    expense = forms.TypedChoiceField(label="Pour une seule dépense", coerce=uuid.UUID, empty_value=None, required=False)

    def __init__(self, *args: Any, expenses: Sequence[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expense"].choices = [("", "toutes"), *expenses]  # type: ignore[attr-defined]


class DialogueRow(RowForm):
    KEY = ("on", "participants", "result", "body")
    kind = forms.ChoiceField(label="Réunion", choices=Dialogue.Kind.choices)
    body = forms.ChoiceField(label="Instance", required=False, choices=[*_EMPTY, *Dialogue.Body.choices])
    on = DayField(label="Date", required=False)
    participants = forms.CharField(label="Participants, par leur fonction", required=False, max_length=300)
    result = forms.CharField(label="Ce qui en est sorti", required=False, max_length=2000)


class Rows:
    """A list of row forms: those kept, then empty ones whose identifiers the page gives, so that saving twice the same
    page never doubles a row."""

    def __init__(
        self, form: type[RowForm], rows: Iterable[Any], *, name: str, data: QueryDict | None = None, **options: Any
    ) -> None:
        self.name = name
        if data is not None:
            pks = [one for one in data.getlist(name) if _is_uuid(one)]
            self.forms = [form(data, prefix=one, **options) for one in pks]
            return
        self.forms = [form(prefix=str(row.pk), initial=_initial(form, row), **options) for row in rows]
        self.forms += [form(prefix=str(uuid.uuid4()), **options, use_required_attribute=False) for _ in range(BLANKS)]

    def __iter__(self) -> Any:
        return iter(self.forms)

    @property
    def wrong(self) -> list[RowForm]:
        """The rows that cannot be read."""
        return [one for one in self.forms if not one.blank and not one.removed and not one.is_valid()]

    @property
    def said(self) -> list[RowSaid]:
        """What the service is told: rows that are read, and those taken out; a wrong row is left as it was kept."""
        wrong = {id(one) for one in self.wrong}
        return [
            RowSaid(one.pk, None if one.blank or one.removed else one.cleaned_data)
            for one in self.forms
            if id(one) not in wrong
        ]


def _initial(form: type[RowForm], row: Any) -> dict[str, Any]:
    return {name: getattr(row, f"{name}_id", getattr(row, name, None)) for name in form.base_fields}


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


class PieceForm(forms.Form):
    """A piece: a file, or why there is none."""

    kind = forms.ChoiceField(label="Pièce")
    project = forms.TypedChoiceField(label="Projet", required=False, coerce=int, empty_value=None)
    file = forms.FileField(
        label="Fichier",
        required=False,
        help_text="PDF, PNG, JPEG ou XLSX, 20 Mo au plus. Aucune donnée de santé d’une personne.",
    )
    on = DayField(label="Date de la pièce", required=False, help_text="Mise à jour du DUERP, avis rendu, débat.")
    signatory = forms.CharField(label="Signée par (qualité)", required=False, max_length=200)
    signed_on = DayField(label="Signée le", required=False)
    body = forms.ChoiceField(label="Instance", required=False, choices=[*_EMPTY, *Dialogue.Body.choices])
    opinion = forms.ChoiceField(label="Avis", required=False, choices=[*_EMPTY, *Piece.Opinion.choices])
    unavailable = forms.CharField(label="Non disponible, parce que", required=False, max_length=300)

    def __init__(self, *args: Any, call: PublishedCall, projects: Sequence[Project], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = call.rules.get("vocabulary", {}).get("pieces", {})
        kinds = [
            (code, typeset(label)) for code, label in labels.items() if code not in {"formulaire", "plan_financement"}
        ]
        self.fields["kind"].choices = [("", "Choisir"), *kinds]  # type: ignore[attr-defined]
        self.fields["project"].choices = [("", "tout le dossier"), *((one.position, str(one)) for one in projects)]  # type: ignore[attr-defined]


class DossierFilter(forms.Form):
    """Which dossiers to show. What it cannot read filters nothing."""

    texte = forms.CharField(label="Établissement, commune ou FINESS", required=False, max_length=100)
    appel = forms.TypedChoiceField(label="Appel", required=False, coerce=uuid.UUID, empty_value=None)
    etat = forms.ChoiceField(label="État", required=False, choices=[("", "Tous"), *Dossier.lifecycle.states.items()])
    territoire = forms.ChoiceField(label="Territoire", required=False)

    def __init__(self, *args: Any, calls: Sequence[tuple[Any, str]], territories: Sequence[tuple[str, str]]) -> None:
        super().__init__(*args)
        self.fields["appel"].choices = [("", "Tous"), *calls]  # type: ignore[attr-defined]
        self.fields["territoire"].choices = [("", "Tous"), *territories]  # type: ignore[attr-defined]
