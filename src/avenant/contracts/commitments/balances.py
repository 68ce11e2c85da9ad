"""The balance of a year (bilan des engagements): by party, firm and optional counted apart, and what it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from avenant.contracts.commitments.models import PartyYear, Proof
from avenant.contracts.commitments.selectors import RegisterLine
from avenant.contracts.drafting.models import ContractParty
from avenant.contracts.drafting.text_pages import party_name
from avenant.domain.contracts.keeping import Reading, Status, statuses
from avenant.domain.french import format_date

LAPSED: Final = "lapsed"
COLUMNS: Final = {
    firm: (*((status.value, word) for status, word in statuses(firm=firm).items()), (LAPSED, "caduc"))
    for firm in (True, False)
}
"""What a line is counted under, with its words: the firm ones, and the means that may be mobilised."""


@dataclass(slots=True)
class PartyBalance:
    """What one party owes and did: its firm commitments and its means, never added up."""

    party: ContractParty
    comment: str = ""
    firm: dict[str, int] = field(default_factory=lambda: dict.fromkeys((key for key, _ in COLUMNS[True]), 0))
    optional: dict[str, int] = field(default_factory=lambda: dict.fromkeys((key for key, _ in COLUMNS[False]), 0))
    unanswered: int = 0

    @property
    def name(self) -> str:
        return party_name(self.party)

    @property
    def firm_total(self) -> int:
        return sum(self.firm.values())

    @property
    def optional_total(self) -> int:
        return sum(self.optional.values())


def balances_of(lines: Iterable[RegisterLine], years: Iterable[PartyYear]) -> list[PartyBalance]:
    """By party, in the order of the contract. A firm line that nobody answered for is counted « à venir », and told."""
    comments = {one.party_id: one.comment for one in years}
    found: dict[int, PartyBalance] = {}
    for one in lines:
        party = one.said.party
        mine = found.setdefault(party.pk, PartyBalance(party, comments.get(party.pk, "")))
        (mine.firm if one.firm else mine.optional)[group_of(one)] += 1
        mine.unanswered += one.reading is Reading.UNANSWERED
    return sorted(found.values(), key=lambda one: (one.party.position, one.party.pk))


def group_of(line: Counted) -> str:
    """The column of a line: evidence of a means is enough to count it as mobilised."""
    if not line.firm and line.reading is Reading.SHOWN:
        return Status.HELD.value
    return line.group


def proof_words(proof: Proof) -> str:
    """« Convention de partenariat, 1er mai 2025, 25 professionnels »."""
    parts = [proof.title, format_date(proof.on) if proof.on else "", proof.amount]
    return ", ".join(one for one in parts if one)


class Counted(Protocol):
    """What counting needs of a line, whole or brief."""

    @property
    def article_name(self) -> str: ...
    @property
    def firm(self) -> bool: ...
    @property
    def reading(self) -> Reading: ...
    @property
    def state(self) -> str: ...
    @property
    def group(self) -> str: ...


def counts_by_article(lines: Iterable[Counted]) -> dict[str, str]:
    """By the number of an article, what its commitments are: « 6 engagements fermes, dont 2 tenus ; 3 mobilisables »."""
    grouped: dict[str, list[Counted]] = {}
    for one in lines:
        grouped.setdefault(one.article_name.casefold(), []).append(one)
    return {name: word_counts(rows) for name, rows in grouped.items()}


def word_counts(lines: Sequence[Counted]) -> str:
    """The firm ones by status, then the means, in one sentence."""
    firm = [one for one in lines if one.firm]
    optional = [one for one in lines if not one.firm]
    told = []
    if firm:
        states: dict[str, int] = {}
        for one in firm:
            states[one.state] = states.get(one.state, 0) + 1
        detail = ", ".join(f"{count} {word}" for word, count in states.items())
        told.append(
            f"{len(firm)} engagement{'s' if len(firm) > 1 else ''} ferme{'s' if len(firm) > 1 else ''} ({detail})"
        )
    if optional:
        used = sum(group_of(one) == Status.HELD.value for one in optional)
        plural = "s" if len(optional) > 1 else ""
        told.append(f"{len(optional)} moyen{plural} mobilisable{plural}, dont {used} mobilisé{'s' if used > 1 else ''}")
    return "\u202f; ".join(told) if told else "aucun engagement"


def content_of(lines: Sequence[RegisterLine], balances: Sequence[PartyBalance]) -> dict[str, Any]:
    """What is frozen: the table, the comments of the parties, and each line with its evidence."""
    return {
        "parties": [
            {
                "name": one.name,
                "comment": one.comment,
                "firm": one.firm,
                "optional": one.optional,
                "unanswered": one.unanswered,
            }
            for one in balances
        ],
        "lines": [
            {
                "party": one.said.party_name,
                "commitment": one.said.clause.heading,
                "article": one.said.article_name,
                "nature": one.said.nature,
                "due": one.due,
                "state": one.state,
                "comment": one.comment,
                "proofs": [proof_words(proof) for proof in one.proofs],
            }
            for one in lines
        ],
    }
