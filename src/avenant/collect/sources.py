"""Any software's export as rows of text: CSV in any usual encoding, Excel workbooks, Parquet."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path, PureWindowsPath
from typing import Any, Final

import duckdb
from python_calamine import CalamineError, CalamineWorkbook

from avenant.collect.engine import literal, name
from avenant.collect.refusals import CollectError
from avenant.domain.french import format_number, quoted

SUFFIXES: Final = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods", ".parquet")
MIXED: Final = "utf-8 et windows-1252 mêlés"
SAMPLE: Final = 5_000
LARGEST_WORKBOOK: Final = 200 * 1_000_000
_BLOCK: Final = 1 << 23
_C1: Final = bytes(range(0x80, 0xA0))
_ASCII: Final = bytes(range(0x80))
_PAIR: Final = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
"""What every accent of UTF-8 begins with."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it is written: its encoding and separator when it is text, its sheet when it is a workbook."""

    path: Path
    encoding: str = "utf-8"
    delimiter: str = ";"
    sheet: str = ""

    @property
    def kind(self) -> str:
        suffix = self.path.suffix.lower()
        return {".parquet": "parquet", ".csv": "text", ".txt": "text", ".tsv": "text"}.get(suffix, "workbook")


@dataclass(frozen=True, slots=True)
class Sample:
    """The titles of a file and its first rows, column by column."""

    titles: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]

    def cells(self, title: str) -> tuple[str, ...]:
        return self.columns[self.titles.index(title)]


def gigabytes(size: int) -> str:
    """A size in bytes as a person reads it: « 10,2 Go »."""
    return f"{format_number(Decimal(size) / 1_000_000_000, decimals=1)} Go"


def located(text: str, beside: Path) -> Path:
    """The file that a mapping names, from its folder; a path written on Windows is understood elsewhere."""
    if "\\" in text and not Path(text).exists():
        windows = PureWindowsPath(text)
        if not windows.drive:
            text = "/".join(windows.parts)
    path = Path(text)
    return path if path.is_absolute() else beside / path


def inspect(path: Path) -> Source:
    """How a file is written. Raises :class:`CollectError` when it is absent, empty or of no known kind."""
    source = Source(path)
    if path.suffix.lower() not in SUFFIXES:
        raise CollectError(f"{quoted(path.name)} : format inconnu. Donnez un fichier CSV, Excel ou Parquet.")
    try:
        size = path.stat().st_size
    except OSError as error:
        raise CollectError(f"Le fichier {quoted(str(path))} est introuvable ou illisible.") from error
    if not size:
        raise CollectError(f"Le fichier {quoted(path.name)} est vide : pas même une ligne de titres.")
    if source.kind == "workbook" and size > LARGEST_WORKBOOK:
        raise CollectError(
            f"Le classeur {quoted(path.name)} pèse {gigabytes(size)} : il se lirait d'un bloc, en mémoire. Exportez-le en CSV, "
            "qui se lit par morceaux."
        )
    if source.kind != "text":
        return source
    encoding = _encoding(path)
    with path.open(encoding=_python_encoding(encoding), errors="replace", newline="") as file:
        first = file.readline()
    return Source(path, encoding, max(";,\t|", key=first.count))


def _python_encoding(encoding: str) -> str:
    return {"utf-8": "utf-8-sig", MIXED: "cp1252", "windows-1252": "cp1252"}.get(encoding, encoding)


def _encoding(path: Path) -> str:
    """UTF-8 when the whole file is; else Windows-1252; mixed when some lines are the one and some the other."""
    with path.open("rb") as file:
        head = file.read(4)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        file.seek(0)
        decoder, sound = codecs.getincrementaldecoder("utf-8")(), True
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            sound = False
        if sound:
            return "utf-8"
        file.seek(0)
        while block := file.read(_BLOCK):
            if _holds_utf8(block + file.readline()):
                return MIXED
        return "windows-1252"


def _holds_utf8(lines: bytes) -> bool:
    """Whether a line is UTF-8 with an accent; most lines need no look of their own."""
    foreign = lines.translate(None, _ASCII)
    likely = _PAIR.search(foreign) and _PAIR.search(lines)
    return bool(likely) and any(_is_accented_utf8(line) for line in lines.splitlines())


