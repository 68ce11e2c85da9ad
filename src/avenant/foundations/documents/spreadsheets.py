"""Spreadsheets made from data (XLSX and CSV): codes stay texts, and no text of a person ever becomes a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import xlsxwriter
import xlsxwriter.utility

from avenant.domain.decision import DomainError
from avenant.foundations.documents import stamping

Value = str | int | float | Decimal | bool | date | datetime | None

MAX_ROWS = 1_048_576
MAX_CHARACTERS = 32_767
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_FORBIDDEN_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\]")
_CHOICES_SHEET = "Choix"
_STAMP_SHEET = "Confidentialité"
_HEADER_FILL, _HEADER_INK, _LINE = "#e3efed", "#0b5d5e", "#dcdad2"


class Kind(StrEnum):
    """What a column holds: how it is written, aligned and formatted."""

    TEXT = "text"
    CODE = "code"  # text that looks like a number: 1.10, a SIRET
    INTEGER = "integer"
    NUMBER = "number"
    EUROS = "euros"
    PERCENT = "percent"  # 0.155 is shown 15,5 %
    DATE = "date"
    INSTANT = "instant"


_NUMBER_FORMATS = {
    Kind.TEXT: "@",
    Kind.CODE: "@",
    Kind.INTEGER: "#,##0",
    Kind.NUMBER: "#,##0.##",
    Kind.EUROS: '#,##0.00 "€"',
    Kind.PERCENT: "0.0 %",
    Kind.DATE: "dd/mm/yyyy",
    Kind.INSTANT: "dd/mm/yyyy hh:mm",
}
_WORDS = {Kind.TEXT, Kind.CODE}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``width`` is in characters; ``choices`` become a drop-down list.

    A sheet with an ``editable`` column is protected elsewhere: people fill what they are asked, keys stay as sent.
    ``hidden`` is for the stable key of a row, which the importer reads back.
    """

    title: str
    kind: Kind = Kind.TEXT
    width: int = 16
    choices: tuple[str, ...] = ()
    editable: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A named table: each row has one value a column. Words are accepted in a column of figures ("hors champ")."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Sequence[Value]]


def workbook_bytes(sheets: Sequence[Sheet], *, title: str, at: datetime) -> bytes:
    """Write an XLSX in memory, identical to the byte for equal arguments. Raises as :func:`write_workbook`."""
    target = io.BytesIO()
    _write(target, sheets, title=title, at=at, options={"in_memory": True})
    return target.getvalue()


def write_workbook(path: Path, sheets: Sequence[Sheet], *, title: str, at: datetime) -> None:
    """Write an XLSX to ``path`` row by row, in constant memory, for exports of any size.

    Raises :class:`DomainError` (``too_many_rows``) beyond what a sheet can hold: 1,048,575 rows under the header.
    """
    _write(str(path), sheets, title=title, at=at, options={"constant_memory": True})


def csv_bytes(sheet: Sheet) -> bytes:
    """Write a CSV as French spreadsheets open it: UTF-8 with BOM, semicolons, decimal comma, ISO dates."""
    return b"".join(csv_lines(sheet))


def csv_lines(sheet: Sheet) -> Iterator[bytes]:
    """Yield the lines of :func:`csv_bytes` one by one, for a streamed answer."""
    line = io.StringIO()
    writer = csv.writer(line, delimiter=";", lineterminator="\r\n")
    yield b"\xef\xbb\xbf"
    for row in chain([[column.title for column in sheet.columns]], sheet.rows):
        writer.writerow([_csv_cell(value) for value in row])
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()


def disarm(text: str) -> str:
    """Prefix with an apostrophe a text that a spreadsheet would run as a formula when it opens a CSV."""
    return f"'{text}" if _FORMULA.match(text) else text


