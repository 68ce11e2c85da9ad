"""A table read against the columns of a kind: which column is which, what each line says, why a line is set aside."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.domain.french import enumerate_in_words, quoted, typeset
from avenant.domain.personal_rows import refuse_rows_about_people
from avenant.foundations.documents.spreadsheets import Column, Sheet
from avenant.foundations.documents.spreadsheets import Kind as CellFormat
from avenant.foundations.documents.tables import CellKind, Limits, Row, Table, read_table
from avenant.foundations.imports.kinds import Kind, Target
from avenant.foundations.parties.actors import Actor

SHOWN = 100


@dataclass(frozen=True, slots=True)
class ReadLines:
    """What a table gives: the lines that can be taken, and the others with their reasons."""

    lines: tuple[tuple[int, Any], ...]
    set_aside: tuple[tuple[int, str, str], ...]


def open_table(kind: Kind, content: bytes, filename: str) -> Table:
    """The table of a file. Raises DomainError when it cannot be read or holds rows about people."""
    table = read_table(content, filename, limits=Limits(rows=kind.rows, columns=80))
    header = ["" if fold(title) in kind.agents else title for title in table.header]
    refuse_rows_about_people(header, (row.texts for row in table.rows))
    return table


def propose_columns(kind: Kind, header: Iterable[str], remembered: Mapping[str, str]) -> dict[str, str]:
    """Which column of the file is which: what the organisation said last time, else what the title says.

    Returns the title of the file for each target found.
    """
    known = {fold(title): one.key for one in kind.targets for title in (one.title, *one.also)} | dict(remembered)
    found: dict[str, str] = {}
    for title in header:
        target = known.get(fold(title), "")
        if target and title:
            found.setdefault(target, title)
    return found


def missing_columns(kind: Kind, columns: Mapping[str, str]) -> str:
    """The sentence that says which columns are still to be found; empty when none is."""
    missing = [quoted(one.title) for one in kind.targets if one.required and one.key not in columns]
    if not missing:
        return ""
    return typeset(f"Il manque {enumerate_in_words(missing)}. Dites quelle colonne de votre fichier le contient.")


def read_lines(kind: Kind, table: Table, columns: Mapping[str, str], *, actor: Actor, at: datetime) -> ReadLines:
    """Read each line of the table; twins are set aside after the first."""
    places = {key: table.header.index(title) for key, title in columns.items() if title in table.header}
    targets = {one.key: one for one in kind.targets}
    read, first_lines = kind.reader(actor, at), dict[Hashable, int]()
    lines: list[tuple[int, Any]] = []
    aside: list[tuple[int, str, str]] = []
    for row in table.rows:
        try:
            said = dict.fromkeys(targets, "") | {key: _said(row, index, targets[key]) for key, index in places.items()}
            line = read(said)
            first = first_lines.setdefault(kind.identity(line), row.line)
            if first != row.line:
                raise DomainError(f"Déjà donné à la ligne {first}.", code="duplicate")
            lines.append((row.line, line))
        except DomainError as error:
            text = " · ".join(text for text in row.texts if text)
            aside.append((row.line, text[:160], typeset(error.message)))
    return ReadLines(tuple(lines), tuple(aside))


def model_sheet(kind: Kind) -> Sheet:
    """The file to fill: its titles are those that are recognised."""
    columns = tuple(
        Column(one.title, CellFormat.CODE if one.code else CellFormat.TEXT, max(16, len(one.title) + 4))
        for one in kind.targets
    )
    return Sheet(kind.label, columns, [])


def _said(row: Row, index: int, target: Target) -> str:
    """The text of a cell. A number where a code is awaited has lost its zeros: it is asked about."""
    cell = row.cells[index]
    text = cell.text.strip()
    if target.required and not text:
        raise DomainError(typeset(f"{quoted(target.title)} est vide."))
    if target.code and cell.kind is CellKind.NUMBER and len(text) < 9:
        told = f"{quoted(text)} : le tableur a gardé {quoted(target.title)} comme un nombre."
        raise DomainError(typeset(f"{told} Mettez la colonne au format Texte, puis écrivez-le en entier."))
    return text
