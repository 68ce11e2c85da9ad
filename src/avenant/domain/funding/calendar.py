"""The calendar of a call: which step is done, current or to come on a day, and how late one was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class CalendarStep:
    """One step of a call: both days are included. ``done_on`` is when it was really done, once it is."""

    key: str
    label: str
    starts_on: date
    ends_on: date
    words: str = ""
    done_on: date | None = None

    def status(self, day: date) -> str:
        """``done``, ``now`` or ``next`` on a day, by the announced dates."""
        if day > self.ends_on:
            return "done"
        return "now" if day >= self.starts_on else "next"

    @property
    def days_late(self) -> int:
        """Days between the announced last day and the day it was done; 0 when it was in time or is not done."""
        return max(0, (self.done_on - self.ends_on).days) if self.done_on else 0


def read_calendar(content: Iterable[Mapping[str, Any]]) -> tuple[CalendarStep, ...]:
    """The steps written as plain data (days in ISO), in their order."""
    return tuple(
        CalendarStep(
            key=one["key"],
            label=one["label"],
            words=one.get("words", ""),
            starts_on=date.fromisoformat(one["starts_on"]),
            ends_on=date.fromisoformat(one["ends_on"]),
            done_on=date.fromisoformat(one["done_on"]) if one.get("done_on") else None,
        )
        for one in content
    )
