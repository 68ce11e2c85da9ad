"""The legal text of a contract: what is signed, hashed, in force from a day to another.

Correspondents, mailboxes, calendars, notes and tags are not the text: nothing here knows them.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any


class ClauseKind(StrEnum):
    """What a clause is in the text."""

    PREAMBLE = "preamble"
    PART = "part"
    ARTICLE = "article"
    SECTION = "section"
    PROVISION = "provision"
    STRAND = "strand"
    SHEET = "sheet"
    ACTION = "action"
    OBJECTIVE = "objective"
    ORIENTATION = "orientation"
    COMMITMENT = "commitment"
    TABLE = "table"
    ANNEX = "annex"
    SIGNATURE = "signature"

    @property
    def label(self) -> str:
        return {
            self.PREAMBLE: "préambule",
            self.PART: "titre",
            self.ARTICLE: "article",
            self.SECTION: "section",
            self.PROVISION: "alinéa",
            self.STRAND: "volet",
            self.SHEET: "fiche action",
            self.ACTION: "action",
            self.OBJECTIVE: "objectif",
            self.ORIENTATION: "orientation",
            self.COMMITMENT: "engagement",
            self.TABLE: "tableau",
            self.ANNEX: "annexe",
            self.SIGNATURE: "signature",
        }[self]


@dataclass(frozen=True, slots=True)
class Clause:
    """One piece of the text. ``number`` is as printed, ``position`` its rank among the clauses of ``parent``.

    ``details`` are the fields proper to its kind, as plain JSON: the party and nature of a commitment, the means of an
    action sheet, the rows of a table.
    """

    key: str
    kind: ClauseKind
    number: str = ""
    heading: str = ""
    body: str = ""
    parent: str = ""
    position: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Party:
    """A party as the text designates it. ``capacity`` is its representative's: it binds that party's signature alone."""

    key: str
    name: str
    role: str
    nature: str = ""
    seat: str = ""
    undertaking: str = ""
    framework: str = ""
    capacity: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """A definition that the contract promises to measure: which version, for which years, with which targets."""

    code: str
    version: int
    first_year: int
    last_year: int
    targets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Annex:
    """A piece joined to the text; ``sha256`` is empty while the file itself is missing."""

    key: str
    number: str
    title: str
    cited_by: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class LegalText:
    """What the parties sign."""

    title: str
    parties: tuple[Party, ...]
    clauses: tuple[Clause, ...]
    promises: tuple[Promise, ...] = ()
    annexes: tuple[Annex, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None

    def canonical(self) -> dict[str, Any]:
        """The text as plain JSON, whatever the order of the rows: clauses in text order, the rest by key.

        The capacities of the representatives are left out: see :meth:`fingerprint_for`.
        """
        return {
            "title": self.title,
            "term": [day.isoformat() if day else None for day in (self.starts_on, self.ends_on)],
            "parties": [_party(one) for one in sorted(self.parties, key=lambda one: one.key)],
            "clauses": [_clause(one) for one in in_text_order(self.clauses)],
            "promises": [
                [one.code, one.version, one.first_year, one.last_year, dict(one.targets)]
                for one in sorted(self.promises, key=lambda one: (one.code, one.version, one.first_year))
            ],
            "annexes": [
                [one.key, one.number, one.title, one.cited_by, one.sha256]
                for one in sorted(self.annexes, key=lambda one: one.key)
            ],
        }

    def kept(self) -> dict[str, Any]:
        """The text as it is frozen for its signature: :meth:`canonical`, with who represents each party."""
        return {**self.canonical(), "capacities": {one.key: one.capacity for one in self.parties}}

    @classmethod
    def from_kept(cls, content: Mapping[str, Any]) -> LegalText:
        """The text that :meth:`kept` gave, with the same fingerprints."""
        first, last = (date.fromisoformat(day) if day else None for day in content["term"])
        capacities = content["capacities"]
        return cls(
            title=content["title"],
            parties=tuple(replace(Party(*one[:7]), capacity=capacities.get(one[0], "")) for one in content["parties"]),
            clauses=tuple(
                Clause(key, ClauseKind(kind), number, heading, body, parent, rank, details)
                for rank, (key, kind, number, heading, body, parent, details) in enumerate(content["clauses"])
            ),
            promises=tuple(Promise(*one) for one in content["promises"]),
            annexes=tuple(Annex(*one) for one in content["annexes"]),
            starts_on=first,
            ends_on=last,
        )

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hexadecimal) of the canonical text: what all the parties agree on."""
        return _hash(self.canonical())

    def fingerprint_for(self, party: str) -> str:
        """What the party of key ``party`` signs: the text, and the capacity of its own representative.

        Changing a representative before signature therefore asks that party again and no other. KeyError for a
        stranger.
        """
        capacities = {one.key: one.capacity for one in self.parties}
        return _hash({"text": self.fingerprint, "party": party, "capacity": capacities[party]})

    def clause(self, key: str) -> Clause:
        """The clause of a key; KeyError when the text has none."""
        for one in self.clauses:
            if one.key == key:
                return one
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Version:
    """A clause in force from ``start`` included to ``end`` excluded; None is the beginning, or no end, of the contract."""

    clause: Clause
    start: date | None = None
    end: date | None = None

    def covers(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


def fingerprint_of(clause: Clause) -> str:
    """SHA-256 of one clause as it is read, wherever it stands: what a form was filled against."""
    return _hash(_clause(clause))


def at(versions: Iterable[Version], day: date) -> tuple[Clause, ...]:
    """The clauses in force on ``day``, in text order. Of two versions of one key, the one that began last stands."""
    standing: dict[str, Version] = {}
    for one in versions:
        if not one.covers(day):
            continue
        other = standing.get(one.clause.key)
        if other is None or (one.start or date.min) > (other.start or date.min):
            standing[one.clause.key] = one
    return in_text_order(one.clause for one in standing.values())


def in_text_order(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """The clauses as one reads them: each before its own, brothers by position then key.

    A clause whose parent is not among them is read at the top level, so that none is ever lost.
    """
    every = {one.key: one for one in clauses}
    children: dict[str, list[Clause]] = {}
    for one in every.values():
        children.setdefault(one.parent if one.parent in every else "", []).append(one)
    for brothers in children.values():
        brothers.sort(key=lambda one: (one.position, one.key))
    read: dict[str, Clause] = {}

    def walk(parent: str) -> Iterator[Clause]:
        for one in children.get(parent, ()):
            if one.key not in read:
                read[one.key] = one
                yield one
                yield from walk(one.key)

    ordered = list(walk(""))
    # A loop of parents is a fault of the data: its clauses come last rather than vanish.
    ordered += [one for key, one in sorted(every.items()) if key not in read]
    return tuple(ordered)


def _clause(one: Clause) -> list[Any]:
    return [one.key, one.kind.value, one.number, one.heading, one.body, one.parent, one.details]


def _party(one: Party) -> list[Any]:
    return [one.key, one.name, one.role, one.nature, one.seat, one.undertaking, one.framework]


def _hash(content: object) -> str:
    written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(unicodedata.normalize("NFC", written).encode()).hexdigest()
