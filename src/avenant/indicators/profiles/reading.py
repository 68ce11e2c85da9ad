"""A declaration file of the collector, verified again before anything of it is kept.

In this order: nothing that looks like people, the shape, the seal and the sums, the year and the service, the
thresholds, then each protected table by additions. The first thing that is wrong is told, and nothing is kept.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from avenant.domain.decision import DomainError
from avenant.domain.disclosure import TOTAL, Rules
from avenant.domain.french import quoted, typeset
from avenant.indicators.declarations.persons import WHY, LooksLikePeople, refuse_people

LARGEST = 5 * 1024 * 1024
SHEETS = (".csv", ".xlsx", ".xls", ".ods", ".txt", ".tsv", ".parquet")
_ROWS_ABOUT_PEOPLE = frozenset({"employee", "employee_key", "birth_year", "salarié", "salarie", "matricule"})
_FIGURES = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}
_CELL = {
    "type": "array",
    "minItems": 2,
    "prefixItems": [{"type": "string"}],
    "items": {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 0}, {"type": "null"}]},
}
SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Déclaration du collecteur",
    "type": "object",
    "required": ["format", "version", "service", "siren", "period", "values", "proposals", "dashboard", "tables",
                 "withheld", "secrecy", "lineage", "seal"],
    "additionalProperties": False,
    "properties": {
        "format": {"const": "avenant-declaration"},
        "version": {"const": 1},
        "service": {"type": "string", "maxLength": 200},
        "siren": {"type": "string", "pattern": "^([0-9]{9})?$"},
        "period": {"type": "array", "minItems": 2, "maxItems": 2,
                   "items": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}},
        "values": {"type": "object", "additionalProperties": {"type": "object"}},
        "proposals": {"type": "object", "additionalProperties": _FIGURES},
        "dashboard": _FIGURES,
        "tables": {
            "type": "array",
            "maxItems": 60,
            "items": {
                "type": "object",
                "required": ["variables", "cells"],
                "additionalProperties": False,
                "properties": {
                    "variables": {"type": "array", "minItems": 1, "maxItems": 4, "items": {"type": "string"}},
                    "cells": {"type": "array", "minItems": 1, "maxItems": 20_000, "items": _CELL},
                },
            },
        },
        "withheld": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
        "secrecy": {
            "type": "object",
            "required": ["persons", "establishments", "hidden"],
            "additionalProperties": {"type": "integer", "minimum": 0},
        },
        "lineage": {
            "type": "object",
            "required": ["software", "schema", "extract_sha256", "definitions"],
            "properties": {
                "software": {"type": "string"},
                "extract_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "definitions": {"type": "object", "additionalProperties": {"type": "integer"}},
            },
        },
        "seal": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    },
}  # fmt: skip
"""The shape of a declaration file, as JSON Schema."""

Place = tuple[str, ...]


class NotADeclaration(DomainError):
    """The file is refused; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """One protected breakdown: the codes of each variable, and what each place shows (None: hidden)."""

    variables: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    cells: Mapping[Place, int | None]

    @property
    def name(self) -> str:
        return " × ".join(self.variables)

    @property
    def shown(self) -> list[list[Any]]:
        """The places that are shown, each as its codes then its number."""
        return [[*place, number] for place, number in self.cells.items() if number is not None]

    @property
    def hidden(self) -> int:
        return sum(number is None for number in self.cells.values())

    @property
    def lines(self) -> Iterator[tuple[Place, list[Place]]]:
        """Each total of the table with the places that make it up."""
        for rank, codes in enumerate(self.categories):
            others = [(*one, TOTAL) for one in (*self.categories[:rank], *self.categories[rank + 1 :])]
            for rest in itertools.product(*others):
                yield (
                    (*rest[:rank], TOTAL, *rest[rank:]),
                    [(*rest[:rank], code, *rest[rank:]) for code in codes],
                )


@dataclass(frozen=True, slots=True)
class Counted:
    """A verified declaration."""

    name: str
    content: Mapping[str, Any]
    tables: tuple[Table, ...]
    older: tuple[str, ...]

    @property
    def seal(self) -> str:
        return str(self.content["seal"])


