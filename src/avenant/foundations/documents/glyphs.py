"""Which characters our own fonts can write, and text made safe for a tagged PDF.

A PDF/UA refuses a character without a glyph: one pasted emoji must not stop the yearly review of a contract.
"""

from __future__ import annotations

import struct
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
MISSING = "□"
_FACES = ("SourceSans3_400Regular.ttf", "DejaVuSans.ttf")  # one face a family: the others of a family cover the same
_PLAIN_SPACING = str.maketrans(dict.fromkeys("\r\v\f\x85\u2028\u2029", "\n") | {"\t": " "})
_SEGMENTED_COVERAGE = 12  # the cmap format that both families carry and that reaches beyond U+FFFF


@dataclass(frozen=True, slots=True)
class CleanText:
    """A text that every document can print, and the characters that no font has, in the order met."""

    text: str
    replaced: tuple[str, ...]


def clean_text(raw: str) -> CleanText:
    """Return ``raw`` in NFC, without control or invisible format character, what no font can write shown as □.

    Line breaks of every kind become ``\\n``, a tabulation becomes a space. A combining mark is kept only where one
    family writes both the mark and what it sits on, for a cluster is drawn by one font.
    """
    visible = "".join(char for char in raw.replace("\r\n", "\n").translate(_PLAIN_SPACING) if not _is_invisible(char))
    families = covered_characters()
    kept: list[str] = []
    replaced: dict[str, None] = {}
    base = 0
    for char in unicodedata.normalize("NFC", visible):
        combines = unicodedata.category(char).startswith("M")
        if char == "\n" or any(ord(char) in family and (not combines or base in family) for family in families):
            kept.append(char)
        else:
            kept.append(MISSING)
            replaced.setdefault(char)
        base = base if combines else ord(kept[-1])
    return CleanText("".join(kept), tuple(replaced))


def _is_invisible(char: str) -> bool:
    """Control and format characters, and the selectors that only change how the character before them looks."""
    selects = unicodedata.name(char, "").startswith("VARIATION SELECTOR")
    return selects or (char != "\n" and unicodedata.category(char) in {"Cc", "Cf"})


@lru_cache(maxsize=1)
def covered_characters() -> tuple[frozenset[int], ...]:
    """Return the code points that each of our families can write, the text family first."""
    return tuple(_character_map((FONTS / face).read_bytes()) for face in _FACES)


def _character_map(font: bytes) -> frozenset[int]:
    """Read the code points of a TrueType font in its ``cmap`` table (OpenType 1.9, format 12)."""
    (tables,) = struct.unpack_from(">4xH", font)
    directory = dict(struct.iter_unpack(">4s4xI4x", font[12 : 12 + 16 * tables]))
    start = directory[b"cmap"]
    (subtables,) = struct.unpack_from(">2xH", font, start)
    covered: set[int] = set()
    for (offset,) in struct.iter_unpack(">4xI", font[start + 4 : start + 4 + 8 * subtables]):
        subtable = start + offset
        (form,) = struct.unpack_from(">H", font, subtable)
        if form != _SEGMENTED_COVERAGE:
            continue
        (groups,) = struct.unpack_from(">12xI", font, subtable)
        for first, last in struct.iter_unpack(">II4x", font[subtable + 16 : subtable + 16 + 12 * groups]):
            covered.update(range(first, last + 1))
    return frozenset(code for code in covered if unicodedata.category(chr(code)) != "Co")  # PDF/A refuses private use
