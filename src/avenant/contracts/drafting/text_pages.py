"""What the pages of a contract's text show: the text as one reads it, its programme, its tables, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from pydantic import TypeAdapter

from avenant.contracts.drafting import selectors
from avenant.contracts.drafting.models import (
    UNSIGNED,
    Annex,
    Clause,
    Contract,
    ContractParty,
    Contribution,
    Framework,
    Provision,
    ServiceLever,
)
from avenant.contracts.drafting.pages import life_of
from avenant.contracts.drafting.policies import may_link_injunction
from avenant.domain.contracts import ClauseKind
from avenant.domain.french import format_date, format_number
from avenant.domain.periods import add_months
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Unit
from avenant.references.contract_texts import ContextTable, Recurrence

PRINTED: Final = frozenset(set(ClauseKind) - {ClauseKind.COMMITMENT})
"""A commitment is read out of the clause that states it: the text has already said it."""
ARTICLES: Final = frozenset({ClauseKind.ARTICLE, ClauseKind.PREAMBLE, ClauseKind.STRAND, ClauseKind.ANNEX})
ACTIONS: Final = frozenset({ClauseKind.SHEET, ClauseKind.ACTION, ClauseKind.OBJECTIVE})
TABS: Final = (
    ("contract", "Synthèse", frozenset[str]()),
    ("text", "Texte", frozenset({"article", "preamble", "part"})),
    ("programme", "Programme", frozenset({"strand"})),
    ("actions:contract", "Actions", frozenset({"strand", "article"})),
    ("commitments:register", "Engagements", frozenset({"commitment"})),
    ("context", "Contexte", frozenset({"table"})),
    ("indicators", "Indicateurs", frozenset[str]()),
    ("contributions", "Contributions", frozenset({"article"})),
    ("commitments:exchanges", "Échanges", frozenset({"commitment"})),
    ("signature", "Signature", frozenset[str]()),
    ("amendments:amendments", "Avenants et fin", frozenset[str]()),
    ("journal", "Journal", frozenset[str]()),
)
RECURRENCES: Final = {
    Recurrence.ONCE.value: "une fois",
    Recurrence.ONGOING.value: "en continu",
    Recurrence.YEARLY.value: "chaque année",
    Recurrence.HALF_YEARLY.value: "chaque semestre",
    Recurrence.PER_CASE.value: "à chaque cas",
    Recurrence.AS_NEEDED.value: "au besoin",
}
_TABLE: Final = TypeAdapter(ContextTable)
_DEEPEST_HEADING: Final = 5


@dataclass(frozen=True, slots=True)
class TableView:
    """A table of the text, its figures as printed, and where its sums miss a printed total."""

    anchor: str
    title: str
    table: ContextTable
    notes: tuple[str, ...]

    @property
    def rows(self) -> list[dict[str, Any]]:
        totals = {one.total for one in self.table.sums if one.axis == "rows"}
        parts = {one.key for one in self.table.rows if one.within}
        return [
            {
                "label": row.label,
                "values": row.values,
                "total": row.key in totals and row.key not in parts,
                "within": bool(row.within),
                "note": row.note,
            }
            for row in self.table.rows
        ]


@dataclass(frozen=True, slots=True)
class Node:
    """One clause where it is read: how deep, under which article, with its table when it is one."""

    clause: Clause
    depth: int
    article: Clause
    table: TableView | None = None

    @property
    def level(self) -> int:
        """The level of its heading on a page whose title is of level 1."""
        return min(self.depth + 2, _DEEPEST_HEADING)

    @property
    def item(self) -> bool:
        return bool(self.clause.editing.get("item"))

    @property
    def optional(self) -> bool:
        return self.clause.details.get("mandatory") is False

    @property
    def kind(self) -> str:
        return self.clause.kind


class Text:
    """The clauses in force on a day, read once and walked in several ways."""

    def __init__(self, actor: Actor, contract: Contract, day: date) -> None:
        self.contract = contract
        versions = selectors.list_clauses(actor, contract)
        self.kinds = frozenset(one.kind for one in versions)
        self.clauses = selectors.text_on(versions, day)
        self.by_key = {one.key: one for one in self.clauses}
        self.parties = parties_by_key(contract)

    @property
    def tabs(self) -> list[tuple[str, str]]:
        """The parts of the contract's page that have something to show."""
        return _tabs(self.contract, self.kinds)

    @cached_property
    def nodes(self) -> list[Node]:
        """The printed text, in order."""
        return [self._node(one) for one in self.clauses if one.kind in PRINTED]

    def _node(self, clause: Clause) -> Node:
        above = self.above(clause)
        # A table or a list item is read in its clause: it makes no step of its own.
        table = table_view(clause) if clause.kind == ClauseKind.TABLE else None
        return Node(clause, len(above), self.article_of(clause), table)

    def above(self, clause: Clause) -> list[Clause]:
        """The clauses in which one stands, the nearest first."""
        found: list[Clause] = []
        parent = self.by_key.get(clause.parent_key)
        while parent is not None and parent not in found:
            found.append(parent)
            parent = self.by_key.get(parent.parent_key)
        return found

    def article_of(self, clause: Clause) -> Clause:
        """The nearest article, strand, preamble or annex at or above a clause; else the top one."""
        line = [clause, *self.above(clause)]
        return next((one for one in line if one.kind in ARTICLES), line[-1])

    def within(self, key: str) -> list[Node]:
        """What stands under a clause, at any depth, in order."""
        return [one for one in self.nodes if any(above.key == key for above in self.above(one.clause))]

    def of_kind(self, *kinds: ClauseKind) -> list[Clause]:
        return [one for one in self.clauses if one.kind in kinds]

    def contents(self) -> list[Node]:
        """The table of contents: what has a heading and at most two steps above it."""
        shown = {ClauseKind.TABLE, ClauseKind.PROVISION}
        return [one for one in self.nodes if one.depth < 3 and one.clause.heading and one.clause.kind not in shown]

    def stands_in(self, clause: Clause, key: str) -> bool:
        return any(one.key == key for one in self.above(clause))

    @cached_property
    def sheets(self) -> frozenset[str]:
        """The keys of the clauses that have a page of their own."""
        return frozenset(one.key for one in self.of_kind(*ACTIONS) if self.is_in_a_strand(one))

    def is_a_card(self, clause: Clause) -> bool:
        """An action of a strand that stands in no other action: its card shows what is inside."""
        return clause.kind in ACTIONS and not any(one.kind in ACTIONS for one in self.above(clause))

    def is_in_a_card(self, clause: Clause) -> bool:
        return any(one.kind in ACTIONS for one in (clause, *self.above(clause)))

    def is_in_a_strand(self, clause: Clause) -> bool:
        return any(one.kind == ClauseKind.STRAND for one in self.above(clause))

    def short_name(self, organisation: str) -> str:
        """How the text designates a party; an organisation outside the contract keeps its key's words."""
        party = self.parties.get(organisation)
        return party_name(party) if party else organisation


