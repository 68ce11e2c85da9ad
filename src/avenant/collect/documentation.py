"""The reference pages of the collector, written from the schema and the definitions: ``python -m …documentation``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from avenant.collect.counting import records, standing, statement
from avenant.collect.declaration import catalogue
from avenant.collect.schema import Column, ColumnType, Schema, canonical
from avenant.domain.indicators import sort_key
from avenant.domain.periods import Period

EXAMPLE_YEAR: Final = Period.of_year(2025)

_TYPES: Final = {
    ColumnType.KEY: "pseudonyme",
    ColumnType.SIRET: "SIRET (14 chiffres, clé vérifiée)",
    ColumnType.DATE: "date AAAA-MM-JJ",
    ColumnType.YEAR: "année",
    ColumnType.INTEGER: "entier ≥ 0",
    ColumnType.BOOLEAN: "true ou false",
    ColumnType.CODE: "code",
    ColumnType.SECTOR: "section NAF (A à U)",
    ColumnType.TEXT: "texte",
}


def pages() -> dict[str, str]:
    """The pages by name in ``docs/reference``."""
    schema = canonical()
    return {
        "extract.md": "\n".join(_extract(schema)) + "\n",
        "extract.schema.json": json.dumps(json_schema(schema), ensure_ascii=False, indent=1) + "\n",
        "countable-indicators.md": "\n".join(_countables(schema)) + "\n",
    }


def json_schema(schema: Schema) -> dict[str, Any]:
    """The extract as JSON Schema (2020-12): an object with one array of rows a table."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": schema.label,
        "version": schema.version,
        "type": "object",
        "additionalProperties": False,
        "properties": {
            table.name: {
                "type": "array",
                "title": table.label,
                "description": table.about,
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": [one.name for one in table.columns if one.required],
                    "properties": {one.name: _property(one, schema) for one in table.columns},
                },
            }
            for table in schema.tables.values()
        },
    }


def _property(column: Column, schema: Schema) -> dict[str, Any]:
    forms: dict[ColumnType, dict[str, Any]] = {
        ColumnType.SIRET: {"type": "string", "pattern": "^[0-9]{14}$"},
        ColumnType.DATE: {"type": "string", "format": "date"},
        ColumnType.YEAR: {"type": "integer", "minimum": 1900, "maximum": 2100},
        ColumnType.INTEGER: {"type": "integer", "minimum": 0},
        ColumnType.BOOLEAN: {"type": "boolean"},
        ColumnType.SECTOR: {"type": "string", "pattern": "^[A-U]$"},
    }
    form = forms.get(column.type, {"type": "string"})
    if column.type is ColumnType.CODE and not schema.lists[column.codes].open:
        form = {"enum": list(schema.lists[column.codes].codes)}
    return {"title": column.label, **form}


def _extract(schema: Schema) -> Iterator[str]:
    yield "# The canonical extract\n"
    yield "Written by `python -m avenant.collect.documentation`; labels are those that a service reads.\n"
    yield f"Version {schema.version}. One file a table, Parquet or CSV (UTF-8, comma), in one folder; a table may be absent."
    yield "JSON Schema: [extract.schema.json](extract.schema.json). Example: `avenant collect synthesise exemple --format csv`.\n"
    for table in schema.tables.values():
        yield f"## {table.name} – {table.label}\n\n{table.about}\n"
        yield "| column | type | required | meaning |\n|---|---|---|---|"
        for one in table.columns:
            kind = f"code de [{one.codes}](#{one.codes})" if one.codes else _TYPES[one.type]
            yield f"| `{one.name}` | {kind} | {'yes' if one.required else ''} | {one.label} |"
        yield ""
    yield "# Code lists\n"
    for known in schema.lists.values():
        state = (
            "open: a service's file may add codes" if known.open else "closed: a service's file may add spellings only"
        )
        yield f"## {known.name}\n\n{known.label}. Source: {known.source}. {state.capitalize()}.\n\n| code | read |\n|---|---|"
        for code, texts in known.codes.items():
            yield f"| `{code}` | {', '.join(texts)} |"
        yield ""


def _countables(schema: Schema) -> Iterator[str]:
    known, rows = catalogue(), records(schema, EXAMPLE_YEAR)
    yield "# Countable indicators\n"
    yield "Written by `python -m avenant.collect.documentation`. SQL of DuckDB for 2025; Spark runs the same expressions.\n"
    for one in sorted(standing(EXAMPLE_YEAR.last_day), key=lambda each: (each.aid, sort_key(each.code), each.key)):
        yield f"## {one.key}\n"
        if not one.aid:
            definition = known[one.code]
            basis = f" {definition.legal_basis}." if definition.legal_basis else ""
            yield f"{definition.label}. {definition.clause}, lignes {definition.source_lines}.{basis}\n"
        part = f" Part of `{one.of}`." if one.of else ""
        until = f" to {one.valid_to}" if one.valid_to else ""
        yield f"**{one.sentence}** Counts {one.tally}; version {one.version}, from {one.valid_from}{until}.{part}\n"
        yield f"```sql\n{statement(one, rows)}\n```\n"


def main(folder: Path = Path("docs/reference")) -> None:
    """Write the pages."""
    for title, text in pages().items():
        (folder / title).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
