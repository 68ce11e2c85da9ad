"""The fields of one indicator in the form: what was typed when it could not be read, else what is kept."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from avenant.domain.french import format_number, parse_date
from avenant.domain.indicators import Component
from avenant.domain.indicators.definitions import ComponentType

BLANK_ROWS, LINE = 2, 500


@dataclass(frozen=True, slots=True)
class EntryField:
    """One control. ``name`` is also its identifier; ``rows`` are the lines of a list, each with its own fields.

    ``told`` is False in a line of a list that was only proposed; ``inline`` is a cell of such a line.
    """

    component: Component
    name: str
    value: Any
    error: str = ""
    proposal: str = ""
    told: bool = True
    inline: bool = False
    rows: tuple[tuple[EntryField, ...], ...] = ()

    @property
    def control(self) -> str:
        """The control of a choice: several answers, or one."""
        return "checkbox" if self.component.type is ComponentType.CHOICES else "radio"

    @property
    def chosen(self) -> list[str]:
        """The keys that are chosen."""
        return self.value if isinstance(self.value, list) else [self.value]

    @property
    def long(self) -> bool:
        """Is it a text of several lines."""
        return self.component.type is ComponentType.TEXT and self.component.max_length > LINE and not self.inline

    @property
    def raw(self) -> Any:
        """What the control holds, as the form would send it: a list gives its filled lines, or « 0 » for none."""
        if self.component.type is not ComponentType.LIST:
            return self.value
        lines = [{one.component.key: one.value for one in line} for line in self.rows if line[0].told]
        return lines or self.value

    @property
    def numeric(self) -> bool:
        return self.component.type in (ComponentType.INTEGER, ComponentType.NUMBER)


def entry_fields(
    definition_id: uuid.UUID,
    components: tuple[Component, ...],
    value: Mapping[str, Any],
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
    proposal: Mapping[str, int],
) -> list[EntryField]:
    """The controls of an indicator, in the order of its definition."""
    return [
        _field(component, f"{definition_id}.{component.key}", component.key, value, typed, errors, proposal)
        for component in components
    ]


def _field(
    component: Component,
    name: str,
    path: str,
    value: Mapping[str, Any],
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
    proposal: Mapping[str, int],
) -> EntryField:
    kept = value.get(component.key)
    if component.type is ComponentType.LIST:
        lines = typed.get(component.key) or kept or []
        none = "0" if kept == [] else ""
        return EntryField(component, name, none, errors.get(path, ""), rows=_rows(component, name, path, lines, errors))
    shown = typed.get(component.key)
    proposed = proposal.get(component.key)
    return EntryField(
        component,
        name,
        shown if shown is not None else _written(component, kept),
        errors.get(path, ""),
        "" if proposed is None else format_number(proposed),
    )


def _rows(
    component: Component, name: str, path: str, lines: list[Mapping[str, Any]], errors: Mapping[str, str]
) -> tuple[tuple[EntryField, ...], ...]:
    known = [*lines] if isinstance(lines, list) else []
    first = component.fields[0].key if component.fields else ""
    told = {line.get(first) for line in known}
    stated = len(known)
    known += [{first: category} for category in component.categories if category not in told]
    known += [{} for _ in range(BLANK_ROWS)]
    return tuple(
        tuple(
            EntryField(
                part,
                f"{name}.{index}.{part.key}",
                _written(part, line.get(part.key)),
                errors.get(f"{path}.{index}.{part.key}", ""),
                told=index < stated,
                inline=True,
            )
            for part in component.fields
        )
        for index, line in enumerate(known)
    )


def only_told(component: Component, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines of a list that say something: a category that the form proposes says nothing by itself."""
    first = component.fields[0].key
    return [
        line
        for line in lines
        if any(value for key, value in line.items() if key != first)
        or (line.get(first) and line[first] not in component.categories)
    ]


def _written(component: Component, kept: Any) -> Any:
    """A kept value as a person would type it again: « 1 391 », « 12/03/2026 »."""
    if kept is None:
        return [] if component.type is ComponentType.CHOICES else ""
    if component.type is ComponentType.INTEGER and isinstance(kept, int):
        return format_number(kept)
    if component.type is ComponentType.NUMBER and re.fullmatch(r"-?[0-9.]+", str(kept)):
        return format_number(Decimal(kept))
    if component.type is ComponentType.DATE and isinstance(kept, str) and kept[:4].isdigit():
        return parse_date(kept).strftime("%d/%m/%Y")
    return kept
