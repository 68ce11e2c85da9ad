"""Forms read what was typed; they never save."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from avenant.contracts.amendments.models import AmendedAnnex, Amendment, Difficulty
from avenant.contracts.amendments.services import AmendmentDraft, AnnexDraft, ChangeDraft, LetterDraft, RulingDraft
from avenant.contracts.drafting.models import ContractParty, PromisedIndicator
from avenant.contracts.drafting.services.collection import Attachment
from avenant.domain.contracts.amending import Verb
from avenant.foundations.documents.services import read_sent
from avenant.foundations.fields import DayField
from avenant.foundations.parties.models import Organisation

Choices = Iterable[tuple[str, str]]


def _text(label: str, rows: int = 3, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **options)


class AmendmentForm(forms.Form):
    """The head of an amendment."""

    kind = forms.ChoiceField(label="Nature", choices=Amendment.Kind.choices)
    title = forms.CharField(label="Objet", max_length=250)
    effective_on = DayField(
        label="Prend effet le",
        required=False,
        help_text="Laissez vide pour la date de la dernière signature, ou la fin du préavis d’une résiliation.",
    )
    new_ends_on = DayField(
        label="Nouveau dernier jour du contrat", required=False, help_text="Pour un avenant de durée."
    )
    conditions = _text(
        "Conditions de la coopération", required=False, max_length=8000, help_text="Pour des actions nouvelles."
    )
    retroactive_reason = _text(
        "Pourquoi un effet antérieur",
        rows=2,
        required=False,
        max_length=2000,
        help_text="Si la date d’effet est passée.",
    )

    def draft(self) -> AmendmentDraft:
        """What the service is given."""
        typed = self.cleaned_data
        return AmendmentDraft(**{**typed, "kind": Amendment.Kind(typed["kind"])})


class ChangeForm(forms.Form):
    """What is done to one clause."""

    verb = forms.ChoiceField(label="Ce que fait l’avenant", choices=[(one.value, one.label) for one in Verb])
    number = forms.CharField(label="Numéro", max_length=30, required=False)
    heading = forms.CharField(label="Intitulé", max_length=500, required=False)
    body = _text("Texte après l’avenant", rows=10, required=False, max_length=60_000)
    base = forms.CharField(widget=forms.HiddenInput, required=False)

    def change(self, clause_key: str) -> ChangeDraft:
        """What the service is given."""
        typed = self.cleaned_data
        return ChangeDraft(clause_key=clause_key, **{**typed, "verb": Verb(typed["verb"])})


class ClauseChoiceForm(forms.Form):
    """Which clause."""

    clause = forms.ChoiceField(label="Clause", required=False)

    def __init__(self, *args: Any, clauses: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clause"].choices = [("", "Le contrat, au premier niveau (ajout)"), *clauses]  # type: ignore[attr-defined]


class TargetsForm(forms.Form):
    """New targets, a line a year: « 2027 : 1 300 »."""

    promise = forms.ModelChoiceField(PromisedIndicator.objects.none(), label="Indicateur promis", empty_label="Choisir")
    targets = _text("Cibles", help_text="Une année par ligne, par exemple «\u202f2027 : 1 300\u202f».", max_length=2000)

    def __init__(self, *args: Any, promises: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["promise"].queryset = promises  # type: ignore[attr-defined]

    def clean_targets(self) -> dict[int, str]:
        """Each line a year and its target."""
        read = {}
        for line in self.cleaned_data["targets"].splitlines():
            year, _, aim = line.partition(":")
            if line.strip() and not year.strip().isdecimal():
                raise forms.ValidationError("Écrivez une année par ligne, suivie de deux-points et de la cible.")
            if line.strip():
                read[int(year)] = aim.strip()
        return read


class EndIndicatorForm(forms.Form):
    """Which indicator is no longer asked, and from which year on."""

    promise = forms.ModelChoiceField(PromisedIndicator.objects.none(), label="Indicateur promis", empty_label="Choisir")
    from_year = forms.IntegerField(label="À partir de l’année")

    def __init__(self, *args: Any, promises: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["promise"].queryset = promises  # type: ignore[attr-defined]


class AnnexForm(forms.Form):
    """What is done to an annex."""

    act = forms.ChoiceField(label="Ce que fait l’avenant", choices=AmendedAnnex.Act.choices)
    key = forms.ChoiceField(label="Annexe", required=False)
    number = forms.CharField(label="Numéro", max_length=20, required=False)
    title = forms.CharField(label="Titre", max_length=300, required=False)
    file = forms.FileField(label="Fichier", required=False, help_text="PDF, image ou XLSX, 20 Mo au plus.")

    def __init__(self, *args: Any, annexes: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].choices = [("", "Une annexe de plus"), *annexes]  # type: ignore[attr-defined]

    def draft(self) -> AnnexDraft:
        """What the service is given. A file past the limit is not read whole: it will be refused."""
        typed, file = self.cleaned_data, self.cleaned_data.get("file")
        kept = Attachment(file.name, read_sent(file)) if file else None
        return AnnexDraft(AmendedAnnex.Act(typed["act"]), typed["key"], typed["number"], typed["title"], kept)


class RulingForm(forms.Form):
    """What a court decided."""

    court = forms.CharField(label="Juridiction", max_length=200)
    reference = forms.CharField(label="Référence", max_length=80)
    ruled_on = DayField(label="Décision du")
    decision = _text("Décision", rows=3, max_length=8000)
    difficulty_id = forms.TypedChoiceField(
        label="Difficulté concernée", required=False, coerce=int, empty_value=None, choices=[]
    )

    def __init__(self, *args: Any, difficulties: Iterable[Difficulty], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(str(one.pk), str(one)[:90]) for one in difficulties]
        self.fields["difficulty_id"].choices = [("", "Aucune du registre"), *known]  # type: ignore[attr-defined]

    def draft(self) -> RulingDraft:
        """What the service is given."""
        return RulingDraft(**self.cleaned_data)


class PartyForm(forms.Form):
    """Who takes the place of whom."""

    party = forms.ModelChoiceField(ContractParty.objects.none(), label="Partie remplacée", empty_label="Choisir")
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label="Remplacée par", empty_label="Choisir")
    capacity = forms.CharField(label="Qualité du nouveau signataire", max_length=120, required=False)
    reason = forms.CharField(label="Motif", max_length=250, help_text="Fusion, reprise, dissolution…")

    def __init__(self, *args: Any, parties: Any, organisations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["party"].queryset = parties  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why."""

    reason = _text("Motif", rows=2, max_length=2000)


