"""What the pages of the catalogue show: definitions with the contracts that promise them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from avenant.contracts.catalogue import selectors as catalogue
from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of
from avenant.contracts.drafting import selectors
from avenant.contracts.drafting.forms import STRANDS, CatalogueFilter
from avenant.contracts.drafting.models import Contract, PromisedIndicator
from avenant.contracts.drafting.selectors import MethodState
from avenant.domain.decision import Severity
from avenant.domain.french import typeset
from avenant.domain.indicators import Definition, Kind, Provider, sort_key
from avenant.domain.indicators.rules import Expression, Rule
from avenant.foundations.documents.spreadsheets import Column, Sheet
from avenant.foundations.documents.spreadsheets import Kind as ColumnKind
from avenant.foundations.parties.actors import Actor

SEVERITIES: Final = {
    Severity.BLOCKING: ("bloquant", "bad"),
    Severity.TO_JUSTIFY: ("à justifier", "warn"),
    Severity.INFORMATION: ("pour information", ""),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One definition of the list, with the state of its collection method in my contracts."""

    record: DefinitionRecord
    method: MethodState | None

    @property
    def kind(self) -> Kind:
        return Kind(self.record.content["kind"])

    @property
    def strand(self) -> str:
        return dict(STRANDS).get(self.record.strand, self.record.strand)


ORDERS: Final[Mapping[str, Callable[[Line], Any]]] = {
    "code": lambda line: sort_key(line.record.printed_code),
    "libelle": lambda line: catalogue.fold(line.record.label),
    "volet": lambda line: (line.record.strand, sort_key(line.record.printed_code)),
    "jeu": lambda line: (line.record.set.label, sort_key(line.record.printed_code)),
    "fournisseur": lambda line: (Provider(line.record.provider).label, sort_key(line.record.printed_code)),
}


def list_lines(actor: Actor, wanted: CatalogueFilter, contracts: Iterable[Contract], *, today: date) -> list[Line]:
    """The definitions that a filter keeps; what is asked of methods is asked of the contract when one is chosen."""
    contract = next((one for one in contracts if str(one.pk) == wanted.wanted("contrat")), None)
    rows = catalogue.list_definitions(actor)
    if contract is not None:
        rows = rows.filter(code__in=selectors.list_promises(actor, contract).values("definition__code"))
    for name, column in (("jeu", "set"), ("volet", "strand"), ("fournisseur", "provider"), ("nature", "content__kind")):
        if wanted.wanted(name):
            rows = rows.filter(**{column: wanted.wanted(name)})
    if wanted.wanted("dgt"):
        rows = rows.filter(in_dgt_survey=True)
    states = selectors.method_states(actor, today, contract)
    words = catalogue.fold(wanted.wanted("q")).split()
    return [
        Line(row, states.get(row.code))
        for row in rows
        if _has(row, words) and wanted.wanted("recueil") in ("", states.get(row.code))
    ]


def _has(row: DefinitionRecord, words: Sequence[str]) -> bool:
    """Each word is in the text; a code is found by its beginning, so that « 1.1 » gives 1.1, 1.1.1, 1.10, not 2.1.1."""
    text = catalogue.fold(f"{row.label} {row.content.get('help', '')} {row.content.get('group', '')}")
    codes = (row.printed_code.casefold(), row.code)
    return all(word in text or any(code.startswith(word) for code in codes) for word in words)


def in_order(lines: Iterable[Line], order: str) -> list[Line]:
    """Sorted as ``?tri=`` says; codes part by part, so that 1.10 follows 1.9."""
    name = order.removeprefix("-")
    by_code = sorted(lines, key=lambda line: (line.record.set_id, sort_key(line.record.printed_code)))
    return sorted(by_code, key=ORDERS.get(name, ORDERS["code"]), reverse=order.startswith("-"))


