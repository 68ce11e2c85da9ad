"""Forms read what was typed; they never save."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.commitments.models import ExpertiseRequest
from avenant.contracts.commitments.selectors import RegisterLine
from avenant.contracts.commitments.services import ExchangeDraft, ExpertiseDraft, ProofDraft, Said
from avenant.contracts.drafting.models import Contract
from avenant.contracts.drafting.text_pages import party_name
from avenant.domain.contracts.keeping import Status, statuses
from avenant.domain.decision import DomainError
from avenant.domain.french import parse_number
from avenant.foundations.documents.services import read_sent
from avenant.foundations.fields import DayField
from avenant.foundations.meetings.models import Session


def _text(label: str, rows: int = 3, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), max_length=4000, **options)


class OccurrenceForm(forms.Form):
    """Which occurrence of the year, when there are several."""

    occurrence = forms.ChoiceField(label="Échéance", required=False)

    def __init__(self, *args: Any, lines: list[RegisterLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.occurrence.key, one.due or one.occurrence.label) for one in lines]
        if len(choices) > 1:
            self.fields["occurrence"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["occurrence"]

    @property
    def which(self) -> str:
        return str(self.cleaned_data.get("occurrence", ""))


class StatusForm(OccurrenceForm):
    """Where my commitment stands."""

    status = forms.ChoiceField(label="État")
    comment = _text("Commentaire", required=False, help_text="Nécessaire si l’engagement n’est pas simplement tenu.")

    def __init__(self, *args: Any, lines: list[RegisterLine], **kwargs: Any) -> None:
        super().__init__(*args, lines=lines, **kwargs)
        choices = [(one.value, word.capitalize()) for one, word in statuses(firm=lines[0].firm).items()]
        self.fields["status"].choices = choices  # type: ignore[attr-defined]

    def said(self) -> Said:
        return Said(Status(self.cleaned_data["status"]), self.cleaned_data["comment"])


class ProofForm(OccurrenceForm):
    """What shows that my commitment is held."""

    type = forms.ChoiceField(label="Type de preuve", required=False)
    title = forms.CharField(label="Intitulé", max_length=250)
    on = DayField(label="Date", required=False)
    quantity = forms.CharField(label="Quantité", max_length=20, required=False)
    unit = forms.CharField(
        label="Unité", max_length=60, required=False, help_text="Par exemple «\u202fprofessionnels de santé\u202f»."
    )
    file = forms.FileField(label="Document", required=False, help_text="PDF, image ou XLSX, 20 Mo au plus.")
    session = forms.ModelChoiceField(
        Session.objects.none(), label="Séance de comité", required=False, empty_label="Aucune"
    )
    indicator = forms.ModelChoiceField(
        DefinitionRecord.objects.none(),
        label="Indicateur du contrat",
        required=False,
        empty_label="Aucun",
        help_text="La quantité est alors proposée pour cet indicateur\u202f; elle n’entre dans aucune déclaration d’elle-même.",
    )
    action = forms.BooleanField(label="C’est une action menée ensemble", required=False)

    def __init__(
        self, *args: Any, lines: list[RegisterLine], sessions: Any = None, promises: Any = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, lines=lines, **kwargs)
        details = lines[0].said.clause.details
        types = [(one, one[:1].upper() + one[1:]) for one in details.get("evidence", ())]
        free = [] if details.get("evidence_closed") else [("", "Autre")]
        self.fields["type"].choices = [*types, *free]  # type: ignore[attr-defined]
        self.fields["type"].required = bool(details.get("evidence_closed"))
        if sessions is not None:
            self.fields["session"].queryset = sessions  # type: ignore[attr-defined]
        rows = DefinitionRecord.objects.filter(promises__in=[one.pk for one in promises])
        self.fields["indicator"].queryset = rows.order_by("strand", "position")  # type: ignore[attr-defined]

    def clean_quantity(self) -> Decimal | None:
        typed = self.cleaned_data["quantity"]
        if not typed:
            return None
        try:
            number = parse_number(typed)
        except DomainError as error:
            raise forms.ValidationError(error.message) from error
        if number <= 0 or number != number.quantize(Decimal("0.01")) or number >= 10**9:
            raise forms.ValidationError("Donnez une quantité positive, avec deux décimales au plus.")
        return number

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if typed.get("quantity") is not None and not typed.get("unit"):
            self.add_error("unit", "Dites l’unité de la quantité.")
        return typed

    def draft(self) -> ProofDraft:
        typed = self.cleaned_data
        file = typed["file"]
        return ProofDraft(
            title=typed["title"],
            type=typed["type"],
            on=typed["on"],
            quantity=typed["quantity"],
            unit=typed["unit"],
            file=(file.name, read_sent(file)) if file else None,
            session=typed["session"],
            indicator=typed["indicator"],
            action=typed["action"],
        )


class RemarkForm(OccurrenceForm):
    """What I have to say of a commitment."""

    text = _text("Votre remarque")


class CommentForm(forms.Form):
    """The comment of my party on its year."""

    text = _text("Commentaire de votre organisme", rows=4, required=False)


class FreezeForm(forms.Form):
    """The session at which the balance was examined."""

    session = forms.ModelChoiceField(
        Session.objects.none(), label="Séance qui l’a examiné", empty_label="Choisir une séance"
    )

    def __init__(self, *args: Any, sessions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["session"].queryset = sessions  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why."""

    reason = _text("Motif", rows=2)


class DaysForm(forms.Form):
    """On which days of the year a commitment is due."""

    days = forms.CharField(
        label="Jours de l’année",
        max_length=40,
        help_text="Mois puis jour, séparés par une virgule\u202f: 09-30, 03-31.",
    )

    def chosen(self) -> list[str]:
        return [one.strip() for one in self.cleaned_data["days"].split(",") if one.strip()]


class ExchangeForm(forms.Form):
    """What a party gave another."""

    giver = forms.ChoiceField(label="Remis par")
    receiver = forms.ChoiceField(label="Remis à")
    on = DayField(label="Date")
    what = forms.CharField(label="Objet", max_length=250, help_text="Ce qui a été remis, sans donnée de personne.")
    purpose = forms.CharField(label="Finalité", max_length=250)
    basis = forms.CharField(
        label="Fondement", max_length=250, help_text="L’article du contrat ou du code qui permet l’échange."
    )

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.organisation.key, party_name(one)) for one in contract.parties.all()]
        self.fields["giver"].choices = self.fields["receiver"].choices = choices  # type: ignore[attr-defined]

    def draft(self) -> ExchangeDraft:
        return ExchangeDraft(**self.cleaned_data)


class ExpertiseForm(forms.Form):
    """Which specialist I ask another party for."""

    asked_of = forms.ChoiceField(label="Demandée à")
    expertise = forms.ChoiceField(label="Expertise", choices=ExpertiseRequest.Expertise.choices)
    subject = forms.CharField(label="Sur quoi", max_length=250)
    due_on = DayField(label="Réponse souhaitée avant la fin du", required=False, help_text="Trente jours par défaut.")

    def __init__(self, *args: Any, contract: Contract, mine: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [one for one in contract.parties.all() if one.organisation_id != mine]
        self.fields["asked_of"].choices = [(one.organisation.key, party_name(one)) for one in others]  # type: ignore[attr-defined]

    def draft(self) -> ExpertiseDraft:
        return ExpertiseDraft(**self.cleaned_data)


class AnswerForm(forms.Form):
    """Accept, or decline with a reason."""

    answer = forms.ChoiceField(label="Réponse", choices=ExpertiseRequest.Answer.choices)
    reason = forms.CharField(label="Motif ou suite", max_length=500, required=False)