class DifficultyForm(forms.Form):
    """A difficulty of execution."""

    subject = _text("Difficulté", rows=2, max_length=4000)
    raised_on = DayField(label="Soulevée le")


class StepForm(forms.Form):
    """What was tried."""

    text = _text("Démarche amiable", rows=2, max_length=4000)
    taken_on = DayField(label="Faite le")


class OutcomeForm(forms.Form):
    """How it ended."""

    outcome = forms.ChoiceField(label="Issue", choices=[one for one in Difficulty.Outcome.choices if one[0] != "open"])
    closed_on = DayField(label="Close le")


class DenunciationForm(forms.Form):
    """Why the contract is denounced, with one letter to each other party."""

    grounds = _text("Motifs", rows=4, max_length=8000)
    override_reason = _text(
        "Pourquoi aucune démarche amiable", rows=2, required=False, help_text="Si le registre n’en porte aucune."
    )
    effective_on = DayField(
        label="Prend effet le",
        required=False,
        help_text="Selon l’accord des parties\u202f; sinon le dernier accusé de réception.",
    )

    def __init__(self, *args: Any, parties: list[ContractParty], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parties = parties
        for one in parties:
            name = one.organisation.short_name
            self.fields[f"number_{one.pk}"] = forms.CharField(
                label=f"N° de recommandé, {name}", max_length=30, required=False
            )
            self.fields[f"sent_{one.pk}"] = DayField(label=f"Envoyée le, {name}", required=False)

    def letters(self) -> dict[int, LetterDraft]:
        """The letter of each other party."""
        typed = self.cleaned_data
        return {
            one.pk: LetterDraft(typed.get(f"number_{one.pk}", ""), typed.get(f"sent_{one.pk}")) for one in self.parties
        }


class ReceiptForm(forms.Form):
    """What is known of one letter."""

    number = forms.CharField(label="N° de recommandé", max_length=30, required=False)
    sent_on = DayField(label="Envoyée le", required=False)
    received_on = DayField(label="Reçue le", required=False)
