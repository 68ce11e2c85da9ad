"""The folded key of a name: by it, names are found without accents and sorted as a French reader expects."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"})
_NOT_A_WORD: Final = re.compile(r"[^0-9a-z]+")


def fold(text: str) -> str:
    """Words in lower case without accents or punctuation: « Résidence L'Œillet » gives ``residence l oeillet``.

    The database has neither ``unaccent`` nor ICU: what is stored and what is searched are both folded here. Folding
    twice changes nothing.
    """
    decomposed = unicodedata.normalize("NFKD", text).casefold().translate(_LIGATURES)
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", decomposed) if not unicodedata.combining(sign))
    return _NOT_A_WORD.sub(" ", bare).strip()
