"""Documents made from data: one Typst template a document, our fonts only, the same bytes for the same facts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import Literal

import typst

from avenant.domain.french import format_date, zone_name
from avenant.foundations.documents import stamping
from avenant.foundations.documents.glyphs import FONTS, clean_text

TEMPLATES = Path(__file__).parent / "typst"
Standard = Literal["ua-1", "a-3a"]
ACCESSIBLE: tuple[Standard, ...] = ("ua-1",)
ARCHIVED: tuple[Standard, ...] = ("ua-1", "a-3a")
"""What is signed or kept for the archive."""


class TypesettingError(RuntimeError):
    """A template does not compile, or compiles with a warning: a fault of ours, never of the person who reads."""


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF, its SHA-256 in hexadecimal, and the characters of the data that no font could write (printed □)."""

    pdf: bytes
    sha256: str
    replaced: tuple[str, ...]


def typeset(
    template: str,
    data: Mapping[str, object],
    *,
    title: str,
    reference: str,
    at: datetime,
    standards: Sequence[Standard] = ACCESSIBLE,
) -> Document:
    """Typeset ``typst/<template>.typ`` with ``data`` and return the PDF, identical to the byte for equal arguments.

    ``data`` is JSON-like; figures, dates and amounts come already written in French. ``at`` (aware) is the document's
    date, printed in its foot in its own zone. Raises :class:`TypesettingError` on an unknown template, an error or a
    warning of Typst, :class:`ValueError` on a naive ``at``. What a person exports bears their stamp (stamping.py).
    """
    source = TEMPLATES / f"{template}.typ"
    if source.parent != TEMPLATES or not source.is_file():
        raise TypesettingError(f"No template is named {template!r}")
    replaced: dict[str, None] = {}
    facts: dict[str, object] = {
        "title": title,
        "reference": reference,
        "generated": moment_in_words(at),
        "data": data,
    }
    if stamp := stamping.current():
        facts["stamp"] = stamp.line()
    document = json.dumps(_cleaned(facts, replaced), ensure_ascii=False, sort_keys=True)
    try:
        pdf, warnings = typst.compile_with_warnings(
            source,
            root=TEMPLATES,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"document": document},
            pdf_standards=list(standards),
            timestamp=at.replace(microsecond=0).astimezone(timezone(at.utcoffset())),  # type: ignore[arg-type]
        )
    except typst.TypstError as error:
        raise TypesettingError(f"{template}: {error}") from error
    if warnings:
        raise TypesettingError(f"{template}: " + " · ".join(str(warning) for warning in warnings))
    return Document(pdf, hashlib.sha256(pdf).hexdigest(), tuple(replaced))


def moment_in_words(at: datetime) -> str:
    """Write an aware instant in its own zone: "12 mars 2026 à 16 h 02 (heure de Paris)"."""
    if at.tzinfo is None or at.utcoffset() is None:
        raise ValueError("An instant needs its zone")
    return f"{format_date(at)} à {at.hour} h {at.minute:02} ({zone_name(at)})"


def _cleaned(value: object, replaced: dict[str, None]) -> object:
    match value:
        case str():
            clean = clean_text(value)
            replaced.update(dict.fromkeys(clean.replaced))
            return clean.text
        case Mapping():
            return {key: _cleaned(inner, replaced) for key, inner in value.items()}
        case list() | tuple():
            return [_cleaned(inner, replaced) for inner in value]
        case _:
            return value


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """Our folder alone: neither the machine's fonts nor those of the wheel may slip into a document."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