def parties_by_key(contract: Contract) -> dict[str, ContractParty]:
    """The parties by the key of their organisation, and of the one that they took the place of: the text still names it."""
    parties = list(contract.parties.all())
    former = {said["key"]: one for one in parties for said in one.former}
    return former | {one.organisation.key: one for one in parties}


def party_name(party: ContractParty) -> str:
    """« Ci-après désigné … », or the short name of the directory."""
    return party.printed_short_name or party.organisation.short_name


def tabs(actor: Actor, contract: Contract) -> list[tuple[str, str]]:
    """The parts of the page of a contract whose text is not read."""
    return _tabs(contract, selectors.kinds_of(actor, contract))


def _tabs(contract: Contract, kinds: AbstractSet[str]) -> list[tuple[str, str]]:
    """The parts that have something to show of such kinds of clauses: the name of their address and their words."""
    shown = [(name, label) for name, label, needed in TABS if not needed or needed & kinds]
    if contract.state in UNSIGNED:
        shown = [("writing", "Rédaction") if name.startswith("amendments:") else (name, label) for name, label in shown]
    return [(name if ":" in name else f"drafting:{name}", label) for name, label in shown]


def table_view(clause: Clause) -> TableView:
    """A clause that is a table, with a note for each sum that misses its printed total."""
    table = _TABLE.validate_python(
        {**clause.details, "key": clause.key, "clause": clause.parent_key, "title": clause.heading}
    )
    labels = {one.key: one.label for one in table.rows} | {one.key: one.label for one in table.columns}
    notes = tuple(
        f"{labels[gap.at]}\u202f: écart d’arrondi de {format_number(abs(gap.amount))} entre la somme "
        f"({format_number(_total(table, gap) + gap.amount)}) et le total imprimé "
        f"({format_number(_total(table, gap))})."
        for gap in table.gaps()
    )
    note = clause.editing.get("note")
    return TableView(clause.key, clause.heading, table, (*notes, note) if note else notes)