def rearm(text: str) -> str:
    """Undo :func:`disarm` exactly: the importer reads back what the exporter was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _csv_cell(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return _yes_or_no(value)
        case int() | float() | Decimal():
            return format(Decimal(str(value)), "f").replace(".", ",")
        case datetime():
            return value.isoformat(sep=" ", timespec="minutes")
        case date():
            return value.isoformat()
        case _:
            return disarm(value)


def _yes_or_no(value: bool) -> str:
    return "oui" if value else "non"


def _write(
    target: io.BytesIO | str, sheets: Sequence[Sheet], *, title: str, at: datetime, options: dict[str, Any]
) -> None:
    options |= {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    choices: dict[tuple[str, ...], int] = {}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": title, "author": "Avenant", "created": at.replace(tzinfo=None)})
        for name, sheet in zip(_sheet_names(sheets), sheets, strict=True):
            page = book.add_worksheet(name)
            _prepare(book, page, sheet.columns)
            last = _write_rows(book, page, sheet)
            page.autofilter(0, 0, last, len(sheet.columns) - 1)
            for index, column in enumerate(sheet.columns):
                if column.choices and last:
                    _offer(page, (1, index, last, index), choices.setdefault(column.choices, len(choices)), column)
        if choices:
            _write_choices(book, list(choices))
        if stamp := stamping.current():
            _write_stamp(book, stamp)


def _sheet_names(sheets: Sequence[Sheet]) -> list[str]:
    """Names as Excel accepts them: 31 characters, no ``[]:*?/\\``, distinct, none being our own list of choices."""
    names: list[str] = []
    taken = {_CHOICES_SHEET.casefold(), _STAMP_SHEET.casefold()}
    for sheet in sheets:
        wanted = _FORBIDDEN_IN_SHEET_NAMES.sub(" ", sheet.name).strip(" '")[:31] or "Feuille"
        name, number = wanted, 1
        while name.casefold() in taken:
            number += 1
            name = f"{wanted[:27]} {number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _prepare(book: Any, page: Any, columns: Sequence[Column]) -> None:
    """Header, widths, printing, and protection when some cells only are to be filled."""
    header = book.add_format(
        {"bold": True, "bg_color": _HEADER_FILL, "font_color": _HEADER_INK, "bottom": 2, "bottom_color": _HEADER_INK,
         "text_wrap": True, "valign": "vcenter"}
    )  # fmt: skip
    for index, column in enumerate(columns):
        page.set_column(index, index, column.width, None, {"hidden": column.hidden})
        page.write_string(0, index, column.title, header)
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_footer("&L&A&Rpage &P/&N")
    if any(column.editable for column in columns):
        page.protect("", {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True})


def _write_rows(book: Any, page: Any, sheet: Sheet) -> int:
    """Write the rows and return the index of the last one."""
    formats = [_formats(book, column) for column in sheet.columns]
    line = 0
    for line, row in enumerate(sheet.rows, start=1):
        if line >= MAX_ROWS:
            raise DomainError(
                "Ce tableau dépasse 1\u202f048\u202f575 lignes, la limite d’un classeur\u202f: exportez-le en CSV.",
                code="too_many_rows",
            )
        for index, (column, value, (plain, quoted)) in enumerate(zip(sheet.columns, row, formats, strict=True)):
            _write_cell(page, line, index, _worded(column, value), plain, quoted)
    return line


def _worded(column: Column, value: Value) -> Value:
    """Give the words of a value that must stay a text: a code keeps its zeros, a truth is said in French."""
    if isinstance(value, bool):
        return _yes_or_no(value)
    if column.kind in _WORDS and value is not None:
        return str(value)
    return value


def _write_cell(page: Any, line: int, index: int, value: Value, plain: Any, quoted: Any) -> None:
    match value:
        case None | "":
            page.write_blank(line, index, None, plain)
        case str():
            kept = value if len(value) <= MAX_CHARACTERS else value[: MAX_CHARACTERS - 1] + "…"
            page.write_string(line, index, kept, quoted if _FORMULA.match(kept) else plain)
        case datetime():
            page.write_datetime(line, index, value.replace(tzinfo=None), plain)  # the clock of its own zone
        case date():
            page.write_datetime(line, index, value, plain)
        case _:
            page.write_number(line, index, float(value), plain)


def _formats(book: Any, column: Column) -> tuple[Any, Any]:
    """The format of a column, and its twin for a text that must not turn into a formula when it is edited."""
    shape: dict[str, Any] = {
        "num_format": _NUMBER_FORMATS[column.kind],
        "valign": "top",
        "bottom": 1,
        "bottom_color": _LINE,
        "text_wrap": column.kind is Kind.TEXT,
        "align": "left" if column.kind in _WORDS else "right",
        "locked": not column.editable,
    }
    return book.add_format(shape), book.add_format(shape | {"quote_prefix": True})


def _offer(page: Any, area: tuple[int, int, int, int], place: int, column: Column) -> None:
    """Make a drop-down list of the choices of a column, kept in a hidden sheet: a list in the cell holds 255 signs."""
    letter = xlsxwriter.utility.xl_col_to_name(place, col_abs=True)
    page.data_validation(
        *area,
        {
            "validate": "list",
            "source": f"={_CHOICES_SHEET}!{letter}$1:{letter}${len(column.choices)}",
            "error_title": "Choix",
            "error_message": "Choisissez une valeur de la liste.",
        },
    )


def _write_stamp(book: Any, stamp: stamping.Stamp) -> None:
    """Say in the last sheet, and in the foot of every printed page, what the file is for: the first sheet stays data."""
    short = f"{stamping.MENTION} · {stamp.contract}".replace("&", "&&")[:200]
    for page in book.worksheets():
        page.set_footer(f"&L{short}&Rpage &P/&N")
    book.set_properties({**book.doc_properties, "subject": stamp.contract, "comments": stamp.line()})
    sheet = book.add_worksheet(_STAMP_SHEET)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 80)
    bold = book.add_format({"bold": True})
    for line, (name, value) in enumerate(stamp.facts()):
        sheet.write_string(line, 0, name, bold)
        sheet.write_string(line, 1, value)


def _write_choices(book: Any, lists: Sequence[tuple[str, ...]]) -> None:
    page = book.add_worksheet(_CHOICES_SHEET)
    page.hide()
    for line, row in enumerate(zip_longest(*lists, fillvalue="")):
        for index, choice in enumerate(row):
            page.write_string(line, index, choice)
