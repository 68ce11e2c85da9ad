"""The sheet of a part: each indicator with what is said, what was said last year, and what the rules answer."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of
from avenant.contracts.drafting import selectors as contracts
from avenant.domain.decision import Finding, Severity
from avenant.domain.french import format_evolution
from avenant.domain.indicators import (
    Answer,
    Catalogue,
    Component,
    Definition,
    Earlier,
    Provider,
    Thresholds,
    check,
    format_value,
    measures,
    proposals,
)
from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.fields import EntryField, entry_fields
from avenant.indicators.declarations.models import DeclaredValue, DraftValue, Part, Statement
from avenant.indicators.registers import selectors as registers


@dataclass(slots=True)
class Row:
    """One indicator of the sheet. ``own`` are the components that this part states; ``others`` what other parts state."""

    record: DefinitionRecord
    definition: Definition
    own: tuple[Component, ...]
    stated: Statement | None
    answer: Answer
    previous: Earlier | None = None
    proposal: Mapping[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def previous_text(self) -> str:
        if self.previous is None or not self.previous.answer.value:
            return ""
        return format_value(self.definition, self.previous.answer.value)

    @property
    def text(self) -> str:
        return format_value(self.definition, self.answer.value) if self.answer.value else ""

    @property
    def fields(self) -> list[EntryField]:
        """The controls of the indicator in the form."""
        typed = self.stated.typed.get("raw", {}) if isinstance(self.stated, DraftValue) else {}
        value = self.stated.value if self.stated else {}
        return entry_fields(self.record.pk, self.own, value, typed, self.errors, self.proposal)

    @property
    def awaited(self) -> tuple[Component, ...]:
        """The components that another provider states."""
        return tuple(one for one in self.definition.components if one not in self.own)

    @property
    def evolution(self) -> str:
        """« + 15,5 % » against last year, when both have a figure under the same version of the definition."""
        if self.previous is None or self.previous.version != self.definition.version:
            return ""
        now, before = (measures(self.definition, one.value) for one in (self.answer, self.previous.answer))
        key = next((key for key in now if before.get(key)), None)
        return "" if key is None else format_evolution(before[key], now[key])

    @property
    def weight(self) -> str:
        """The heaviest severity among the row's findings; empty when nothing is to be said."""
        order = (Severity.BLOCKING, Severity.TO_JUSTIFY, Severity.INFORMATION)
        return next((one.value for one in order if any(f.severity is one for f in self.findings)), "")


@dataclass(slots=True)
class Sheet:
    """A part as a page, a template in XLSX or a check reads it."""

    part: Part
    rows: list[Row]
    findings: list[Finding]
    editable: bool

    @property
    def own_rows(self) -> list[Row]:
        return [row for row in self.rows if row.own]

    @property
    def answered(self) -> int:
        return sum(1 for row in self.own_rows if row.stated and (row.stated.value or row.stated.unavailable))

    @property
    def justified(self) -> frozenset[str]:
        return frozenset(row.definition.code for row in self.rows if row.stated and row.stated.justification.strip())

    def count(self, severity: Severity) -> int:
        return sum(1 for one in self.findings if one.severity is severity)

    @property
    def blocking(self) -> int:
        return self.count(Severity.BLOCKING)

    @property
    def to_justify(self) -> int:
        return sum(
            1 for one in self.findings if one.severity is Severity.TO_JUSTIFY and one.subjects[0] not in self.justified
        )

    def row(self, definition_id: uuid.UUID) -> Row:
        return next(row for row in self.rows if row.record.pk == definition_id)

    def strands(self) -> list[tuple[str, list[tuple[str, list[Row]]]]]:
        """The rows under their strand, then under the heading that the contract prints."""
        grouped: dict[str, dict[str, list[Row]]] = {}
        for row in self.rows:
            grouped.setdefault(row.definition.strand, {}).setdefault(row.definition.group, []).append(row)
        return [(strand, list(groups.items())) for strand, groups in grouped.items()]


