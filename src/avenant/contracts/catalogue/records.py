"""Definitions between the domain and their JSON in the tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from avenant.contracts.catalogue.models import DefinitionRecord, IndicatorSet
from avenant.domain.indicators.definitions import Catalogue, Definition, DefinitionSet, FreeField

_DEFINITION = TypeAdapter(Definition)
_SET = TypeAdapter(DefinitionSet)


def definition_content(definition: Definition) -> dict[str, Any]:
    """A definition as JSON."""
    content: dict[str, Any] = _DEFINITION.dump_python(definition, mode="json")
    return content


def set_content(one: DefinitionSet) -> dict[str, Any]:
    """A set as JSON: its head, rules and free fields; its definitions are rows of their own."""
    content: dict[str, Any] = _SET.dump_python(one, mode="json", exclude={"definitions"})
    return content


def set_of(row: IndicatorSet) -> DefinitionSet:
    """The set that a row holds, without its definitions."""
    return _SET.validate_python({**row.content, "definitions": ()})


def definition_of(record: DefinitionRecord) -> Definition:
    """The definition that a row holds."""
    return _DEFINITION.validate_python(record.content)


def catalogue_of(records: Iterable[DefinitionRecord], sets: Iterable[IndicatorSet]) -> Catalogue:
    """The definitions of some rows read as one catalogue, with the rules of their sets."""
    return Catalogue(
        [definition_of(record) for record in records],
        [rule for one in sets for rule in set_of(one).rules],
    )


def free_fields_of(sets: Iterable[IndicatorSet]) -> list[FreeField]:
    """The qualitative fields that some sets offer beside their indicators."""
    return [found for one in sets for found in _SET.validate_python({**one.content, "definitions": ()}).free_fields]
