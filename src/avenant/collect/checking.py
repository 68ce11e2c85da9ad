"""``check``: an export becomes the canonical extract; every rejected row is listed, and totals add up."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from avenant.collect import reading
from avenant.collect.counting.run import Progress
from avenant.collect.engine import MEMORY, connect, literal, name, unreadable
from avenant.collect.identity import SUSPECT, IdentityColumn, Seen, refuse_cells, refuse_titles
from avenant.collect.mapping import Correspondence, TableMapping
from avenant.collect.quality import findings, outside_year
from avenant.collect.refusals import CollectError
from avenant.collect.schema import Column, ColumnType, Schema, Table, canonical
from avenant.collect.sources import MIXED, Sample, Source, gigabytes, located, read_sample, relation
from avenant.collect.storage import folder_whole, sha256
from avenant.domain.french import format_number, quoted, typeset

MANIFEST, REJECTS = "extrait.json", "rejets.csv"
BATCH = 100_000
"""Rows looked at together for identities."""


@dataclass(frozen=True, slots=True)
class TableCheck:
    """What became of the rows of one file: ``read`` is always ``kept`` plus ``rejected``."""

    table: str
    file: str
    sha256: str
    read: int
    kept: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome, as it is kept beside the extract."""

    tables: tuple[TableCheck, ...]
    remarks: tuple[str, ...]
    reasons: Mapping[str, int]
    outside: str = ""
    """What is of another year than the one checked; said of that year alone."""

    @property
    def rejected(self) -> int:
        return sum(one.rejected for one in self.tables)


def check(
    mapping: Correspondence,
    target: Path,
    *,
    year: int | None = None,
    memory: str = MEMORY,
    progress: Progress = lambda _: None,
) -> Check:
    """Write the canonical extract, its list of rejected rows and its manifest in ``target``, whole or not at all.

    Raises :class:`~avenant.collect.identity.IdentityColumn`, or :class:`CollectError` on a file that cannot be used
    and on an extract that holds nothing of the year.
    """
    schema = mapping.schema(canonical())
    _refuse_without_room(located(one.file, mapping.beside) for one in mapping.sources)
    prepared = [_prepared(one, schema, mapping) for one in mapping.sources]
    with (
        TemporaryDirectory(prefix="avenant-") as spare,
        connect(memory=memory) as connection,
        folder_whole(target) as made,
    ):
        connection.execute('CREATE TABLE rejects (file VARCHAR, line BIGINT, "column" VARCHAR, reason VARCHAR)')
        tables, remarks = [], []
        for _, source, sample in prepared:
            progress(source.path.name)
            _refuse_identities(connection, source, sample.titles, Path(spare))
        for one, source, sample in prepared:
            progress(schema.tables[one.table].label)
            tables.append(_table(connection, one, source, sample, schema, made, Path(spare)))
            if source.encoding == MIXED:
                remarks.append(
                    typeset(f"{quoted(source.path.name)} mêle deux encodages : chaque ligne a été lue par le sien.")
                )
        outside = outside_year(connection, made, schema, year) if year else ""
        remarks += findings(connection, made, schema)
        reasons = _write_rejects(connection, made / REJECTS)
        outcome = Check(tuple(tables), tuple(remarks), reasons, outside)
        _write_manifest(made, outcome, schema, year)
        return outcome


def _refuse_without_room(paths: Iterable[Path]) -> None:
    """A file is read in pieces, but its rows are kept aside while they are judged: said before hours of work, not after."""
    needed = sum(path.stat().st_size for path in paths if path.is_file())
    free = shutil.disk_usage(gettempdir()).free
    if needed > free:
        raise CollectError(
            f"Les fichiers pèsent {gigabytes(needed)} et le dossier temporaire du poste n'a que {gigabytes(free)} libres : "
            "libérez de la place, ou donnez un autre dossier par la variable TMPDIR (TEMP sous Windows).",
            code="disk",
        )