def _total(table: ContextTable, gap: Any) -> int:
    return table.value(gap.sum.total, gap.at) if gap.sum.axis == "rows" else table.value(gap.at, gap.sum.total)


# -- Summary -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PartyView:
    """A party as the text designates it, with the frameworks and the units of its own."""

    party: ContractParty
    frameworks: list[Framework]
    units: list[str]

    @property
    def name(self) -> str:
        return self.party.printed_name or self.party.organisation.name

    @property
    def seat(self) -> str:
        return self.party.seat or self.party.organisation.seat


def party_views(contract: Contract) -> list[PartyView]:
    """The parties, with their own frameworks."""
    parties = list(contract.parties.all())
    known = Framework.objects.in_bulk({key for one in parties for key in one.frameworks})
    names = {
        (one.organisation_id, one.key): one.name
        for one in Unit.objects.filter(organisation__in=[party.organisation_id for party in parties])
    }
    return [
        PartyView(
            one,
            [known[key] for key in one.frameworks if key in known],
            [names.get((one.organisation_id, key), key) for key in one.units],
        )
        for one in parties
    ]


def missing_pieces(text: Text, annexes: Sequence[Annex]) -> list[str]:
    """What the source leaves out, one sentence each; nothing is invented in its place."""
    found = [f"{one}\u202f: pièce absente de la source" for one in annexes if one.missing]
    found += [f"{one}\u202f: {one.details['missing']}" for one in text.clauses if one.details.get("missing")]
    for party in text.parties.values():
        if party.signature_to_confirm or party.signature_note:
            found.append(f"Signature, {party_name(party)}\u202f: {party.signature_note or 'à confirmer'}")
    return found


@dataclass(frozen=True, slots=True)
class Span:
    """One bar of the timeline of a service: CPOM, accreditation, project. Without an end it says so."""

    label: str
    starts_on: date | None
    ends_on: date | None
    lever: ServiceLever | None = None
    offset: int = 0
    width: int = 100

    @property
    def open_ended(self) -> bool:
        return self.ends_on is None


def timeline(contract: Contract, levers: Sequence[ServiceLever]) -> list[Span]:
    """The CPOM, the accreditation and the project side by side, in twentieths of the years that they cover together.

    Empty when the contract has no lever beside it.
    """
    if not levers:
        return []
    rows: list[tuple[str, date | None, date | None, ServiceLever | None]] = [
        (contract.get_kind_display(), contract.starts_on, contract.ends_on, None)
    ]
    rows += [(one.label, one.starts_on, one.ends_on, one) for one in levers]
    dated = [day for _, start, end, _ in rows for day in (start, end) if day]
    first, last = min(dated).year, max(dated).year + 1
    years = last - first

    def place(day: date) -> int:
        return round((day.year - first + (day.month - 1) / 12) * 100 / years)

    spans = []
    for label, start, end, lever in rows:
        offset = place(start) if start else 0
        until = place(end) + round(100 / years / 12) if end else 100
        spans.append(Span(label, start, end, lever, offset, max(min(until, 100) - offset, 1)))
    return spans


def overlap_gap(contract: Contract, levers: Sequence[ServiceLever], today: date) -> str:
    """A warning when the last project ends before the contract that relies on it (S3-3-14); empty otherwise.

    Once it is over the warning asks for the next one. Nothing is blocked.
    """
    ends = [one for one in levers if one.kind == one.Kind.PROJECT and one.ends_on]
    last = max(ends, key=lambda one: one.ends_on or date.min, default=None)
    if last is None or last.ends_on is None or contract.ends_on is None or last.ends_on >= contract.ends_on:
        return ""
    until = f"alors que le contrat qui s’y appuie court jusqu’en {contract.ends_on.year}"
    if last.ends_on < today:
        return (
            f"«\u202f{last.label}\u202f» est échu depuis {last.ends_on.year}, {until}\u202f: joignez le projet suivant."
        )
    return f"«\u202f{last.label}\u202f» prend fin en {last.ends_on.year}, {until}."


def expiring(levers: Sequence[ServiceLever], today: date) -> list[str]:
    """A warning for each accreditation whose last day is known and comes within six months, or is past (S3-3-09)."""
    known = [one for one in levers if one.kind == ServiceLever.Kind.ACCREDITATION and one.ends_on]
    return [
        f"{one.label}\u202f: {'échu depuis le' if one.ends_on < today else 'dernier jour le'} {format_date(one.ends_on)}."
        for one in known
        if one.ends_on and one.ends_on < add_months(today, 6)
    ]


