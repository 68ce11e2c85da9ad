"""Columns about identity, recognised by their title and by their cells, and refused before anything is copied.

The cells are looked at by the engine, all of them: a region's export has hundreds of millions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final

import duckdb

from avenant.collect.engine import literal, name
from avenant.collect.refusals import IDENTITY, CollectError
from avenant.domain.folding import fold
from avenant.domain.french import quoted
from avenant.references.reading import read

_GAP: Final = r"[\s\p{Z}.\-/_]*"
"""What people write between the digits of a number."""


def _spaced(*signs: str) -> str:
    """A number whose signs may have gaps between them, before and after."""
    return _GAP + _GAP.join(signs) + _GAP


_DIGIT: Final = "[0-9]"
_MONTH: Final = f"(?:0{_GAP}[1-9]|1{_GAP}[0-2]|2{_GAP}0|3{_GAP}[0-9]|4{_GAP}[0-2]|[5-9]{_GAP}[0-9])"
_PLACE: Final = f"(?:[0-9]{_GAP}[0-9]|2{_GAP}[ABab])"
_NIR: Final = ("[1-478]", _DIGIT, _DIGIT, _MONTH, _PLACE, *[_DIGIT] * 6)
_KEYED: Final = _spaced(*_NIR, _DIGIT, _DIGIT)
_BARE: Final = _spaced(*_NIR)
_PHONE: Final = _spaced(rf"(?:\+{_GAP}3{_GAP}3|0{_GAP}0{_GAP}3{_GAP}3|0)", r"(?:\(0\))?", "[1-9]", *[_DIGIT] * 8)
_STREET: Final = (
    r"\s*[0-9]{1,4}\s*(?i:bis|ter|quater)?\s*,?\s*(?i:rue|avenue|av|bd|boulevard|chemin|all[ée]e|impasse|place|route|"
    r"quai|cours|r[ée]sidence|lotissement|lieu[- ]dit|square|passage|faubourg)\b"
)
_NUMBERED: Final = f"^(?:{_KEYED}$|{_BARE}$|{_PHONE}$|{_STREET})"
"""All that begins with a digit or a gap: one look tells whether to look closer."""

_MAIL: Final = r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"

SHORTEST: Final = 13
"""No social security number has fewer signs."""

FEW: Final = 0.005
"""A title that says nothing is refused when more than this share of its cells is an identity."""

MANY: Final = 0.3
"""The share of cells with a given name, or that look like a phone number, from which a column is refused."""

_KEY, _NO_KEY, _ADDRESS, _CALL = 1, 2, 3, 4
_RULES: Final = (
    ("un numéro de sécurité sociale", FEW),
    ("une adresse électronique", FEW),
    ("un numéro de sécurité sociale", MANY),
    ("une adresse", 0.05),
    ("un numéro de téléphone", MANY),
    ("un nom de personne", MANY),
)
"""What a column seems to hold and the share of its filled cells that says so, in the order of :func:`looked_at`."""


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
    import pyarrow as pa

    with duckdb.connect() as connection:
        cells = [pa.array(column, pa.string()) for column in columns]
        connection.register("cells", pa.table(cells, names=list(titles)))
        refuse_rows(connection, file, titles, "SELECT * FROM cells")


def refuse_rows(connection: duckdb.DuckDBPyConnection, file: str, titles: Sequence[str], rows: str) -> None:
    """The same over all the rows that a statement gives: nothing of them is kept but counts.

    A first look leaves the columns where no cell has anything of an identity, most often all of them.
    """
    looks = ", ".join(f"count(CASE WHEN {_likely(name(title))} THEN 1 END)" for title in titles)
    seen = connection.execute(f"SELECT {looks} FROM ({rows})").fetchall()[0]
    likely = [title for title, number in zip(titles, seen, strict=True) if number]
    if not likely:
        return
    for title, (cells, *found) in zip(likely, connection.execute(_counted(rows, likely)).fetchall(), strict=True):
        for number, (what, share) in zip(found, _RULES, strict=True):
            if number and number >= share * cells:
                raise IdentityColumn(file, title, what)


def _counted(rows: str, titles: Sequence[str]) -> str:
    """For each column, its filled cells and those of each rule."""
    numbers = [f"count(CASE number WHEN {kind} THEN 1 END)" for kind in (_KEY, _NO_KEY, _ADDRESS, _CALL)]
    cells = ", ".join(filled(name(title)) for title in titles)
    return (
        f"SELECT count(cell), {numbers[0]}, count(CASE WHEN mail THEN 1 END), {', '.join(numbers[1:])}, "
        f"count(CASE WHEN given THEN 1 END) FROM (SELECT place, cell, {_number('cell')} AS number, {_mail('cell')} AS mail, "
        f"{_given('cell')} AS given FROM (SELECT unnest(range({len(titles)})) AS place, unnest([{cells}]) AS cell "
        f"FROM ({rows}))) GROUP BY place ORDER BY place"
    )


def filled(cell: str) -> str:
    """A cell without the spaces around it, NULL when there is nothing else; most cells have none and are left as they are."""
    return f"CASE WHEN {cell} > '!' AND NOT ends_with({cell}, ' ') THEN {cell} ELSE nullif(trim({cell}), '') END"


def _likely(cell: str) -> str:
    """Whether a cell has anything that a rule asks for."""
    return (
        f"CASE WHEN contains({cell}, '@') THEN true WHEN {_numbered(cell)} THEN true "
        f"ELSE regexp_matches({_bare(cell)}, {literal(_names())}) END"
    )


def _numbered(cell: str) -> str:
    """Conditions are nested here and below: each one is tried on what the former one left."""
    return f"CASE WHEN {cell} < ':' OR {cell} > '~' THEN regexp_matches({cell}, {literal(_NUMBERED)}) ELSE false END"


def _bare(cell: str) -> str:
    return f"CASE WHEN strlen({cell}) = length({cell}) THEN {cell} ELSE strip_accents({cell}) END"


def _names() -> str:
    return rf"(?i:(?:^|[^\p{{L}}])(?:{'|'.join(sorted(_titles()[2]))})(?:$|[^\p{{L}}]))"


def _number(cell: str) -> str:
    """Which number about a person a cell is."""
    return (
        f"CASE WHEN {_numbered(cell)} THEN CASE "
        f"WHEN regexp_full_match({cell}, {literal(_KEYED)}) THEN CASE WHEN {_key_holds(cell)} THEN {_KEY} END "
        f"WHEN regexp_full_match({cell}, {literal(_BARE)}) THEN {_NO_KEY} "
        f"WHEN regexp_full_match({cell}, {literal(_PHONE)}) THEN {_CALL} ELSE {_ADDRESS} END END"
    )


def _key_holds(cell: str) -> str:
    """The key is 97 less the rest of the number by 97; Corsica's 2A and 2B count as 19 and 18."""
    bare = f"upper(regexp_replace({cell}, {literal(_GAP)}, '', 'g'))"
    number = f"TRY_CAST(replace(replace(left({bare}, 13), '2A', '19'), '2B', '18') AS BIGINT)"
    return f"97 - {number} % 97 = TRY_CAST(right({bare}, 2) AS BIGINT)"


def _mail(cell: str) -> str:
    return f"CASE WHEN contains({cell}, '@') THEN regexp_matches({cell}, {literal(_MAIL)}) ELSE false END"


def _given(cell: str) -> str:
    """One of four words at most is a usual given name."""
    return (
        f"CASE WHEN regexp_matches({_bare(cell)}, {literal(_names())}) "
        rf"THEN len(regexp_extract_all({cell}, '\p{{L}}+')) <= 4 END"
    )


def names_somebody(cell: str) -> str:
    """Whether a single cell is a social security number, key right or not, or holds an at sign, as SQL."""
    number = rf"{_BARE}(?:[0-9]{_GAP}[0-9]{_GAP})?"
    return (
        f"CASE WHEN contains({cell}, '@') THEN true WHEN strlen({cell}) >= {SHORTEST} THEN "
        f"regexp_full_match({cell}, {literal(number)}) ELSE false END"
    )
