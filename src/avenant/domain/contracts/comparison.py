"""What differs between two states of a contract's text, clause by clause and word by word."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, Final

from avenant.domain.contracts.text import Clause, LegalText, Party, Promise, in_text_order
from avenant.domain.french import format_date

_WORDS: Final = re.compile(r"\s+|[\w’'-]+|[^\w\s]")


class Mark(StrEnum):
    """What became of some words."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words in a row that share one mark."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a clause, or of the head, that changed, as words kept, removed and added."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One clause in its two states, with what differs."""

    old: Clause
    new: Clause
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A clause that reads elsewhere: under another parent, or before or after another of its brothers."""

    old: Clause
    new: Clause


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs from one text to another, in the order of the text."""

    head: tuple[Difference, ...]
    added: tuple[Clause, ...]
    removed: tuple[Clause, ...]
    changed: tuple[Change, ...]
    moved: tuple[Move, ...]

    @property
    def empty(self) -> bool:
        return not (self.head or self.added or self.removed or self.changed or self.moved)

    @property
    def sentence(self) -> str:
        """« 2 clauses ajoutées, 1 modifiée »; « Les deux textes sont identiques. »"""
        counts = (
            (len(self.added), "ajoutée"),
            (len(self.removed), "retirée"),
            (len(self.changed), "modifiée"),
            (len(self.moved), "déplacée"),
        )
        said = [
            f"{count} {f'clause{_s(count)} ' if not rank else ''}{word}{_s(count)}"
            for rank, (count, word) in enumerate((count, word) for count, word in counts if count)
        ]
        if self.head:
            said.append("en-tête modifié")
        return ", ".join(said) if said else "Les deux textes sont identiques."


def compare(old: LegalText, new: LegalText) -> Comparison:
    """What ``new`` changes of ``old``. Clauses are the same by their key."""
    before = {one.key: one for one in old.clauses}
    after = {one.key: one for one in new.clauses}
    read_before, read_after = in_text_order(old.clauses), in_text_order(new.clauses)
    both = [(before[one.key], one) for one in read_after if one.key in before]
    found = ((one, other, differences_of(one, other)) for one, other in both)
    moved = _moved(read_before, read_after)
    return Comparison(
        head=_head(old, new),
        added=tuple(one for one in read_after if one.key not in before),
        removed=tuple(one for one in read_before if one.key not in after),
        changed=tuple(Change(one, other, said) for one, other, said in found if said),
        moved=tuple(Move(one, other) for one, other in both if other.key in moved),
    )


def only(found: Comparison, what: str) -> Comparison:
    """Of a comparison, the clauses ``added``, ``removed`` or ``changed`` alone; anything else keeps it whole."""
    if what not in ("added", "removed", "changed"):
        return found
    return Comparison(
        head=found.head if what == "changed" else (),
        added=found.added if what == "added" else (),
        removed=found.removed if what == "removed" else (),
        changed=found.changed if what == "changed" else (),
        moved=(),
    )


def differences_of(old: Clause, new: Clause) -> tuple[Difference, ...]:
    """The fields of one clause that differ; where it stands in the text is not one of them."""
    fields = [
        ("nature", old.kind.label, new.kind.label),
        ("numéro", old.number, new.number),
        ("intitulé", old.heading, new.heading),
        ("texte", old.body, new.body),
    ]
    names = list(dict.fromkeys([*old.details, *new.details]))
    fields += [
        (DETAILS.get(name, name), in_words(old.details.get(name)), in_words(new.details.get(name))) for name in names
    ]
    return tuple(Difference(label, words(one, other)) for label, one, other in fields if one != other)


def words(old: str, new: str) -> tuple[Piece, ...]:
    """The words kept, removed and added from one sentence to another; joined without the added ones they give ``old``.

    Equal stretches of mere spaces between two changes are taken into the change: it reads as one.
    """
    one, other = _WORDS.findall(old), _WORDS.findall(new)
    pieces: list[Piece] = []
    for tag, start, end, from_, to in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(Mark.KEPT, "".join(one[start:end])))
            continue
        if start < end:
            pieces.append(Piece(Mark.REMOVED, "".join(one[start:end])))
        if from_ < to:
            pieces.append(Piece(Mark.ADDED, "".join(other[from_:to])))
    return tuple(_joined(pieces))


