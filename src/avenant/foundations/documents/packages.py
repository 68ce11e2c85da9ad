"""An XLSX package looked through before the reader opens it: cut files, bombs, and figures that it would not tell.

The reader trusts cell addresses and allocates the whole rectangle that they span: a file of 5 kB can ask for gigabytes
and stop the process. It also gives ``#N/A`` back as an empty cell. Both are seen here, in the XML, first.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import IO
from xml.parsers import expat

REQUIRED = frozenset({"[Content_Types].xml", "xl/workbook.xml"})
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_CHUNK = 1 << 20
_SHEET_MARK = b"sheetData"


class DamagedPackage(Exception):
    """The package is cut, is not sound XML, or says one thing and holds another."""


class OversizedPackage(Exception):
    """Unpacked, or spread over the cells that it spans, the package would take more than its limits."""


class NotAWorkbook(Exception):
    """A sound archive of another kind."""


class ErrorCell(Exception):
    """A cell holds the error of a formula; its address is the first argument."""


def check_package(content: bytes, *, unpacked: int, ratio: int, cells: int) -> None:
    """Unpack every part once, counting.

    Raises one of the exceptions above: beyond ``unpacked`` bytes, ``ratio`` times the size of ``content``, or a
    rectangle of ``cells``.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
            if not {entry.filename for entry in entries} >= REQUIRED:
                raise NotAWorkbook
            total = sum(entry.file_size for entry in entries)
            if total > unpacked or total > ratio * len(content):
                raise OversizedPackage
            for entry in entries:
                with package.open(entry) as part:
                    if entry.filename.endswith((".xml", ".rels")):
                        _SheetReader(cells).read(part)
                    else:
                        _check_opaque(part)
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, NotImplementedError, RuntimeError, OSError) as error:
        raise DamagedPackage from error


def _check_opaque(part: IO[bytes]) -> None:
    """Read a picture or a setting to its end (its checksum is verified there): a sheet may not hide in it."""
    tail = b""
    while chunk := part.read(_CHUNK):
        if _SHEET_MARK in tail + chunk:
            raise DamagedPackage
        tail = chunk[-len(_SHEET_MARK) :]


class _SheetReader:
    """Follows the cells of a sheet; in any other part of the package it meets none."""

    def __init__(self, cells: int) -> None:
        self._cells = cells
        self._bottom = self._right = 0
        self._row = self._column = 0
        self._in_cell = False

    def read(self, part: IO[bytes]) -> None:
        parser = expat.ParserCreate("utf-8")  # whatever the part declares: the reader does the same
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        while chunk := part.read(_CHUNK):
            parser.Parse(chunk)
        parser.Parse(b"", True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._in_cell:
            self._span()  # a cell with a look and nothing in it does not count
        match name.rpartition(":")[2]:
            case "row":
                self._row = _whole(attributes["r"]) if "r" in attributes else self._row + 1
                self._column = 0
            case "c":
                self._in_cell = True
                self._column += 1
                if "r" in attributes:
                    self._row, self._column = _position(attributes["r"])
                if attributes.get("t") == "e":
                    raise ErrorCell(attributes.get("r", ""))

    def _end(self, name: str) -> None:
        if name.rpartition(":")[2] == "c":
            self._in_cell = False

    def _span(self) -> None:
        self._bottom, self._right = max(self._bottom, self._row), max(self._right, self._column)
        if self._bottom * self._right > self._cells:
            raise OversizedPackage

    def _refuse_doctype(self, *_declaration: object) -> None:
        raise DamagedPackage


def _position(address: str) -> tuple[int, int]:
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise DamagedPackage
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column


def _whole(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 7):
        raise DamagedPackage
    return int(digits)
