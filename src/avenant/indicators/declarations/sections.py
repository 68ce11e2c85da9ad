"""The names of the sections of a declaration, as a page or a due item says them."""

from __future__ import annotations

STRANDS = {
    "volet-1": "Volet 1, prévention de la désinsertion professionnelle",
    "volet-2": "Volet 2, risque professionnel prioritaire",
    "volet-3": "Volet 3, action facultative",
}


def section_title(section: str) -> str:
    """« Volet 2, risque… », or the heading of a group inside it (``volet-2/its heading``)."""
    strand, _, heading = section.partition("/")
    title = STRANDS.get(strand, strand)
    return f"{title.split(',')[0]}, {heading}" if heading else title
