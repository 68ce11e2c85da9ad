"""Columns about identity, recognised by their title and by their cells, and refused before anything is copied."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Final

from stdnum.fr import nir

from avenant.collect.refusals import IDENTITY, CollectError
from avenant.domain.folding import fold
from avenant.domain.french import quoted
from avenant.references.reading import read

_SPACES: Final = re.compile(r"[\s\u00a0\u202f.\-/_]+")
_NIR: Final = re.compile(
    r"[1-478][0-9]{2}(?:0[1-9]|1[0-2]|20|3[0-9]|4[0-2]|[5-9][0-9])(?:[0-9]{2}|2[AB])[0-9]{6}([0-9]{2})?"
)
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_PHONE: Final = re.compile(r"(?:\+33|0033|0)[1-9][0-9]{8}")
_STREET: Final = re.compile(
    r"\s*[0-9]{1,4}\s*(?:bis|ter|quater)?\s*,?\s*(?:rue|avenue|av|bd|boulevard|chemin|all[ée]e|impasse|place|route|"
    r"quai|cours|r[ée]sidence|lotissement|lieu[- ]dit|square|passage|faubourg)\b",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W\d_]+")

SUSPECT: Final = re.compile(r"@|[A-Za-zÀ-ɏ]{2}|(?:[0-9][^0-9]{0,3}){10}")
"""What every identity has one of: an at sign, two letters in a row, ten digits. A cell without any is not looked at."""

ONE_CELL: Final = r"[1-478][0-9]{2}(?:0[1-9]|1[0-2]|20|3[0-9]|4[0-2]|[5-9][0-9])(?:[0-9]{2}|2[AB])[0-9]{6}(?:[0-9]{2})?"
"""What a single cell may not say in an extract nor in a list of rejects, even where its column is not refused."""

FEW: Final = 0.005
"""A title that says nothing is refused when more than this share of its cells is an identity."""

MANY: Final = 0.3
"""The share of cells with a given name, or that look like a phone number, from which a column is refused."""


class IdentityColumn(CollectError):
    """A column holds identities; the message names it and never repeats a cell."""

    def __init__(self, file: str, column: str, what: str) -> None:
        self.column, self.what = column, what
        super().__init__(
            f"{quoted(file)}, colonne {quoted(column)} : elle semble contenir {what}. Le fichier est refusé, rien n'en a été "
            "copié. Retirez cette colonne de l'export, puis recommencez.",
            code="identity_column",
            exit_code=IDENTITY,
        )


@cache
def _titles() -> tuple[Mapping[str, str], Mapping[str, str], frozenset[str]]:
    content = read("collect/identity")
    always = {fold(title): what for what, titles in content["titles"].items() for title in titles}
    people = {fold(title): what for what, titles in content["people_only"].items() for title in titles}
    return always, people, frozenset(content["given_names"]["names"])


def refuse_titles(file: str, titles: Iterable[str], *, about_people: bool) -> None:
    """Raise :class:`IdentityColumn` when a title says identity, in any case, accent or spacing."""
    always, people, _ = _titles()
    known = {**always, **people} if about_people else always
    glued = {one.replace(" ", ""): what for one, what in known.items()}
    for title in titles:
        folded = fold(title)
        what = known.get(folded) or glued.get(folded.replace(" ", ""))
        if what:
            raise IdentityColumn(file, title, what)


def refuse_cells(file: str, titles: Sequence[str], columns: Sequence[Sequence[str]]) -> None:
    """Raise :class:`IdentityColumn` when the cells of a column hold identities, whatever its title.

    ``columns`` gives the cells of each column, the whole or a sample; empty cells do not count.
    """
    for title, cells in zip(titles, columns, strict=True):
        seen = Seen()
        for cell in cells:
            seen.add(cell)
        if seen.what:
            raise IdentityColumn(file, title, seen.what)


class Seen:
    """What the cells of one column hold, however many they are: nothing of them is kept but counts."""

    def __init__(self) -> None:
        self._filled, self._found = 0, [0] * len(_RULES)

    def add(self, cell: str | None, times: int = 1) -> None:
        """One cell, met ``times`` times."""
        text = (cell or "").strip()
        if not text:
            return
        self._filled += times
        if SUSPECT.search(text):
            for rank, (_, holds, _) in enumerate(_RULES):
                if holds(text):
                    self._found[rank] += times

    def pass_over(self, cells: int) -> None:
        """Cells that are filled and hold nothing that SUSPECT looks for."""
        self._filled += cells

    @property
    def what(self) -> str:
        """What the column seems to hold, empty when nothing about identity."""
        for found, (what, _, share) in zip(self._found, _RULES, strict=True):
            if found and found >= share * self._filled:
                return what
        return ""


def is_nir(text: str) -> bool:
    """A social security number with its key, in any spelling."""
    number = _SPACES.sub("", text).upper()
    found = _NIR.fullmatch(number)
    return bool(found and found[1] and nir.is_valid(number))


def _is_bare_nir(text: str) -> bool:
    found = _NIR.fullmatch(_SPACES.sub("", text).upper())
    return bool(found and not found[1])


def _is_phone(text: str) -> bool:
    return bool(_PHONE.fullmatch(_SPACES.sub("", text).replace("(0)", "")))


def _holds_given_name(text: str) -> bool:
    words = [fold(word) for word in _WORD.findall(text)]
    return 0 < len(words) <= 4 and not _titles()[2].isdisjoint(words)


_RULES: Final[tuple[tuple[str, Callable[[str], bool], float], ...]] = (
    ("un numéro de sécurité sociale", is_nir, FEW),
    ("une adresse électronique", lambda text: bool(_MAIL.search(text)), FEW),
    ("un numéro de sécurité sociale", _is_bare_nir, MANY),
    ("une adresse", lambda text: bool(_STREET.match(text)), 0.05),
    ("un numéro de téléphone", _is_phone, MANY),
    ("un nom de personne", _holds_given_name, MANY),
)
