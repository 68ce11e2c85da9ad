"""The sheet of a part: each indicator with what is said, what was said last year, and what the rules answer."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of, free_fields_of
from avenant.contracts.drafting import selectors as contracts
from avenant.domain.decision import Finding, Severity
from avenant.domain.indicators import (
    Answer,
    Catalogue,
    Component,
    Definition,
    Earlier,
    Provider,
    Thresholds,
    check,
    proposals,
)
from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.changes import changes_since
from avenant.indicators.declarations.models import DeclaredValue, DraftValue, FreeText, Part, Statement
from avenant.indicators.declarations.rows import FreeEntry, Row, Sheet
from avenant.indicators.registers import selectors as registers


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
    """The sheet of ``part``: the working copy for its provider while it is open, else what was handed in."""
    declaration = part.declaration
    records = contracts.definitions_of(actor, declaration.contract, declaration.year)
    catalogue = contracts.catalogue_for(records)
    provider = Provider(part.provider)
    editable = policies.holds_pen(actor, part) and part.state in policies.EDITABLE
    declared, former = selectors.values_of_two_years(actor, declaration)
    copy = working_copy(actor, part, records) if editable else WorkingCopy()
    newer = selectors.newer_versions(records) if editable else {}
    previous, answered = earlier_answers(former, records, declaration.year - 1)
    rows: list[Row] = []
    for record in records:
        definition = catalogue[record.code]
        own = definition.parts_of(provider)
        handed_in = declared.get(record.pk, [])
        mine: Statement | None = copy.of(record) if editable else _of_part(handed_in, part)
        others = [one for one in handed_in if one.submission.part_id != part.pk]
        if not own and provider is not Provider.SERVICE:
            continue
        rows.append(
            Row(
                record,
                definition,
                own,
                mine,
                answer_of([*others, mine] if mine else others, definition),
                previous.get(definition.code),
                errors=mine.typed.get("errors", {}) if isinstance(mine, DraftValue) else {},
                carried=copy.is_carried(record),
                newer=newer.get(record.code) if own else None,
            )
        )
    noted = registers.proposals(actor, declaration.service, declaration.year) if editable else {}
    _check(catalogue, rows, provider, previous, noted, Thresholds(jump=Decimal(declaration.jump_percent) / 100))
    findings = [finding for row in rows for finding in row.findings]
    changes = changes_since(answered, [row.record for row in rows if row.own])
    free = free_entries(actor, part, records, editable=editable) if provider is Provider.SERVICE else []
    return Sheet(part, rows, findings, editable, changes, free)


def own_components(actor: Actor, part: Part, definition_id: uuid.UUID) -> tuple[Component, ...]:
    """The components of one indicator that a part states; 404 when its contract does not promise it that year."""
    declaration = part.declaration
    promises = contracts.list_promises(actor, declaration.contract, declaration.year)
    promise = get_object_or_404(promises, definition_id=definition_id)
    return definition_of(promise.definition).parts_of(Provider(part.provider))


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """The drafts of a part, by definition; ``carried`` those typed under a version no longer promised."""

    drafts: Mapping[uuid.UUID, DraftValue] = field(default_factory=dict)
    carried: Mapping[str, DraftValue] = field(default_factory=dict)

    def of(self, record: DefinitionRecord) -> DraftValue | None:
        return self.drafts.get(record.pk) or self.carried.get(record.code)

    def is_carried(self, record: DefinitionRecord) -> bool:
        return record.pk not in self.drafts and record.code in self.carried


def working_copy(actor: Actor, part: Part, records: Sequence[DefinitionRecord]) -> WorkingCopy:
    """What the provider has typed. A definition amended since keeps its value, shown under the new version."""
    drafts = selectors.drafts_of(actor, part)
    left_out = drafts.keys() - {record.pk for record in records}
    if not left_out:
        return WorkingCopy(drafts)
    former = DefinitionRecord.objects.filter(pk__in=left_out).order_by("version")
    return WorkingCopy(drafts, {record.code: drafts[record.pk] for record in former})


def free_entries(actor: Actor, part: Part, records: Iterable[DefinitionRecord], *, editable: bool) -> list[FreeEntry]:
    """The qualitative fields of the contract's sets: as they are being written, else as they were handed in."""
    fields = free_fields_of({record.set_id: record.set for record in records}.values())
    if not fields:
        return []
    if not editable:
        submission = selectors.last_submission(actor, part)
        texts = submission.texts if submission else {}
        return [FreeEntry(one, texts.get(one.code, "")) for one in fields]
    written = {one.code: one for one in FreeText.objects.visible_to(actor).filter(part=part)}
    return [
        FreeEntry(one, written[one.code].text, written[one.code].saved_at) if one.code in written else FreeEntry(one)
        for one in fields
    ]


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
        if row.carried:
            row.findings.insert(0, _amended(row.definition))
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


def _amended(definition: Definition) -> Finding:
    return Finding(
        f"{definition.code}-amended",
        Severity.BLOCKING,
        f"{definition.printed_code}\u202f: la définition a changé (version {definition.version}). La valeur saisie "
        "sous l’ancienne est conservée\u202f: relisez-la, corrigez-la ou confirmez-la.",
        definition.clause,
        (definition.code,),
    )


def earlier_answers(
    declared: Mapping[uuid.UUID, list[DeclaredValue]], records: Iterable[DefinitionRecord], year: int
) -> tuple[dict[str, Earlier], list[DefinitionRecord]]:
    """What the service's former return says, by code, under which version; and the definitions it answered."""
    known = {record.pk: record for record in records}
    unknown = declared.keys() - known.keys()
    if unknown:
        known |= DefinitionRecord.objects.in_bulk(list(unknown))
    answered = [known[record_id] for record_id in declared]
    return {
        record.code: Earlier(year, answer_of(declared[record.pk], definition_of(record)), record.version)
        for record in answered
    }, answered
