"""``init``: a mapping proposed from titles and cells; only what cannot be guessed is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from avenant.collect.identity import refuse_cells, refuse_titles
from avenant.collect.mapping import ISO, TableMapping
from avenant.collect.refusals import CollectError
from avenant.collect.schema import Column, ColumnType, Schema, Table
from avenant.collect.sources import SUFFIXES, Sample, inspect, read_sample
from avenant.domain.folding import fold
from avenant.domain.french import quoted, typeset
from avenant.domain.identifiers import BadIdentifier, parse_siret

FORMATS: Final = ("%d/%m/%Y", ISO, "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%Y%m%d")
_SURE: Final = 0.8
_SERIAL: Final = re.compile(r"[1-9][0-9]{4}(?:[.,]0+)?")

Ask = Callable[[str, Mapping[str, str]], str]
"""A question with its possible answers, each with its label; an empty answer leaves it open."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The mapping proposed, what was left out and why, and what is still to be completed by table."""

    sources: tuple[TableMapping, ...]
    left_out: tuple[str, ...]
    open_points: dict[str, tuple[str, ...]]

    @property
    def complete(self) -> bool:
        return not any(self.open_points.values())


def propose(folder: Path, schema: Schema, ask: Ask | None = None) -> Proposal:
    """Read the titles and a sample of every file of a folder. ``ask`` is None without a person at the keyboard.

    Raises :class:`~avenant.collect.identity.IdentityColumn` at the first column about identity, and
    :class:`CollectError` when no file can be used.
    """
    if not folder.is_dir():
        raise CollectError(f"Le dossier {quoted(str(folder))} n'existe pas.")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    if not files:
        raise CollectError(f"Aucun fichier CSV, Excel ou Parquet dans {quoted(str(folder))}.")
    chosen: dict[str, tuple[float, TableMapping, Sample]] = {}
    left_out: list[str] = []
    for path in files:
        _consider(path, schema, ask, chosen, left_out)
    if not chosen:
        raise CollectError(f"Aucun fichier de {quoted(str(folder))} ne ressemble à une table de l'extrait canonique.")
    points: dict[str, tuple[str, ...]] = {}
    sources = []
    for table in schema.tables.values():
        if table.name in chosen:
            _, one, sample = chosen[table.name]
            done, points[table.name] = _completed(one, table, sample, schema, ask)
            sources.append(done)
    return Proposal(tuple(sources), tuple(left_out), points)


def _consider(
    path: Path,
    schema: Schema,
    ask: Ask | None,
    chosen: dict[str, tuple[float, TableMapping, Sample]],
    left_out: list[str],
) -> None:
    try:
        source = inspect(path)
        sample = read_sample(source)
    except CollectError as refusal:
        left_out.append(refusal.message)
        return
    score, table = max(
        ((_likeness(path, sample, one), one) for one in schema.tables.values()), key=lambda pair: pair[0]
    )
    if score < 1 and ask:
        name = ask(f"Que contient le fichier « {path.name} » ?", {key: one.label for key, one in schema.tables.items()})
        table, score = schema.tables.get(name, table), 2.0 if name in schema.tables else score
    refuse_titles(path.name, sample.titles, about_people=score >= 1 and table.about_people)
    refuse_cells(path.name, sample.titles, sample.columns)
    if score < 1:
        left_out.append(typeset(f"{quoted(path.name)} ne ressemble à aucune table : laissé de côté."))
        return
    before = chosen.get(table.name)
    if before and before[0] >= score:
        left_out.append(
            typeset(f"{quoted(path.name)} : la table « {table.label} » vient déjà de {quoted(before[1].file)}.")
        )
        return
    if before:
        left_out.append(typeset(f"{quoted(before[1].file)} : la table « {table.label} » vient de {quoted(path.name)}."))
    columns = _matched(table, sample)
    encoding, delimiter = (source.encoding, source.delimiter) if source.kind == "text" else ("", "")
    chosen[table.name] = (
        score,
        TableMapping(table.name, path.name, columns, {}, _dates(table, columns, sample), encoding, delimiter),
        sample,
    )


