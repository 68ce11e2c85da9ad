"""The value of an indicator: a JSON-able mapping of its parts, read from what a person typed and written back.

An answer is a value, an avowed absence with its reason, or nothing yet. Nothing is never zero.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from avenant.domain.french import (
    NOT_COMPUTABLE,
    Unreadable,
    format_date,
    format_number,
    format_percentage,
    parse_date,
    parse_integer,
    parse_number,
    quoted,
    typeset,
)
from avenant.domain.indicators.definitions import Component, ComponentType, Definition, Kind

Row = dict[str, int | str]
Part = int | str | list[str] | list[Row]
Value = Mapping[str, Any]
"""By component key: int, str (text, choice key, ISO date, decimal), list of choice keys, or list of rows."""

Raw = Mapping[str, Any]
"""By component key: what was typed, a str, a list of str (ticked choices) or a list of mappings of str (rows)."""

COUNT_FIELD: Final = "count"


class AnswerState(StrEnum):
    PROVIDED = "provided"
    NOT_AVAILABLE = "not_available"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one indicator for one year. ``unavailable``: by part that cannot be stated, why."""

    state: AnswerState
    value: Value = field(default_factory=dict)
    reason: str = ""
    unavailable: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def provided(cls, value: Value, unavailable: Mapping[str, str] | None = None) -> Answer:
        """A value, with the parts that cannot be stated and why; an empty mapping is an empty answer."""
        return cls(AnswerState.PROVIDED, value, unavailable=unavailable or {}) if value else cls.empty()

    @classmethod
    def not_available(cls, reason: str) -> Answer:
        """The provider cannot state the figure. Raises Unreadable without a reason."""
        if not reason.strip():
            raise Unreadable("Dites pourquoi cette donnée n'est pas disponible.")
        return cls(AnswerState.NOT_AVAILABLE, reason=reason.strip())

    @classmethod
    def empty(cls) -> Answer:
        return cls(AnswerState.EMPTY)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What could be read, what could not and why, and everything as it was typed.

    ``errors`` is keyed by component, or ``component.row.field`` (rows from 0) inside a list.
    """

    value: Value
    errors: Mapping[str, str]
    typed: Raw

    @property
    def ok(self) -> bool:
        return not self.errors

    @property
    def answer(self) -> Answer:
        return Answer.provided(self.value)


def parse_value(definition: Definition, raw: Raw) -> Parsed:
    """Read each part of what was typed. Never raises for bad input: each refusal is a French sentence in ``errors``.

    Parts left empty are absent from the value, and so are rows that lack a required field. A total left empty is the
    sum of its parts when all are given. A list of nothing is stated by « 0 » or « aucun » in place of its rows.
    """
    value: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for component in definition.components:
        part = _read(component, raw.get(component.key), component.key, errors)
        if part is not None:
            value[component.key] = part
    for component in definition.components:
        parts = component.derived_from
        if parts and component.key not in {*value, *errors} and all(key in value for key in parts):
            value[component.key] = sum(value[key] for key in parts)
    ordered = {component.key: value[component.key] for component in definition.components if component.key in value}
    return Parsed(ordered, errors, raw)


def _read(component: Component, typed: Any, path: str, errors: dict[str, str]) -> Part | None:
    """One part, or None when it is empty or refused (the refusal is added to ``errors``)."""
    if component.type is ComponentType.LIST:
        return _read_rows(component, typed, path, errors)
    try:
        if component.type is ComponentType.CHOICES:
            ticked = typed if isinstance(typed, list | tuple) else [_text_of(typed)]
            keys = [_read_choice(component, str(one)) for one in ticked if str(one).strip()]
            return [choice.key for choice in component.choices if choice.key in keys] or None
        text = _text_of(typed)
        part = _READERS[component.type](component, text) if text else ""
        return None if part == "" else part
    except Unreadable as refusal:
        errors[path] = refusal.message
        return None


def _read_rows(component: Component, typed: Any, path: str, errors: dict[str, str]) -> list[Row] | None:
    """The rows that can be read; an empty list only when « 0 » or « aucun » says so."""
    if isinstance(typed, list | tuple):
        rows = [_read_row(component, row, f"{path}.{index}", errors) for index, row in enumerate(typed)]
        return [row for row in rows if row] or None
    text = _text_of(typed)
    if text.casefold() in _NO_ROW:
        return []
    if text:
        errors[path] = typeset("Cette réponse est une liste : donnez une ligne par élément.")
    return None


def _read_row(component: Component, typed: Any, path: str, errors: dict[str, str]) -> Row | None:
    """One row with every field it needs, or None."""
    if not isinstance(typed, Mapping):
        errors[path] = typeset("Cette ligne n'a pas la forme attendue.")
        return None
    cells = {one.key: _read(one, typed.get(one.key), f"{path}.{one.key}", errors) for one in component.fields}
    row = {key: cell for key, cell in cells.items() if isinstance(cell, int | str)}
    lacking = [one for one in component.fields if not one.optional and one.key not in row]
    if not row or not lacking:
        return row
    for one in lacking:
        errors.setdefault(f"{path}.{one.key}", typeset(f"Renseignez « {one.label} » sur cette ligne."))
    return None


def _text_of(typed: Any) -> str:
    return "" if typed is None else str(typed).strip()


def _read_choice(component: Component, text: str) -> str:
    """A choice by its key or, as in a sheet, by its label whatever its case and apostrophes."""
    wanted = typeset(text).casefold()
    for choice in component.choices:
        if wanted in (choice.key.casefold(), typeset(choice.label).casefold()):
            return choice.key
    offered = ", ".join(f"« {choice.label} »" for choice in component.choices)
    raise Unreadable(f"{quoted(text)} n'est pas une des réponses possibles : {offered}.")


def _read_text(component: Component, text: str) -> str:
    """A text without what PostgreSQL and PDF refuse: control characters, lone surrogates, the mark Excel pastes."""
    kept = (
        one
        for one in unicodedata.normalize("NFC", text)
        if one in "\n\t" or unicodedata.category(one) not in _UNSTORABLE
    )
    text = "".join(kept).replace("\ufeff", "").strip()
    if len(text) > component.max_length:
        raise Unreadable(
            f"Ce texte a {format_number(len(text))} caractères : {format_number(component.max_length)} au plus."
        )
    return text


_NO_ROW: Final = frozenset({"0", "aucun", "aucune"})
_UNSTORABLE: Final = frozenset({"Cc", "Cs"})

_READERS: Final[Mapping[ComponentType, Callable[[Component, str], Part]]] = {
    ComponentType.INTEGER: lambda component, text: parse_integer(text, minimum=component.minimum),
    ComponentType.NUMBER: lambda _, text: str(parse_number(text)),
    ComponentType.CHOICE: _read_choice,
    ComponentType.TEXT: _read_text,
    ComponentType.DATE: lambda _, text: parse_date(text).isoformat(),
}


def count_rows(component: Component, rows: Sequence[Row]) -> int:
    """The count that a list yields: its rows, or those whose ``counted_when`` field is filled."""
    return sum(1 for row in rows if not component.counted_when or row.get(component.counted_when))


def amount(definition: Definition, value: Value, key: str) -> int | Decimal | None:
    """The number that one part stands for; None when it is absent or is not a number.

    A list counts its rows, or sums their ``count`` field; one row without its count leaves the sum unknown.
    """
    part = value.get(key)
    if part is None:
        return None
    component = definition.component(key)
    if component.type is ComponentType.INTEGER:
        return int(part)
    if component.type is ComponentType.NUMBER:
        return Decimal(part)
    if component.type is not ComponentType.LIST:
        return None
    if any(one.key == COUNT_FIELD for one in component.fields):
        counts = [row.get(COUNT_FIELD) for row in part]
        return None if None in counts else sum(int(count) for count in counts)
    return count_rows(component, part)


def rate(value: Value) -> Decimal | None:
    """Numerator over denominator, between 0 and 1; None when one is absent or the denominator is 0."""
    numerator, denominator = value.get("numerator"), value.get("denominator")
    if numerator is None or not denominator:
        return None
    return Decimal(numerator) / Decimal(denominator)


def measures(definition: Definition, value: Value) -> dict[str, Decimal]:
    """The figures of a value that may be compared between years or services: the rate, or each required count."""
    if definition.kind in (Kind.RATE, Kind.RATE_WITH_DISTRIBUTION):
        computed = rate(value)
        return {} if computed is None else {"rate": computed}
    known = {one.key: amount(definition, value, one.key) for one in definition.components if not one.optional}
    return {key: Decimal(number) for key, number in known.items() if number is not None}


def format_value(definition: Definition, value: Value) -> str:
    """Write a value for a reader, in one line: « 30, dont 12 (40,0 %) », « 25,0 % (5 000 / 20 000) »."""
    if not value:
        return typeset("Non renseigné")
    written, done = _headline(definition, value)
    rest = [one for one in definition.components if one.key in value and one.key not in done]
    details = [f"{one.label} : {_format_part(one, value[one.key])}" for one in rest]
    return typeset(" ; ".join(text for text in (written, *details) if text))


def _headline(definition: Definition, value: Value) -> tuple[str, set[str]]:
    """What a value says first, and the parts that it thereby says."""
    if definition.kind is Kind.INTEGER_OF_WHICH and {"total", "of_which"} <= value.keys():
        total, of_which = value["total"], value["of_which"]
        share = f" ({format_percentage(Decimal(of_which) / Decimal(total))})" if total else ""
        return f"{format_number(total)}, dont {format_number(of_which)}{share}", {"total", "of_which"}
    if {"numerator", "denominator"} <= value.keys():
        computed = rate(value)
        written = NOT_COMPUTABLE if computed is None else format_percentage(computed)
        fraction = f"{format_number(value['numerator'])} / {format_number(value['denominator'])}"
        return f"{written} ({fraction})", {"numerator", "denominator"}
    first = definition.components[0]
    if first.key not in value or definition.kind is Kind.INTEGERS:
        return "", set()
    return _format_part(first, value[first.key]), {first.key}


def _format_part(component: Component, part: Any) -> str:
    match component.type:
        case ComponentType.INTEGER:
            return format_number(part)
        case ComponentType.NUMBER:
            return format_number(Decimal(part))
        case ComponentType.CHOICE:
            return component.choice_label(part)
        case ComponentType.CHOICES:
            return ", ".join(component.choice_label(key) for key in part)
        case ComponentType.DATE:
            return format_date(parse_date(part))
        case ComponentType.LIST:
            return _format_rows(component, part)
        case ComponentType.TEXT:
            return str(part)


def _format_rows(component: Component, rows: Sequence[Row]) -> str:
    if not rows:
        return "aucun"
    shown = ((_format_part(one, row[one.key]) for one in component.fields if one.key in row) for row in rows)
    written = ", ".join(" – ".join(cells) for cells in shown)
    return f"{count_rows(component, rows)} ({written})" if component.counted_when else written