def _is_accented_utf8(line: bytes) -> bool:
    if line.isascii():
        return False
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def read_sample(source: Source, size: int = SAMPLE) -> Sample:
    """Titles and first rows as text. Raises :class:`CollectError` when the file has no title or repeats one."""
    try:
        rows = _SAMPLERS[source.kind](source, size)
    except (OSError, CalamineError, duckdb.Error, csv.Error) as error:
        raise CollectError(f"{quoted(source.path.name)} ne se lit pas : {_first_line(error)}") from error
    titles = tuple(title.strip() for title in rows[0]) if rows else ()
    if not any(titles):
        raise CollectError(f"Le fichier {quoted(source.path.name)} est vide : pas même une ligne de titres.")
    twice = sorted({title for title in titles if titles.count(title) > 1})
    if twice:
        raise CollectError(f"{quoted(source.path.name)} a deux colonnes {quoted(twice[0])} : renommez-en une.")
    width = len(titles)
    body = [[*row[:width], *[""] * (width - len(row))] for row in rows[1:]]
    return Sample(titles, tuple(tuple(row[number] for row in body) for number in range(width)))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _sample_text(source: Source, size: int) -> list[list[str]]:
    with source.path.open(encoding=_python_encoding(source.encoding), errors="replace", newline="") as file:
        return list(islice(csv.reader(file, delimiter=source.delimiter), size + 1))


def _sample_parquet(source: Source, size: int) -> list[list[str]]:
    with duckdb.connect() as connection:
        answer = connection.execute(f"SELECT * FROM read_parquet({literal(source.path)}) LIMIT {size}")
        titles = [one[0] for one in answer.description or ()]
        return [titles, *([_cell(cell) for cell in row] for row in answer.fetchall())]


def _sample_workbook(source: Source, size: int) -> list[list[str]]:
    rows = _sheet(source)
    return [[_cell(cell) for cell in row] for row in rows[: size + 1]]


_SAMPLERS: Final = {"text": _sample_text, "parquet": _sample_parquet, "workbook": _sample_workbook}


def _sheet(source: Source) -> list[list[Any]]:
    workbook = CalamineWorkbook.from_path(str(source.path))
    sheet = source.sheet or next(iter(workbook.sheet_names), "")
    if sheet not in workbook.sheet_names:
        known = ", ".join(workbook.sheet_names)
        raise CollectError(f"{quoted(source.path.name)} n'a pas de feuille {quoted(sheet)}. Feuilles : {known}.")
    return workbook.get_sheet_by_name(sheet).to_python()


def _cell(value: Any) -> str:
    """A cell as a French Excel shows it, dates in ISO; 75001.0 is 75001, for a workbook keeps numbers only."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def relation(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    titles: Sequence[str],
    spare: Path,
    *,
    worded: Collection[str] = (),
) -> str:
    """SQL that gives the rows as text in their order; broken lines go to DuckDB's table of rejects.

    ``worded`` are the columns where the 27 signs that Windows-1252 has of its own matter (€, ’, œ, –…).
    ``spare`` is a private folder, removed at the end: only a file of mixed encodings is rewritten there.
    """
    if source.kind == "parquet":
        cast = ", ".join(f"CAST({name(one)} AS VARCHAR) AS {name(one)}" for one in titles)
        return f"SELECT {cast} FROM read_parquet({literal(source.path)})"
    if source.kind == "workbook":
        import pyarrow as pa

        rows = _sheet(source)[1:]
        columns = [pa.array([_cell(row[number]) for row in rows], pa.string()) for number in range(len(titles))]
        connection.register("workbook", pa.table(columns, names=list(titles)))
        return "SELECT * FROM workbook"
    path, encoding = source.path, {"windows-1252": "latin-1"}.get(source.encoding, source.encoding)
    if encoding == MIXED:
        path, encoding = _mended(path, spare), "utf-8"
    pinned = ", ".join(f"{literal(one)}: 'VARCHAR'" for one in titles)
    text = (
        f"SELECT * FROM read_csv({literal(path)}, header = true, delim = {literal(source.delimiter)}, quote = '\"', "
        f"escape = '\"', encoding = {literal(encoding)}, auto_detect = false, null_padding = false, "
        f"columns = {{{pinned}}}, store_rejects = true)"
    )
    if encoding != "latin-1" or not worded:
        return text
    mended = ", ".join(f"{_windows(name(one))} AS {name(one)}" for one in worded)
    return f"SELECT * REPLACE ({mended}) FROM ({text})"


def _windows(cell: str) -> str:
    """Windows-1252 read as Latin-1: the signs that differ are put back."""
    wrong, right = io.StringIO(), io.StringIO()
    for one in _C1:
        sign = bytes([one]).decode("cp1252", errors="ignore")
        if sign:
            wrong.write(chr(one))
            right.write(sign)
    put_back = f"translate({cell}, {literal(wrong.getvalue())}, {literal(right.getvalue())})"
    return f"CASE WHEN strlen({cell}) = length({cell}) THEN {cell} ELSE {put_back} END"


def _mended(path: Path, spare: Path) -> Path:
    """The same file in UTF-8, each line read by the encoding that it has."""
    target = spare / f"{hashlib.sha256(str(path).encode()).hexdigest()}.csv"
    if target.is_file():
        return target
    with path.open("rb") as given, target.open("w", encoding="utf-8", newline="") as written:
        for line in given:
            try:
                written.write(line.decode("utf-8"))
            except UnicodeDecodeError:
                written.write(line.decode("cp1252", errors="replace"))
    return target