def _prepared(one: TableMapping, schema: Schema, mapping: Correspondence) -> tuple[TableMapping, Source, Sample]:
    """The source of a table once its titles and a sample of its cells are known to hold no identity."""
    table = schema.tables[one.table]
    source = one.source(mapping.beside)
    sample = read_sample(source)
    refuse_titles(source.path.name, sample.titles, about_people=table.about_people)
    refuse_cells(source.path.name, sample.titles, sample.columns)
    missing = one.missing(table)
    if missing:
        label = table.column(missing[0]).label
        raise CollectError(
            f"{quoted(source.path.name)} : dites dans la correspondance quelle colonne donne {quoted(label)} ({missing[0]})."
        )
    absent = [title for title in one.columns.values() if title and title not in sample.titles]
    if absent:
        raise CollectError(
            f"{quoted(source.path.name)} n'a pas de colonne {quoted(absent[0])}. Titres lus : {', '.join(sample.titles)}. "
            "Le séparateur du fichier est-il le bon ?"
        )
    return one, source, sample


def _table(
    connection: duckdb.DuckDBPyConnection,
    one: TableMapping,
    source: Source,
    sample: Sample,
    schema: Schema,
    made: Path,
    spare: Path,
) -> TableCheck:
    table = schema.tables[one.table]
    for view in ("reject_errors", "reject_scans"):
        connection.execute(f"DROP TABLE IF EXISTS {view}")
    rows = relation(connection, source, sample.titles, spare)
    try:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE judged AS {_judged(rows, one, table, schema)}")
        broken = _broken(connection, source)
    except duckdb.Error as error:
        raise unreadable(source.path.name, error) from error
    columns = ", ".join(name(column.name) for column in table.columns)
    target = made / f"{table.name}.parquet"
    connection.execute(
        f"COPY (SELECT {columns} FROM judged WHERE refusal IS NULL ORDER BY line) TO {literal(target)} "
        "(FORMAT parquet, COMPRESSION zstd)"
    )
    connection.execute(
        f"INSERT INTO rejects SELECT {literal(source.path.name)}, line, refused_column, refusal FROM judged "
        "WHERE refusal IS NOT NULL"
    )
    connection.executemany("INSERT INTO rejects VALUES (?, ?, ?, ?)", broken) if broken else None
    total, kept = connection.execute("SELECT count(*), count(*) FILTER (refusal IS NULL) FROM judged").fetchall()[0]
    return TableCheck(
        table.name, source.path.name, sha256(source.path), total + len(broken), kept, total - kept + len(broken)
    )


def _judged(rows: str, one: TableMapping, table: Table, schema: Schema) -> str:
    """Rows with their line, canonical values, and the first reason to reject them."""
    taken, read_, refused = [], [], []
    for column in table.columns:
        title = one.columns.get(column.name)
        raw = name(f"raw {column.name}")
        taken.append(f"nullif(trim({name(title)}), '') AS {raw}" if title else f"CAST(NULL AS VARCHAR) AS {raw}")
        texts = reading.readings(column, schema.lists, one.codes.get(column.name, {}))
        read_.append(f"CAST({reading.value(column, raw, one.dates, texts)} AS {column.stored}) AS {name(column.name)}")
        if title:
            refused += _refusals(column, title, raw, one.dates)
    refused += _repeated(table)
    whens = " ".join(
        f"WHEN {condition} THEN struct_pack(c := {literal(title)}, r := {said})" for condition, title, said in refused
    )
    columns = ", ".join(name(column.name) for column in table.columns)
    return (
        f"WITH lines AS (SELECT row_number() OVER () + 1 AS line, {', '.join(taken)} FROM ({rows})), "
        f"read_rows AS (SELECT *, {', '.join(read_)} FROM lines), "
        f"placed AS (SELECT *{_rank(table)} FROM read_rows), "
        f"told AS (SELECT *, CASE {whens} END AS why FROM placed) "
        f"SELECT line, {columns}, why.c AS refused_column, why.r AS refusal FROM told"
    )


def _refusals(column: Column, title: str, raw: str, dates: str) -> list[tuple[str, str, str]]:
    found = []
    if column.required:
        found.append(
            (f"{raw} IS NULL", title, literal(typeset(f"{column.label.partition(',')[0]} : la cellule est vide.")))
        )
    if column.type in (ColumnType.KEY, ColumnType.TEXT):
        said = "Cette cellule semble contenir une identité : elle n'est pas reprise."
        found.append((reading.names_somebody(raw), title, literal(typeset(said))))
    else:
        found.append((f"{raw} IS NOT NULL AND {name(column.name)} IS NULL", title, reading.reason(column, raw, dates)))
    return found


def _identical(table: Table) -> tuple[str, ...]:
    """The columns by which two rows are one: the key of the table, or all of them in a table about people."""
    return table.key or (tuple(column.name for column in table.columns) if table.about_people else ())


