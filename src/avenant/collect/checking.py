"""``check``: an export becomes the canonical extract; every rejected row is listed, and totals add up."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import duckdb

from avenant.collect import reading
from avenant.collect.counting.run import Progress
from avenant.collect.engine import MEMORY, connect, literal, name, told_while, unreadable
from avenant.collect.identity import filled, names_somebody, refuse_rows, refuse_titles
from avenant.collect.mapping import Correspondence, TableMapping
from avenant.collect.quality import findings, outside_year
from avenant.collect.refusals import CollectError
from avenant.collect.schema import Column, ColumnType, Schema, Table, canonical
from avenant.collect.sources import MIXED, Sample, Source, gigabytes, located, read_sample, relation
from avenant.collect.storage import folder_whole, sha256
from avenant.domain.french import format_number, quoted, typeset

MANIFEST, REJECTS = "extrait.json", "rejets.csv"
USUAL = 40
"""Spellings of a sample that are looked for as they stand, in every row."""

_WORDED = (ColumnType.KEY, ColumnType.TEXT, ColumnType.CODE)
"""Columns where a sign that no other encoding has may stand; numbers, days, yes and no have none."""


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
            with told_while(connection, progress, f"{source.path.name} : identités"):
                _refuse_identities(connection, source, sample.titles, Path(spare))
        for one, source, sample in prepared:
            with told_while(connection, progress, f"{source.path.name} : lignes"):
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
    """The source of a table once its titles are known to say no identity."""
    table = schema.tables[one.table]
    source = one.source(mapping.beside)
    sample = read_sample(source)
    refuse_titles(source.path.name, sample.titles, about_people=table.about_people)
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
    _forget_broken(connection)
    worded = [title for key, title in one.columns.items() if title and table.column(key).type in _WORDED]
    rows = relation(connection, source, sample.titles, spare, worded=worded)
    judged = spare / f"{table.name}.judged.parquet"
    try:
        connection.execute(_copy(_judged(rows, one, sample, table, schema), judged))
        broken = _shifts(connection, source)
    except duckdb.Error as error:
        raise unreadable(source.path.name, error) from error
    repeated = _repeated(connection, table, judged)
    columns = ", ".join(name(column.name) for column in table.columns)
    alone = " AND file_row_number NOT IN (SELECT place FROM repeated) ORDER BY file_row_number" if repeated else ""
    connection.execute(
        _copy(f"SELECT {columns} FROM {_numbered(judged)} WHERE refusal IS NULL{alone}", made / f"{table.name}.parquet")
    )
    rejected = _list_rejects(connection, source, judged)
    total = connection.execute(f"SELECT count(*) FROM {_numbered(judged)}").fetchall()[0][0] + broken
    judged.unlink()
    return TableCheck(table.name, source.path.name, sha256(source.path), total, total - rejected, rejected)


def _copy(rows: str, target: Path) -> str:
    return f"COPY ({rows}) TO {literal(target)} (FORMAT parquet, COMPRESSION zstd)"


def _numbered(judged: Path) -> str:
    return f"read_parquet({literal(judged)}, file_row_number = true)"


def _judged(rows: str, one: TableMapping, sample: Sample, table: Table, schema: Schema) -> str:
    """Rows in their order with their canonical values and the first reason to reject them, repetitions apart."""
    taken, read_, refused = [], [], []
    for column in table.columns:
        title = one.columns.get(column.name)
        raw = name(f"raw {column.name}")
        taken.append(f"{filled(name(title))} AS {raw}" if title else f"CAST(NULL AS VARCHAR) AS {raw}")
        texts = reading.readings(column, schema.lists, one.codes.get(column.name, {}))
        usual = _usual(sample.cells(title)) if title and texts else ()
        value = reading.value(column, raw, one.dates, texts, usual)
        read_.append(f"CAST({value} AS {column.stored}) AS {name(column.name)}")
        if title:
            refused += _refusals(column, title, raw, one.dates)
    whens = " ".join(
        f"WHEN {condition} THEN struct_pack(c := {literal(title)}, r := {said})" for condition, title, said in refused
    )
    columns = ", ".join(name(column.name) for column in table.columns)
    return (
        f"WITH lines AS (SELECT {', '.join(taken)} FROM ({rows})), "
        f"read_rows AS (SELECT *, {', '.join(read_)} FROM lines), "
        f"told AS (SELECT *, CASE {whens} END AS why FROM read_rows) "
        f"SELECT {columns}, why.c AS refused_column, why.r AS refusal FROM told"
    )


def _usual(cells: Sequence[str]) -> list[str]:
    met = Counter(cell.strip() for cell in cells)
    return [text for text, _ in met.most_common(USUAL) if text]


def _refusals(column: Column, title: str, raw: str, dates: str) -> list[tuple[str, str, str]]:
    found = []
    if column.required:
        found.append(
            (f"{raw} IS NULL", title, literal(typeset(f"{column.label.partition(',')[0]} : la cellule est vide.")))
        )
    if column.type in (ColumnType.KEY, ColumnType.TEXT):
        said = "Cette cellule semble contenir une identité : elle n'est pas reprise."
        found.append((names_somebody(raw), title, literal(typeset(said))))
    else:
        found.append((f"{raw} IS NOT NULL AND {name(column.name)} IS NULL", title, reading.reason(column, raw, dates)))
    return found


def _identical(table: Table) -> tuple[str, ...]:
    """The columns by which two rows are one: the key of the table, or all of them in a table about people."""
    return table.key or (tuple(column.name for column in table.columns) if table.about_people else ())


def _repeated(connection: duckdb.DuckDBPyConnection, table: Table, judged: Path) -> int:
    """The table ``repeated`` of the rows that an earlier one makes useless, and how many they are.

    Their digests tell which rows may be the same; only those are compared.
    """
    columns = ", ".join(map(name, _identical(table)))
    connection.execute("CREATE OR REPLACE TEMP TABLE repeated (place BIGINT, former BIGINT)")
    if not columns:
        return 0
    kept = f"FROM {_numbered(judged)} WHERE refusal IS NULL"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE alike AS SELECT hash({columns}) AS digest {kept} GROUP BY digest HAVING count(*) > 1"
    )
    connection.execute(
        f"INSERT INTO repeated SELECT place, former FROM (SELECT file_row_number AS place, first_value(file_row_number) "
        f"OVER (PARTITION BY {columns} ORDER BY file_row_number) AS former {kept} "
        f"AND hash({columns}) IN (SELECT digest FROM alike)) WHERE former < place"
    )
    return int(connection.execute("SELECT count(*) FROM repeated").fetchall()[0][0])


def _forget_broken(connection: duckdb.DuckDBPyConnection) -> None:
    for listed in ("reject_errors", "reject_scans"):
        connection.execute(f"DROP TABLE IF EXISTS {listed}")


def _shifts(connection: duckdb.DuckDBPyConnection, source: Source) -> int:
    """How many lines have not the number of cells of the titles; the tables ``broken`` of their numbers and ``shifts``.

    The engine leaves them out: from ``line`` on, a row stands ``further`` lines below its rank.
    """
    listed = "SELECT DISTINCT line FROM reject_errors" if source.kind == "text" else "SELECT 0 AS line WHERE false"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE broken AS {listed}")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE shifts AS SELECT line - rank + 1 AS line, max(rank) AS further FROM "
        "(SELECT line, row_number() OVER (ORDER BY line) AS rank FROM broken) GROUP BY ALL"
    )
    return int(connection.execute("SELECT count(*) FROM broken").fetchall()[0][0])


def _list_rejects(connection: duckdb.DuckDBPyConnection, source: Source, judged: Path) -> int:
    """Add the rejected rows of a file to the list, each with its line in the file; how many they are."""
    refused = _in_file(
        f"SELECT file_row_number + 2 AS place, refused_column, refusal FROM {_numbered(judged)} "
        "WHERE refusal IS NOT NULL",
        "place",
    )
    twice = _in_file(_in_file("SELECT place + 2 AS place, former + 2 AS former FROM repeated", "place"), "former")
    file = literal(source.path.name)
    listed = (
        f"SELECT {file}, place, refused_column, refusal FROM ({refused})",
        f"SELECT {file}, place, '', {literal('Ligne en double de la ligne ')} || former || '.' FROM ({twice})",
        f"SELECT {file}, line, '', {literal('La ligne n’a pas autant de cellules que de titres.')} FROM broken",
    )
    return sum(int(connection.execute(f"INSERT INTO rejects {one}").fetchall()[0][0]) for one in listed)


def _in_file(rows: str, place: str) -> str:
    """``rows`` whose column ``place``, a rank among the rows that are read, becomes the line in the file."""
    return (
        f"SELECT rows.* REPLACE (rows.{place} + coalesce(shifts.further, 0) AS {place}) FROM ({rows}) AS rows "
        f"ASOF LEFT JOIN shifts ON rows.{place} >= shifts.line"
    )


def _refuse_identities(
    connection: duckdb.DuckDBPyConnection, source: Source, titles: Sequence[str], spare: Path
) -> None:
    """Every cell of every column, mapped or not: nothing of them is kept but counts, nothing goes to the disk.

    Raises :class:`~avenant.collect.identity.IdentityColumn` before anything of the file is copied.
    """
    _forget_broken(connection)
    try:
        refuse_rows(connection, source.path.name, titles, relation(connection, source, titles, spare))
    except duckdb.Error as error:
        raise unreadable(source.path.name, error) from error


def _write_rejects(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, int]:
    """All the rejected rows, as a CSV that a French Excel opens, and how many for each reason."""
    connection.execute(
        f'COPY (SELECT file AS "\ufeffFichier", line AS "Ligne", "column" AS "Colonne", reason AS "Motif" '
        f"FROM rejects ORDER BY file, line) TO {literal(path)} (FORMAT csv, HEADER, DELIMITER ';')"
    )
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
