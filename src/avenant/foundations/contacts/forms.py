from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from avenant.domain.decision import DomainError
from avenant.foundations.contacts.models import Contact, ContactList, Partner
from avenant.foundations.contacts.selectors import Sought
from avenant.foundations.contacts.services import ContactDraft
from avenant.foundations.fields import DayField
from avenant.foundations.parties.models import Establishment
from avenant.foundations.parties.selectors import find_by_number


class ContactFilter(forms.Form):
    """Which contacts to show. What it cannot read filters nothing."""

    q = forms.CharField(label="Fonction, nom ou organisme", required=False, max_length=100)
    dossier = forms.TypedChoiceField(label="Dossier", required=False, coerce=uuid.UUID, empty_value=None)
    organisme = forms.TypedChoiceField(label="Organisme", required=False, coerce=uuid.UUID, empty_value=None)
    partenaires = forms.ChoiceField(
        label="Partenaires", required=False, choices=[("", "Aucun"), *Partner.Domain.choices]
    )
    anciens = forms.BooleanField(label="Avec les anciens contacts", required=False)

    def __init__(
        self, *args: Any, files: Iterable[tuple[uuid.UUID, str]], organisations: Iterable[tuple[uuid.UUID, str]]
    ) -> None:
        super().__init__(*args)
        self.fields["dossier"].choices = [("", "Tous"), *files]  # type: ignore[attr-defined]
        self.fields["organisme"].choices = [("", "Tous"), *organisations]  # type: ignore[attr-defined]
        self.is_valid()

    def sought(self, today: date) -> Sought:
        """What was asked, for the selector."""
        said = self.cleaned_data
        on = None if said.get("anciens") else today
        return Sought(said.get("dossier"), said.get("organisme"), said.get("q", ""), on)

    @property
    def filters(self) -> bool:
        return any(self.cleaned_data.get(name) for name in self.fields)


class ContactForm(forms.Form):
    """A contact of my organisation."""

    function = forms.CharField(
        label="Fonction", max_length=120, help_text="Par exemple « contrôleur de sécurité » ou « pilote des CPOM »."
    )
    name = forms.CharField(
        label="Nom de l’agent", max_length=120, required=False, help_text="Vide pour une boîte fonctionnelle."
    )
    mailbox = forms.EmailField(label="Courriel professionnel", required=False)
    phone = forms.CharField(label="Téléphone professionnel", max_length=30, required=False)
    starts_on = DayField(label="Depuis le")
    numbers = forms.CharField(
        label="Établissements suivis",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="SIRET ou numéros FINESS, séparés par des espaces ou des virgules.",
    )
    correspondent = forms.BooleanField(label="Correspondant unique", required=False)

    def __init__(self, *args: Any, listing: ContactList, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fictional = listing.organisation.fictional
        if not listing.single:
            del self.fields["correspondent"]

    def clean_numbers(self) -> tuple[Establishment, ...]:
        try:
            return find_by_number(self.cleaned_data["numbers"])
        except DomainError as error:
            raise forms.ValidationError(error.message) from error

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors and not (said["mailbox"] or said["phone"]):
            self.add_error("mailbox", "Donnez un courriel ou un téléphone professionnel.")
        return said

    @property
    def draft(self) -> ContactDraft:
        said = self.cleaned_data
        return ContactDraft(
            function=said["function"], starts_on=said["starts_on"], mailbox=said["mailbox"], phone=said["phone"],
            name=said["name"], correspondent=said.get("correspondent", False), establishments=said["numbers"],
            fictional=self.fictional,
        )  # fmt: skip


class EndForm(forms.Form):
    """From which day a contact holds no longer."""

    ends_on = DayField(label="À compter du")


class FollowForm(forms.Form):
    """Establishments that a contact follows too."""

    numbers = forms.CharField(label="SIRET ou numéro FINESS", max_length=60)

    def clean_numbers(self) -> tuple[Establishment, ...]:
        try:
            return find_by_number(self.cleaned_data["numbers"])
        except DomainError as error:
            raise forms.ValidationError(error.message) from error


class ReviewForm(forms.Form):
    """The committee in which the list was reviewed."""

    on = DayField(label="Revue le")
    committee = forms.CharField(label="Comité", max_length=160, help_text="Par exemple « Comité de suivi du CPOM ».")


class ExchangeForm(forms.Form):
    """A direct exchange with an agent of another institution."""

    giver = forms.TypedChoiceField(label="Vous, en qualité de", coerce=uuid.UUID, empty_value=None)
    receiver = forms.TypedChoiceField(label="Avec", coerce=uuid.UUID, empty_value=None)
    on = DayField(label="Date")
    subject = forms.CharField(
        label="Objet",
        max_length=250,
        help_text="Les conditions de travail dans cet établissement, sans donnée de santé.",
    )
    text = forms.CharField(
        label="Ce qui a été dit", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Lu des seuls agents qui suivent cet établissement.",
    )  # fmt: skip

    def __init__(self, *args: Any, givers: Iterable[Contact], receivers: Iterable[Contact], **options: Any) -> None:
        super().__init__(*args, **options)
        for name, rows in (("giver", givers), ("receiver", receivers)):
            self.fields[name].choices = [(one.pk, f"{one}, {one.list}") for one in rows]  # type: ignore[attr-defined]


class PartnerForm(forms.Form):
    """A partner that calls a contact of my organisation."""

    name = forms.CharField(label="Partenaire", max_length=160)
    domain = forms.ChoiceField(label="Domaine", choices=Partner.Domain.choices, initial=Partner.Domain.PDP)
