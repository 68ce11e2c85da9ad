"""Reads the indicator catalogues of ``references/indicators``: one TOML file a set, each entry with its source lines.

A file holds ``[set]``, then ``[[groups]]`` of definitions under the heading that the text prints, then ``[[rules]]``.
A set may instead *propose* the definitions of others, as a template that the parties have still to confirm.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any, Final

from avenant.domain.decision import Severity
from avenant.domain.indicators.definitions import (
    Catalogue,
    Choice,
    Component,
    ComponentType,
    Definition,
    DefinitionSet,
    FreeField,
    Kind,
    Provider,
    Scope,
)
from avenant.domain.indicators.rules import Comparison, Condition, Effect, Expression, Reference, Relation, Rule
from avenant.references.reading import typeset_content

_FOLDER: Final = files("avenant.references") / "indicators"


class BrokenSet(ValueError):
    """A catalogue file says something that the vocabulary does not know."""


def set_codes() -> tuple[str, ...]:
    """The codes of the sets that are kept, in alphabetical order."""
    return tuple(sorted(path.name.removesuffix(".toml") for path in _FOLDER.iterdir() if path.name.endswith(".toml")))


def load_catalogue(*codes: str) -> Catalogue:
    """Several sets read as one: ``load_catalogue("pdp", "satdl", "a4")``."""
    return Catalogue.of(*(load_set(code) for code in codes))


def load_set(code: str) -> DefinitionSet:
    """Read one set. Raises FileNotFoundError when it is not kept, BrokenSet when it cannot be understood."""
    content = tomllib.loads((_FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    try:
        return _set(content)
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenSet(f"{code}.toml: {error}") from error


def _set(content: Mapping[str, Any]) -> DefinitionSet:
    head = dict(content["set"])
    proposes, strands = head.pop("proposes", ()), frozenset(head.pop("proposed_strands", ()))
    shared = {key: head.pop(key) for key in ("clause", "valid_from", "provider_stated") if key in head}
    head = typeset_content(head) | {"scope": Scope(head["scope"])}
    if proposes:
        return _proposal(DefinitionSet(**head), map(load_set, proposes), strands)
    own = [
        _definition(entry, {**shared, "set_code": head["code"], "group": group["heading"], "strand": group["strand"]})
        for group in content["groups"]
        for entry in group["definitions"]
    ]
    return DefinitionSet(
        **head,
        definitions=tuple(own),
        rules=tuple(_rule(entry, shared["clause"]) for entry in content.get("rules", ())),
        free_fields=tuple(FreeField(**typeset_content(entry)) for entry in content.get("free_fields", ())),
    )


def _proposal(empty: DefinitionSet, sources: Iterable[DefinitionSet], strands: frozenset[str]) -> DefinitionSet:
    """The definitions of other sets on these strands, each to be confirmed, with the rules that then hold."""
    sources = tuple(sources)
    definitions = tuple(
        replace(definition, to_be_confirmed=True)
        for source in sources
        for definition in source.definitions
        if definition.strand in strands
    )
    kept = {definition.code for definition in definitions}
    rules = tuple(rule for source in sources for rule in source.rules if kept.issuperset(rule.subjects))
    return replace(empty, to_be_confirmed=True, definitions=definitions, rules=rules)


def _definition(entry: Mapping[str, Any], shared: Mapping[str, Any]) -> Definition:
    fields = {**shared, **typeset_content(entry)}
    fields.setdefault("printed_code", fields["code"].removeprefix(f"{fields['set_code']}-"))
    fields.setdefault("short_label", fields["label"])
    fields["kind"] = Kind(fields.get("kind", Kind.INTEGER))
    fields["provider"] = Provider(fields.get("provider", Provider.SERVICE))
    parts = fields.pop("components", None) or [{"key": "total", "label": fields["label"], "type": "integer"}]
    fields["components"] = tuple(_component(part) for part in parts)
    fields["prefill"] = {key: Expression.parse(text) for key, text in fields.get("prefill", {}).items()}
    return Definition(**typeset_content({"clause": fields.pop("clause"), "group": fields.pop("group")}), **fields)


def _component(entry: Mapping[str, Any]) -> Component:
    fields = dict(entry)
    fields["type"] = ComponentType(fields["type"])
    if "provider" in fields:
        fields["provider"] = Provider(fields["provider"])
    fields["choices"] = tuple(Choice(key, label) for key, label in fields.get("choices", {}).items())
    fields["fields"] = tuple(_component(part) for part in fields.get("fields", ()))
    for key in ("categories", "derived_from"):
        fields[key] = tuple(fields.get(key, ()))
    return Component(**fields)


def _rule(entry: Mapping[str, Any], clause: str) -> Rule:
    fields = {"basis": clause, **entry}
    fields |= typeset_content({key: fields[key] for key in ("basis", "sentence")})
    fields["severity"] = Severity(fields["severity"])
    if "relation" in fields:
        sides = {side: Expression.parse(fields[side]) for side in ("left", "right")}
        return Comparison(**{**fields, **sides, "relation": Relation(fields["relation"])})
    return Condition(
        **{
            **fields,
            "effect": Effect(fields["effect"]),
            "when": Reference.parse(fields["when"]),
            "answers": tuple(fields["answers"]),
            "parts": tuple(map(Reference.parse, fields["parts"])),
        }
    )