def lines_sheet(lines: Iterable[Line]) -> Sheet:
    """The list as a table to take away: what is shown, and the stable key of each definition."""
    columns = (
        Column("Code", ColumnKind.CODE, 10),
        Column("Clé", ColumnKind.CODE, 18),
        Column("Libellé", width=60),
        Column("Jeu", width=40),
        Column("Volet", width=10),
        Column("Nature", width=18),
        Column("Fournisseur", width=30),
        Column("Enquête DGT", width=12),
        Column("Modalité de recueil", width=18),
        Column("Valable du", ColumnKind.DATE, 12),
        Column("Au", ColumnKind.DATE, 12),
    )
    rows = (
        (
            line.record.printed_code,
            line.record.code,
            line.record.label,
            line.record.set.label,
            line.strand,
            line.kind.label,
            Provider(line.record.provider).label,
            line.record.in_dgt_survey,
            line.method.label if line.method else "",
            line.record.valid_from,
            line.record.valid_to,
        )
        for line in lines
    )
    return Sheet("Indicateurs", columns, rows)


# -- One definition ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A consistency rule as a reader meets it."""

    sentence: str
    severity: str
    tone: str
    basis: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute of the versions of a definition, latest first; ``changed`` when they do not agree."""

    label: str
    values: tuple[str, ...]

    @property
    def changed(self) -> bool:
        return len(set(self.values)) > 1


@dataclass(slots=True)
class DefinitionPage:
    """Everything about one definition."""

    record: DefinitionRecord
    definition: Definition
    versions: list[DefinitionRecord]
    rules: list[RuleLine]
    promises: list[PromisedIndicator]
    repeats: list[tuple[str, list[DefinitionRecord]]] = field(default_factory=list)
    repeated_by: list[DefinitionRecord] = field(default_factory=list)

    @property
    def differences(self) -> list[Difference]:
        definitions = [definition_of(one) for one in self.versions]
        return [
            Difference(label, tuple(say(one) for one in definitions))
            for label, say in _COMPARED
            if len(definitions) > 1
        ]


_COMPARED: Final[tuple[tuple[str, Callable[[Definition], str]], ...]] = (
    ("Libellé", lambda one: one.label),
    ("Nature", lambda one: one.kind.label),
    ("Unité", lambda one: one.unit or "–"),
    ("Fournisseur", lambda one: one.provider.label),
    ("Composantes", lambda one: "\u202f; ".join(part.label for part in one.components)),
    ("Aide", lambda one: one.help or "–"),
    ("Clause", lambda one: one.clause),
)


def definition_page(actor: Actor, code: str) -> DefinitionPage:
    """One definition, its versions, rules, duplicates, and the contracts of mine that promise it. 404 when unseen."""
    versions = catalogue.list_versions(actor, code)
    definition = definition_of(versions[0])
    others = {row.code: row for row in catalogue.list_definitions(actor)}
    return DefinitionPage(
        versions[0],
        definition,
        versions,
        [_rule_line(rule) for rule in catalogue.rules_about(actor, code)],
        list(selectors.list_promises_of(actor, code)),
        [
            (part.label, _named(definition.prefill[part.key], others))
            for part in definition.components
            if part.key in definition.prefill
        ],
        [row for row in others.values() if code in _prefilled_from(row)],
    )


def _named(expression: Expression, rows: Mapping[str, DefinitionRecord]) -> list[DefinitionRecord]:
    return [rows[term.code] for term in expression.terms if term.code in rows]


def _prefilled_from(row: DefinitionRecord) -> set[str]:
    prefill = row.content.get("prefill") or {}
    return {term["code"] for expression in prefill.values() for term in expression["terms"]}


def _rule_line(rule: Rule) -> RuleLine:
    label, tone = SEVERITIES[rule.severity]
    unknown = {"left": "…", "right": "…", "gap": "…", "parts": "…"}
    return RuleLine(typeset(rule.sentence.format(**unknown)), label, tone, rule.basis)
