"""The sections of a dossier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from avenant.domain.french import enumerate_in_words, typeset
from avenant.domain.rules.questions import Place
from avenant.foundations.fields import DayField, EurosField, FrenchDecimalField
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.facts import questions_at
from avenant.funding.dossiers.forms.questions import EMPTY, add_questions, answers_shown, take_answers
from avenant.funding.dossiers.forms.rows import body_choices
from avenant.funding.dossiers.models import Applicant, Dossier, Project, ProjectPartner

SECTORS = [("sanitaire", "sanitaire"), ("medico_social", "médico-social")]
POPULATIONS = [("non_medical", "personnel non médical"), ("medical", "personnel médical"), ("students", "étudiants")]
RHYTHMS = [("", "—"), ("regular", "à échéance régulière"), ("on_demand", "à la demande"), ("both", "les deux")]
EARLIER = [("", "à dire"), ("none", "aucun précédent CLACT"), ("respected", "conventions respectées"),
           ("not_respected", "une convention n’est pas respectée")]  # fmt: skip
PROFESSIONS = (
    "psychologue du travail", "psychologue clinicien", "ergonome", "infirmier en soins palliatifs",
    "expert en communication", "expert en management", "préparateur physique", "nutritionniste", "assistant social",
)  # fmt: skip
SUPPORTS = ("individuel", "collectif", "ludique", "créatif", "groupes de travail", "groupes de régulation")


def _long(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=8000, help_text=help_text, widget=forms.Textarea(attrs={"rows": 3})
    )


class ApplicantForm(forms.Form):
    """Who the establishment is; asked once."""

    draft = True

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
        self.fields["category"].choices = [*EMPTY, *choices]  # type: ignore[attr-defined]


class EstablishmentForm(forms.Form):
    """Who asks, for this dossier."""

    draft = True

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

    def __init__(self, *args: Any, call: PublishedCall, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions_at(call.book(), Place.DOSSIER, Place.APPLICANT)
        add_questions(self, self.questions)

    @classmethod
    def of(cls, dossier: Dossier, data: Any = None) -> EstablishmentForm:
        """The form of a dossier as it is kept."""
        initial = {name: getattr(dossier, name, None) for name in cls.base_fields if name not in cls.ANSWERS}
        initial |= {name: dossier.answers.get(name) for name in cls.ANSWERS}
        form = cls(data, call=dossier.call, initial=initial)
        form.initial.update(answers_shown(dossier.answers, form.questions))
        return form

    def said(self) -> dict[str, Any]:
        """What the service is told: the fields that were read."""
        read = dict(self.cleaned_data)
        asked = take_answers(read, self.questions)
        told = {name: value for name, value in read.items() if name not in self.ANSWERS}
        answers = {name: read[name] for name in self.ANSWERS if read.get(name)}
        emptied = {name: None for name in self.ANSWERS if name in read and not read[name]}
        return {**told, "answers": {**emptied, **answers, **asked}}


def _multiple(label: str, choices: list[tuple[str, str]]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, required=False, choices=choices, widget=forms.CheckboxSelectMultiple)


def _names(names: Sequence[str]) -> list[tuple[str, str]]:
    return [(one, one) for one in names]


class ProjectForm(forms.Form):
    """A project: for each strand of the call its topics, which are examples, and another one in words."""

    draft = True

    title = forms.CharField(label="Intitulé du projet", required=False, max_length=200)
    summary = _long("Ce que le projet change", "Besoins, publics, résultats attendus.")
    nature = forms.ChoiceField(label="Nature", required=False, choices=[*EMPTY, *Project.Nature.choices])
    in_scope = forms.TypedChoiceField(
        label="Périmètre", required=False, empty_value=None, coerce=lambda value: value == "oui",
        choices=[("", "à dire"), ("oui", "dans le périmètre de l’appel"), ("non", "hors périmètre, non prioritaire")],
    )  # fmt: skip
    strands = _multiple("Volets", [])
    starts_on = DayField(label="Début du projet", required=False)
    ends_on = DayField(label="Fin du projet", required=False)
    agents = forms.IntegerField(label="Agents concernés", required=False, min_value=0)
    populations = _multiple("Personnels concernés", POPULATIONS)
    sharing = forms.ChoiceField(
        label="Projet mutualisé, cadre", required=False, choices=[*EMPTY, *Project.Sharing.choices],
        help_text="Les établissements et leurs parts se donnent plus bas.",
    )  # fmt: skip
    professions = _multiple("Équipe mutualisée, professions", _names(PROFESSIONS))
    other_profession = forms.CharField(label="Équipe mutualisée, autre profession", required=False, max_length=120)
    support_types = _multiple("Équipe mutualisée, types d’accompagnement", _names(SUPPORTS))
    rhythm = forms.ChoiceField(label="Équipe mutualisée, rythme", required=False, choices=RHYTHMS)

    TEAM = ("professions", "other_profession", "support_types", "rhythm")

    def __init__(self, *args: Any, call: PublishedCall, project: Project | None = None, **kwargs: Any) -> None:
        self.strands_of_call: list[dict[str, Any]] = list(call.content.get("strands", []))
        if project is not None:
            names = (
                "title",
                "summary",
                "nature",
                "strands",
                "starts_on",
                "ends_on",
                "agents",
                "populations",
                "sharing",
            )
            kwargs["initial"] = {
                **{name: getattr(project, name) for name in names},
                "in_scope": {True: "oui", False: "non", None: ""}[project.in_scope],
                **self._topics_kept(project.topics), **project.team,
            }  # fmt: skip
        super().__init__(*args, **kwargs)
        self.questions = questions_at(call.book(), Place.PROJECT)
        add_questions(self, self.questions)
        if project:
            self.initial.update(answers_shown(project.answers, self.questions))
        self.fields["strands"].choices = [  # type: ignore[attr-defined]
            (one["code"], typeset(f"Volet {one['code']} : {one['title']}")) for one in self.strands_of_call
        ]
        if not self.strands_of_call:
            del self.fields["strands"]
        for one in reversed(self.strands_of_call):
            self._offer(one)

    def _offer(self, strand: dict[str, Any]) -> None:
        """The topics of a strand and « autre », after the strands; its stakes are told."""
        code, stakes = strand["code"], strand.get("stakes", [])
        topics = _multiple(f"Volet {code}, thèmes", [(one, typeset(one)) for one in strand["topics"]])
        topics.help_text = typeset(f"Enjeux : {enumerate_in_words(stakes)}.") if stakes else ""
        other = forms.CharField(label=f"Volet {code}, autre thème", required=False, max_length=100)
        added = {f"topics_{code}": topics, f"other_{code}": other}
        names = list(self.fields)
        at = names.index("strands") + 1
        self.fields.update(added)
        self.order_fields([*names[:at], *added, *names[at:]])

    def _topics_kept(self, topics: Sequence[str]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for strand in self.strands_of_call:
            code, lead = strand["code"], other_topic(strand["code"], "")
            kept[f"topics_{code}"] = [one for one in topics if one in strand["topics"]]
            kept[f"other_{code}"] = next((one.removeprefix(lead) for one in topics if one.startswith(lead)), "")
        return kept

    def said(self) -> dict[str, Any]:
        """What the service is told."""
        told = dict(self.cleaned_data)
        asked = take_answers(told, self.questions)
        team = {name: told.pop(name, "") for name in self.TEAM}
        topics: list[str] = []
        for strand in self.strands_of_call:
            topics += told.pop(f"topics_{strand['code']}", [])
            other = told.pop(f"other_{strand['code']}", "")
            topics += [other_topic(strand["code"], other)] if other else []
        kept = {name: value for name, value in team.items() if value}
        return {**told, "topics": topics, "team": kept, "answers": asked}


def other_topic(strand: str, words: str) -> str:
    """A topic that the call does not list, under its strand."""
    return f"volet {strand}, autre\u202f: {words}"


class PlanForm(forms.Form):
    """The plan of actions as a whole."""

    draft = True

    plan_on = DayField(
        label="Plan d’actions arrêté le", required=False,
        help_text="La version que les représentants du personnel ont lue : leur avis est du même jour ou d’après.",
    )  # fmt: skip


class SignatureForm(forms.Form):
    """Who signed the local contract, each party as it comes."""

    management_capacity = forms.CharField(label="Signé pour la direction, qualité", required=False, max_length=200)
    management_signed_on = DayField(label="Signé par la direction le", required=False)
    staff_body = forms.ChoiceField(label="Instance du personnel", required=False)
    staff_capacity = forms.CharField(label="Signé pour le personnel, qualité", required=False, max_length=200)
    staff_signed_on = DayField(label="Signé par les représentants du personnel le", required=False)
    file = forms.FileField(label="Exemplaire signé", required=False, help_text="PDF, 20 Mo au plus.")

    def __init__(self, *args: Any, status: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["staff_body"].choices = body_choices(status)  # type: ignore[attr-defined]


class DepartureForm(forms.Form):
    """A partner that leaves a shared project, and the shares of those who stay."""

    on = DayField(label="Jour du départ")
    reason = forms.CharField(label="Motif", max_length=300)

    def __init__(self, *args: Any, staying: Sequence[ProjectPartner], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in staying:
            self.fields[f"share-{one.pk}"] = FrenchDecimalField(
                label=f"{one.name}, part du coût désormais (%)", initial=one.cost_share, required=True
            )
