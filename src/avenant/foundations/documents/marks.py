"""The mark of a printed page: a QR code that says which document and which page, so that a scan finds its file again."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pypdfium2
import segno
import zxingcpp
from pypdf import PdfReader, PdfWriter

from avenant.domain.decision import DomainError

MOST_PAGES: Final = 300
_DOTS: Final = (150, 250)
_MARK: Final = re.compile(r"AVENANT ([A-Z]{2,12}-[0-9A-F]{12}) ([0-9]{1,3})/([0-9]{1,3})")


@dataclass(frozen=True, slots=True)
class Mark:
    """What the mark of a page says: the reference of its document, its rank, how many pages there are."""

    reference: str
    page: int
    pages: int

    def __str__(self) -> str:
        return f"AVENANT {self.reference} {self.page}/{self.pages}"


def draw(mark: Mark) -> str:
    """The mark as an SVG, without a declaration."""
    return str(segno.make(str(mark), error="q", micro=False).svg_inline(border=2))


def parse(text: str) -> Mark | None:
    """The mark that a code says; None for any other code."""
    found = _MARK.fullmatch(text.strip())
    if found is None:
        return None
    mark = Mark(found[1], int(found[2]), int(found[3]))
    return mark if 1 <= mark.page <= mark.pages else None


def count_pages(pdf: bytes) -> int:
    """How many pages a PDF has. Raises DomainError when it cannot be read."""
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        raise DomainError("Ce PDF ne se lit pas : numérisez-le de nouveau.", code="unreadable") from None
    try:
        return len(document)
    finally:
        document.close()


def read(pdf: bytes) -> Iterator[Mark | None]:
    """The mark of each page of a scan, at any angle; None where none is read. A page is tried again finer."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        for index in range(len(document)):
            page = document[index]
            yield next((mark for dots in _DOTS if (mark := _mark_of(page, dots))), None)
            page.close()
    finally:
        document.close()


def _mark_of(page: pypdfium2.PdfPage, dots: int) -> Mark | None:
    image = page.render(scale=dots / 72, grayscale=True).to_numpy()
    codes = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return next((mark for code in codes if (mark := parse(code.text))), None)


def extract(pdf: bytes, pages: Sequence[int]) -> bytes:
    """A PDF of the given pages (from 0), in this order."""
    reader, writer = PdfReader(io.BytesIO(pdf)), PdfWriter()
    for index in pages:
        writer.add_page(reader.pages[index])
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()
