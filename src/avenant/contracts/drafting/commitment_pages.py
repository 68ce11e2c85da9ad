"""The commitments of a contract as a list: one line for each party that owes one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from avenant.contracts.drafting.models import Clause, ClauseTag, ContractParty, Framework, Provision
from avenant.contracts.drafting.text_pages import RECURRENCES, Text, party_name
from avenant.domain.contracts import ClauseKind
from avenant.references.contract_texts import Nature

NATURES: Final = {Nature.FIRM.value: "ferme", Nature.OPTIONAL.value: "mobilisable"}


@dataclass(frozen=True, slots=True)
class CommitmentLine:
    """What one party owes: the commitment, its article, its category in words, the frameworks that it serves."""

    clause: Clause
    party: ContractParty
    article: Clause
    category: str
    frameworks: tuple[Framework, ...]
    rank: int

    @property
    def nature(self) -> str:
        return NATURES[self.clause.details["nature"]]

    @property
    def recurrence(self) -> str:
        return RECURRENCES[self.clause.details["recurrence"]]

    @property
    def due(self) -> str:
        """When, in the words of the text; empty when it does not say."""
        return str(self.clause.details.get("due_rule") or "")

    @property
    def party_name(self) -> str:
        return party_name(self.party)

    @property
    def article_name(self) -> str:
        return self.article.number or self.article.heading or self.article.get_kind_display()

    @property
    def shared_with(self) -> int:
        return len(self.clause.details["parties"])


def commitment_lines(text: Text, provisions: Iterable[Provision], tags: Iterable[ClauseTag]) -> list[CommitmentLine]:
    """A line for each party and commitment, in the order of the text."""
    categories = {one.key: one.content["label"] for one in provisions if one.kind == Provision.Kind.CATEGORY}
    served: dict[str, list[str]] = {}
    for tag in tags:
        if tag.family == ClauseTag.Family.FRAMEWORK:
            served.setdefault(tag.clause_key, []).append(tag.code)
    known = Framework.objects.in_bulk({code for codes in served.values() for code in codes})
    order = {one.key: rank for rank, one in enumerate(text.clauses)}
    return [
        CommitmentLine(
            one,
            text.parties[organisation],
            text.article_of(one),
            categories.get(one.details["category"], one.details["category"]),
            tuple(known[code] for code in served.get(one.key, ()) if code in known),
            order[one.key],
        )
        for one in text.of_kind(ClauseKind.COMMITMENT)
        for organisation in one.details["parties"]
        if organisation in text.parties
    ]
