"""A FINESS file on the disk: its letters and its shape are recognised once, its records read as often as needed."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from avenant.domain.finess import SetAside, Shape, Site, read_sites, recognise

_CHUNK = 1 << 20


class FinessFile:
    """A context manager; raises :class:`avenant.domain.finess.NotFiness` on entering a file of another shape."""

    shape: Shape

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> FinessFile:
        decoder, utf8, head = codecs.getincrementaldecoder("utf-8")(), True, b""
        with self.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                head = head or chunk
                if utf8:
                    try:
                        decoder.decode(chunk)
                    except UnicodeDecodeError:
                        utf8 = False
        self.shape = recognise(head, utf8=utf8)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def records(self) -> Iterator[Site | SetAside]:
        """The establishments of the file, and the lines set aside."""
        with self.path.open(encoding=self.shape.encoding, newline="\n") as file:
            yield from read_sites(file, self.shape)
