"""Small extracts written by hand: what a test says of a few rows becomes canonical files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from avenant.collect.schema import canonical

BAKERY, GARAGE, FACTORY = "10007919300015", "10056190100016", "10104461800011"
"""Invented establishments, their keys valid; the bakery has 4 employees, the garage 10, the factory 300."""

Rows = Iterable[Mapping[str, object]]


def write_extract(folder: Path, **tables: Rows) -> Path:
    """A canonical extract of these rows; cells left out are empty."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        titles = [column.name for column in canonical().tables[table].columns]
        write_csv(
            folder / f"{table}.csv", titles, [[row.get(title, "") for title in titles] for row in rows], delimiter=","
        )
    return folder


def write_csv(
    path: Path, titles: list[str], rows: Iterable[Iterable[object]], *, delimiter: str = ";", encoding: str = "utf-8"
) -> Path:
    """A file as a software exports it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(titles)
        writer.writerows(rows)
    return path


def establishments() -> list[dict[str, object]]:
    """The three establishments."""
    sizes = ((BAKERY, "C", 4), (GARAGE, "G", 10), (FACTORY, "C", 300))
    return [{"siret": siret, "sector": sector, "headcount": headcount} for siret, sector, headcount in sizes]
