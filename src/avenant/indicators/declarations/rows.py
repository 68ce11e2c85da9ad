"""A part as its page shows it: rows under their headings and strands, with what is still to be done."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import Http404
from django.utils.safestring import SafeString

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.domain.decision import DomainError, Finding, Severity
from avenant.domain.french import format_evolution
from avenant.domain.indicators import Answer, Component, Definition, Earlier, format_value, measures
from avenant.domain.indicators.definitions import FreeField
from avenant.domain.strands import section_title
from avenant.indicators.declarations.changes import Changes
from avenant.indicators.declarations.fields import EntryField, entry_fields
from avenant.indicators.declarations.models import DraftValue, Evidence, Part, Statement


@dataclass(slots=True)
class Row:
    """One indicator of the sheet. ``own`` are the components that this part states.

    ``carried``: what is shown was typed under a former version of the definition, and waits to be read again.
    ``newer``: the version published since, for later years. ``retyped``: what a form sent and could not save.
    """

    record: DefinitionRecord
    definition: Definition
    own: tuple[Component, ...]
    stated: Statement | None
    answer: Answer
    previous: Earlier | None = None
    proposal: Mapping[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    errors: Mapping[str, str] = field(default_factory=dict)
    carried: bool = False
    newer: int | None = None
    evidence: list[Evidence] = field(default_factory=list)
    retyped: Mapping[str, Any] | None = None
    conflict: DomainError | None = None

    @property
    def id(self) -> SafeString:
        """The definition's identifier, written a dozen times in a row of the form: it needs no escaping."""
        return SafeString(self.record.pk)

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
        kept = self.stated.typed.get("raw", {}) if isinstance(self.stated, DraftValue) else {}
        typed = kept if self.retyped is None else self.retyped
        value = self.stated.value if self.stated else {}
        return entry_fields(self.record.pk, self.own, value, typed, self.errors, self.proposal)

    @property
    def raw(self) -> dict[str, Any]:
        """What the form shows, as a person would type it again."""
        return {one.component.key: one.raw for one in self.fields}

    @property
    def awaited(self) -> tuple[Component, ...]:
        """The components that another provider states."""
        return tuple(one for one in self.definition.components if one not in self.own)

    @property
    def single(self) -> bool:
        """Does the indicator's own label say what its one field asks."""
        return len(self.own) == 1

    @property
    def anchor(self) -> str:
        """Identifier of the first control, where a link from a finding lands."""
        return _first_control(self.fields)

    @property
    def progress(self) -> str:
        """How the row is marked: ``missing``, ``wrong``, ``justify``, ``done``; nothing for another provider's."""
        if not self.own:
            return ""
        if not self.answered and not self.errors:
            return "missing"
        if self.weight == Severity.BLOCKING:
            return "wrong"
        justified = bool(self.stated and self.stated.justification)
        return "justify" if self.weight == Severity.TO_JUSTIFY and not justified else "done"

    @property
    def question(self) -> str:
        """What a controller would ask, from the first finding that is not for information."""
        return next((one.sentence for one in self.findings if one.severity is not Severity.INFORMATION), "")

    @property
    def answered(self) -> bool:
        return bool(self.stated and (self.stated.value or self.stated.unavailable))

    @property
    def spoken(self) -> list[Finding]:
        """The findings shown beside the figure; an indicator not yet touched is told by its empty field."""
        silent = ("-awaited",) if self.answered else ("-awaited", "-missing")
        return [one for one in self.findings if not one.code.endswith(silent)]

    @property
    def evolution(self) -> str:
        """« + 15,5 % » against last year, when both have a figure under the same version of the definition."""
        if self.previous is None or self.previous.version != self.definition.version:
            return ""
        now, before = (measures(self.definition, one.value) for one in (self.answer, self.previous.answer))
        key = next((key for key in now if before.get(key)), None)
        return "" if key is None else format_evolution(before[key], now[key])

    @property
    def detailed(self) -> bool:
        """Is more said than the figure, or asked for."""
        said = self.stated and (self.stated.comment or self.stated.unavailable or self.stated.justification)
        return bool(said) or self.weight == Severity.TO_JUSTIFY

    @property
    def weight(self) -> str:
        """The heaviest severity among the row's findings; empty when nothing is to be said."""
        found = {one.severity for one in self.findings}
        return next((one.value for one in Severity if one in found), "")


