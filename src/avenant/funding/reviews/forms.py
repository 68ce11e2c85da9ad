from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django import forms

from avenant.domain.french import typeset
from avenant.domain.funding import grid
from avenant.domain.funding.opinions import POINTS, Answer, Collegial, PointAnswer
from avenant.foundations.accounts.models import User
from avenant.foundations.fields import DayField, EurosField, FrenchDecimalField
from avenant.foundations.parties.forms import EstablishmentField
from avenant.foundations.parties.models import Organisation
from avenant.funding.dossiers.fields import PIECE, Field, plain_value
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants.models import Scheme
from avenant.funding.reviews.models import Examination, Instruction, Opinion, PartnerAid, Thread
from avenant.funding.reviews.selectors.instructions import WAITING, answers_of
from avenant.funding.reviews.selectors.supplements import AskedLine
from avenant.funding.reviews.services.aids import AidSaid

_EMPTY = ("", "—")


def _long(label: str, *, required: bool = False, rows: int = 3, help_text: str = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=required, max_length=4000, widget=area, help_text=help_text)


class DeskFilter(forms.Form):
    """Which instructions to show. What it cannot read filters nothing."""

    texte = forms.CharField(label="Établissement, commune ou FINESS", required=False, max_length=100)
    appel = forms.TypedChoiceField(label="Appel", required=False, coerce=uuid.UUID, empty_value=None)
    etat = forms.ChoiceField(
        label="État", required=False, choices=[("", "Tous"), *Instruction.lifecycle.states.items()]
    )
    attend = forms.ChoiceField(label="Il manque", required=False, choices=[("", "Peu importe"), *WAITING.items()])
    etiquette = forms.ChoiceField(label="Étiquette", required=False)
    miens = forms.BooleanField(label="Ceux que j’instruis", required=False)

    def __init__(self, *args: Any, calls: Sequence[tuple[Any, str]], labels: Iterable[str]) -> None:
        super().__init__(*args)
        self.fields["appel"].choices = [("", "Tous"), *calls]  # type: ignore[attr-defined]
        self.fields["etiquette"].choices = [("", "Toutes"), *((one, one) for one in labels)]  # type: ignore[attr-defined]


class AssignForm(forms.Form):
    examiner = forms.TypedChoiceField(label="Instructeur", coerce=uuid.UUID)

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["examiner"].choices = [("", "Choisir"), *((one.pk, one.name) for one in people)]  # type: ignore[attr-defined]


class _Ticked(forms.TypedMultipleChoiceField):
    """Rows ticked in a list: the service asks for each whether it is there and may be acted on."""

    def valid_value(self, value: Any) -> bool:
        return True


