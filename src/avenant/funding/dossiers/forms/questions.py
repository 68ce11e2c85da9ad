"""The questions of a call: what its rules ask beyond the common form, typed where it is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms

from avenant.domain.french import typeset
from avenant.domain.rules.questions import Question, Typed, said
from avenant.foundations.fields import DayField, EurosField, FrenchDecimalField
from avenant.funding.dossiers.fields import plain_value

EMPTY = [("", "—")]
OTHER = ("autre", "autre")
_LEAD = "answer_"


def add_questions(form: forms.Form, questions: Iterable[Question]) -> None:
    """Ask these questions at the end of a form, each by its type; none is needed to save."""
    for one in questions:
        form.fields[f"{_LEAD}{one.name}"] = _field(one)


def _field(one: Question) -> forms.Field:
    label = typeset(f"{one.label[:1].upper()}{one.label[1:]}")
    match one.typed:
        case Typed.YES_NO:
            return forms.TypedChoiceField(
                label=label, required=False, empty_value=None, coerce=lambda value: value == "oui",
                choices=[("", "à dire"), ("oui", "oui"), ("non", "non")],
            )  # fmt: skip
        case Typed.CHOICE:
            named = [(code, typeset(words)) for code, words in one.choices.items()]
            return forms.ChoiceField(label=label, required=False, choices=[*EMPTY, *named, OTHER])
        case Typed.NUMBER:
            return FrenchDecimalField(label=label)
        case Typed.EUROS:
            return EurosField(label=f"{label} (€)")
        case Typed.DAY:
            return DayField(label=label, required=False)
    return forms.CharField(label=label, required=False, max_length=500)


def answers_shown(answers: Mapping[str, Any], questions: Iterable[Question]) -> dict[str, Any]:
    """The answers kept, as the fields of these questions show them."""
    return {f"{_LEAD}{one.name}": _shown(said(one.typed, answers.get(one.name))) for one in questions}


def _shown(value: Any) -> Any:
    return {True: "oui", False: "non"}[value] if isinstance(value, bool) else value


def take_answers(typed: dict[str, Any], questions: Sequence[Question]) -> dict[str, Any]:
    """The answers of a form, as JSON keeps them, taken out of what it read; an unread field is left out."""
    names = [one.name for one in questions if f"{_LEAD}{one.name}" in typed]
    return {name: plain_value(typed.pop(f"{_LEAD}{name}")) for name in names}