def read_counted(content: bytes, name: str, *, year: int, siren: str, service: str, rules: Rules) -> Counted:
    """Verify a declaration file for a service and year. Raises :class:`NotADeclaration` or ``LooksLikePeople``."""
    from avenant.collect.declaration import below_thresholds, parse_declaration

    if len(content) > LARGEST:
        raise NotADeclaration("Ce fichier est trop lourd pour une déclaration du collecteur (5 Mo au plus).")
    _refuse_rows(content, name)
    _check_shape(content, name)
    said = parse_declaration(content, name)
    _check_subject(said, year=year, siren=siren, service=service)
    lower = below_thresholds(said, rules)
    if lower:
        raise NotADeclaration(
            typeset(
                f"La déclaration est protégée sous les seuils de la région : {lower}. Refaites-la avec avenant collect "
                f"protect --persons {rules.persons} --establishments {rules.establishments}."
            )
        )
    tables = tuple(_table(one) for one in said["tables"])
    for table in tables:
        _check_table(table, rules)
    _check_margins(tables)
    return Counted(name, said, tables, _older(said))


def _refuse_rows(content: bytes, name: str) -> None:
    """A spreadsheet of people sent by mistake is recognised by its header; anything else is told what is awaited."""
    text = content[:200_000].decode("utf-8", errors="replace")
    if not text.lstrip("\ufeff \n\r\t").startswith(("{", "[")):
        lines = [line.replace(";", "\t").replace(",", "\t").split("\t") for line in text.splitlines()[:200]]
        if lines:
            refuse_people(lines[0], enumerate(lines[1:], start=2))
        kind = "Un tableau" if name.lower().endswith(SHEETS) else "Ce fichier"
        raise NotADeclaration(
            f"{kind} n’est pas une déclaration du collecteur. Déposez le fichier .json écrit par avenant collect protect."
        )
    try:
        parsed = json.loads(content)
    except ValueError as error:
        raise NotADeclaration(
            f"{quoted(name)} ne se lit pas\u202f: le fichier est incomplet. Copiez-le de nouveau, puis recommencez."
        ) from error
    for key in _keys(parsed):
        if key.lower() in _ROWS_ABOUT_PEOPLE:
            raise LooksLikePeople(f"Le champ «\u202f{key}\u202f» ressemble à une liste de personnes.")
        refuse_people([key], [])
    told = [parsed.get(key) for key in ("values", "tables", "dashboard")] if isinstance(parsed, dict) else parsed
    refuse_people([], enumerate([[one] for one in _texts(told)], start=1))


