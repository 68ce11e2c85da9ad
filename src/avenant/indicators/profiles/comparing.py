"""What was counted beside what was typed, indicator by indicator."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from avenant.domain.indicators import format_value, parse_value
from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations.models import DraftValue, Part
from avenant.indicators.declarations.rows import Row
from avenant.indicators.declarations.services.entry import Entry
from avenant.indicators.declarations.sheet import sheet
from avenant.indicators.profiles.models import CountedFile


@dataclass(frozen=True, slots=True)
class Comparison:
    """One indicator: what is typed, what was counted."""

    row: Row
    value: Mapping[str, Any]
    older: bool

    @property
    def definition_id(self) -> uuid.UUID:
        return self.row.record.pk

    @property
    def typed(self) -> str:
        if isinstance(self.row.stated, DraftValue) and self.row.stated.unavailable:
            return "non disponible"
        return format_value(self.row.definition, self._typed) if self._typed else ""

    @property
    def _typed(self) -> Mapping[str, Any]:
        return self.row.stated.value if self.row.stated else {}

    @property
    def counted(self) -> str:
        return format_value(self.row.definition, self.value)

    @property
    def differs(self) -> bool:
        """Would taking the counted value change something: the parts that it gives are not those typed."""
        return any(self._typed.get(key) != part for key, part in self.value.items())

    @property
    def seen(self) -> str:
        return self.row.stated.saved_at.isoformat() if isinstance(self.row.stated, DraftValue) else ""

    def entry(self, seen: str) -> Entry:
        """The counted parts with the typed ones that the collector does not count; comments and reasons stay."""
        said = self.row.stated
        return Entry(
            self.definition_id,
            {**self._typed, **self.value},
            comment=said.comment if said else "",
            justification=said.justification if said else "",
            seen=datetime.fromisoformat(seen) if seen else None,
        )


def compare(actor: Actor, part: Part, file: CountedFile | None) -> list[Comparison]:
    """The indicators of the part that the file counts, in the order of the form."""
    if file is None:
        return []
    older = {key.partition(":")[0] for key in file.older}
    found = []
    for row in sheet(actor, part).own_rows:
        said = file.values.get(row.definition.code)
        own = {component.key for component in row.own}
        if not said:
            continue
        value = parse_value(row.definition, {key: part for key, part in said.items() if key in own}).value
        if value:
            found.append(Comparison(row, value, row.definition.code in older))
    return found


def not_asked(actor: Actor, part: Part, file: CountedFile) -> list[str]:
    """The codes that the file counts and that this contract does not ask of the service."""
    asked = {row.definition.code for row in sheet(actor, part).own_rows}
    return [code for code in file.values if code not in asked]
