"""One reader and one schema for frozen dataclasses written as JSON or TOML: the types are the truth.

Amounts are texts with a point ("25000.00") or whole numbers, never floats. Dates are ISO texts; an instant without
its zone is refused.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from avenant.domain.decision import DomainError
from avenant.domain.french import typeset
from avenant.domain.money import ZERO
from avenant.domain.rules.facts import Scalar

T = TypeVar("T")
Reader = Callable[[Any, str], Any]
AMOUNT = r"^-?[0-9]{1,13}(\.[0-9]{1,2})?$"


class BadFacts(DomainError):
    """What was given is not readable; the message names the place."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(typeset(f"{place or 'faits'} : {message}"), code="bad_facts")


def read(kind: type[T], data: Any, place: str = "") -> T:
    """An instance of the dataclass ``kind`` from JSON or TOML data. Raises :class:`BadFacts` naming the field."""
    return cast(T, _reader(cast(Any, kind))(data, place))


def _amount(data: Any, place: str) -> Decimal:
    if isinstance(data, bool | float) or not isinstance(data, int | str | Decimal):
        raise BadFacts(place, f'{data!r} n\'est pas un montant : écrivez-le entre guillemets, par exemple "25000.00".')
    try:
        exact = Decimal(data)
        amount = exact.quantize(ZERO) + ZERO  # no negative zero
    except ArithmeticError:
        amount = exact = Decimal("NaN")
    if not amount.is_finite():
        raise BadFacts(place, f'{data!r} n\'est pas un montant : écrivez par exemple "25000.00".')
    if amount != exact:
        raise BadFacts(place, f"{data!r} a plus de deux décimales.")
    return amount


def _date(data: Any, place: str) -> date:
    if isinstance(data, date) and not isinstance(data, datetime):
        return data
    try:
        return date.fromisoformat(data)
    except (TypeError, ValueError):
        raise BadFacts(place, f"{data!r} n'est pas une date : écrivez par exemple 2023-11-06.") from None


def _instant(data: Any, place: str) -> datetime:
    try:
        moment = data if isinstance(data, datetime) else datetime.fromisoformat(data)
    except (TypeError, ValueError):
        raise BadFacts(place, f"{data!r} n'est pas un instant : 2023-11-06T23:59:59-04:00, par exemple.") from None
    if moment.utcoffset() is None:
        raise BadFacts(place, f"{data!r} n'a pas de fuseau : écrivez par exemple 2023-11-06T23:59:59-04:00.")
    return moment


def _exactly(wanted: type, words: str) -> Reader:
    def check(data: Any, place: str) -> Any:
        if type(data) is not wanted:
            raise BadFacts(place, f"{data!r} n'est pas {words}.")
        return data

    return check


def _scalar(data: Any, place: str) -> Any:
    if isinstance(data, bool | int | date) and not isinstance(data, datetime):
        return data
    if not isinstance(data, str):
        raise BadFacts(place, f"{data!r} n'est ni oui ou non, ni un entier, ni un texte.")
    for reading in (date.fromisoformat, Decimal):
        try:
            value = reading(data)
        except (ValueError, ArithmeticError):
            continue
        if isinstance(value, date) or value.is_finite():
            return value
    return data


_SIMPLE: dict[Any, tuple[Reader, dict[str, Any]]] = {
    str: (_exactly(str, "un texte"), {"type": "string"}),
    bool: (_exactly(bool, "oui (true) ou non (false)"), {"type": "boolean"}),
    int: (_exactly(int, "un nombre entier"), {"type": "integer"}),
    Decimal: (_amount, {"anyOf": [{"type": "string", "pattern": AMOUNT}, {"type": "integer"}]}),
    date: (_date, {"type": "string", "format": "date"}),
    datetime: (_instant, {"type": "string", "format": "date-time"}),
    Scalar: (_scalar, {"type": ["boolean", "integer", "string"]}),
}


@cache
def _reader(kind: Any) -> Reader:
    if kind in _SIMPLE:
        return _SIMPLE[kind][0]
    if is_dataclass(kind):
        return _record(cast("type[Any]", kind))
    arguments = get_args(kind)
    if get_origin(kind) in (Union, types.UnionType):
        inner = _reader(next(one for one in arguments if one is not type(None)))
        return lambda data, place: None if data is None else inner(data, place)
    if get_origin(kind) is tuple:
        return _listed(_reader(arguments[0]))
    return _mapped(_reader(arguments[1]))


def _listed(inner: Reader) -> Reader:
    def check(data: Any, place: str) -> Any:
        if not isinstance(data, list | tuple):
            raise BadFacts(place, "une liste est attendue.")
        return tuple(inner(one, f"{place}[{rank}]") for rank, one in enumerate(data))

    return check


def _mapped(inner: Reader) -> Reader:
    def check(data: Any, place: str) -> Any:
        if not isinstance(data, Mapping):
            raise BadFacts(place, "un objet est attendu.")
        return {str(key): inner(value, f"{place}.{key}") for key, value in data.items() if value is not None}

    return check


def _record(kind: type[Any]) -> Reader:
    hints = get_type_hints(kind)
    readers = {one.name: _reader(hints[one.name]) for one in fields(kind)}
    needed = [one.name for one in fields(kind) if _is_needed(one)]

    def check(data: Any, place: str) -> Any:
        if not isinstance(data, dict | Mapping):
            raise BadFacts(place, "un objet est attendu.")
        lead = f"{place}." if place else ""
        for name in data:
            if name not in readers:
                raise BadFacts(f"{lead}{name}", f"champ inconnu. Champs possibles : {', '.join(readers)}.")
        for name in needed:
            if data.get(name) is None:
                raise BadFacts(f"{lead}{name}", "ce champ manque.")
        return kind(**{name: readers[name](value, lead + name) for name, value in data.items() if value is not None})

    return check


def _is_needed(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def schema(kind: type[Any], *, title: str, address: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of what :func:`read` accepts for ``kind``."""
    definitions: dict[str, Any] = {}
    top = _schema(kind, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "title": title,
        **top,
        "$defs": dict(sorted(definitions.items())),
    }


def _schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if kind in _SIMPLE:
        return _SIMPLE[kind][1]
    if is_dataclass(kind):
        name = cast("type[Any]", kind).__name__
        if name not in definitions:
            definitions[name] = {}
            definitions[name] = _object(cast("type[Any]", kind), definitions)
        return {"$ref": f"#/$defs/{name}"}
    arguments = get_args(kind)
    if get_origin(kind) in (Union, types.UnionType):
        inner = _schema(next(one for one in arguments if one is not type(None)), definitions)
        return {"anyOf": [inner, {"type": "null"}]}
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    return {"type": "object", "additionalProperties": _schema(arguments[1], definitions)}


def _object(kind: type[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    properties = {
        one.name: {
            **({"description": one.metadata["note"]} if "note" in one.metadata else {}),
            **_schema(hints[one.name], definitions),
        }
        for one in fields(kind)
    }
    return {
        "type": "object",
        "description": (kind.__doc__ or "").splitlines()[0],
        "properties": properties,
        "required": [one.name for one in fields(kind) if _is_needed(one)],
        "additionalProperties": False,
    }