class SeveralForm(forms.Form):
    """What is done with the dossiers ticked in the queue, or with all those of the list; the button is the act."""

    ACTS: ClassVar = {"assign": "examiner", "label": "label", "unlabel": "label"}
    draft = True  # each act asks for its own field

    everything = forms.BooleanField(label="Toute la liste, et non la seule page", required=False)
    examiner = forms.TypedChoiceField(label="Instructeur", coerce=uuid.UUID, empty_value=None, required=False)
    label = forms.CharField(
        label="Étiquette", required=False, max_length=40, widget=forms.TextInput(attrs={"list": "several-labels"})
    )
    dossier = _Ticked(coerce=uuid.UUID, required=False)
    act = forms.ChoiceField(choices=[(one, one) for one in ACTS])

    def __init__(self, data: Mapping[str, Any] | None = None, *, people: Iterable[User]) -> None:
        super().__init__(data, auto_id="several_%s")
        self.fields["examiner"].choices = [("", "Choisir"), *((one.pk, one.name) for one in people)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        wanted = self.ACTS.get(said.get("act", ""))
        if wanted == "examiner" and not said.get("examiner"):
            self.add_error("examiner", "Choisissez l’instructeur.")
        if wanted == "label" and not said.get("label"):
            self.add_error("label", "Écrivez l’étiquette.")
        return said

    def told(self) -> str:
        """What was done, for the sentence that counts the dossiers."""
        said = self.cleaned_data
        if said["act"] == "assign":
            return f"Instruction attribuée à {dict(self.fields['examiner'].choices)[said['examiner']]}"  # type: ignore[attr-defined]
        return f"Étiquette « {said['label']} » {'retirée' if said['act'] == 'unlabel' else 'ajoutée'}"

    def ticked(self) -> list[str]:
        """The rows to show ticked."""
        return self["dossier"].value() or []


class LabelForm(forms.Form):
    labels = forms.CharField(
        label="Étiquettes",
        required=False,
        max_length=300,
        help_text=typeset("Séparées par des virgules : « visite, urgent »."),
    )

    def said(self) -> list[str]:
        return [one for one in self.cleaned_data["labels"].split(",") if one.strip()]


class ScopeForm(forms.Form):
    in_scope = forms.ChoiceField(
        label="Périmètre",
        choices=[("oui", "dans le périmètre de l’appel"), ("non", "hors périmètre, non prioritaire")],
    )
    reason = forms.CharField(label="Motif", required=False, max_length=300)


class ExaminationForm(forms.Form):
    kind = forms.ChoiceField(label="Examen par", choices=Examination.Kind.choices)
    name = forms.CharField(label="Délégation ou direction", max_length=120)
    last_day = DayField(label="Dernier jour")


class VerdictForm(forms.Form):
    verdict = forms.ChoiceField(label="Avis", choices=[_EMPTY, *Examination.Verdict.choices])
    text = _long("Ce que vous en dites")


class OpinionForm(forms.Form):
    """The four points, each with its comment, then an observation."""

    draft = True

    comment = _long("Observation d’ensemble")

    def __init__(self, *args: Any, opinion: Opinion | None = None, **kwargs: Any) -> None:
        if opinion is not None:
            said = answers_of(opinion)
            initial = {code: one.answer.value for code, one in said.items()}
            initial |= {f"{code}_comment": one.comment for code, one in said.items()}
            kwargs["initial"] = {**initial, "comment": opinion.comment}
        super().__init__(*args, **kwargs)
        choices = [(one.value, one.label) for one in Answer]
        for code, label in POINTS.items():
            self.fields[code] = forms.ChoiceField(
                label=label, required=False, choices=choices, widget=forms.RadioSelect
            )
            self.fields[f"{code}_comment"] = _long(f"{label}, commentaire", rows=2)
        self.order_fields([name for code in POINTS for name in (code, f"{code}_comment")])

    def said(self) -> dict[str, PointAnswer | None]:
        """The answers read; None for a point left blank."""
        told = self.cleaned_data
        return {
            code: PointAnswer(Answer(told[code]), told[f"{code}_comment"]) if told.get(code) else None
            for code in POINTS
        }


class LastDayForm(forms.Form):
    last_day = DayField(label="Dernier jour")


class CollegialForm(forms.Form):
    """The committee's opinion, with a representative of each institution by capacity."""

    held_on = DayField(label="Comité du")
    value = forms.ChoiceField(label="Avis collégial", choices=[_EMPTY, *((one.value, one.label) for one in Collegial)])
    comment = _long("Réserve, refus ou raison de l’ajournement")

    def __init__(self, *args: Any, institutions: Iterable[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.institutions = {one.pk: f"present_{one.pk.hex}" for one in institutions}
        for one in institutions:
            self.fields[self.institutions[one.pk]] = forms.CharField(
                label=f"{one.short_name}, représentée par", required=False, max_length=120, help_text="Par sa fonction."
            )

    def present(self) -> dict[uuid.UUID, str]:
        """Who represented each institution."""
        return {key: self.cleaned_data.get(name, "") for key, name in self.institutions.items()}


class GridForm(forms.Form):
    """The criteria that an examiner says: appreciations and opinion with a reason, priorities by yes or no. ``seen`` says
    which grid the page was opened on."""

    draft = True
    seen = ""

    def __init__(self, *args: Any, marks: dict[str, tuple[str, str]], **kwargs: Any) -> None:
        initial = {code: value for code, (value, _) in marks.items()}
        initial |= {f"{code}_reason": reason for code, (_, reason) in marks.items()}
        super().__init__(*args, **{**kwargs, "initial": initial})
        for one in grid.CRITERIA.values():
            if one.kind is grid.Kind.GATE:
                continue
            values = (
                [("met", "oui"), ("not_met", "non")]
                if one.kind is grid.Kind.PRIORITY
                else [(value.value, value.label) for value in grid.Value]
            )
            self.fields[one.code] = forms.ChoiceField(
                label=one.label, required=False, choices=values, widget=forms.RadioSelect
            )
            self.fields[f"{one.code}_reason"] = forms.CharField(
                label=f"{one.label}, motif", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
            )

    def lines(self) -> list[tuple[grid.Criterion, Any, Any]]:
        """Each criterion with its two fields, in the order of the grid."""
        return [
            (one, self[one.code], self[f"{one.code}_reason"])
            for one in grid.CRITERIA.values()
            if one.code in self.fields
        ]

    def said(self) -> dict[str, tuple[grid.Value, str]]:
        """What was answered; a criterion left blank is not said."""
        told = self.cleaned_data
        return {
            one.code: (grid.Value(told[one.code]), told[f"{one.code}_reason"])
            for one in grid.CRITERIA.values()
            if told.get(one.code)
        }


class AskForm(forms.Form):
    """What to ask of an establishment: message, last day, free questions. The fields are boxes of the page."""

    message = _long("Votre demande", required=True, help_text="Elle est lue par l’établissement.")
    last_day = DayField(label="Réponse attendue, au plus tard le")
    question_1 = forms.CharField(label="Question libre", required=False, max_length=250)
    question_2 = forms.CharField(label="Autre question libre", required=False, max_length=250)

    def questions(self) -> list[str]:
        return [self.cleaned_data[name] for name in ("question_1", "question_2") if self.cleaned_data.get(name)]


class AnswerForm(forms.Form):
    """The fields asked, and no other."""

    draft = True

    def __init__(self, *args: Any, lines: Sequence[AskedLine], answer: str = "", **kwargs: Any) -> None:
        initial = {line.asked.pk.hex: line.before if line.asked.value is None else line.value for line in lines}
        super().__init__(*args, **{**kwargs, "initial": {**initial, "answer": answer}})
        self.asked = list(lines)
        for line in lines:
            self.fields[line.asked.pk.hex] = self._field(line)
        self.fields["answer"] = _long("Message pour l’ARS")

    def _field(self, line: AskedLine) -> forms.Field:
        said: dict[str, Any] = {"label": line.asked.label, "help_text": line.asked.why}
        if line.kind == PIECE:
            sent = line.asked.document
            told = f"Fichier déjà joint : {sent.name}. " if sent else ""
            said["help_text"] = typeset(f"{told}{line.asked.why} PDF, PNG, JPEG ou XLSX, 20 Mo au plus.".strip())
            return forms.FileField(**said, required=False)
        if line.kind in {"euros", "decimal"}:
            return (EurosField if line.kind == "euros" else FrenchDecimalField)(**said)
        if line.kind == "day":
            return DayField(**said, required=False)
        if line.kind == "integer":
            return forms.IntegerField(**said, required=False, min_value=0)
        if line.kind == "text":
            return forms.CharField(**said, required=False, max_length=200)
        return forms.CharField(**said, required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 4}))

    def values(self) -> dict[uuid.UUID, Any]:
        """What could be read, as canonical data."""
        told = {line.asked.pk: line.asked.pk.hex for line in self.asked if line.kind != PIECE}
        return {pk: plain_value(self.cleaned_data[name]) for pk, name in told.items() if name in self.cleaned_data}

    def sent(self) -> dict[uuid.UUID, Any]:
        """The files that came."""
        told = {line.asked.pk: self.cleaned_data.get(line.asked.pk.hex) for line in self.asked if line.kind == PIECE}
        return {pk: file for pk, file in told.items() if file}


class ReturnForm(forms.Form):
    reason = forms.CharField(label="Ce qui manque encore", max_length=500)
    last_day = DayField(label="Réponse attendue, au plus tard le")


class ThreadForm(forms.Form):
    audience = forms.ChoiceField(label="Lu par")
    title = forms.CharField(label="Objet", max_length=200)
    text = _long("Message", required=True)

    def __init__(self, *args: Any, dossier: Dossier, own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if own:
            choices = [("applicant", "les institutions qui instruisent votre dossier")]
        else:
            choices = [("institutions", "les institutions"), ("own", "mon institution seulement"),
                       ("applicant", f"{dossier.name} et les institutions")]  # fmt: skip
        self.fields["audience"].choices = choices  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Thread.Audience:
        return Thread.Audience(self.cleaned_data["audience"])


class AidFilter(forms.Form):
    """Which declared aids to show. What it cannot read filters nothing."""

    texte = forms.CharField(label="Établissement, dépense ou facture", required=False, max_length=100)
    dispositif = forms.TypedChoiceField(label="Dispositif", required=False, coerce=uuid.UUID, empty_value=None)
    etat = forms.ChoiceField(label="État", required=False, choices=[("", "En vigueur"), ("retirees", "Retirées")])

    def __init__(self, *args: Any, schemes: Iterable[Scheme], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dispositif"].choices = [("", "Tous"), *((one.pk, str(one)) for one in schemes)]  # type: ignore[attr-defined]


class AidForm(forms.Form):
    """An aid that my institution gave, for one expense."""

    scheme = forms.TypedChoiceField(label="Dispositif", coerce=uuid.UUID)
    establishment = EstablishmentField(label="Établissement")
    label = forms.CharField(label="Dépense aidée", max_length=200)
    amount = EurosField(label="Aide (€)", required=True)
    cost = EurosField(label="Coût de la dépense (€)")
    on = DayField(label="Accordée le")
    until = DayField(label="Action jusqu’au", required=False)
    invoice = forms.CharField(label="Facture", required=False, max_length=60)
    supplier = forms.CharField(label="Fournisseur", required=False, max_length=120)

    def __init__(self, *args: Any, schemes: Iterable[Scheme], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scheme"].choices = [("", "Choisir"), *((one.pk, str(one)) for one in schemes)]  # type: ignore[attr-defined]


class CorrectAidForm(AidForm):
    """An aid said otherwise: all but its establishment."""

    establishment = None  # type: ignore[assignment]  # Django's way to leave a field of the parent out
    reason = forms.CharField(
        label="Pourquoi", max_length=300,
        help_text="Lu par les institutions. Celles qui ont regardé cette aide la regarderont de nouveau.",
    )  # fmt: skip

    def said(self, row: PartnerAid) -> dict[str, Any]:
        """What the aid is now said to be, and why."""
        told = dict(self.cleaned_data)
        reason, scheme = told.pop("reason"), told.pop("scheme")
        return {"said": AidSaid(scheme_id=scheme, establishment=row.establishment, **told), "reason": reason}


class WithdrawAidForm(forms.Form):
    reason = forms.CharField(
        label="Pourquoi", max_length=300, help_text="Ce qui était déclaré reste lisible, avec ce motif."
    )


def ask_sections(fields: Iterable[Field]) -> list[tuple[str, list[Field]]]:
    """The fields that may be asked, by section, for the boxes of the page."""
    found: dict[str, list[Field]] = {}
    for one in fields:
        found.setdefault(one.section, []).append(one)
    return list(found.items())
