from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from avenant.domain.funding.opinions import Collegial
from avenant.domain.money import ZERO
from avenant.foundations.fields import DayField, EurosField, FrenchDecimalField
from avenant.foundations.parties.forms import EstablishmentField
from avenant.foundations.parties.models import Organisation, Territory
from avenant.funding.allocation.models import COUNTRY, Aid, Envelope, Examined, Scenario, Selection, Source
from avenant.funding.allocation.services import delegating
from avenant.funding.allocation.services.deciding import Decided
from avenant.funding.allocation.services.envelopes import AidSaid, EnvelopeSaid, Expense
from avenant.funding.allocation.services.scenarios import Hypotheses
from avenant.funding.allocation.services.sessions import Proposal, SelectionSaid
from avenant.funding.grants.models import Scheme

HOUR = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
ALL = [("", "Tous")]
LINES = forms.Textarea(attrs={"rows": 3})


def _places(territories: Iterable[Territory]) -> list[tuple[str, str]]:
    return [(one.code, one.name) for one in territories]


class PlaceField(forms.ChoiceField):
    """A territory, or for a national body the whole country (None)."""

    def __init__(self) -> None:
        super().__init__(label="Territoire")

    def clean(self, value: Any) -> str | None:
        return super().clean(value) or None


def _offer(field: forms.Field, territories: Iterable[Territory], *, national: bool) -> None:
    country = [("", COUNTRY)] if national else []
    field.required = not national
    field.choices = [*country, *_places(territories)]  # type: ignore[attr-defined]


