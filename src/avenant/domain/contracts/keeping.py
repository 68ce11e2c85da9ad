"""How the commitments of a contract are followed: what is due in a year, what a status may be, how silence is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from avenant.domain.decision import DomainError

BASIS: Final = "CPOM Guadeloupe 2025-2030, III"
ONCE, HALF_YEARLY = "once", "half_yearly"
_DAY: Final = re.compile(r"(\d\d)-(\d\d)")


class Status(StrEnum):
    """Where a party says that one of its commitments stands, for one year."""

    TO_COME = "to_come"
    UNDERWAY = "underway"
    HELD = "held"
    PARTLY = "partly"
    NOT_HELD = "not_held"
    NO_OBJECT = "no_object"

    def word(self, *, firm: bool) -> str:
        """In French; a means that may be mobilised is never said to be held or not held."""
        return (_FIRM if firm else _OPTIONAL)[self]


_FIRM: Final = {
    Status.TO_COME: "à venir",
    Status.UNDERWAY: "en cours",
    Status.HELD: "tenu",
    Status.PARTLY: "partiellement tenu",
    Status.NOT_HELD: "non tenu",
    Status.NO_OBJECT: "sans objet",
}
_OPTIONAL: Final = {
    Status.TO_COME: "non mobilisé",
    Status.UNDERWAY: "en cours",
    Status.HELD: "mobilisé",
    Status.NO_OBJECT: "sans objet",
}
EXPLAINED: Final = frozenset({Status.PARTLY, Status.NOT_HELD, Status.NO_OBJECT})
"""What a party does not say without a comment."""


def statuses(*, firm: bool) -> dict[Status, str]:
    """What a party may say: only a firm commitment can be partly held, or not held."""
    return dict(_FIRM if firm else _OPTIONAL)


def check_status(status: Status, comment: str, *, firm: bool) -> None:
    """Raises DomainError for a status that the nature of the commitment excludes, or that lacks its comment."""
    if status not in statuses(firm=firm):
        raise DomainError(
            "Un moyen mobilisable n’est jamais « non tenu » : il est mobilisé, ou il ne l’est pas.", basis=BASIS
        )
    if status in EXPLAINED and not comment.strip():
        raise DomainError(f"« {status.word(firm=firm).capitalize()} » demande un commentaire : dites pourquoi.")


class Reading(StrEnum):
    """How a line reads: what the party said, or what its silence means once the year is over."""

    STATED = "stated"
    WAITING = "waiting"
    NOT_MOBILISED = "not_mobilised"
    SHOWN = "shown"
    UNANSWERED = "unanswered"
    LAPSED = "lapsed"


def read(status: Status, *, firm: bool, evidence: int, over: bool, lapsed: bool = False) -> Reading:
    """The reading of a line.

    ``over``: the year is over and the party was asked. A firm commitment without evidence then reads « non tenu »
    pending a comment; a means that nobody mobilised reads « non mobilisé », which is no failure; evidence without a
    statement shows that something was done, at once for a means. A commitment that the text has lost is lapsed, whatever was said.
    """
    if lapsed:
        return Reading.LAPSED
    if status is not Status.TO_COME:
        return Reading.STATED
    if evidence and (over or not firm):
        return Reading.SHOWN
    if not over:
        return Reading.WAITING
    return Reading.UNANSWERED if firm else Reading.NOT_MOBILISED


def word_reading(reading: Reading, status: Status, *, firm: bool) -> str:
    """The words of a line."""
    match reading:
        case Reading.LAPSED:
            return "caduc"
        case Reading.UNANSWERED:
            return "non tenu, commentaire attendu"
        case Reading.SHOWN:
            return "preuve jointe, à déclarer" if firm else "mobilisé"
        case Reading.NOT_MOBILISED:
            return "non mobilisé"
        case Reading.WAITING:
            return "à venir" if firm else "non mobilisé à ce jour"
        case _:
            return status.word(firm=firm)


def tone(reading: Reading, status: Status) -> str:
    """The mark beside the words: good, warn, bad, or none."""
    if reading is Reading.UNANSWERED:
        return "bad"
    if reading is Reading.SHOWN:
        return "warn"
    if reading is not Reading.STATED:
        return ""
    return {Status.HELD: "good", Status.PARTLY: "warn", Status.NOT_HELD: "bad"}.get(status, "")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something to do in a year: a key that planning again finds, words when there are several, a day when there is one."""

    key: str = ""
    label: str = ""
    due_on: date | None = None


def parse_day(text: str) -> tuple[int, int]:
    """« 09-30 » as month and day. Raises DomainError for a day that not every year has."""
    found = _DAY.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        day = date(2001, int(found[1]), int(found[2]))
    except ValueError:
        raise DomainError(
            f"« {text} » n’est pas un jour de l’année : écrivez le mois puis le jour, comme 09-30."
        ) from None
    return day.month, day.day


def due_days(days: Iterable[str], year: int) -> list[date]:
    """The days of a year's occurrences, in order: one that does not follow the one before is of the next year.

    The half-yearly report of 2026 with 09-30 and 03-31 is due on 30 September 2026, then on 31 March 2027.
    """
    found: list[date] = []
    for month, day in map(parse_day, days):
        here = date(year, month, day)
        found.append(here if not found or here > found[-1] else date(found[-1].year + 1, month, day))
    return found


def occurrences(
    recurrence: str, year: int, *, first: int, days: Sequence[str] = (), due_on: date | None = None
) -> list[Occurrence]:
    """What a commitment asks in ``year`` of a contract that starts in ``first``; nothing is an empty list.

    Once: in the year of its day, or in the first one. Half-yearly: two, each with its day when it is known. Any other
    recurrence is one line a year, with a day when the parties or the text give one.
    """
    if recurrence == ONCE:
        wanted = due_on.year if due_on else first
        return [Occurrence(due_on=due_on)] if year == wanted else []
    dated = due_days(days, year)
    if recurrence == HALF_YEARLY:
        both = dated if len(dated) == 2 else [None, None]
        return [Occurrence(f"S{rank}", f"semestre {rank}", day) for rank, day in enumerate(both, start=1)]
    if len(dated) > 1:
        return [Occurrence(f"{day:%m-%d}", f"échéance {rank}", day) for rank, day in enumerate(dated, start=1)]
    return [Occurrence(due_on=dated[0] if dated else None)]
