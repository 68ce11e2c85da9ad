"""What is typed around a signature: opinions, checks, copies, capacities. Forms parse, they never save."""

from __future__ import annotations

from typing import Any

from django import forms

from avenant.contracts.drafting.forms import Choices, _text
from avenant.contracts.drafting.models import ConsistencyCheck, Consultation
from avenant.contracts.drafting.services.collection import Attachment
from avenant.contracts.drafting.services.signing import Paper
from avenant.foundations.documents.services import read_sent
from avenant.foundations.fields import DayField


class SignedCopyForm(forms.Form):
    """My party's signed copy."""

    file = forms.FileField(label="Exemplaire signé", help_text="PDF, 20 Mo au plus.")
    reference = forms.CharField(
        label="Référence imprimée en bas de page", max_length=40, help_text="Par exemple CONTRAT-3F2A91B07C44."
    )
    signed_on = DayField(label="Signé le")

    def paper(self) -> Paper:
        """What the service is given. A file past the limit is not read whole: it will be refused."""
        typed = self.cleaned_data
        file = typed["file"]
        return Paper(Attachment(file.name, read_sent(file)), typed["reference"], typed["signed_on"])


class ConsultationForm(forms.Form):
    """What a body said."""

    body_key = forms.ChoiceField(label="Instance consultée")
    heard_on = DayField(label="Date de la consultation")
    opinion = forms.ChoiceField(label="Avis", choices=Consultation.Opinion.choices)
    remarks = _text("Observations", rows=2, max_length=4000, required=False)
    file = forms.FileField(label="Avis écrit", required=False, help_text="PDF, image ou XLSX, 20 Mo au plus.")

    def __init__(self, *args: Any, bodies: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body_key"].choices = list(bodies)  # type: ignore[attr-defined]


class CheckForm(forms.Form):
    """What a check of consistency found."""

    subject = forms.ChoiceField(label="Cohérence avec")
    result = forms.ChoiceField(label="Résultat", choices=ConsistencyCheck.Result.choices)
    comment = _text("Commentaire", rows=2, max_length=4000, required=False)

    def __init__(self, *args: Any, subjects: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"].choices = list(subjects)  # type: ignore[attr-defined]


class AccreditationForm(forms.Form):
    """The accreditation of the service."""

    number = forms.CharField(label="Numéro de l’agrément", max_length=60)
    dated = DayField(label="Du")
    expires_on = DayField(label="Dernier jour", required=False, help_text="S’il est connu.")


class RepresentativeForm(forms.Form):
    """In which capacity my party signs."""

    capacity = forms.CharField(label="Qualité du signataire", max_length=120)


class CorrespondentForm(forms.Form):
    """Whom to write to, outside the signed text."""

    correspondent = forms.CharField(
        label="Correspondant", max_length=120, required=False, help_text="Une fonction, pas un nom."
    )
    mailbox = forms.EmailField(label="Boîte fonctionnelle", required=False)


class ResumeForm(forms.Form):
    """Why an act is taken back."""

    reason = _text("Motif", rows=2, max_length=2000)
