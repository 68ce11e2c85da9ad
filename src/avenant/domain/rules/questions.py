"""What a rulebook asks beyond the common form: the facts that its vocabulary declares and that its rules read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from avenant.domain.rules.conditions import ORDERED, TESTS
from avenant.domain.rules.facts import Scalar
from avenant.domain.rules.parameters import Parameter, Unit
from avenant.domain.rules.rulebook import Rulebook

MEASURES: Final = "measures."


class Place(StrEnum):
    """Where a fact is said."""

    DOSSIER = ""
    APPLICANT = "applicant"
    PROJECT = "project"
    LINE = "line"


class Typed(StrEnum):
    """How a fact is typed."""

    YES_NO = "yes_no"
    NUMBER = "number"
    EUROS = "euros"
    DAY = "day"
    CHOICE = "choice"
    TEXT = "text"


_BY_UNIT: Final = {Unit.EUROS: Typed.EUROS, Unit.DATE: Typed.DAY}
_BY_FIELD: Final = {
    "units": Typed.NUMBER, "base": Typed.EUROS, "cost": Typed.EUROS, "by": Typed.CHOICE, "after": Typed.DAY,
    "until": Typed.DAY, "not_before": Typed.DAY, "since": Typed.DAY,
}  # fmt: skip
_FACT_OF: Final = {"start": Typed.DAY, "line_start": Typed.DAY, "line_deadline": Typed.DAY}


@dataclass(frozen=True, slots=True)
class Question:
    """One fact to be said: ``path`` as the rules name it, ``choices`` the codes and labels of a choice."""

    path: str
    place: Place
    name: str
    label: str
    typed: Typed
    choices: Mapping[str, str]


@lru_cache(maxsize=64)
def questions_of(book: Rulebook) -> tuple[Question, ...]:
    """The facts of the vocabulary that the rules read, in their order. Read once a rulebook: each dossier asks for them."""
    read: dict[str, tuple[Typed, dict[str, str]]] = {}
    for table in book.content.get("rule", ()):
        for path, typed, codes in _reads(table, book):
            known, choices = read.setdefault(path, (typed, {}))
            choices.update({code: book.vocabulary.label(code) for code in codes})
            if known is Typed.TEXT:
                read[path] = (typed, choices)
    return tuple(
        Question(path, Place(place), name, book.vocabulary.measures[name], _settled(typed, choices), choices)
        for path, (typed, choices) in read.items()
        for place, name in [_split(path)]
    )


@lru_cache(maxsize=256)
def asks(book: Rulebook, path: str) -> bool:
    """Does a rule name this fact, or read it by its kind: the quantity for a price by unit, a line's own last day."""
    by_kind = {"line.quantity": ("unit_cap", None), "line.deadline": ("line_deadline", "own")}
    kind, flag = by_kind.get(path, ("", None))
    return any(
        (table["kind"] == kind and (flag is None or bool(table.get(flag)))) or path in _texts(table)
        for table in book.content.get("rule", ())
    )


def said(typed: Typed, kept: Any) -> Scalar | None:
    """The fact of an answer as JSON keeps it: amounts and days are texts there. None while nobody answered."""
    if kept in (None, ""):
        return None
    if typed in {Typed.NUMBER, Typed.EUROS}:
        return Decimal(str(kept))
    return date.fromisoformat(kept) if typed is Typed.DAY else kept


def _settled(typed: Typed, choices: Mapping[str, str]) -> Typed:
    """A choice of no code is a free text: the parameter that lists them is still to be fixed."""
    return Typed.TEXT if typed is Typed.CHOICE and not choices else typed


def _split(path: str) -> tuple[str, str]:
    head, _, name = path.rpartition(MEASURES)
    return head.rstrip("."), name


def _reads(table: Mapping[str, Any], book: Rulebook) -> Iterator[tuple[str, Typed, tuple[str, ...]]]:
    """The measures that a rule reads, each with its type and the codes that the rule knows of it."""
    for field, value in table.items():
        if isinstance(value, Mapping | list):
            yield from _reads_of_condition(value, book)
        elif isinstance(value, str):
            for path in _paths(value, book):
                yield path, _typed(table, field, book), _codes(table, field, book)


def _reads_of_condition(said_so: Any, book: Rulebook) -> Iterator[tuple[str, Typed, tuple[str, ...]]]:
    if isinstance(said_so, list):
        for one in said_so:
            yield from _reads_of_condition(one, book)
        return
    if not isinstance(said_so, Mapping):
        return
    if isinstance(said_so.get("fact"), str):
        (test,) = sorted(set(said_so) & TESTS)
        for path in _paths(said_so["fact"], book):
            yield path, *_tested(test, said_so[test], book)
        return
    for value in said_so.values():
        yield from _reads_of_condition(value, book)


def _tested(test: str, wanted: Any, book: Rulebook) -> tuple[Typed, tuple[str, ...]]:
    if test in ORDERED:
        return _BY_UNIT.get(book.parameters[str(wanted).removeprefix("@")].unit, Typed.NUMBER), ()
    if test == "positive":
        return Typed.NUMBER, ()
    if test == "known":
        return Typed.TEXT, ()
    if isinstance(wanted, bool):
        return Typed.YES_NO, ()
    if isinstance(wanted, str) and wanted.startswith("@"):
        return Typed.CHOICE, tuple(book.parameters[wanted[1:]].value or ())
    return Typed.CHOICE, tuple(wanted) if isinstance(wanted, list) else (str(wanted),)


def _typed(table: Mapping[str, Any], field: str, book: Rulebook) -> Typed:
    if field != "fact":
        return _BY_FIELD.get(field, Typed.TEXT)
    limit = book.parameters.get(str(table.get("limit", "")))
    return _BY_UNIT.get(limit.unit, Typed.NUMBER) if limit else _FACT_OF.get(table["kind"], Typed.TEXT)


def _codes(table: Mapping[str, Any], field: str, book: Rulebook) -> tuple[str, ...]:
    """The keys of the table that a fact chooses in."""
    if field != "by":
        return ()
    named: list[Parameter] = [book.parameters[one] for one in table.values() if _is_parameter(one, book)]
    return tuple(code for one in named if isinstance(one.value, Mapping) for code in one.value)


def _is_parameter(value: Any, book: Rulebook) -> bool:
    return isinstance(value, str) and value in book.parameters


def _paths(value: str, book: Rulebook) -> Iterator[str]:
    """The measures that a text names, itself or as the choices of a parameter."""
    named = book.parameters.get(value[1:]) if value.startswith("@") else None
    for path in (named.choices or ()) if named else (value,):
        place, name = _split(path)
        if MEASURES in path and name in book.vocabulary.measures and place in set(Place):
            yield path


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one)