# -- Contributions -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ContributionLine:
    """One contribution, with its share of what all the parties bring in the same unit to the same action and year."""

    row: Contribution
    action: str
    share: Decimal | None

    @property
    def party_name(self) -> str:
        return party_name(self.row.party)

    @property
    def quantity(self) -> str:
        """« 0,5 ETP »."""
        if self.row.quantity is None:
            return ""
        return f"{format_number(self.row.quantity.normalize())} {self.row.unit}"


def contribution_lines(text: Text, rows: Iterable[Contribution]) -> list[ContributionLine]:
    """The contributions, with shares where a quantity can be compared."""
    rows = list(rows)
    sums: dict[tuple[int | None, str, str], Decimal] = {}
    for one in rows:
        if one.quantity is not None:
            key = (one.year, one.clause_key, one.unit.casefold())
            sums[key] = sums.get(key, Decimal(0)) + one.quantity
    return [
        ContributionLine(
            one,
            str(text.by_key[one.clause_key]) if one.clause_key in text.by_key else "l’ensemble du contrat",
            one.quantity / sums[one.year, one.clause_key, one.unit.casefold()] if one.quantity is not None else None,
        )
        for one in rows
    ]


def _reference(row: Provision) -> dict[str, Any]:
    dated = row.content.get("dated")
    return {"key": row.key, **row.content, "dated": date.fromisoformat(dated) if dated else None}


# -- Whole pages -------------------------------------------------------------------------------------------------------


def summary(actor: Actor, contract: Contract, today: date) -> dict[str, Any]:
    """How a contract stands on a day: what it promises in figures, what is beside it."""
    text = Text(actor, contract, today)
    of_a_service = contract.kind == Contract.Kind.CPOM_SERVICE
    levers = list(selectors.list_levers(actor, contract)) if of_a_service else []
    relatives = selectors.list_relatives(actor, contract)
    foreseen = selectors.list_provisions(actor, contract, [Provision.Kind.SUB_AGREEMENT])
    return {
        "contract": contract,
        "standing": contract.standing(today),
        "unsigned": contract.state in UNSIGNED,
        "days_left": contract.days_left(today),
        "life": life_of(contract, today),
        "tabs": text.tabs,
        "parties": contract.parties.all(),
        "has_text": bool(text.nodes),
        "levers": levers,
        "timeline": timeline(contract, levers),
        "overlap_gap": overlap_gap(contract, levers, today),
        "expiring": expiring(levers, today),
        "previous": next((one for one in relatives if one.pk == contract.previous_id), None),
        "following": [one for one in relatives if one.previous_id == contract.pk],
        "parent": next((one for one in relatives if one.pk == contract.parent_id), None),
        "sub_agreements": [one for one in relatives if one.parent_id == contract.pk],
        "foreseen": [one.content for one in foreseen],
        "injunctions": selectors.list_injunctions(actor, contract),
        "may_link": may_link_injunction(actor, contract),
        "strands": len(text.of_kind(ClauseKind.STRAND)),
        "actions": sum(text.is_a_card(one) for one in text.of_kind(*ACTIONS) if text.is_in_a_strand(one)),
        "commitments": sum(len(one.details.get("parties", ())) for one in text.of_kind(ClauseKind.COMMITMENT)),
    }


def around(actor: Actor, text: Text, day: date) -> dict[str, Any]:
    """What is told around the text on a day: its frameworks and annexes, what it cites, what it leaves out."""
    annexes = selectors.list_annexes(actor, text.contract, day)
    provisions = selectors.list_provisions(
        actor, text.contract, [Provision.Kind.REFERENCE, Provision.Kind.NOTE, Provision.Kind.SILENCE]
    )
    return {
        "frameworks": list(selectors.list_frameworks(actor, text.contract)),
        "annexes": [
            (one, [(key, text.article_of(text.by_key[key])) for key in one.cited_in if key in text.by_key])
            for one in annexes
        ],
        "missing": missing_pieces(text, annexes),
        "logics": [one for one in text.of_kind(ClauseKind.OBJECTIVE) if not text.is_in_a_strand(one)],
        "references": [_reference(one) for one in provisions if one.kind == Provision.Kind.REFERENCE],
        "notes": [one.content["text"] for one in provisions if one.kind == Provision.Kind.NOTE],
        "silences": [one.content for one in provisions if one.kind == Provision.Kind.SILENCE],
    }
