"""The public file of FINESS establishments, read line by line: what a line says, or why it is set aside.

Two shapes circulate. The historic extraction (``etalab-cs1100502-stock``): Latin-1, semicolons, no header, a first line
of comment, records that begin with ``structureet``. And a variant in UTF-8 with a header and commas. A line is read on
its own: a quotation mark that is never closed spoils its line, not the rest of the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.domain.french import enumerate_in_words, quoted, typeset
from avenant.domain.identifiers import BadIdentifier, finess_key_holds, parse_finess, parse_siret

RECORD, OTHER_RECORDS = "structureet", frozenset({"geolocalisation", "equipmateriellourd", "finess"})
COLUMNS: Final = (
    "structureet", "nofinesset", "nofinessej", "rs", "rslongue", "complrs", "compldistrib", "numvoie", "typvoie", "voie",
    "compvoie", "lieuditbp", "commune", "departement", "libdepartement", "ligneacheminement", "telephone", "telecopie",
    "categetab", "libcategetab", "categagretab", "libcategagretab", "siret", "codeape", "codemft", "libmft", "codesph",
    "libsph", "dateouv", "dateautor", "datemaj", "numuai",
)  # fmt: skip
"""The 32 columns of the historic file, in order."""
NEEDED: Final = ("nofinesset", "rs", "departement")
_OVERSEAS: Final = {"9A": "971", "9B": "972", "9C": "973", "9D": "974", "9E": "975", "9F": "976"}
_DELIVERY: Final = re.compile(r"(?P<postcode>[0-9]{5})\s+(?P<town>.+)")
_CEDEX: Final = re.compile(r"\s+CEDEX(?:\s+[0-9]+)?$", re.IGNORECASE)
_NUMBER: Final = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{7}")
_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SAMPLE: Final = 1_000_000


class Encoding(StrEnum):
    """How the bytes of the file are letters."""

    UTF8 = "utf-8-sig"
    LATIN1 = "latin-1"

    @property
    def label(self) -> str:
        return {self.UTF8: "UTF-8", self.LATIN1: "Latin-1"}[self]


@dataclass(frozen=True, slots=True)
class Shape:
    """What was recognised of a file: letters, separator, and the column of each place. ``headed``: it has titles."""

    encoding: Encoding
    separator: str
    columns: tuple[str, ...]
    headed: bool

    @property
    def sentence(self) -> str:
        """« Fichier FINESS historique, Latin-1, points-virgules, sans titres »."""
        separator = {";": "points-virgules", ",": "virgules", "\t": "tabulations"}[self.separator]
        name, titles = ("variante du fichier FINESS", "avec titres") if self.headed else (
            "fichier FINESS historique", "sans titres")  # fmt: skip
        return f"{name}, {self.encoding.label}, {separator}, {titles}"


@dataclass(frozen=True, slots=True)
class Site:
    """One establishment of the file. ``warning`` says what is doubtful in a line that is taken all the same."""

    line: int
    finess_et: str
    finess_ej: str
    siret: str
    name: str
    category: str
    category_label: str
    address: str
    postcode: str
    commune: str
    department: str
    phone: str
    naf: str
    opened_on: date | None
    warning: str = ""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A line that is not taken: its number, what it begins with, why; ``finess_et`` when it can still be read."""

    line: int
    text: str
    reason: str
    finess_et: str = ""


class NotFiness(DomainError):
    """The file is not one of the known shapes; the message says what was looked for."""


def recognise(head: bytes, *, utf8: bool) -> Shape:
    """The shape of a file from its first bytes (a million at most is enough). ``utf8``: the whole file is valid UTF-8.

    Raises :class:`NotFiness` when it is neither the historic file nor a variant with the columns that are needed.
    """
    encoding = Encoding.UTF8 if utf8 else Encoding.LATIN1
    lines = [one for one in head[:_SAMPLE].decode(encoding, errors="replace").splitlines() if one.strip()]
    if not lines:
        raise NotFiness("Le fichier est vide. Rien n’a été importé.", code="file_empty")
    separator = max(";\t,", key=lines[0].count)
    titles = tuple(fold(title).replace(" ", "") for title in lines[0].split(separator))
    missing = [name for name in NEEDED if name not in titles]
    if not missing:
        return Shape(encoding, separator, titles, headed=True)
    for line in lines[:50]:
        for mark in ";\t,":
            if line.split(mark, 1)[0].strip('" ') == RECORD:
                return Shape(encoding, mark, COLUMNS, headed=False)
    raise NotFiness(
        typeset(
            "Ce n'est pas un fichier FINESS des établissements : ses lignes ne commencent pas par « structureet » "
            f"et il lui manque {enumerate_in_words([quoted(name) for name in missing])} parmi ses titres. "
            "Rien n'a été importé."
        ),
        code="missing_columns",
    )


