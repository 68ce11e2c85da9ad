from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django import forms

from avenant.foundations.fields import DayField
from avenant.foundations.parties.models import Organisation
from avenant.foundations.secrecy.selectors import DEFAULT_PURPOSE, Item
from avenant.foundations.secrecy.services.audits import Audit
from avenant.foundations.secrecy.services.levels import Proof
from avenant.references.secrecy import exemptions

ANSWERS = [("", "Toutes"), ("oui", "Acceptée"), ("non", "Refusée"), ("retiree", "Réinitialisée")]


class NoticeForm(forms.Form):
    """The engagement, and what the exports of the file will be for."""

    engaged = forms.BooleanField(
        label="J’ai lu cette notice et je m’engage à la respecter",
        error_messages={"required": "Cochez la case pour accepter, ou refusez la notice."},
    )
    purpose = forms.CharField(
        label="Finalité de vos exports", max_length=120, initial=DEFAULT_PURPOSE,
        help_text="Elle est portée sur chaque fichier que vous emportez, et gardée au journal de sécurité.",
    )  # fmt: skip


class PurposeForm(forms.Form):
    """What the exports of a file are for."""

    purpose = forms.CharField(label="Finalité de mes exports", max_length=120)


class LevelForm(forms.Form):
    """Which item, by which exception, with which proof."""

    item = forms.ChoiceField(label="Élément")
    exemption = forms.ChoiceField(
        label="Exception", required=False, widget=forms.RadioSelect,
        help_text="Sans exception, l’élément reste confidentiel.",
    )  # fmt: skip
    proof = forms.FileField(label="Preuve (fichier)", required=False)
    link = forms.URLField(label="Preuve (lien)", required=False, assume_scheme="https", max_length=500)
    reason = forms.CharField(label="Précision", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, items: Iterable[Item], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].choices = [(one.key, one.label) for one in items]  # type: ignore[attr-defined]
        choices = [(one.key, one.text) for one in exemptions().values()]
        self.fields["exemption"].choices = choices  # type: ignore[attr-defined]

    def said(self) -> Proof:
        """The proof as it was given."""
        file = self.cleaned_data.get("proof")
        return Proof(
            name=file.name if file else "",
            content=file.read() if file else b"",
            link=self.cleaned_data.get("link", ""),
            reason=self.cleaned_data.get("reason", ""),
        )


class AuditForm(forms.Form):
    """Who may read the file, under which mandate, until when."""

    auditor = forms.TypedChoiceField(label="Organisme auditeur", coerce=UUID)
    mandate = forms.CharField(label="Mandat", max_length=250, help_text="Lettre de mission, texte, date.")
    starts_on = DayField(label="Premier jour")
    last_day = DayField(label="Dernier jour")

    def __init__(self, *args: Any, auditors: Iterable[Organisation], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].initial = today
        self.fields["auditor"].choices = [(one.pk, one.name) for one in auditors]  # type: ignore[attr-defined]

    def said(self) -> Audit:
        """The right as it was typed."""
        data = self.cleaned_data
        return Audit(data["auditor"], data["mandate"], data["starts_on"], data["last_day"])


class AnswersFilter(forms.Form):
    """Which answers to show: words of a name or a file, accepted or not. What it cannot read filters nothing."""

    q = forms.CharField(label="Personne ou dossier", required=False)
    reponse = forms.ChoiceField(label="Réponse", required=False, choices=ANSWERS)