def _keys(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        yield from content
    for one in _inside(content):
        yield from _keys(one)


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    for one in _inside(content):
        yield from _texts(one)


def _inside(content: Any) -> Iterable[Any]:
    if isinstance(content, dict):
        return content.values()
    return content if isinstance(content, list) else ()


def _check_shape(content: bytes, name: str) -> None:
    from jsonschema import Draft202012Validator

    said = json.loads(content)
    if not isinstance(said, dict) or said.get("format") != "avenant-declaration":
        raise NotADeclaration(f"{quoted(name)} n’est pas une déclaration du collecteur (avenant collect protect).")
    error = next(iter(Draft202012Validator(SCHEMA).iter_errors(said)), None)
    if error is not None:
        where = ".".join(str(step) for step in error.absolute_path) or "la racine"
        raise NotADeclaration(
            f"{quoted(name)} n’a pas la forme d’une déclaration\u202f: {where}. Refaites-la avec la version à jour du "
            "collecteur."
        )


def _check_subject(said: Mapping[str, Any], *, year: int, siren: str, service: str) -> None:
    first, last = said["period"]
    if (first, last) != (f"{year}-01-01", f"{year}-12-31"):
        raise NotADeclaration(
            f"La déclaration porte sur la période du {first} au {last}, la part sur l’année {year}. Refaites avenant "
            f"collect run --year {year}."
        )
    if siren and said["siren"] != siren:
        what = f"le SIREN {said['siren']}" if said["siren"] else "aucun SIREN"
        raise NotADeclaration(
            f"La déclaration porte {what}, {service} a le SIREN {siren}. Refaites-la avec avenant collect protect "
            f"--siren {siren}."
        )


def _older(said: Mapping[str, Any]) -> tuple[str, ...]:
    """The figures counted with another version of their definition than the one in force for the year."""
    from datetime import date

    from avenant.collect.counting import standing

    made = said["lineage"]["definitions"]
    known = {one.key: one.version for one in standing(date.fromisoformat(said["period"][1]))}
    return tuple(sorted(key for key, version in made.items() if known.get(key) != version))


def _table(said: Mapping[str, Any]) -> Table:
    variables = tuple(said["variables"])
    cells: dict[Place, int | None] = {}
    for line in said["cells"]:
        *place, number = line
        if len(place) != len(variables) or isinstance(number, str) or not all(isinstance(one, str) for one in place):
            raise NotADeclaration(f"La table «\u202f{' × '.join(variables)}\u202f» n’a pas la forme attendue.")
        cells[tuple(place)] = number
    categories = tuple(
        tuple(dict.fromkeys(place[rank] for place in cells if place[rank] != TOTAL)) for rank in range(len(variables))
    )
    _check_categories(variables, categories)
    table = Table(variables, categories, cells)
    expected = {TOTAL for _ in variables}
    if len(cells) != len(said["cells"]) or (TOTAL,) * len(variables) not in cells or not expected:
        raise NotADeclaration(f"La table «\u202f{table.name}\u202f» n’a pas de total, ou donne deux fois une case.")
    missing = next((one for line in table.lines for one in (line[0], *line[1]) if one not in cells), None)
    if missing is not None:
        raise NotADeclaration(f"La table «\u202f{table.name}\u202f» n’a pas toutes ses cases.")
    return table


def _check_categories(variables: Sequence[str], categories: Sequence[Sequence[str]]) -> None:
    """Closed lists (S3-6-11), so that the tables of several services add up."""
    from avenant.collect.profiles import VARIABLES
    from avenant.collect.schema import canonical

    known = {one.name: one.categories(canonical()) for one in VARIABLES}
    for variable, codes in zip(variables, categories, strict=True):
        strangers = [code for code in codes if variable in known and code not in known[variable]]
        if strangers:
            raise NotADeclaration(
                f"«\u202f{strangers[0]}\u202f» n’est pas une modalité de la variable «\u202f{variable}\u202f»\u202f: "
                f"{', '.join(known[variable])}."
            )


def _check_table(table: Table, rules: Rules) -> None:
    """What additions alone tell a reader: no small number shown, no hidden one that a subtraction gives back."""
    whole = (TOTAL,) * len(table.variables)
    for place, number in table.cells.items():
        if place != whole and number is not None and 0 < number < rules.persons:
            raise _unsafe(table, f"une case de moins de {rules.persons} personnes est montrée")
    for total, parts in table.lines:
        said, numbers = table.cells[total], [table.cells[part] for part in parts]
        hidden, shown = numbers.count(None), sum(number or 0 for number in numbers)
        if said is None and not hidden:
            raise _unsafe(table, "un total caché se retrouve par addition")
        if said is None:
            continue
        if shown > said or (not hidden and shown != said):
            raise NotADeclaration(f"La table «\u202f{table.name}\u202f» ne fait pas son total.", code="tampered")
        if hidden == 1 or (hidden and said - shown < rules.persons - 1):
            raise _unsafe(table, "une case cachée se retrouve par soustraction")


def _unsafe(table: Table, what: str) -> NotADeclaration:
    return NotADeclaration(
        f"La table «\u202f{table.name}\u202f» n’est pas assez protégée\u202f: {what}. Refaites avenant collect protect.",
        code="disclosive",
        basis="secret statistique",
    )


def _check_margins(tables: Iterable[Table]) -> None:
    """A margin says the same in every table: what one hides, another must not show."""
    known: dict[frozenset[tuple[str, str]], int | None] = {}
    for table in tables:
        for place, number in table.cells.items():
            codes = frozenset((name, code) for name, code in zip(table.variables, place, strict=True) if code != TOTAL)
            if codes and known.setdefault(codes, number) != number:
                raise _unsafe(table, "une même case est cachée dans une table et montrée, ou autre, dans une autre")


__all__ = ["SCHEMA", "WHY", "Counted", "NotADeclaration", "Table", "read_counted"]
