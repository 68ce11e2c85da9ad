"""Tables read from the files that people send (XLSX, CSV): words as typed, kinds kept, traps told in French."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from avenant.domain.decision import DomainError
from avenant.foundations.documents.packages import (
    DamagedPackage,
    ErrorCell,
    NotAWorkbook,
    OversizedPackage,
    check_package,
)
from avenant.foundations.documents.spreadsheets import rearm


class CellKind(StrEnum):
    """What the file said that a cell holds; a CSV only holds texts."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as a person reads it: numbers with a decimal comma and no spaces, dates in ISO, oui or non."""

    text: str
    kind: CellKind


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file (``line`` counts from 1, as the spreadsheet shows it), one cell a column."""

    line: int
    cells: tuple[Cell, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(cell.text for cell in self.cells)


@dataclass(frozen=True, slots=True)
class NumericKey:
    """A code that the spreadsheet turned into a number: 1.10 and 1.1 can no longer be told apart."""

    line: int
    column: str
    text: str

    @property
    def question(self) -> str:
        return (
            f"Ligne {self.line}, colonne «\u202f{self.column}\u202f»\u202f: le code est enregistré comme le nombre "
            f"{self.text}. Quel code vouliez-vous écrire\u202f? Mettez la cellule au format Texte, puis écrivez-le."
        )


@dataclass(frozen=True, slots=True)
class Table:
    """The first visible sheet of a workbook, or a CSV: header, rows that are not empty, codes to ask about."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    numeric_keys: tuple[NumericKey, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may weigh: bytes packed and unpacked, their ratio, and the ``cells`` of the rectangle it spans."""

    size: int = 20_000_000
    unpacked: int = 100_000_000
    ratio: int = 200
    rows: int = 100_000
    columns: int = 500
    cells: int = 5_000_000


def read_table(
    content: bytes, filename: str, *, key_columns: Iterable[str] = (), limits: Limits | None = None
) -> Table:
    """Read an XLSX or a CSV (UTF-8 or Windows-1252; ``;`` ``,`` or tabulation), by its content, not by its name.

    ``key_columns`` are titles of columns of codes: their numeric cells are listed in ``Table.numeric_keys`` and the
    caller refuses them with the question. Raises :class:`DomainError` for what cannot be read, with the code
    ``file_empty``, ``file_too_large``, ``file_kind``, ``file_unreadable``, ``formula_error``, ``too_many_rows``,
    ``too_many_columns``, ``row_too_long`` or ``duplicate_column``. Nothing else is raised, whatever the bytes.
    """
    limits = limits or Limits()
    if not content.strip():
        raise DomainError(f"Le fichier {_named(filename)} est vide.", code="file_empty")
    if len(content) > limits.size:
        raise _too_large(filename)
    if content.startswith(b"PK"):
        lines = _workbook_lines(content, filename, limits)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise DomainError(
            f"{_named(filename)} est un classeur d’un ancien format, ou protégé par un mot de passe. "
            "Enregistrez-le au format .xlsx, sans mot de passe, puis envoyez-le de nouveau.",
            code="file_kind",
        )
    else:
        lines = _csv_lines(_decoded(content, filename), filename)
    return _table(lines, frozenset(key_columns), filename, limits)


Line = tuple[int, Sequence[Cell]]


def _table(lines: Iterable[Line], keys: frozenset[str], filename: str, limits: Limits) -> Table:
    filled = ((line, cells) for line, cells in lines if any(cell.text.strip() for cell in cells))
    first = next(filled, None)
    if first is None:
        raise DomainError(f"Le fichier {_named(filename)} ne contient aucune donnée.", code="file_empty")
    header = _header(first[1], limits)
    rows: list[Row] = []
    for line, cells in filled:
        if len(rows) >= limits.rows:
            raise _too_many_rows(filename, limits)
        rows.append(Row(line, _aligned(line, cells, len(header))))
    numeric = tuple(
        NumericKey(row.line, title, cell.text)
        for row in rows
        for title, cell in zip(header, row.cells, strict=True)
        if title in keys and cell.kind in {CellKind.NUMBER, CellKind.DATE}
    )
    return Table(header, tuple(rows), numeric)


def _header(cells: Sequence[Cell], limits: Limits) -> tuple[str, ...]:
    titles = [" ".join(cell.text.split()) for cell in cells]
    while titles and not titles[-1]:
        titles.pop()
    if len(titles) > limits.columns:
        raise DomainError(f"Ce tableau a plus de {limits.columns} colonnes.", code="too_many_columns")
    for title in titles:
        if title and titles.count(title) > 1:
            raise DomainError(
                f"Deux colonnes portent le titre «\u202f{title}\u202f»\u202f: renommez ou supprimez l’une d’elles.",
                code="duplicate_column",
            )
    return tuple(titles)


