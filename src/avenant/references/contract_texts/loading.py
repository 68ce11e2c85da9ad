"""Reads the files of a contract into its dataclasses."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

from avenant.references.contract_texts.checks import problems
from avenant.references.contract_texts.shape import ContractText, Framework, StatutoryPurpose
from avenant.references.reading import read, typeset_content

_FOLDER: Final = files("avenant.references") / "contracts" / "texts"

Entry = TypeVar("Entry")
_hints: Final[Callable[[Any], dict[str, Any]]] = cache(get_type_hints)


class BrokenText(ValueError):
    """A contract's files contradict themselves; the message names the entry."""


def contract_text_keys() -> tuple[str, ...]:
    """The keys of the contracts whose whole text is kept, in alphabetical order."""
    return tuple(sorted(one.name for one in _FOLDER.iterdir() if one.is_dir()))


@cache
def load_contract_text(key: str) -> ContractText:
    """Read one contract, checked. Raises FileNotFoundError when it is not kept, BrokenText when it contradicts itself."""
    folder = _FOLDER / key
    content = tomllib.loads((folder / "head.toml").read_text(encoding="utf-8"))
    for name in content.pop("files", []):
        for table, entries in tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8")).items():
            content.setdefault(table, []).extend(entries)
    return parse_contract_text(content)


def parse_contract_text(content: Mapping[str, Any]) -> ContractText:
    """A contract from the content of its files, typeset and checked. Raises BrokenText."""
    try:
        text = made(ContractText, _with_positions(typeset_content(content)))
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenText(f"{content.get('key', '?')}: {error}") from error
    for problem in problems(text, load_frameworks(), load_purposes()):
        raise BrokenText(f"{text.key}: {problem}")
    return text


@cache
def load_frameworks() -> Mapping[str, Framework]:
    """The frameworks of ``frameworks.toml`` by key."""
    entries = typeset_content(read("frameworks"))["frameworks"]
    return {one.key: one for one in (made(Framework, entry) for entry in entries)}


@cache
def load_purposes() -> Mapping[str, StatutoryPurpose]:
    """The purposes of article D4622-45 by key: the shared list, each contract stating those that it takes over."""
    entries = typeset_content(read("frameworks"))["purposes"]
    return {one.key: one for one in (made(StatutoryPurpose, entry) for entry in entries)}


def _with_positions(content: Any) -> dict[str, Any]:
    rank: Counter[str] = Counter()
    clauses = []
    for entry in content.get("clauses", []):
        parent = entry.get("parent", "")
        rank[parent] += 1
        clauses.append({**entry, "body": entry.get("body", "").strip(), "position": rank[parent]})
    return {**content, "clauses": clauses}


def made(kind: type[Entry], entry: Mapping[str, Any]) -> Entry:
    """A dataclass from a TOML table: enumerations, tuples and nested dataclasses by the types of its fields."""
    hints = _hints(kind)
    known = {one.name: one for one in fields(kind)}  # type: ignore[arg-type]
    name = entry.get("key", entry.get("label", entry.get("organisation", "")))
    if unknown := entry.keys() - known.keys():
        raise ValueError(f"{kind.__name__} {name}: unknown {', '.join(sorted(unknown))}")
    if absent := {
        one.name
        for one in known.values()
        if one.default is MISSING and one.default_factory is MISSING and one.name not in entry
    }:
        raise ValueError(f"{kind.__name__} {name}: {', '.join(sorted(absent))} missing")
    return kind(**{key: _value(hints[key], value) for key, value in entry.items()})


def _value(hint: Any, value: Any) -> Any:
    arguments = get_args(hint)
    if get_origin(hint) is tuple:
        inner = arguments[0] if arguments[-1] is Ellipsis else None
        return tuple(_value(inner or arguments[at], one) for at, one in enumerate(value))
    if isinstance(value, Mapping):
        return made(next(one for one in (hint, *arguments) if isinstance(one, type) and one is not type(None)), value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    return value