@dataclass(frozen=True, slots=True)
class FreeEntry:
    """A qualitative field of the contract, where it names no indicator, with what is written in it."""

    field: FreeField
    text: str = ""
    saved_at: datetime | None = None


@dataclass(slots=True)
class Group:
    """The rows under one heading of the contract. ``section`` names it in an assignment."""

    section: str
    heading: str
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Strand:
    """A strand of the contract: its groups, its free fields, what is still to be done in it."""

    key: str
    groups: list[Group] = field(default_factory=list)
    free: list[FreeEntry] = field(default_factory=list)

    @property
    def title(self) -> str:
        return section_title(self.key)

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.groups for row in group.rows]

    @property
    def missing(self) -> int:
        return sum(1 for row in self.rows if row.own and not row.answered)

    @property
    def wrong(self) -> int:
        """Indicators that are answered and yet stop the submission."""
        return sum(1 for row in self.rows if row.progress == "wrong")

    @property
    def next_field(self) -> str:
        """The first control still empty, or to be put right."""
        return next((row.anchor for row in self.rows if row.progress in ("missing", "wrong")), "")


@dataclass
class Sheet:
    """A part as a page, a template in XLSX or a check reads it."""

    part: Part
    rows: list[Row]
    findings: list[Finding]
    editable: bool
    changes: Changes
    free: list[FreeEntry] = field(default_factory=list)

    @property
    def own_rows(self) -> list[Row]:
        return [row for row in self.rows if row.own]

    @property
    def answered(self) -> int:
        return sum(1 for row in self.own_rows if row.answered)

    @property
    def justified(self) -> frozenset[str]:
        return frozenset(row.definition.code for row in self.rows if row.stated and row.stated.justification.strip())

    def count(self, severity: Severity) -> int:
        return sum(1 for one in self.findings if one.severity is severity)

    @property
    def blocking(self) -> int:
        return self.count(Severity.BLOCKING)

    @property
    def wrong(self) -> int:
        return sum(strand.wrong for strand in self.strands)

    @property
    def to_justify(self) -> int:
        return sum(
            1 for one in self.findings if one.severity is Severity.TO_JUSTIFY and one.subjects[0] not in self.justified
        )

    def row(self, definition_id: uuid.UUID) -> Row:
        """The row of an indicator. Raises Http404 outside the sheet."""
        found = next((row for row in self.rows if row.record.pk == definition_id), None)
        if found is None:
            raise Http404
        return found

    @cached_property
    def strands(self) -> list[Strand]:
        """The rows under their strand, then under the heading that the contract prints."""
        strands: dict[str, Strand] = {}
        groups: dict[str, Group] = {}
        for row in self.rows:
            key, heading = row.definition.strand, row.definition.group
            strand = strands.setdefault(key, Strand(key))
            section = f"{key}/{heading}"
            if section not in groups:
                groups[section] = Group(section, heading)
                strand.groups.append(groups[section])
            groups[section].rows.append(row)
        for one in self.free:
            strands.setdefault(one.field.strand, Strand(one.field.strand)).free.append(one)
        return list(strands.values())

    @property
    def amended(self) -> list[Row]:
        """The rows whose definition was amended since the collection opened."""
        return [row for row in self.own_rows if row.carried or row.newer]


def _first_control(fields: Sequence[EntryField]) -> str:
    first = fields[0]
    if first.rows:
        return first.rows[0][0].name
    return f"{first.name}.{first.component.choices[0].key}" if first.component.choices else first.name