def read_sites(lines: Iterable[str], shape: Shape) -> Iterator[Site | SetAside]:
    """Each establishment of the file, or the line set aside with its reason. A FINESS number comes once.

    Several sites may share one SIRET, as the directory of FINESS does: the second one is taken with a warning.
    """
    places = {name: index for index, name in enumerate(shape.columns)}
    width, separator = len(shape.columns), shape.separator
    first_lines: dict[str, int] = {}
    first_sites: dict[str, str] = {}
    records = enumerate(lines, start=1)
    if shape.headed:
        next(records, None)
    for number, text in records:
        line = text.rstrip("\r\n")
        kind = RECORD if shape.headed else line.split(separator, 1)[0].strip('" ')
        if not line.strip() or kind in OTHER_RECORDS:
            continue
        try:
            if kind != RECORD:
                raise BadIdentifier(f"Enregistrement inconnu : {quoted(kind)}.")
            cells = _cells(line, separator, width)
            site = _site(number, {name: cells[index] for name, index in places.items()})
            first = first_lines.setdefault(site.finess_et, number)
            if first != number:
                raise BadIdentifier(f"Le numéro FINESS {site.finess_et} est déjà à la ligne {first}.")
        except DomainError as error:
            yield SetAside(number, line[:120], error.message, _glimpse(line))
            continue
        other = first_sites.setdefault(site.siret, site.finess_et) if site.siret else site.finess_et
        yield (
            site
            if other == site.finess_et
            else _doubtful(site, f"Le SIRET {site.siret} est aussi celui du FINESS {other}.")
        )


def _cells(line: str, separator: str, width: int) -> list[str]:
    if '"' in line:
        try:
            cells = next(csv.reader([line], delimiter=separator, strict=True))
        except csv.Error:
            raise BadIdentifier("Un guillemet est ouvert et n'est pas refermé, ou mal placé.") from None
    else:
        cells = line.split(separator)
    if len(cells) != width:
        told = "Une virgule sans guillemets, peut-être ?" if separator == "," and len(cells) > width else ""
        raise BadIdentifier(f"{len(cells)} colonnes au lieu de {width}. {told}".strip())
    return cells


def _site(number: int, said: Mapping[str, str]) -> Site:
    if _FORBIDDEN.search("".join(said.values())):
        raise BadIdentifier("La ligne contient un caractère interdit.")
    finess = parse_finess(said["nofinesset"])
    name = (said.get("rslongue", "").strip() or said["rs"].strip())[:200]
    if not name:
        raise BadIdentifier("La raison sociale manque.")
    siret, legal = said.get("siret", "").strip(), said.get("nofinessej", "").strip()
    delivery = _DELIVERY.match(said.get("ligneacheminement", "").strip())
    site = Site(
        line=number,
        finess_et=finess,
        finess_ej=parse_finess(legal) if legal else "",
        siret=parse_siret(siret) if siret else "",
        name=name,
        category=said.get("categetab", "").strip()[:4],
        category_label=said.get("libcategetab", "").strip()[:80],
        address=_address(said),
        postcode=delivery["postcode"] if delivery else "",
        commune=_CEDEX.sub("", delivery["town"]).strip()[:80] if delivery else "",
        department=_department(said["departement"].strip()),
        phone=said.get("telephone", "").strip()[:20],
        naf=said.get("codeape", "").strip()[:6],
        opened_on=_day(said.get("dateouv", "").strip()),
    )
    doubtful = finess.isdigit() and not finess_key_holds(finess)
    return (
        _doubtful(site, f"La clé du numéro FINESS {finess} est fausse : un chiffre est à vérifier.")
        if doubtful
        else site
    )


def _doubtful(site: Site, warning: str) -> Site:
    told = f"{site.warning} {typeset(warning)}".strip()
    return Site(**{name: getattr(site, name) for name in Site.__slots__} | {"warning": told})


def _address(said: Mapping[str, str]) -> str:
    parts = (said.get(name, "").strip() for name in ("numvoie", "compvoie", "typvoie", "voie", "lieuditbp"))
    return " ".join(part for part in parts if part)[:200]


def _department(code: str) -> str:
    """« 9A » is 971: the file has two characters where the official code has three."""
    return _OVERSEAS.get(code.upper(), code.upper())[:3]


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text) if _ISO.fullmatch(text) else None
    except ValueError:
        raise BadIdentifier(f"{quoted(text)} n'est pas une date d'ouverture.") from None


def _glimpse(line: str) -> str:
    """A FINESS number in a line set aside: its establishment has not disappeared."""
    found = _NUMBER.search(line)
    return found[0] if found else ""
