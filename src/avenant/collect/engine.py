"""DuckDB under a memory cap: nothing here reaches the network, and what does not fit goes to a temporary folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import duckdb
import ibis

from avenant.collect.counting.run import Progress
from avenant.collect.refusals import CollectError
from avenant.collect.schema import Schema
from avenant.domain.french import quoted

MEMORY = "300MB"
"""Enough for a region's records; the process then stays under 512 MB."""

_MEMORY = re.compile(r"[0-9]+\s?(?:MB|GB|MiB|GiB)", re.IGNORECASE)


@contextmanager
def connect(*, memory: str = MEMORY, threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that spills to a temporary folder. Raises :class:`CollectError` on a bad size."""
    if not _MEMORY.fullmatch(memory):
        raise CollectError(
            f"{quoted(memory)} n'est pas une taille de mémoire : écrivez par exemple « 300MB » ou « 2GB »."
        )
    with TemporaryDirectory(prefix="avenant-") as spill:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "temp_directory": spill,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        if threads:
            settings["threads"] = threads
        connection = duckdb.connect(config=settings)
        try:
            yield connection
        except duckdb.Error as error:
            short = _too_little(error)
            if short:
                raise short from error
            raise
        except RuntimeError as error:
            if str(error) == "Query interrupted":  # Ctrl+C while a statement runs
                raise KeyboardInterrupt from error
            raise
        finally:
            connection.interrupt()  # a statement that Ctrl+C left half way would hold the closing until its end
            connection.close()


@contextmanager
def told_while(connection: duckdb.DuckDBPyConnection, progress: Progress, what: str) -> Iterator[None]:
    """Tell what is being done, then twice a second the share of the statement that the engine has behind it."""
    over = Event()

    def tell() -> None:
        while not over.wait(0.5):
            share = connection.query_progress()
            progress(f"{what}, {share:.0f} %" if share > 0 else what)

    progress(what)
    connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
    teller = Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def unreadable(file: str, error: duckdb.Error) -> CollectError:
    """Why a file cannot be used: memory or disk fell short, or what the reader says of it."""
    return _too_little(error) or CollectError(f"{quoted(file)} ne se lit pas : {str(error).splitlines()[0]}")


def _too_little(error: duckdb.Error) -> CollectError | None:
    if isinstance(error, duckdb.OutOfMemoryException):
        return CollectError(
            "La mémoire accordée ne suffit pas : rien n'a été écrit. Donnez-en plus (par exemple --memory 1GB), "
            "ou de la place dans le dossier temporaire du poste.",
            code="memory",
        )
    if "No space left" in str(error) or "not enough space" in str(error):
        return CollectError("Le disque est plein : rien n'a été écrit. Libérez de la place.", code="disk")
    return None


@dataclass(frozen=True, slots=True)
class DuckEngine:
    """Runs Ibis expressions on an open connection; a memory that does not suffice is said in French."""

    connection: duckdb.DuckDBPyConnection

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        try:
            answer = self.connection.execute(str(ibis.to_sql(expression, dialect="duckdb")))
            titles = [one[0] for one in answer.description or ()]
            return [dict(zip(titles, row, strict=True)) for row in answer.fetchall()]
        except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
            raise CollectError(
                f"Une table ne se lit pas telle que le schéma la décrit ({str(error).splitlines()[0]}). "
                "Lancez avenant collect check : il dit quelles lignes sont en cause."
            ) from error


def literal(text: str | Path) -> str:
    """A text inside an SQL statement, its quotes doubled."""
    return "'" + str(text).replace("'", "''") + "'"


def name(text: str) -> str:
    """An identifier inside an SQL statement."""
    return '"' + text.replace('"', '""') + '"'


def find_tables(folder: Path, schema: Schema) -> dict[str, Path]:
    """The canonical files of a folder, by table. Raises :class:`CollectError` when there is none."""
    if not folder.is_dir():
        raise CollectError(f"Le dossier {quoted(str(folder))} n'existe pas.")
    found = {}
    for table in schema.tables:
        for suffix in (".parquet", ".csv"):
            path = folder / f"{table}{suffix}"
            if path.is_file():
                found[table] = path
                break
    if not found:
        raise CollectError(
            f"Aucune table canonique dans {quoted(str(folder))}. Décrivez d'abord votre export : "
            "avenant collect init DOSSIER, puis avenant collect check."
        )
    return found


def open_tables(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path], schema: Schema) -> None:
    """One view a canonical table, typed; a table without file is an empty view with its columns."""
    for table in schema.tables.values():
        path = files.get(table.name)
        if path is None:
            columns = ", ".join(f"CAST(NULL AS {one.stored}) AS {name(one.name)}" for one in table.columns)
            connection.execute(f"CREATE VIEW {name(table.name)} AS SELECT {columns} WHERE false")
            continue
        _open(connection, table.name, path, {one.name: one.stored for one in table.columns})


def _open(connection: duckdb.DuckDBPyConnection, table: str, path: Path, types: Mapping[str, str]) -> None:
    if path.suffix == ".parquet":
        source = f"read_parquet({literal(path)})"
    else:
        given = csv_header(path)
        pinned = ", ".join(f"{literal(one)}: {literal(types.get(one, 'VARCHAR'))}" for one in given)
        source = (
            f"read_csv({literal(path)}, header = true, delim = ',', quote = '\"', escape = '\"', "
            f"auto_detect = false, dateformat = '%Y-%m-%d', columns = {{{pinned}}})"
        )
    try:
        present = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    except duckdb.Error as error:
        raise unreadable(path.name, error) from error
    columns = ", ".join(
        f"CAST({name(one)} AS {stored}) AS {name(one)}" if one in present else f"CAST(NULL AS {stored}) AS {name(one)}"
        for one, stored in types.items()
    )
    connection.execute(f"CREATE VIEW {name(table)} AS SELECT {columns} FROM {source}")


def csv_header(path: Path) -> list[str]:
    """The titles of a canonical CSV. Raises :class:`CollectError` when the file is empty."""
    with path.open(encoding="utf-8-sig") as file:
        first = file.readline().strip()
    if not first:
        raise CollectError(f"Le fichier {quoted(path.name)} est vide : pas même une ligne de titres.")
    return [title.strip().strip('"') for title in first.split(",")]
