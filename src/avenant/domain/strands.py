"""The strands (volets) of a contract between the State, the fund and a prevention service, and their titles."""

from __future__ import annotations

from typing import Final

TITLES: Final = {
    "volet-1": "Volet 1, prévention de la désinsertion professionnelle",
    "volet-2": "Volet 2, risque professionnel prioritaire",
    "volet-3": "Volet 3, action facultative",
}


def strand_title(strand: str) -> str:
    """« Volet 2, risque professionnel prioritaire »; a strand of another kind of contract by its own words."""
    return TITLES.get(strand, strand)


def strand_name(strand: str) -> str:
    """« volet 2 », inside a sentence."""
    title = strand_title(strand).split(",")[0]
    return title[:1].lower() + title[1:]


def section_title(section: str) -> str:
    """« Volet 2, risque… », or the heading of a group inside it (``volet-2/its heading``)."""
    strand, _, heading = section.partition("/")
    title = strand_title(strand)
    return f"{title.split(',')[0]}, {heading}" if heading else title
