"""The one file that says how an export becomes the canonical extract; written by ``init``, corrected by a person."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from avenant.collect.refusals import CollectError
from avenant.collect.schema import Schema, Table
from avenant.collect.sources import Source, inspect, located
from avenant.domain.french import quoted

ISO = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class TableMapping:
    """One canonical table: its file, the title of each column, and the spellings of its codes."""

    table: str
    file: str
    columns: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dates: str = "%d/%m/%Y"
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""

    def source(self, beside: Path) -> Source:
        """The file, what the mapping leaves open being inspected. Raises :class:`CollectError`."""
        found = inspect(located(self.file, beside))
        return Source(found.path, self.encoding or found.encoding, self.delimiter or found.delimiter, self.sheet)

    def missing(self, table: Table) -> tuple[str, ...]:
        """The required columns that no title is given for."""
        return tuple(one.name for one in table.columns if one.required and not self.columns.get(one.name))


@dataclass(frozen=True, slots=True)
class Correspondence:
    """A whole mapping, with the folder from which its files are found."""

    sources: tuple[TableMapping, ...]
    beside: Path
    codes_file: str = ""

    def schema(self, base: Schema) -> Schema:
        return base.extended(located(self.codes_file, self.beside)) if self.codes_file else base


def read_mapping(path: Path, schema: Schema) -> Correspondence:
    """Read a mapping. Raises :class:`CollectError` with the entry at fault."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise CollectError(
            f"Le fichier {quoted(str(path))} n'existe pas. Écrivez-le avec : avenant collect init DOSSIER."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise CollectError(f"Le fichier {quoted(path.name)} ne se lit pas : {error}.") from error
    except tomllib.TOMLDecodeError as error:
        advice = (
            " Un chemin de Windows s'écrit entre apostrophes : file = 'C:\\exports\\visites.csv'."
            if "\\" in str(path.read_text(encoding="utf-8", errors="replace"))
            else ""
        )
        raise CollectError(f"Le fichier {quoted(path.name)} n'est pas du TOML : {error}.{advice}") from error
    entries = content.get("sources")
    if not entries:
        raise CollectError(f"{quoted(path.name)} ne décrit aucun fichier : il faut au moins un bloc [[sources]].")
    return Correspondence(
        tuple(_source(entry, schema) for entry in entries), path.resolve().parent, content.get("codes_file", "")
    )


def _source(entry: Mapping[str, Any], schema: Schema) -> TableMapping:
    table = schema.tables.get(entry.get("table", ""))
    if table is None:
        raise CollectError(
            f"La table {quoted(str(entry.get('table')))} n'existe pas. Tables connues : {', '.join(schema.tables)}."
        )
    known = {one.name for one in table.columns}
    strangers = sorted({*entry.get("columns", {}), *entry.get("codes", {})} - known)
    if strangers:
        raise CollectError(
            f"La table {quoted(table.name)} n'a pas de colonne {quoted(strangers[0])}. Colonnes : {', '.join(sorted(known))}."
        )
    unknown = sorted(set(entry) - {"table", "file", "columns", "codes", "dates", "encoding", "delimiter", "sheet"})
    if unknown or not entry.get("file"):
        what = f"l'entrée {quoted(unknown[0])} est inconnue" if unknown else "il manque « file », le nom du fichier"
        raise CollectError(f"Bloc de la table {quoted(table.name)} : {what}.")
    return TableMapping(**{"columns": {}, **entry})


def write_mapping(sources: Iterable[TableMapping], schema: Schema, notes: Mapping[str, Iterable[str]]) -> str:
    """The TOML of a mapping, with what each column is and what is left to complete as comments."""
    lines = [
        "# Correspondance entre l'export du logiciel et l'extrait canonique d'Avenant.",
        "# À gauche la colonne canonique, à droite le titre dans votre fichier ; vide : la colonne n'existe pas.",
        "",
        f"version = {schema.version}",
        '# codes_file = "codes-du-service.toml"',
    ]
    for one in sources:
        table = schema.tables[one.table]
        lines += ["", f"# {table.label}", *(f"# À COMPLÉTER : {note}" for note in notes.get(one.table, ()))]
        lines += ["[[sources]]", f"table = {_text(one.table)}", f"file = {_text(one.file)}"]
        if one.encoding:
            lines += [f"encoding = {_text(one.encoding)}", f"delimiter = {_text(one.delimiter)}"]
        lines += [f"sheet = {_text(one.sheet)}"] if one.sheet else []
        lines += [f"dates = {_text(one.dates)}", "[sources.columns]"]
        lines += [
            f"{column.name} = {_text(one.columns.get(column.name, ''))}  # {column.label}"
            f"{', obligatoire' if column.required else ''}"
            for column in table.columns
        ]
        for column, codes in one.codes.items():
            lines += [f"[sources.codes.{column}]", *(f"{_text(text)} = {_text(code)}" for text, code in codes.items())]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
