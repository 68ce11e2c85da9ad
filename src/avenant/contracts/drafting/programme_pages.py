"""What the pages of a contract's programme show: strands and sheets, and what each purpose, plan or nature is served by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from avenant.contracts.drafting.models import Clause, ClauseTag, ContractFramework, Contribution, Provision
from avenant.contracts.drafting.text_pages import ACTIONS, RECURRENCES, Node, Text
from avenant.domain.contracts import ClauseKind
from avenant.domain.contracts.actions import ACTION_NATURES, SERVICE_ROLES
from avenant.references.contract_texts import load_purposes

EUROS: Final = frozenset({"€", "euro", "euros", "EUR"})


@dataclass(frozen=True, slots=True)
class SheetView:
    """An action sheet, an action or an objective: what it says of who does what, for whom, when."""

    clause: Clause
    strand: str
    pilot: str
    partners: tuple[str, ...]
    purposes: tuple[str, ...]
    levels: tuple[str, ...]
    inner: tuple[Clause, ...]

    @property
    def said(self) -> dict[str, Any]:
        details: dict[str, Any] = self.clause.details
        return details

    @property
    def optional(self) -> bool:
        return bool(self.clause.details.get("nature") == "optional")

    @property
    def recurrence(self) -> str:
        return RECURRENCES.get(self.clause.details.get("recurrence", ""), "")

    @property
    def missing(self) -> str:
        """Why its content is not known; empty when it is."""
        return str(self.clause.details.get("missing", ""))


@dataclass(frozen=True, slots=True)
class StrandView:
    """A strand: its own text, then its cards (sheets, or actions without a sheet), in the order of the text."""

    clause: Clause
    optional: bool
    words: list[Node]
    cards: list[SheetView]


def programme(text: Text, tags: Iterable[ClauseTag]) -> list[StrandView]:
    """The strands with their cards."""
    views = {one.clause.key: one for one in sheet_views(text, tags)}
    found = []
    for one in text.of_kind(ClauseKind.STRAND):
        nodes = [node for node in text.within(one.key) if node.table is None]
        cards = [views[node.clause.key] for node in nodes if text.is_a_card(node.clause)]
        words = [node for node in nodes if not text.is_in_a_card(node.clause)]
        found.append(StrandView(one, one.details.get("mandatory") is False, words, cards))
    return found


def sheet_views(text: Text, tags: Iterable[ClauseTag]) -> list[SheetView]:
    """Every action sheet, action and objective of the programme."""
    purposes, levels = _codes(tags, ClauseTag.Family.PURPOSE), _codes(tags, ClauseTag.Family.LEVEL)
    labels = {key: one.label for key, one in load_purposes().items()}
    return [
        SheetView(
            one,
            next((str(above) for above in text.above(one) if above.kind == ClauseKind.STRAND), ""),
            text.short_name(one.details["pilot"]) if one.details.get("pilot") else "",
            tuple(text.short_name(partner) for partner in one.details.get("partners", ())),
            tuple(labels.get(code, code) for code in purposes.get(one.key, ())),
            tuple(levels.get(one.key, ())),
            tuple(inner for inner in text.of_kind(*ACTIONS) if inner.parent_key == one.key),
        )
        for one in text.of_kind(*ACTIONS)
        if text.is_in_a_strand(one)
    ]


def _codes(tags: Iterable[ClauseTag], family: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in tags:
        if one.family == family:
            found.setdefault(one.clause_key, []).append(one.code)
    return found


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """A purpose, a framework or an orientation, and the actions that serve it: none is a gap."""

    code: str
    label: str
    wording: str
    actions: list[Clause]
    sheets: frozenset[str] = frozenset()
    applicable: bool = True

    @property
    def places(self) -> list[tuple[Clause, bool]]:
        """Each clause that serves it, and whether it has a page of its own."""
        return [(one, one.key in self.sheets) for one in self.actions]


def coverage(text: Text, tags: Iterable[ClauseTag], provisions: Iterable[Provision]) -> list[CoverageLine]:
    """The purposes of article D4622-45 that this contract lists, in its order, with what serves each (S1-II-02).

    The purposes of the shared list that it does not take over come last, marked so: they are no gap.
    """
    listed = [one for one in provisions if one.kind == Provision.Kind.PURPOSE]
    serving = _serving(text, tags, ClauseTag.Family.PURPOSE)
    shared = load_purposes()
    lines = [
        CoverageLine(
            one.key,
            shared[one.key].label if one.key in shared else one.key,
            one.content.get("wording", ""),
            serving.get(one.key, []),
            text.sheets,
        )
        for one in listed
    ]
    if not lines:
        return []
    mine = {one.code for one in lines}
    return lines + [
        CoverageLine(key, one.label, "", [], applicable=False) for key, one in shared.items() if key not in mine
    ]


def orientation_coverage(text: Text, tags: Iterable[ClauseTag]) -> list[CoverageLine]:
    """The orientations that the text lists, with the actions tagged with each."""
    serving = _serving(text, tags, ClauseTag.Family.ORIENTATION)
    return [
        CoverageLine(one.key, str(one), one.body, serving.get(one.key, []), text.sheets)
        for one in text.of_kind(ClauseKind.ORIENTATION)
    ]


@dataclass(frozen=True, slots=True)
class NatureLine:
    """The actions of one nature, and what the parties bring to them in euros; one action may have both natures."""

    label: str
    actions: list[Clause]
    amount: Decimal


def natures(
    text: Text, tags: Iterable[ClauseTag], contributions: Iterable[Contribution]
) -> tuple[list[NatureLine], Decimal]:
    """A line for each nature, then the total of the actions that have one: each counted once (S0-P-03)."""
    serving = _serving(text, tags, ClauseTag.Family.NATURE)
    euros: dict[str, Decimal] = {}
    for one in contributions:
        if one.quantity is not None and one.unit.strip() in EUROS:
            euros[one.clause_key] = euros.get(one.clause_key, Decimal(0)) + one.quantity
    lines = [
        NatureLine(label, serving.get(code, []), _sum(euros, serving.get(code, [])))
        for code, label in ACTION_NATURES.items()
    ]
    both = {one.key: one for line in lines for one in line.actions}
    return lines, _sum(euros, both.values())


READINGS: Final = {
    ClauseTag.Family.NATURE: ("natures", ACTION_NATURES),
    ClauseTag.Family.ROLE: ("roles", SERVICE_ROLES),
    ClauseTag.Family.FRAMEWORK: ("frameworks", {}),
}


def reading_of(tags: Iterable[ClauseTag], clause_key: str) -> dict[str, list[str]]:
    """How the parties read an action, as its form starts."""
    found: dict[str, list[str]] = {name: [] for name, _ in READINGS.values()}
    for one in tags:
        if one.clause_key == clause_key and one.family in READINGS:
            found[READINGS[ClauseTag.Family(one.family)][0]].append(one.code)
    return found


def reading_words(tags: Iterable[ClauseTag], clause_key: str) -> list[str]:
    """The natures of an action and the roles that it fulfils, in words."""
    return [
        READINGS[ClauseTag.Family(one.family)][1].get(one.code, one.code)
        for one in tags
        if one.clause_key == clause_key and one.family in (ClauseTag.Family.NATURE, ClauseTag.Family.ROLE)
    ]


def _sum(euros: Mapping[str, Decimal], actions: Iterable[Clause]) -> Decimal:
    return sum((euros.get(one.key, Decimal(0)) for one in actions), Decimal(0))


def framework_coverage(
    text: Text, tags: Iterable[ClauseTag], frameworks: Iterable[ContractFramework]
) -> tuple[list[CoverageLine], int]:
    """The frameworks that the contract names with the actions that serve each, and how many actions in all (S1-II-03)."""
    serving = _serving(text, tags, ClauseTag.Family.FRAMEWORK)
    actions = {key: [one for one in rows if one.key in text.sheets] for key, rows in serving.items()}
    lines = [
        CoverageLine(one.framework_id, one.framework.label, one.wording, actions.get(one.framework_id, []), text.sheets)
        for one in frameworks
    ]
    return lines, len({one.key for line in lines for one in line.actions})


def _serving(text: Text, tags: Iterable[ClauseTag], family: str) -> dict[str, list[Clause]]:
    found: dict[str, list[Clause]] = {}
    for one in tags:
        if one.family == family and one.clause_key in text.by_key:
            found.setdefault(one.code, []).append(text.by_key[one.clause_key])
    return found