def _likeness(path: Path, sample: Sample, table: Table) -> float:
    """Above 1: every required column is found, or the name of the file says the table and one column is found."""
    matched = _matched(table, sample)
    required = [one.name for one in table.columns if one.required]
    share = len(matched) / len(table.columns)
    found = sum(1 for one in required if one in matched) / len(required)
    words = set(fold(path.stem).split())
    said = set(fold(table.label).split())
    named = len(words & said) / len(said) if words else 0.0
    named = 1.0 if fold(path.stem) in (fold(table.label), fold(table.name)) else named
    if found < 1 and not (named >= 0.5 and found):
        return 0.0
    return (1.0 if found == 1 and (named or share >= 0.6) else 0.5) + share + 2 * named


def _matched(table: Table, sample: Sample) -> dict[str, str]:
    """The title of each column: by its names first, then by what the cells hold."""
    free = {fold(title): title for title in sample.titles}
    matched: dict[str, str] = {}
    for column in table.columns:
        for one in (column.name, column.label, *column.aliases):
            title = free.pop(fold(one), None)
            if title:
                matched[column.name] = title
                break
    for column in table.columns:
        if column.name in matched or not column.required:
            continue
        likely = [title for title in free.values() if _could_hold(column, sample.cells(title))]
        if len(likely) == 1:
            matched[column.name] = likely[0]
            free.pop(fold(likely[0]))
    return matched


def _could_hold(column: Column, cells: Iterable[str]) -> bool:
    filled = [cell for cell in cells if cell.strip()][:200]
    if not filled:
        return False
    if column.type is ColumnType.SIRET:
        found = sum(_is_siret(cell) for cell in filled)
    else:
        found = column.type is ColumnType.DATE and sum(_is_date(cell) for cell in filled)
    return found >= _SURE * len(filled)


@lru_cache(maxsize=100_000)
def _is_siret(text: str) -> bool:
    try:
        parse_siret(text)
    except BadIdentifier:
        return False
    return True


def _is_date(text: str) -> bool:
    return any(_follows(text, one) for one in FORMATS)


@lru_cache(maxsize=100_000)
def _follows(text: str, form: str) -> bool:
    try:
        datetime.strptime(text.strip()[:10], form)
    except ValueError:
        return False
    return True


def _dates(table: Table, columns: dict[str, str], sample: Sample) -> str:
    """The format that reads the most dates of a table; a serial number of Excel needs none."""
    cells = [
        cell
        for column in table.columns
        if column.type is ColumnType.DATE and column.name in columns
        for cell in sample.cells(columns[column.name])[:500]
        if cell.strip() and not _SERIAL.fullmatch(cell.strip())
    ]
    return max(FORMATS, key=lambda form: sum(_follows(cell, form) for cell in cells)) if cells else FORMATS[0]


def _completed(
    one: TableMapping, table: Table, sample: Sample, schema: Schema, ask: Ask | None
) -> tuple[TableMapping, tuple[str, ...]]:
    """Required columns without a title, then spellings without a code: asked, or noted."""
    columns, points = dict(one.columns), list[str]()
    codes: dict[str, dict[str, str]] = {}
    for name in one.missing(table):
        label = table.column(name).label
        free = {title: title for title in sample.titles if title not in columns.values()}
        answer = ask(f"« {one.file} » : quelle colonne donne « {label} » ?", free) if ask and free else ""
        if answer in free:
            columns[name] = answer
        else:
            points.append(f"quelle colonne donne « {label} » ?")
    for column in table.columns:
        title = columns.get(column.name)
        if column.type is not ColumnType.CODE or not title:
            continue
        known = schema.lists[column.codes]
        readings = known.readings()
        meanings = {code: known.label_of(code) for code in known.codes}
        told = ", ".join(f"{code} = {label}" for code, label in meanings.items())
        strangers = sorted({cell.strip() for cell in sample.cells(title) if cell.strip()} - {""}, key=fold)
        for text in (text for text in strangers if readings and fold(text) not in readings):
            answer = ask(f"« {column.label} » : que veut dire « {text} » ?", meanings) if ask else ""
            if answer in known.codes:
                codes.setdefault(column.name, {})[text] = answer
            else:
                points.append(f"« {column.label} » : que veut dire « {text} » ? ({told})")
    return replace(one, columns=columns, codes=codes), tuple(points)