def answer_of(statements: Iterable[Statement], definition: Definition) -> Answer:
    """One answer from what each provider states of its own components."""
    value: dict[str, Any] = {}
    unavailable: dict[str, str] = {}
    reason = ""
    for one in statements:
        value.update(one.value)
        if one.unavailable:
            reason = one.unavailable
            unavailable.update({part.key: reason for part in definition.components if part.key not in one.value})
    if value:
        return Answer.provided(value, {key: why for key, why in unavailable.items() if key not in value})
    return Answer.not_available(reason) if reason else Answer.empty()


def sheet(actor: Actor, part: Part) -> Sheet:
    """The sheet of ``part`` for ``actor``: the working copy for its provider while it is open, else what was handed in."""
    declaration = part.declaration
    records = contracts.definitions_of(actor, declaration.contract, declaration.year)
    catalogue = contracts.catalogue_for(records)
    provider = Provider(part.provider)
    editable = policies.holds_pen(actor, part) and part.state in policies.EDITABLE
    parts = list(selectors.list_parts(actor).filter(declaration=declaration))
    declared = selectors.declared_values(actor, parts)
    drafts = selectors.drafts_of(actor, part) if editable else {}
    previous = earlier_answers(actor, part)
    rows: list[Row] = []
    for record in records:
        definition = catalogue[record.code]
        own = definition.parts_of(provider)
        handed_in = declared.get(record.pk, [])
        mine: Statement | None = drafts.get(record.pk) if editable else _of_part(handed_in, part)
        others = [one for one in handed_in if one.submission.part_id != part.pk]
        statements = [*others, mine] if mine else others
        if not own and not statements and provider is not Provider.SERVICE:
            continue
        rows.append(
            Row(
                record,
                definition,
                own,
                mine,
                answer_of(statements, definition),
                previous.get(definition.code),
                errors=mine.typed.get("errors", {}) if isinstance(mine, DraftValue) else {},
            )
        )
    rows = rows if provider is Provider.SERVICE else [row for row in rows if row.own]
    noted = registers.proposals(actor, declaration.service, declaration.year) if editable else {}
    _check(catalogue, rows, provider, previous, noted, Thresholds(jump=Decimal(declaration.jump_percent) / 100))
    findings = [finding for row in rows for finding in row.findings]
    return Sheet(part, rows, findings, editable)


def _of_part(handed_in: list[DeclaredValue], part: Part) -> DeclaredValue | None:
    return next((one for one in handed_in if one.submission.part_id == part.pk), None)


def _check(
    catalogue: Catalogue,
    rows: list[Row],
    provider: Provider,
    previous: Mapping[str, Earlier],
    noted: Mapping[str, Mapping[str, int]],
    thresholds: Thresholds,
) -> None:
    answers = {row.definition.code: row.answer for row in rows}
    known = Catalogue([row.definition for row in rows], catalogue.rules)
    proposed = proposals(known, answers)
    by_code = {row.definition.code: row for row in rows}
    for finding in check(known, answers, provider=provider, previous=previous, thresholds=thresholds):
        if finding.subjects[0] in by_code:
            by_code[finding.subjects[0]].findings.append(finding)
    for row in rows:
        row.proposal = {**noted.get(row.definition.code, {}), **proposed.get(row.definition.code, {})}
        row.findings[:0] = [
            Finding(
                f"{row.definition.code}-unreadable",
                Severity.BLOCKING,
                sentence,
                row.definition.clause,
                (row.definition.code,),
            )
            for sentence in row.errors.values()
        ]


def earlier_answers(actor: Actor, part: Part) -> dict[str, Earlier]:
    """What the service's former return says, by code, under which version of the definition."""
    former = selectors.previous_declaration(actor, part.declaration)
    if former is None:
        return {}
    declared = selectors.declared_values(actor, former.parts.all())
    records = DefinitionRecord.objects.in_bulk(list(declared))

    found: dict[str, Earlier] = {}
    for record_id, statements in declared.items():
        record = records[record_id]
        found[record.code] = Earlier(former.year, answer_of(statements, definition_of(record)), record.version)
    return found