def _aligned(line: int, cells: Sequence[Cell], width: int) -> tuple[Cell, ...]:
    """Give a row as many cells as the header: a filled cell beyond it means that the row has slipped."""
    if any(cell.text.strip() for cell in cells[width:]):
        raise DomainError(
            f"La ligne {line} a des valeurs au-delà de la dernière colonne du tableau "
            "(un séparateur dans un texte sans guillemets, peut-être).",
            code="row_too_long",
        )
    return (*cells[:width], *[Cell("", CellKind.EMPTY)] * (width - len(cells)))


# ---------------------------------------------------------------- CSV


def _decoded(content: bytes, filename: str) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and not content.startswith((b"%PDF", b"{\\rtf")):
            return text
    raise DomainError(
        f"{_named(filename)} n’est ni un classeur .xlsx ni un fichier CSV (UTF-8 ou Windows-1252).",
        code="file_kind",
    )


def _csv_lines(text: str, filename: str) -> Iterator[Line]:
    try:
        separator = max(";\t,", key=lambda mark: len(next(filter(None, csv.reader(_lines(text), delimiter=mark)), ())))
        reader = csv.reader(_lines(text), delimiter=separator, strict=True)
        line = 1
        for record in reader:
            yield line, [_text_cell(rearm(value)) for value in record]
            line = reader.line_num + 1
    except csv.Error as error:
        raise DomainError(
            f"{_named(filename)} est incomplet ou mal formé\u202f: un guillemet ouvert n’est pas refermé, "
            "ou un texte est trop long. Exportez-le de nouveau.",
            code="file_unreadable",
        ) from error


def _lines(text: str) -> io.StringIO:
    return io.StringIO(text, newline="")


def _text_cell(text: str) -> Cell:
    return Cell(text, CellKind.TEXT if text else CellKind.EMPTY)


# ---------------------------------------------------------------- XLSX


def _workbook_lines(content: bytes, filename: str, limits: Limits) -> Iterator[Line]:
    _check(content, filename, limits)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        visible = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.visible is SheetVisibleEnum.Visible and sheet.typ is SheetTypeEnum.WorkSheet
        ]
        if not visible:
            raise _unreadable(filename)
        values = book.get_sheet_by_name(visible[0]).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, OSError) as error:
        raise _unreadable(filename) from error
    for line, row in enumerate(values, start=1):
        yield line, [_cell(value) for value in row]


def _check(content: bytes, filename: str, limits: Limits) -> None:
    try:
        check_package(content, unpacked=limits.unpacked, ratio=limits.ratio, cells=limits.cells)
    except NotAWorkbook as error:
        raise DomainError(
            f"{_named(filename)} n’est pas un classeur .xlsx\u202f: enregistrez-le à ce format.", code="file_kind"
        ) from error
    except OversizedPackage as error:
        raise _too_large(filename) from error
    except DamagedPackage as error:
        raise _unreadable(filename) from error
    except ErrorCell as error:
        raise DomainError(
            f"La cellule {error} de {_named(filename)} contient une erreur de formule (#N/A, #DIV/0!…)\u202f: "
            "corrigez-la ou videz-la.",
            code="formula_error",
        ) from error


def _cell(value: str | float | bool | date | time | timedelta) -> Cell:
    match value:
        case "":
            return Cell("", CellKind.EMPTY)
        case str():
            return Cell(value, CellKind.TEXT)
        case bool():
            return Cell("oui" if value else "non", CellKind.BOOLEAN)
        case int() | float():
            return Cell(_number_in_words(value), CellKind.NUMBER)
        case datetime() if value.time() == time():
            return Cell(value.date().isoformat(), CellKind.DATE)
        case datetime():
            return Cell(value.isoformat(sep=" ", timespec="minutes"), CellKind.DATE)
        case date() | time():
            return Cell(value.isoformat(), CellKind.DATE)
        case _:
            return Cell(str(value), CellKind.DATE)


def _number_in_words(value: float) -> str:
    """Write 1391.0 as 1391 and 0.1 as 0,1: with a comma, 1,391 is never taken for more than a thousand."""
    number = Decimal(repr(value))
    if number == number.to_integral_value():
        return format(number.to_integral_value(), "f")
    return format(number, "f").replace(".", ",")


# ---------------------------------------------------------------- refusals


def _named(filename: str) -> str:
    return f"«\u202f{filename}\u202f»"


def _unreadable(filename: str) -> DomainError:
    return DomainError(
        f"{_named(filename)} est incomplet ou endommagé. Ouvrez-le dans votre tableur, enregistrez-le de nouveau "
        "au format .xlsx, puis renvoyez-le. Rien n’a été importé.",
        code="file_unreadable",
    )


def _too_large(filename: str) -> DomainError:
    return DomainError(
        f"{_named(filename)} est trop volumineux pour être lu (ou une cellule isolée se trouve très loin du tableau). "
        "Supprimez les feuilles et les cellules inutiles, ou envoyez-le en plusieurs fois.",
        code="file_too_large",
    )


def _too_many_rows(filename: str, limits: Limits) -> DomainError:
    most = f"{limits.rows:,}".replace(",", "\u202f")
    return DomainError(
        f"{_named(filename)} compte plus de {most} lignes\u202f: envoyez-le en plusieurs fois.",
        code="too_many_rows",
    )
