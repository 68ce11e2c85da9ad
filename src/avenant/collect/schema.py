"""The canonical extract as data: tables, columns, closed lists; the same file gives checks, JSON Schema and pages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from avenant.collect.refusals import CollectError
from avenant.domain.folding import fold
from avenant.domain.french import quoted, typeset
from avenant.references.reading import read


class ColumnType(StrEnum):
    """What a column holds; ``key`` is a pseudonym, ``sector`` a NAF section or a code from which it is deduced."""

    KEY = "key"
    SIRET = "siret"
    DATE = "date"
    YEAR = "year"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CODE = "code"
    SECTOR = "sector"
    TEXT = "text"


STORED = {
    ColumnType.DATE: "DATE",
    ColumnType.YEAR: "SMALLINT",
    ColumnType.INTEGER: "INTEGER",
    ColumnType.BOOLEAN: "BOOLEAN",
}
"""The type by which DuckDB stores a column, VARCHAR unless it is said here."""


@dataclass(frozen=True, slots=True)
class CodeList:
    """A closed list: each code with the spellings that mean it. Only an open list accepts new codes from a file."""

    name: str
    label: str
    source: str
    codes: Mapping[str, tuple[str, ...]]
    open: bool = False

    def readings(self) -> dict[str, str]:
        """Every folded spelling with its code."""
        return {fold(text): code for code, texts in self.codes.items() for text in (code, *texts)}

    def label_of(self, code: str) -> str:
        """The first spelling of a code, which is what a reader sees."""
        return next(iter(self.codes.get(code, ())), code)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a canonical table."""

    name: str
    type: ColumnType
    label: str
    required: bool = False
    codes: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def stored(self) -> str:
        return STORED.get(self.type, "VARCHAR")


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table; ``date`` names the column that places a row in a year, empty when there is none."""

    name: str
    label: str
    about: str
    key: tuple[str, ...]
    date: str
    columns: tuple[Column, ...]

    @property
    def about_people(self) -> bool:
        return any(one.type is ColumnType.KEY for one in self.columns)

    def column(self, name: str) -> Column:
        """Raises KeyError."""
        return next((one for one in self.columns if one.name == name), None) or _missing(name)


def _missing(name: str) -> Column:
    raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Schema:
    """A version of the extract with its lists."""

    version: int
    label: str
    tables: Mapping[str, Table]
    lists: Mapping[str, CodeList]

    def extended(self, path: Path) -> Schema:
        """The schema with the spellings, and for open lists the codes, of a service's own file.

        Raises :class:`CollectError` when the file names an unknown list or adds a code to a closed one.
        """
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise CollectError(f"Le fichier de codes {quoted(path.name)} ne se lit pas : {error}") from error
        lists = dict(self.lists)
        for name, entry in content.items():
            if name not in lists:
                raise CollectError(
                    f"La liste {quoted(name)} n'existe pas. Listes connues : {', '.join(sorted(lists))}."
                )
            lists[name] = _extend(lists[name], entry)
        return replace(self, lists=lists)

    def added(self, base: Schema) -> dict[str, dict[str, list[str]]]:
        """The codes that a service's file adds to the open lists, with their spellings."""
        found = {
            name: {code: list(texts) for code, texts in one.codes.items() if code not in base.lists[name].codes}
            for name, one in self.lists.items()
        }
        return {name: codes for name, codes in found.items() if codes}

    def with_added(self, added: Mapping[str, Mapping[str, list[str]]]) -> Schema:
        """The schema with codes that another one had added."""
        lists = {name: _extend(self.lists[name], {"codes": codes}) for name, codes in added.items()}
        return replace(self, lists={**self.lists, **lists})


def _extend(one: CodeList, entry: Mapping[str, Any]) -> CodeList:
    codes = dict(one.codes)
    for code, texts in entry.get("codes", {}).items():
        if code not in codes and not one.open:
            raise CollectError(
                f"La liste {quoted(one.label)} est fermée : le code {quoted(code)} ne peut pas y être ajouté. "
                f"Rattachez ses écritures à un code existant ({', '.join(codes)})."
            )
        codes[code] = (*codes.get(code, ()), *texts)
    return replace(one, codes=codes)


@cache
def canonical() -> Schema:
    """The schema that ships with this version of the software."""
    content, lists = read("collect/schema"), read("collect/codes")
    lists.pop("version")
    tables = [_table(entry) for entry in content["tables"]]
    return Schema(
        content["version"],
        content["label"],
        {one.name: one for one in tables},
        {name: _code_list(name, entry) for name, entry in lists.items()},
    )


def _table(entry: Mapping[str, Any]) -> Table:
    columns = tuple(
        Column(
            **{
                **one,
                "type": ColumnType(one["type"]),
                "label": typeset(one["label"]),
                "aliases": tuple(one.get("aliases", ())),
            }
        )
        for one in entry["columns"]
    )
    texts = {key: typeset(entry[key]) for key in ("label", "about")}
    return Table(**{**entry, **texts, "key": tuple(entry["key"]), "columns": columns})


def _code_list(name: str, entry: Mapping[str, Any]) -> CodeList:
    codes = {code: tuple(typeset(text) for text in texts) for code, texts in entry["codes"].items()}
    return CodeList(name, typeset(entry["label"]), typeset(entry["source"]), codes, entry.get("open", False))


def bands(name: str) -> tuple[tuple[str, int, int], ...]:
    """The bands of ``age`` or ``size``: label, lowest, highest."""
    return tuple((label, low, high) for label, low, high in read("collect/bands")[name]["bands"])


def sections() -> dict[str, tuple[int, int]]:
    """NAF sections by their first and last division."""
    content = read("collect/bands")["sector"]
    return {code: (bounds[0], bounds[1]) for code, bounds in content.items() if len(code) == 1}


def section_title(code: str) -> str:
    """A NAF section with its title, « F – Construction »; any other category as it is."""
    title = read("collect/bands")["sector"]["titles"].get(code)
    return f"{code} – {title}" if title else code
