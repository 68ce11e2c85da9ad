"""Forms read what was typed; they never save."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms

from avenant.contracts.actions.models import Effect, FollowedEnterprise, Progress, SharedAction
from avenant.contracts.actions.services import CampaignDraft, SharedDraft
from avenant.contracts.drafting.forms import Choices, Filter, _text, attachment
from avenant.contracts.drafting.models import Contract
from avenant.foundations.fields import DayField, EurosField
from avenant.foundations.parties.models import Organisation


def _choice(label: str, every: str, choices: Iterable[tuple[str, str]] = ()) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", every), *choices])


class ActionFilter(Filter):
    """Which actions of my organisation to show."""

    q = forms.CharField(label="Mots", required=False, max_length=100)
    contrat = _choice("Contrat", "Tous")
    etat = _choice("Avancement", "Tous", [("none", "pas encore dite"), *Progress.State.choices])


class SharedFilter(Filter):
    """Which shared actions to show; ``valorisees`` gives the communication list of a year."""

    q = forms.CharField(label="Intitulé", required=False, max_length=100)
    nature = _choice("Nature", "Toutes", SharedAction.Kind.choices)
    annee = forms.IntegerField(label="Année", required=False, min_value=1990, max_value=2100)
    valorisees = forms.BooleanField(label="Valorisées", required=False)


class TargetFilter(Filter):
    """Which establishments to show."""

    q = forms.CharField(label="Nom, SIRET ou secteur", required=False, max_length=100)
    manques = forms.BooleanField(label="Sans interlocuteur au service", required=False)


class EnterpriseFilter(Filter):
    """Which followed enterprises to show."""

    q = forms.CharField(label="Raison sociale ou SIRET", required=False, max_length=100)
    identification = _choice("Identification", "Toutes", FollowedEnterprise.Step.choices)
    tracabilite = _choice("Traçabilité", "Toutes", FollowedEnterprise.Step.choices)


class ProgressForm(forms.Form):
    """Where an action stands."""

    state = forms.ChoiceField(label="Avancement", choices=Progress.State.choices)
    comment = _text("Commentaire", rows=2, max_length=4000, required=False)


class EffectForm(forms.Form):
    """What became of an expected effect."""

    effect = forms.ChoiceField(label="Effet attendu")
    rating = forms.ChoiceField(label="Appréciation", choices=Effect.Rating.choices)
    comment = _text("Commentaire", rows=2, max_length=4000)

    def __init__(self, *args: Any, effects: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effect"].choices = [(one, one) for one in effects]  # type: ignore[attr-defined]


class RequestForm(forms.Form):
    """What an action asks of an outside funder."""

    funder = forms.CharField(label="Demandé à", max_length=120)
    asked = EurosField(label="Montant demandé", required=False)


class RequestStepForm(forms.Form):
    """What became of a request: the day, and the amount granted or the reason of the refusal."""

    FIELDS: ClassVar = {"submit": ("on",), "acknowledge": (), "grant": ("on", "amount"), "refuse": ("on", "reason")}

    on = DayField(label="Jour")
    amount = EurosField(label="Montant accordé")
    reason = forms.CharField(label="Motif du refus", max_length=300)

    def __init__(self, *args: Any, act: str, **kwargs: Any) -> None:
        kwargs["auto_id"] = f"{act}_%s"
        super().__init__(*args, **kwargs)
        for name in {"on", "amount", "reason"} - set(self.FIELDS.get(act, ())):
            del self.fields[name]


class ObjectiveForm(forms.Form):
    """An operational objective, and the enterprises with which it is set."""

    text = forms.CharField(label="Objectif opérationnel", max_length=500)
    enterprises = forms.CharField(label="Défini avec", max_length=300, help_text="Les entreprises participantes.")


class SharedForm(forms.Form):
    """A shared action, its contracts and who else takes part."""

    kind = forms.ChoiceField(label="Nature", choices=SharedAction.Kind.choices)
    title = forms.CharField(label="Intitulé", max_length=200)
    held_on = DayField(label="Date")
    contracts = forms.ModelMultipleChoiceField(
        Contract.objects.none(), label="Contrats", required=False, help_text="Leurs parties y participent."
    )
    members = forms.ModelMultipleChoiceField(Organisation.objects.none(), label="Membres", required=False)
    partners = forms.ModelMultipleChoiceField(Organisation.objects.none(), label="Partenaires", required=False)
    file = forms.FileField(label="Document", required=False, help_text="PDF, image ou XLSX, 20 Mo au plus.")

    def __init__(self, *args: Any, contracts: Any, organisations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contracts"].queryset = contracts  # type: ignore[attr-defined]
        for name in ("members", "partners"):
            self.fields[name].queryset = organisations  # type: ignore[attr-defined]

    def draft(self) -> SharedDraft:
        """What the service is given."""
        typed = self.cleaned_data
        return SharedDraft(
            SharedAction.Kind(typed["kind"]), typed["title"], typed["held_on"], list(typed["members"]),
            list(typed["partners"]), [one.pk for one in typed["contracts"]], attachment(typed, "file"),
        )  # fmt: skip


class PromotionForm(forms.Form):
    """Where an action was published."""

    publication = forms.URLField(label="Lien de la publication", max_length=300, assume_scheme="https")
    promoted_on = DayField(label="Valorisée le")


class CampaignForm(forms.Form):
    """A measurement campaign."""

    laboratory = forms.ChoiceField(label="Laboratoire")
    starts_on = DayField(label="Du")
    ends_on = DayField(label="Au")
    enterprises = forms.IntegerField(label="Entreprises visitées", min_value=0, required=False)
    report = forms.FileField(label="Rapport", required=False, help_text="PDF, image ou XLSX, 20 Mo au plus.")

    def __init__(self, *args: Any, laboratories: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["laboratory"].choices = list(laboratories)  # type: ignore[attr-defined]

    def draft(self) -> CampaignDraft:
        """What the service is given."""
        typed = self.cleaned_data
        return CampaignDraft(
            typed["laboratory"], typed["starts_on"], typed["ends_on"], typed["enterprises"], attachment(typed, "report")
        )


class PlanForm(forms.Form):
    """How many campaigns a year."""

    each = forms.IntegerField(label="Par laboratoire", min_value=0, max_value=24, required=False)
    total = forms.IntegerField(label="En tout", min_value=0, max_value=48, required=False)


class TargetsForm(forms.Form):
    """The file of annex 3."""

    file = forms.FileField(label="Liste", help_text="CSV ou XLSX\u202f: SIRET, Nom, FINESS, Secteur.")
    take_the_rest = forms.BooleanField(label="Prendre les lignes correctes, laisser les autres", required=False)


class ProgrammeForm(forms.Form):
    """The follow-up of a programme, an enterprise a line."""

    file = forms.FileField(
        label="Suivi des entreprises",
        help_text="CSV ou XLSX\u202f: SIRET, Raison sociale, Identification, Traçabilité, Salariés exposés (nombre).",
    )
