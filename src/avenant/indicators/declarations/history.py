"""Every state of a working copy, told: who, when, from what to what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from avenant.domain.french import enumerate_in_words
from avenant.domain.indicators import Definition, format_value

TOLD = {"unavailable": "non disponible", "comment": "commentaire", "justification": "justification"}


@dataclass(frozen=True, slots=True)
class Change:
    """One save: who, when, the value before and after, what else was written."""

    at: datetime
    person: str
    before: str
    after: str
    also: str = ""


def history_of(events: Iterable[Any], definition: Definition) -> list[Change]:
    """The saves of one indicator, the last first."""
    return list(reversed(list(_changes(events, definition))))


def _changes(events: Iterable[Any], definition: Definition) -> Iterator[Change]:
    former: Any = None
    for event in events:
        also = [
            f"{word}\u202f: «\u202f{getattr(event, name)}\u202f»" if getattr(event, name) else f"{word} retiré"
            for name, word in TOLD.items()
            if getattr(event, name) != (getattr(former, name) if former else "")
        ]
        yield Change(
            event.saved_at,
            event.saved_by.name if event.saved_by else "",
            _said(former, definition) if former else "",
            _said(event, definition),
            enumerate_in_words(also) if also else "",
        )
        former = event


def _said(event: Any, definition: Definition) -> str:
    if event.typed:
        written = [str(one) for one in event.typed.get("raw", {}).values() if one]
        return f"«\u202f{' ; '.join(written)}\u202f», illisible"
    return format_value(definition, event.value) if event.value else ""
