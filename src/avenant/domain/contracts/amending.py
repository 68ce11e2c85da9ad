"""What an amendment does to a text: clause by clause, and what two amendments do to the same clause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from avenant.domain.contracts.text import Clause, ClauseKind, in_text_order

LAPSED = "lapsed"
"""The status, in the details of a commitment, of one that has lost its object (caduc)."""


class Verb(StrEnum):
    """What is done to one clause."""

    REWRITE = "rewrite"
    ADD = "add"
    REMOVE = "remove"
    LAPSE = "lapse"

    @property
    def label(self) -> str:
        return {
            self.REWRITE: "remplacer le texte",
            self.ADD: "ajouter une clause",
            self.REMOVE: "supprimer la clause",
            self.LAPSE: "rendre caducs les engagements liés",
        }[self]


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """One change: the clause as it reads afterwards; for a removal or a lapse only its key counts."""

    verb: Verb
    clause: Clause


def within(clauses: Iterable[Clause], key: str) -> frozenset[str]:
    """The keys of a clause and of all that stands under it."""
    found = {key}
    for one in in_text_order(clauses):
        if one.parent in found:
            found.add(one.key)
    return frozenset(found)


def changed_versions(clauses: Iterable[Clause], changes: Iterable[ClauseChange]) -> Mapping[str, Clause | None]:
    """What each clause concerned becomes: its new version, or None once it is removed. Others are left out.

    A removed clause takes all that stands under it; a lapse concerns the commitments under its clause.
    """
    every = {one.key: one for one in clauses}
    after: dict[str, Clause | None] = {}
    for change in changes:
        key = change.clause.key
        match change.verb:
            case Verb.ADD:
                after[key] = change.clause
            case Verb.REWRITE:
                old = every[key]
                after[key] = replace(
                    old, number=change.clause.number, heading=change.clause.heading, body=change.clause.body
                )
            case Verb.REMOVE:
                after |= dict.fromkeys(within(every.values(), key))
            case Verb.LAPSE:
                for one in within(every.values(), key) & every.keys():
                    if every[one].kind is ClauseKind.COMMITMENT:
                        after[one] = replace(every[one], details={**every[one].details, "status": LAPSED})
    return after


def amended(clauses: Iterable[Clause], changes: Iterable[ClauseChange]) -> tuple[Clause, ...]:
    """The text after the changes, in order."""
    rows = list(clauses)
    after = changed_versions(rows, changes)
    kept = {one.key: one for one in rows} | {key: one for key, one in after.items() if one is not None}
    gone = {key for key, one in after.items() if one is None}
    return in_text_order(one for key, one in kept.items() if key not in gone)


def clashing(clauses: Iterable[Clause], mine: Iterable[ClauseChange], others: Iterable[ClauseChange]) -> frozenset[str]:
    """The keys of the clauses that two amendments both touch, itself or through the clause in which it stands."""
    rows = list(clauses)

    def touched(changes: Iterable[ClauseChange]) -> frozenset[str]:
        found: set[str] = set()
        for one in changes:
            whole = one.verb in (Verb.REMOVE, Verb.LAPSE)
            found |= within(rows, one.clause.key) if whole else {one.clause.key}
        return frozenset(found)

    return touched(mine) & touched(others)