def _rank(table: Table) -> str:
    columns = _identical(table)
    if not columns:
        return ""
    return f", first_value(line) OVER (PARTITION BY {', '.join(map(name, columns))} ORDER BY line) AS first_line"


def _repeated(table: Table) -> list[tuple[str, str, str]]:
    if not _identical(table):
        return []
    return [("first_line < line", "", f"{literal('Ligne en double de la ligne ')} || first_line || '.'")]


def _broken(connection: duckdb.DuckDBPyConnection, source: Source) -> list[tuple[str, int, str, str]]:
    """The lines that have not the number of cells of the titles; later lines keep their number in the file."""
    if source.kind != "text":
        return []
    found = connection.execute("SELECT DISTINCT line FROM reject_errors ORDER BY line").fetchall()
    broken = [int(row[0]) for row in found]
    for number in broken:
        connection.execute(f"UPDATE judged SET line = line + 1 WHERE line >= {number}")
    sentence = "La ligne n’a pas autant de cellules que de titres."
    return [(source.path.name, number, "", sentence) for number in broken]


def _refuse_identities(
    connection: duckdb.DuckDBPyConnection, source: Source, titles: Sequence[str], spare: Path
) -> None:
    """Every cell of every column, mapped or not, batch by batch: nothing is kept but counts, nothing goes to the disk.

    Raises :class:`~avenant.collect.identity.IdentityColumn` before anything of the file is copied.
    """
    seen = [Seen() for _ in titles]
    try:
        reader = connection.execute(relation(connection, source, titles, spare)).fetch_record_batch(BATCH)
        for batch in reader:
            for one, column in zip(seen, batch.columns, strict=True):
                _look(one, column)
    except duckdb.Error as error:
        raise unreadable(source.path.name, error) from error
    for title, one in zip(titles, seen, strict=True):
        if one.what:
            raise IdentityColumn(source.path.name, title, one.what)


def _look(seen: Seen, column: pa.Array) -> None:
    cells = column.drop_null()
    suspect = cells.filter(pc.match_substring_regex(cells, SUSPECT.pattern))
    filled = pc.sum(pc.match_substring_regex(cells, r"\S")).as_py() or 0
    seen.pass_over(filled - len(suspect))
    for entry in suspect.value_counts():
        seen.add(entry["values"].as_py(), entry["counts"].as_py())


def _write_rejects(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, int]:
    """All the rejected rows, as a CSV that a French Excel opens, and how many for each reason."""
    connection.execute(
        f'COPY (SELECT file AS "Fichier", line AS "Ligne", "column" AS "Colonne", reason AS "Motif" '
        f"FROM rejects ORDER BY file, line) TO {literal(path)} (FORMAT csv, HEADER, DELIMITER ';')"
    )
    path.write_bytes("\ufeff".encode() + path.read_bytes())
    bare = "regexp_replace(regexp_replace(reason, '^(«[^»]*»|valeur) *[^ ]?: *', ''), 'ligne [0-9]+[.]$', 'ligne …')"
    counted = connection.execute(
        f"SELECT file || ' – ' || {bare}, count(*) FROM rejects GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50"
    ).fetchall()
    return dict(counted)


def _write_manifest(made: Path, outcome: Check, schema: Schema, year: int | None) -> None:
    files = {path.name: sha256(path) for path in sorted(made.iterdir())}
    content: dict[str, Any] = {
        "schema": schema.version,
        "software": version("avenant"),
        "year": year,
        "codes": schema.added(canonical()),
        **asdict(outcome),
        "files": files,
    }
    (made / MANIFEST).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a checked extract, None when it was not checked here. Raises when a file has changed since."""
    path = folder / MANIFEST
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for file, digest in content["files"].items():
        if not (folder / file).is_file() or sha256(folder / file) != digest:
            raise CollectError(
                f"{quoted(file)} a changé depuis le contrôle de l'extrait : relancez avenant collect check.",
                code="tampered",
            )
    return content


def totals(one: TableCheck) -> str:
    """The totals of a file in one sentence: « lues : 7 021 ; gardées : 6 859 ; rejetées : 162 »."""
    return typeset(
        f"{one.file} – lues : {format_number(one.read)} ; gardées : {format_number(one.kept)} ; "
        f"rejetées : {format_number(one.rejected)}"
    )
