"""What is typed while a contract is drafted: how it begins, its clauses, what stands beside them. Forms never save."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from avenant.contracts.drafting.forms import Choices, _text
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.contracts.drafting.services.beside import SubAgreementDraft
from avenant.contracts.drafting.services.heads import PartyDraft
from avenant.contracts.drafting.services.writing import WRITTEN, Beginning, ClauseText
from avenant.domain.audiences import OrganisationKind
from avenant.foundations.fields import DayField
from avenant.foundations.parties.models import Organisation


class InjunctionForm(forms.Form):
    """An injunction of the fund."""

    reference = forms.CharField(label="Référence de l’injonction", max_length=80)
    issued_on = DayField(label="Notifiée le")
    subject = forms.CharField(label="Objet", max_length=250)


class SubAgreementForm(forms.Form):
    """What a sub-agreement covers, of what the text lists."""

    def __init__(self, *args: Any, foreseen: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key = foreseen["key"]
        for name, label in (("topics", "Nuisances"), ("items", "Coopération")):
            listed = foreseen.get(name, ())
            if listed:
                self.fields[name] = forms.MultipleChoiceField(
                    label=label, choices=[(one, one) for one in listed], required=False,
                    widget=forms.CheckboxSelectMultiple,
                )  # fmt: skip

    def draft(self) -> SubAgreementDraft:
        """What the service is given."""
        return SubAgreementDraft(self.key, self.cleaned_data.get("topics", ()), self.cleaned_data.get("items", ()))


class ClauseForm(forms.Form):
    """One clause; ``base`` is the fingerprint of what its writer read."""

    number = forms.CharField(
        label="Numéro", max_length=30, required=False, help_text="Par exemple «\u202fArticle 4\u202f»."
    )
    heading = forms.CharField(label="Intitulé", max_length=500, required=False)
    body = _text("Texte", rows=14, max_length=60_000, required=False, help_text="Une ligne vide sépare deux alinéas.")
    pilot = forms.ChoiceField(label="Partie responsable", required=False, help_text="Pour une fiche ou une action.")
    base = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, pilots: Choices = (), **kwargs: Any) -> None:
        """``pilots`` are the parties that may answer for the clause; without any the question is not asked."""
        super().__init__(*args, **kwargs)
        if pilots:
            self.fields["pilot"].choices = [("", "Aucune encore"), *pilots]  # type: ignore[attr-defined]
        else:
            del self.fields["pilot"]

    def text(self) -> ClauseText:
        """What the service is given."""
        typed = self.cleaned_data
        return ClauseText(**{name: typed[name] for name in ClauseText.__dataclass_fields__ if name in typed})


class NewClauseForm(ClauseForm):
    """A clause more."""

    kind = forms.ChoiceField(label="Nature", choices=[(one.value, one.label) for one in WRITTEN])
    parent_key = forms.ChoiceField(label="Placée dans", required=False)

    def __init__(self, *args: Any, parents: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent_key"].choices = [("", "Au premier niveau"), *parents]  # type: ignore[attr-defined]
        self.order_fields(["kind", "parent_key", "number", "heading", "body", "pilot"])


class BeginningForm(forms.Form):
    """How a contract begins. Its source says its kind, hence the parties that it must have."""

    source = forms.ChoiceField(label="À partir de")
    title = forms.CharField(label="Titre", max_length=250)
    service = forms.ModelChoiceField(
        Organisation.objects.none(),
        label="Service",
        required=False,
        empty_label="Aucun",
        help_text="Pour le CPOM d’un SPSTI.",
    )
    fund = forms.ModelChoiceField(
        Organisation.objects.none(),
        label="Caisse",
        required=False,
        empty_label="Aucune",
        help_text="Pour le CPOM d’un SPSTI.",
    )
    establishment = forms.ModelChoiceField(
        Organisation.objects.none(), label="Établissement", required=False, empty_label="Aucun",
        help_text="Pour le CPOM d’un établissement ou de son gestionnaire.",
    )  # fmt: skip
    first_year = forms.IntegerField(label="Première année du titre", min_value=2000, max_value=2100)
    duration_years = forms.IntegerField(label="Durée (années)", min_value=1, max_value=10, initial=5)

    def __init__(self, *args: Any, sources: Choices, kinds: Mapping[str, str], territory: str, **kwargs: Any) -> None:
        """``kinds`` is the kind of contract of each source."""
        super().__init__(*args, **kwargs)
        self.kinds = kinds
        self.fields["source"].choices = list(sources)  # type: ignore[attr-defined]
        for name, kind in (
            ("service", OrganisationKind.SERVICE),
            ("fund", OrganisationKind.FUND),
            ("establishment", OrganisationKind.ESTABLISHMENT),
        ):
            rows = Organisation.objects.filter(kind=kind.value, territory=territory).order_by("name")
            self.fields[name].queryset = rows  # type: ignore[attr-defined]

    @property
    def with_establishment(self) -> bool:
        return self.kinds.get(self.cleaned_data.get("source", "")) == Contract.Kind.CPOM_ESTABLISHMENT

    def clean(self) -> dict[str, Any]:
        """Each kind of CPOM has its own parties (S0-X-03)."""
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("establishment",) if self.with_establishment else ("service", "fund"):
            if not typed.get(name) and name not in self.errors:
                self.add_error(name, "Ce contrat ne se fait pas sans cette partie\u202f: choisissez-la.")
        return typed

    def beginning(self, author: Organisation) -> Beginning:
        """What the service is given, with the authority that prepares."""
        typed = self.cleaned_data
        first, years = typed["first_year"], typed["duration_years"]
        period = f"{first}-{first + years - 1}"
        other: Organisation = typed["establishment" if self.with_establishment else "service"]
        if self.with_establishment:
            parties: tuple[PartyDraft, ...] = (
                PartyDraft(author, ContractParty.Role.ARS),
                PartyDraft(other, ContractParty.Role.ESTABLISHMENT),
            )
        else:
            parties = (
                PartyDraft(author, ContractParty.Role.LABOUR),
                PartyDraft(typed["fund"], ContractParty.Role.FUND),
                PartyDraft(other, ContractParty.Role.SERVICE),
            )
        return Beginning(
            key=f"cpom-{other.key}-{period}"[:80],
            title=typed["title"],
            territory_id=str(author.territory_id),
            parties=parties,
            title_period=period,
            duration_years=years,
            fictional=other.fictional,
        )
