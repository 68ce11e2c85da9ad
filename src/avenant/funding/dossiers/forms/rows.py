"""Lists of rows: those kept, then empty ones whose identifiers the page gives."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from avenant.domain.french import typeset
from avenant.domain.funding.dialogue import bodies_of
from avenant.domain.rules.questions import Place, asks
from avenant.foundations.fields import DayField, EurosField, FrenchDecimalField
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.facts import questions_at
from avenant.funding.dossiers.forms.questions import EMPTY, add_questions, answers_shown, take_answers
from avenant.funding.dossiers.models import Dialogue, Expense, FundingLine
from avenant.funding.dossiers.services.writing import RowSaid
from avenant.references.staff_bodies import staff_bodies

BLANKS = 2
"""Empty rows offered at the end of a list."""


def body_choices(status: str) -> list[tuple[str, str]]:
    """The bodies of the staff that an establishment of this status has, or had: old dates are still written."""
    return [*EMPTY, *((one.code, one.label) for one in bodies_of(staff_bodies(), status))]


class RowForm(forms.Form):
    """One row of a list. A row of which nothing is typed does not count."""

    draft = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "use_required_attribute": False})

    def full_clean(self) -> None:
        """A row in which nothing is typed is not wrong either, wherever it is shown again."""
        super().full_clean()
        if self.is_bound and self.blank:
            self.errors.clear()

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        """What the form shows of a row kept."""
        return {name: getattr(row, f"{name}_id", getattr(row, name, None)) for name in cls.base_fields}

    @property
    def pk(self) -> uuid.UUID:
        return uuid.UUID(str(self.prefix))

    @property
    def blank(self) -> bool:
        """Nothing typed: neither ticks nor the lists that always answer count."""
        return not any(
            str(self.data.get(self.add_prefix(name), "")).strip()
            for name, field in self.fields.items()
            if not isinstance(field, forms.BooleanField)
            and not (isinstance(field, forms.ChoiceField) and field.required)
        )

    @property
    def removed(self) -> bool:
        return f"{self.prefix}-remove" in self.data


class PartnerRow(RowForm):
    name = forms.CharField(label="Établissement", max_length=200)
    siret = forms.CharField(label="SIRET", required=False, max_length=14)
    carrier = forms.BooleanField(label="Porteur", required=False)
    agents = forms.IntegerField(label="Agents", required=False, min_value=0)
    cost_share = FrenchDecimalField(label="Part du coût (%)")


class ActionRow(RowForm):
    title = forms.CharField(label="Action", max_length=200)
    risks = forms.CharField(label="Risques traités", required=False, max_length=500)
    starts_on = DayField(label="Début", required=False)
    ends_on = DayField(label="Fin", required=False)
    lead = forms.CharField(label="Pilote, par sa fonction", required=False, max_length=120)


class IndicatorRow(RowForm):
    action = forms.TypedChoiceField(label="Action", coerce=uuid.UUID, empty_value=None)
    label = forms.CharField(label="Indicateur", max_length=200)
    unit = forms.CharField(label="Unité", required=False, max_length=40)
    baseline = FrenchDecimalField(label="Départ")
    target = FrenchDecimalField(label="Cible")

    def __init__(self, *args: Any, actions: Sequence[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = list(actions)  # type: ignore[attr-defined]


class ExpenseRow(RowForm):
    label = forms.CharField(label="Dépense", max_length=200)
    kind = forms.ChoiceField(label="Nature", required=False)
    excl_tax = EurosField(label="Montant HT (€)")
    incl_tax = EurosField(label="Montant TTC (€)")
    vat = forms.ChoiceField(label="TVA", required=False, choices=[*EMPTY, *Expense.Vat.choices])
    engagement = forms.ChoiceField(label="Engagement", required=False, choices=[*EMPTY, *Expense.Engagement.choices])
    refundable_by = forms.ChoiceField(
        label="Autre prise en charge", required=False, choices=[*EMPTY, *Expense.Elsewhere.choices]
    )
    teaching = EurosField(label="Dont coût pédagogique (€)")
    quantity = forms.IntegerField(
        label="Nombre d’unités", required=False, min_value=1, max_value=1_000_000,
        help_text="L’appel plafonne le prix d’une unité.",
    )  # fmt: skip
    deadline = DayField(
        label="À payer au plus tard le", required=False, help_text="Le dernier jour propre à cette dépense."
    )
    recurrent = forms.BooleanField(label="Revient chaque année", required=False)
    funded_elsewhere = forms.BooleanField(label="Déjà financée hors du plan", required=False)

    def __init__(self, *args: Any, call: PublishedCall, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        book = call.book()
        kinds = book.vocabulary.expenses
        self.fields["kind"].choices = [*EMPTY, *((code, typeset(label)) for code, label in kinds.items())]  # type: ignore[attr-defined]
        for name in ("quantity", "deadline"):
            if not asks(book, f"line.{name}"):
                del self.fields[name]
        self.questions = questions_at(book, Place.LINE)
        add_questions(self, self.questions)
        self.initial.update(answers_shown(self.initial.get("answers", {}), self.questions))

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        return {**super().initial_of(row), "answers": row.answers}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        excl, incl, vat = said.get("excl_tax"), said.get("incl_tax"), said.get("vat")
        if excl is not None and incl is not None and incl < excl:
            self.add_error("incl_tax", "Le montant TTC est au moins le montant HT.")
        if vat == Expense.Vat.NONE and excl is not None and incl is not None and incl != excl:
            self.add_error("vat", "Sans TVA, les deux montants sont égaux.")
        return {**said, "answers": take_answers(said, self.questions)} if self.questions else said


class FundingRow(RowForm):
    payer = forms.CharField(label="Financeur", max_length=200)
    nature = forms.ChoiceField(label="Nature", choices=FundingLine.Nature.choices)
    amount = EurosField(label="Montant (€)")
    granted = forms.BooleanField(label="Accordée", required=False)
    expense = forms.TypedChoiceField(label="Pour une seule dépense", coerce=uuid.UUID, empty_value=None, required=False)

    def __init__(self, *args: Any, expenses: Sequence[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expense"].choices = [("", "toutes"), *expenses]  # type: ignore[attr-defined]


class DialogueRow(RowForm):
    kind = forms.ChoiceField(label="Réunion", choices=Dialogue.Kind.choices)
    body = forms.ChoiceField(label="Instance", required=False)
    on = DayField(label="Date", required=False)
    participants = forms.CharField(label="Participants, par leur fonction", required=False, max_length=300)
    result = forms.CharField(label="Ce qui en est sorti", required=False, max_length=2000)

    def __init__(self, *args: Any, status: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].choices = body_choices(status)  # type: ignore[attr-defined]


class CreditRow(RowForm):
    amount = EurosField(label="Montant (€)", required=True)
    year = forms.IntegerField(label="Année", min_value=2010, max_value=2100)
    purpose = forms.CharField(label="Objet", max_length=200)


class ObjectiveRow(RowForm):
    label = forms.CharField(label="Objectif", max_length=200)
    unit = forms.CharField(label="Unité", max_length=40)
    baseline = FrenchDecimalField(label="Départ", required=True)
    target = FrenchDecimalField(label="Cible", required=True)
    due_on = DayField(label="Échéance")


class Rows:
    """A list of row forms: those kept, then empty ones whose identifiers the page gives, so that saving twice the same
    page never doubles a row."""

    def __init__(
        self, form: type[RowForm], rows: Iterable[Any], *, name: str, data: QueryDict | None = None, **options: Any
    ) -> None:
        self.name = name
        if data is not None:
            pks = [one for one in data.getlist(name) if _is_uuid(one)]
            self.forms = [form(data, prefix=one, **options) for one in pks]
            return
        self.forms = [form(prefix=str(row.pk), initial=form.initial_of(row), **options) for row in rows]
        self.forms += [form(prefix=str(uuid.uuid4()), **options) for _ in range(BLANKS)]

    def __iter__(self) -> Any:
        return iter(self.forms)

    @property
    def wrong(self) -> list[RowForm]:
        """The rows that cannot be read."""
        return [one for one in self.forms if not one.blank and not one.removed and not one.is_valid()]

    @property
    def said(self) -> list[RowSaid]:
        """What the service is told: rows that are read, and those taken out; a wrong row is left as it was kept."""
        wrong = {id(one) for one in self.wrong}
        return [
            RowSaid(one.pk, None if one.blank or one.removed else one.cleaned_data)
            for one in self.forms
            if id(one) not in wrong
        ]


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
