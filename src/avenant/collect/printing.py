"""The report as a PDF: the very page of the report, read back block by block and typeset by Typst (``avenant[pdf]``).

Read from the page itself, it cannot say anything else than it does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from html.parser import HTMLParser
from importlib.resources import as_file, files
from typing import Any, Final

from avenant.collect.refusals import CollectError

_BLOCKS: Final = frozenset({"h1", "h2", "h3", "p", "th", "td", "dt", "dd"})


class _Page(HTMLParser):
    """The blocks of a report: headings, paragraphs, tables, facts, and small tables by pairs (one item a title)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[dict[str, Any]] = []
        self._text: list[str] | None = None
        self._quiet = ""
        self._divisions: list[str] = []
        self._whole = self.blocks

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "div":
            self._divisions.append(said.get("class") or "")
            if self._divisions == ["tables"]:
                self._whole.append({"kind": "pairs", "items": []})
            elif self._divisions == ["tables", ""]:
                self.blocks = []
                self._whole[-1]["items"].append(self.blocks)
        elif tag == "table":
            self.blocks.append({"kind": "table", "rows": [], "numbers": []})
        elif tag == "tr":
            self.blocks[-1]["rows"].append([])
        elif tag == "dl":
            self.blocks.append({"kind": "facts", "rows": []})
        elif tag == "br" and self._text is not None:
            self._text.append("\n")
        if tag in _BLOCKS:
            self._text, self._quiet = [], said.get("class") or ""

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self._divisions.pop() == "tables":
            self.blocks = self._whole
        if tag not in _BLOCKS or self._text is None:
            return
        text, self._text = "".join(self._text), None
        if tag in ("th", "td"):
            table = self.blocks[-1]
            if tag == "th":
                table["numbers"].append(self._quiet == "n")
            table["rows"][-1].append(text)
        elif tag == "dt":
            self.blocks[-1]["rows"].append([text])
        elif tag == "dd":
            self.blocks[-1]["rows"][-1].append(text)
        else:
            self.blocks.append({"kind": tag, "text": text, "soft": self._quiet == "soft"})


def blocks_of(page: str) -> list[dict[str, Any]]:
    """The blocks of a report, in order."""
    reader = _Page()
    reader.feed(page.partition("<body>")[2])
    return reader.blocks


def print_report(page: str, last_day: date) -> bytes:
    """The report as a PDF, the same bytes for the same page. Raises :class:`CollectError` without Typst."""
    try:
        import typst
    except ImportError as error:
        raise CollectError(
            "Le PDF demande un composant de plus : pip install 'avenant[pdf]'. Sinon, imprimez le rapport depuis le navigateur."
        ) from error
    fonts, template = files("avenant") / "foundations" / "documents" / "fonts", files("avenant.references") / "collect"
    with as_file(fonts) as folder, as_file(template) as beside:
        pdf: bytes = typst.compile(
            beside / "report.typ",
            font_paths=[folder],
            ignore_system_fonts=True,
            sys_inputs={"blocks": json.dumps(blocks_of(page), ensure_ascii=False)},
            timestamp=datetime.combine(last_day, time(), UTC),
        )
    return pdf
