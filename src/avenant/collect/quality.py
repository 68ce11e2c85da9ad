"""What is odd in an extract that was read: one sentence each, nothing is corrected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import duckdb

from avenant.collect.engine import literal
from avenant.collect.refusals import CollectError
from avenant.collect.schema import Schema
from avenant.domain.french import format_date, format_number, typeset

TOGETHER = 1_000_000
"""Rows whose persons are compared at once: all of them would not hold in the memory granted."""


def findings(connection: duckdb.DuckDBPyConnection, folder: Path, schema: Schema) -> list[str]:
    """The remarks on a canonical extract, whatever its year."""
    present = _present(folder, schema)
    return [typeset(one) for one in (*_people(connection, present), *_cases(connection, present))]


def _present(folder: Path, schema: Schema) -> dict[str, Path]:
    return {table: folder / f"{table}.parquet" for table in schema.tables if (folder / f"{table}.parquet").is_file()}


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[object, ...]:
    return tuple(connection.execute(query).fetchall()[0])


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(str(_one(connection, query)[0]))


def outside_year(connection: duckdb.DuckDBPyConnection, folder: Path, schema: Schema, year: int) -> str:
    """How many rows of each table are of another year, in one sentence; empty when none is.

    Raises :class:`CollectError` when the extract holds no visit, or nothing at all, of the year.
    """
    outside, spans, inside = list[str](), list[tuple[date, date]](), 0
    for table, path in _present(folder, schema).items():
        column = schema.tables[table].date
        if not column:
            continue
        first, last, within, total = connection.execute(
            f'SELECT min("{column}"), max("{column}"), count(*) FILTER (year("{column}") = {year}), count(*) '
            f"FROM read_parquet({literal(path)})"
        ).fetchall()[0]
        inside += within
        if not total:
            continue
        spans.append((first, last))
        if not within and table == "visits":
            raise CollectError(
                f"Aucune visite en {year} : l'extrait va du {format_date(first)} au {format_date(last)}. Est-ce le bon ?"
            )
        if within < total:
            outside.append(f"{schema.tables[table].label} {format_number(total - within)}")
    if not inside:
        told = (
            f"il va du {format_date(min(first for first, _ in spans))} au {format_date(max(last for _, last in spans))}"
            if spans
            else "il est vide"
        )
        raise CollectError(f"L'extrait ne contient rien en {year} : {told}. Est-ce le bon ?")
    said = f"Lignes hors de {year}, gardées pour les suivis qui durent et non comptées : {', '.join(outside)}."
    return typeset(said) if outside else ""


def _people(connection: duckdb.DuckDBPyConnection, present: dict[str, Path]) -> Iterator[str]:
    if "employees" not in present:
        return
    staff = f"read_parquet({literal(present['employees'])})"
    by_person = _parts(connection, present["employees"], "employee")
    several, unlike = _summed(
        connection,
        (
            "SELECT count(*) FILTER (places), count(*) FILTER (persons) FROM (SELECT min(siret) <> max(siret) AS places, "
            "min(sex) <> max(sex) OR min(birth_year) <> max(birth_year) AS persons "
            f"FROM {staff} WHERE {part} GROUP BY employee)"
            for part in by_person
        ),
    )
    if several:
        yield f"Salariés de plusieurs établissements : {format_number(several)} ; chacun compte une fois."
    if unlike:
        yield (
            f"Salariés dont le sexe ou l'année de naissance diffère d'une ligne à l'autre : {format_number(unlike)} ; "
            "corrigez-les dans le logiciel."
        )
    if "establishments" in present:
        known = f"read_parquet({literal(present['establishments'])})"
        by_place = _parts(connection, present["establishments"], "siret")
        lost = _strangers(connection, staff, known, "siret", by_place)
        if lost:
            yield f"Salariés d'un établissement absent de la liste des établissements : {format_number(lost)} lignes."
    for table, label in (("visits", "Visites"), ("cases", "Accompagnements"), ("unfitness", "Avis d'inaptitude")):
        if table in present:
            acts = f"read_parquet({literal(present[table])})"
            strangers = _strangers(connection, acts, staff, "employee", by_person)
            if strangers:
                yield f"{label} de salariés absents de la liste des salariés : {format_number(strangers)} lignes, comptées."


def _parts(connection: duckdb.DuckDBPyConnection, path: Path, column: str) -> list[str]:
    """Conditions that share the values of ``column`` out, each part small enough for the memory granted."""
    number = 1 + _count(connection, f"SELECT count(*) FROM read_parquet({literal(path)})") // TOGETHER
    return [f"hash({column}) % {number} = {rank}" for rank in range(number)]


def _summed(connection: duckdb.DuckDBPyConnection, queries: Iterable[str]) -> list[int]:
    """The counts that the statements of each part answer, added up."""
    return [sum(counts) for counts in zip(*(connection.execute(one).fetchall()[0] for one in queries), strict=True)]


def _strangers(connection: duckdb.DuckDBPyConnection, rows: str, known: str, column: str, parts: Iterable[str]) -> int:
    """How many ``rows`` have a value of ``column`` that no row of ``known`` has; those without value do not count."""
    (found,) = _summed(
        connection,
        (
            f"SELECT count(*) FROM (SELECT {column} FROM {rows} WHERE {part}) AS told ANTI JOIN "
            f"(SELECT {column} FROM {known} WHERE {part}) AS known USING ({column})"
            for part in parts
        ),
    )
    return found


def _cases(connection: duckdb.DuckDBPyConnection, present: dict[str, Path]) -> Iterator[str]:
    if "cases" not in present:
        return
    cases = f"read_parquet({literal(present['cases'])})"
    untold = _count(connection, f"SELECT count(*) FROM {cases} WHERE reason = 'MP' AND disease_table IS NULL")
    if untold:
        yield f"Accompagnements pour maladie professionnelle sans numéro de tableau : {format_number(untold)}."
    backwards = _count(connection, f"SELECT count(*) FROM {cases} WHERE closed_on < started_on")
    if backwards:
        yield f"Accompagnements finis avant d'avoir commencé : {format_number(backwards)} ; vérifiez les dates."