class EnvelopeFilter(forms.Form):
    """Which envelopes to show. What it cannot read filters nothing."""

    annee = forms.IntegerField(label="Année", required=False, min_value=2000, max_value=2100)
    source = forms.ChoiceField(label="Source", required=False, choices=[("", "Toutes"), *Source.choices])
    financeur = forms.ChoiceField(label="Financeur", required=False)
    territoire = forms.ChoiceField(label="Territoire", required=False)
    texte = forms.CharField(label="Rechercher", required=False, max_length=100)

    def __init__(
        self, *args: Any, funders: Iterable[Organisation], territories: Iterable[Territory], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["financeur"].choices = [*ALL, *((str(one.pk), one.short_name) for one in funders)]  # type: ignore[attr-defined]
        self.fields["territoire"].choices = [*ALL, *_places(territories)]  # type: ignore[attr-defined]


class SearchForm(forms.Form):
    """Words to look for."""

    texte = forms.CharField(label="Rechercher", required=False, max_length=100)


class EnvelopeForm(forms.Form):
    """An envelope of my institution."""

    source = forms.ChoiceField(label="Source", choices=Source.choices)
    year = forms.IntegerField(label="Année", min_value=2000, max_value=2100)
    territory = PlaceField()
    label = forms.CharField(label="Précision", required=False, max_length=120, help_text="Par exemple : CLACT.")
    amount = EurosField(label="Montant", required=True)
    basis = forms.CharField(label="Décision ou article", required=False, max_length=200)

    def __init__(self, *args: Any, territories: Iterable[Territory], national: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["territory"], territories, national=national)

    def said(self) -> EnvelopeSaid:
        """What was typed."""
        return EnvelopeSaid(**self.cleaned_data)


class ReviseForm(forms.Form):
    """Another amount, with its reason."""

    amount = EurosField(label="Nouveau montant", required=True)
    reason = forms.CharField(label="Motif", max_length=500)


class DelegateForm(forms.Form):
    """A part of an envelope for a narrower one."""

    territory = PlaceField()
    label = forms.CharField(label="Précision", required=False, max_length=120)
    amount = EurosField(label="Montant délégué", required=True)

    def __init__(self, *args: Any, territories: Iterable[Territory], national: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["territory"], territories, national=national)


class DecisionForm(forms.Form):
    """The decision on a delegation: reference and day."""

    reference = forms.CharField(
        label="Décision ou article", max_length=200, help_text="L’organisme qui reçoit la lira."
    )
    decided_on = DayField(label="Décidée le")


class EntrustForm(DecisionForm):
    """A part of a national envelope for an institution of a region."""

    receiver = forms.ChoiceField(label="Déléguée à")
    amount = EurosField(label="Montant délégué", required=True)
    label = forms.CharField(
        label="Précision", required=False, max_length=120, help_text="Vide : celle de l’enveloppe nationale."
    )
    field_order = ("receiver", "amount", "label", "reference", "decided_on")

    def __init__(self, *args: Any, receivers: Iterable[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["receiver"].choices = [  # type: ignore[attr-defined]
            ("", "Choisir"),
            *((str(one.pk), f"{one.short_name} ({one.territory.name})") for one in receivers),
        ]

    def said(self) -> dict[str, Any]:
        """To whom, under which name, by which decision."""
        typed = self.cleaned_data
        decided = delegating.Decided(
            amount=typed["amount"], reference=typed["reference"], decided_on=typed["decided_on"]
        )
        return {"receiver_id": uuid.UUID(typed["receiver"]), "label": typed["label"], "said": decided}


class ChangeForm(DecisionForm):
    """Another amount delegated, by a decision with its reason."""

    amount = EurosField(label="Nouveau montant délégué", required=True)
    reason = forms.CharField(label="Motif", max_length=500)
    field_order = ("amount", "reference", "decided_on", "reason")

    def said(self) -> delegating.Decided:
        """The decision that was typed."""
        return delegating.Decided(**self.cleaned_data)


class TakeBackForm(DecisionForm):
    """A delegation withdrawn, by a decision with its reason."""

    reason = forms.CharField(label="Motif", max_length=500)


class DelegationFilter(forms.Form):
    """Which delegations to show. What it cannot read filters nothing."""

    annee = forms.IntegerField(label="Année", required=False, min_value=2000, max_value=2100)
    source = forms.ChoiceField(label="Source", required=False, choices=[("", "Toutes"), *Source.choices])
    territoire = forms.ChoiceField(label="Région", required=False)
    texte = forms.CharField(label="Rechercher", required=False, max_length=100)
    enveloppe = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, territories: Iterable[Territory], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["territoire"].choices = [("", "Toutes"), *_places(territories)]  # type: ignore[attr-defined]


class AidForm(forms.Form):
    """An aid of my institution, told to the partners. Its beneficiary is an establishment, or says what it is."""

    draft = True

    establishment = EstablishmentField(
        label="Établissement aidé", required=False,
        help_text="SIRET, FINESS, ou mots du nom et de la commune. L’aide est comparée aux dossiers de cet établissement.",
    )  # fmt: skip
    beneficiary = forms.CharField(label="Son nom", required=False, max_length=200)
    outside = forms.CharField(
        label="Ce qu’il est", required=False, max_length=120,
        help_text="Une association, une journée, une collectivité…",
    )  # fmt: skip
    subject = forms.CharField(label="Action", max_length=250)
    nature = forms.ChoiceField(label="Nature de coût", choices=Aid.Nature.choices)
    partnership = forms.BooleanField(label="Action en partenariat", required=False)
    reserved = EurosField(label="Réservé")
    granted = EurosField(label="Accordé")
    paid = EurosField(label="Versé")
    on = DayField(label="Décidée le")
    until = DayField(label="Action jusqu’au", required=False)
    scheme = forms.TypedChoiceField(
        label="Dispositif du catalogue", required=False, coerce=uuid.UUID, empty_value=None,
        help_text="Pour ce qu’il exclut. Sans choix, celui de l’enveloppe, quand elle n’en paie qu’un.",
    )  # fmt: skip
    expense = forms.CharField(
        label="Dépense aidée", required=False, max_length=200,
        help_text="Si elle n’est pas l’action même. Plusieurs dépenses : une aide pour chacune.",
    )  # fmt: skip
    cost = EurosField(label="Coût de la dépense, hors taxes")
    invoice = forms.CharField(label="Facture", required=False, max_length=60)
    supplier = forms.CharField(label="Fournisseur", required=False, max_length=120)

    def __init__(self, *args: Any, schemes: Iterable[Scheme], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scheme"].choices = [("", "Aucun choix"), *((one.pk, str(one)) for one in schemes)]  # type: ignore[attr-defined]

    def said(self) -> AidSaid:
        """What was typed; an amount left empty is none."""
        said = dict(self.cleaned_data)
        scheme = said.pop("scheme")
        expense = Expense(
            label=said.pop("expense"), cost=said.pop("cost"), invoice=said.pop("invoice"), supplier=said.pop("supplier")
        )
        amounts = {name: said[name] or ZERO for name in ("reserved", "granted", "paid")}
        return AidSaid(**{**said, **amounts, "scheme_id": scheme, "expense": expense})


class CorrectAidForm(AidForm):
    """An aid said otherwise: all but its beneficiary. ``seen`` is the state that the form was opened on."""

    establishment = beneficiary = outside = None  # type: ignore[assignment]  # Django's way to leave fields out
    reason = forms.CharField(
        label="Pourquoi", max_length=300,
        help_text="Lu par les institutions. Celles qui ont regardé cette aide la regarderont de nouveau.",
    )  # fmt: skip
    seen = forms.CharField(widget=forms.HiddenInput)

    @classmethod
    def of(cls, aid: Aid, *, schemes: Iterable[Scheme], prefix: str) -> CorrectAidForm:
        """The form as the aid fills it."""
        told = aid.told
        names = ("subject", "nature", "partnership", "reserved", "granted", "paid", "on")
        initial = {name: getattr(aid, name) for name in names}
        if told is not None:
            initial |= {name: getattr(told, name) for name in ("until", "cost", "invoice", "supplier")}
            initial |= {"scheme": told.scheme_id, "expense": "" if told.label == aid.subject[:200] else told.label}
        return cls(initial=initial, schemes=schemes, prefix=prefix)

    def correction(self) -> dict[str, Any]:
        """What the aid is now said to be, why, and the state that the form was opened on."""
        told = {name: self.cleaned_data.pop(name) for name in ("reason", "seen")}
        return {**told, "said": self.said()}


class WithdrawAidForm(forms.Form):
    """An aid taken off its envelope, with the reason."""

    reason = forms.CharField(
        label="Pourquoi", max_length=300, help_text="Le journal de l’enveloppe garde ce qui était inscrit, et ce motif."
    )


class SourceForm(forms.Form):
    """A source that the call opens."""

    source = forms.ChoiceField(label="Source", choices=Source.choices)
    criteria = forms.CharField(label="Critères d’éligibilité", max_length=4000, widget=LINES)


class PrepareForm(forms.Form):
    """A session of the committee to prepare."""

    envelope = forms.ModelChoiceField(label="Enveloppe", queryset=Envelope.objects.none(), empty_label=None)
    day = DayField(label="Jour de la séance")
    starts = forms.TimeField(label="Début", widget=HOUR)
    ends = forms.TimeField(label="Fin", widget=HOUR)
    place = forms.CharField(label="Lieu", required=False, max_length=200)
    quorum = forms.IntegerField(
        label="Quorum", required=False, min_value=1, help_text="Nombre d’institutions ; vide : toutes."
    )
    payroll = forms.ChoiceField(label="Masse salariale", choices=Selection.Payroll.choices)

    def __init__(self, *args: Any, envelopes: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)
        self.fields["envelope"].queryset = envelopes  # type: ignore[attr-defined]

    def said(self) -> SelectionSaid:
        """What was typed, on the clocks of the call's zone."""
        said = self.cleaned_data
        starts, ends = (self._at(said[name]) for name in ("starts", "ends"))
        return SelectionSaid(
            envelope_id=said["envelope"].pk, starts_at=starts, ends_at=ends, place=said["place"], quorum=said["quorum"],
            payroll=said["payroll"],
        )  # fmt: skip

    def _at(self, hour: time) -> datetime:
        return datetime.combine(self.cleaned_data["day"], hour, self.zone)


class LineFilter(forms.Form):
    """Which dossiers of a session to show."""

    territoire = forms.ChoiceField(label="Territoire", required=False)
    proposition = forms.ChoiceField(
        label="Proposition", required=False,
        choices=[("", "Toutes"), ("none", "à faire"), *Examined.Outcome.choices],
    )  # fmt: skip
    avis = forms.ChoiceField(label="Avis collégial", required=False, choices=[*ALL, *Examined.Opinion.choices])
    texte = forms.CharField(label="Rechercher", required=False, max_length=100)

    def __init__(self, *args: Any, territories: Iterable[Territory], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["territoire"].choices = [*ALL, *_places(territories)]  # type: ignore[attr-defined]


class ClosingForm(forms.Form):
    """A session to close."""

    reason = forms.CharField(
        label="Motif, si le quorum ou la composition manque", required=False, max_length=1000, widget=LINES
    )


class WhyForm(forms.Form):
    """An act that has its reason."""

    reason = forms.CharField(label="Motif", max_length=1000, widget=LINES)


class OpinionForm(forms.Form):
    """The one opinion of the committee."""

    value = forms.ChoiceField(label="Avis collégial", choices=[(one.value, one.label) for one in Collegial])
    comment = forms.CharField(label="Réserve ou motif", required=False, max_length=2000, widget=LINES)


class WithdrawForm(forms.Form):
    """Who takes no part in a dossier."""

    seat = forms.ChoiceField(label="Membre")
    reason = forms.CharField(label="Intérêt déclaré", max_length=300)

    def __init__(self, *args: Any, seats: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [
            (str(one.pk), f"{one.organisation.short_name if one.organisation else 'expert'}, {one}") for one in seats
        ]
        self.fields["seat"].choices = named  # type: ignore[attr-defined]


class ProposalForm(forms.Form):
    """What the committee proposes."""

    outcome = forms.ChoiceField(label="Proposition", choices=Examined.Outcome.choices)
    amount = EurosField(label="Montant")
    reason = forms.CharField(label="Motif", required=False, max_length=2000, widget=LINES,
                             help_text="Obligatoire pour un dossier non retenu ; l’établissement le lira.")  # fmt: skip
    conditions = forms.CharField(label="Conditions", required=False, max_length=2000, widget=LINES)
    override = forms.CharField(
        label="Motif de l’écart au scénario adopté", required=False, max_length=1000, widget=LINES
    )

    def said(self) -> Proposal:
        """What was typed."""
        said = self.cleaned_data
        return Proposal(**{**said, "amount": said["amount"] or ZERO})


class AwardForm(forms.Form):
    """A final decision that may depart from the proposal, with its reason."""

    outcome = forms.ChoiceField(
        label="Décision", choices=[one for one in Examined.Outcome.choices if one[0] != Examined.Outcome.WAITING]
    )
    amount = EurosField(label="Montant accordé")
    reason = forms.CharField(label="Motif", required=False, max_length=2000, widget=LINES)
    conditions = forms.CharField(label="Conditions", required=False, max_length=2000, widget=LINES)
    override = forms.CharField(label="Motif de l’écart à la proposition", required=False, max_length=1000, widget=LINES)
    decided_on = DayField(label="Décidé le")

    def said(self) -> Decided:
        """What was typed, the day apart."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "decided_on"}
        return Decided(**said)


class ScenarioForm(forms.Form):
    """A scenario to compute, with what it supposes."""

    method = forms.ChoiceField(label="Répartition", choices=Scenario.Method.choices)
    label = forms.CharField(label="Nom", required=False, max_length=80)
    envelope = EurosField(label="Enveloppe à partager", help_text="Vide : tout ce qui reste.")
    maximum = FrenchDecimalField(label="Taux maximum (%)", help_text="Pour le taux uniforme ; vide : 100 %.")
    least = EurosField(label="Minimum utile par dossier")
    per_establishment = EurosField(label="Maximum par établissement")
    partial = forms.BooleanField(label="Financement partiel permis", required=False, initial=True)
    strict = forms.BooleanField(label="S’arrêter au premier dossier non finançable", required=False)

    def __init__(self, *args: Any, places: Sequence[Territory], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.floors = {f"floor_{one.code}": one.code for one in places}
        for name, one in zip(self.floors, places, strict=True):
            self.fields[name] = EurosField(label=f"Plancher, {one.name}")
        self.order_fields(["method", "label", "envelope", "maximum", "least", "per_establishment", *self.floors])

    def said(self) -> Hypotheses:
        """What was typed; a blank is the widest."""
        said = self.cleaned_data
        return Hypotheses(
            envelope=said["envelope"], floors={code: said[name] for name, code in self.floors.items() if said[name]},
            per_establishment=said["per_establishment"],
            least=said["least"] or ZERO, maximum=said["maximum"] or Decimal(100), partial=said["partial"], strict=said["strict"],
        )  # fmt: skip


class RateForm(forms.Form):
    """Another rate for the whole call."""

    new = FrenchDecimalField(label="Nouveau taux (%)", required=True)
    reason = forms.CharField(label="Motif", max_length=2000, widget=LINES)


class DayForm(forms.Form):
    """The day of a decision."""

    decided_on = DayField(label="Décidé le")


class TextForm(forms.Form):
    """A text to write."""

    text = forms.CharField(label="Texte", max_length=4000, widget=LINES)