def _joined(pieces: Sequence[Piece]) -> Iterable[Piece]:
    """Runs of changes apart by spaces only become one removal then one addition."""
    removed = added = ""
    for rank, one in enumerate(pieces):
        between = one.mark is Mark.KEPT and not one.text.strip() and (removed or added) and rank + 1 < len(pieces)
        if one.mark is not Mark.KEPT or between:
            removed += one.text if one.mark is not Mark.ADDED else ""
            added += one.text if one.mark is not Mark.REMOVED else ""
            continue
        yield from _change(removed, added)
        removed = added = ""
        yield one
    yield from _change(removed, added)


def _change(removed: str, added: str) -> Iterable[Piece]:
    if removed:
        yield Piece(Mark.REMOVED, removed)
    if added:
        yield Piece(Mark.ADDED, added)


def _moved(before: Sequence[Clause], after: Sequence[Clause]) -> frozenset[str]:
    """The keys that read elsewhere: another parent, or out of the longest run of brothers that kept their order."""
    former = {one.key: (one.parent, rank) for rank, one in enumerate(before)}
    moved = {one.key for one in after if one.key in former and former[one.key][0] != one.parent}
    brothers: dict[str, list[str]] = {}
    for one in after:
        if one.key in former and one.key not in moved:
            brothers.setdefault(one.parent, []).append(one.key)
    for keys in brothers.values():
        kept = _longest_rise([former[key][1] for key in keys])
        moved |= {key for rank, key in enumerate(keys) if rank not in kept}
    return frozenset(moved)


def _longest_rise(ranks: Sequence[int]) -> frozenset[int]:
    """The indexes of one longest increasing subsequence (patience sorting)."""
    tops: list[int] = []
    at_top: list[int] = []
    previous: list[int] = []
    for index, rank in enumerate(ranks):
        pile = bisect_left(tops, rank)
        previous.append(at_top[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [rank]
        at_top[pile : pile + 1] = [index]
    kept: set[int] = set()
    here = at_top[-1] if at_top else -1
    while here >= 0:
        kept.add(here)
        here = previous[here]
    return frozenset(kept)


def _head(old: LegalText, new: LegalText) -> tuple[Difference, ...]:
    fields = [("titre", old.title, new.title), ("durée", _term(old), _term(new))]
    fields += _named("partie", {one.key: _designation(one) for one in old.parties},
                     {one.key: _designation(one) for one in new.parties})  # fmt: skip
    fields += _named("indicateur promis", {one.code: _promise(one) for one in old.promises},
                     {one.code: _promise(one) for one in new.promises})  # fmt: skip
    fields += _named("annexe", {one.key: f"{one.number} {one.title} {one.sha256[:12]}".strip() for one in old.annexes},
                     {one.key: f"{one.number} {one.title} {one.sha256[:12]}".strip() for one in new.annexes})  # fmt: skip
    return tuple(Difference(label, words(one, other)) for label, one, other in fields if one != other)


def _named(label: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [(label, old.get(key, ""), new.get(key, "")) for key in dict.fromkeys([*old, *new])]


def _term(text: LegalText) -> str:
    if not (text.starts_on and text.ends_on):
        return ""
    return f"du {format_date(text.starts_on)} au {format_date(text.ends_on)}"


def _designation(party: Party) -> str:
    said = (party.name, party.role, party.nature, party.seat, party.undertaking, party.framework, party.capacity)
    return ", ".join(one for one in said if one)


def _promise(one: Promise) -> str:
    targets = ", ".join(f"{year}\u202f: {aim}" for year, aim in sorted(one.targets.items()))
    return f"{one.code}, version {one.version}, {one.first_year}-{one.last_year}{f' ({targets})' if targets else ''}"


def in_words(value: Any) -> str:
    """A detail as a reader sees it: a list one item a line, pairs with their name."""
    match value:
        case None:
            return ""
        case bool():
            return "oui" if value else "non"
        case list() | tuple():
            return "\n".join(in_words(one) for one in value)
        case Mapping():
            return ", ".join(f"{name}\u202f: {in_words(inner)}" for name, inner in value.items())
        case _:
            return str(value)


def _s(count: int) -> str:
    return "s" if count > 1 else ""


DETAILS: Final[dict[str, str]] = {}
"""The French name of each detail, filled with those that the references use."""
