"""How a contract stands on a day: its recorded state and its dates say it together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from avenant.domain.periods import add_months


class Standing(StrEnum):
    """What a reader is told of a contract on a given day."""

    DRAFT = "draft"
    CONSULTING = "in_consultation"
    TO_SIGN = "to_sign"
    TO_COME = "to_come"
    IN_FORCE = "in_force"
    TERMINATED = "terminated"
    DENOUNCED = "denounced"
    EXPIRED = "expired"
    ENDED = "ended"

    @property
    def label(self) -> str:
        return {
            self.DRAFT: "en préparation",
            self.CONSULTING: "en consultation",
            self.TO_SIGN: "à la signature",
            self.TO_COME: "signé, à venir",
            self.IN_FORCE: "en vigueur",
            self.TERMINATED: "résilié, préavis en cours",
            self.DENOUNCED: "dénoncé, préavis en cours",
            self.EXPIRED: "échu",
            self.ENDED: "terminé",
        }[self]

    @property
    def runs(self) -> bool:
        """In force that day, be it for the time of a notice only."""
        return self is Standing.IN_FORCE or self in LEAVING

    @property
    def tone(self) -> str:
        """The tone of its mark on a page."""
        if self in LEAVING:
            return "warn"
        return {self.IN_FORCE: "good", self.EXPIRED: "warn"}.get(self, "")


LEAVING: Final = frozenset({Standing.TERMINATED, Standing.DENOUNCED})
"""Still in force, but for the time of a notice only."""
_AS_RECORDED: Final = frozenset({"draft", "in_consultation", "to_sign", "expired"})


def standing(
    state: str, starts_on: date | None, ends_on: date | None, today: date, *, terminated: bool = False
) -> Standing:
    """How a contract of recorded ``state`` stands on ``today``; both its first and its last day are in force.

    ``terminated``: all its parties have signed that it stops before its term. There is no tacit renewal: the day after
    the last one it has expired, or ended when somebody stopped it, whether or not it was recorded.
    """
    if state in _AS_RECORDED:
        return Standing(state)
    if state not in ("in_force", "denounced"):
        return Standing.ENDED
    if starts_on is None or ends_on is None:
        return Standing.DRAFT
    if state == "denounced":
        return Standing.ENDED if today > ends_on else Standing.DENOUNCED
    if terminated:
        return Standing.ENDED if today > ends_on else Standing.TERMINATED
    if today < starts_on:
        return Standing.TO_COME
    return Standing.EXPIRED if today > ends_on else Standing.IN_FORCE


def days_left(ends_on: date | None, today: date) -> int | None:
    """Days still to run, the last one included: 1 on the last day, 0 or less afterwards, None without an end."""
    return None if ends_on is None else (ends_on + timedelta(days=1) - today).days


def earliest_end(last_signature: date, months: int) -> date:
    """The first day on which a contract may stop, ``months`` of notice after the last signature of its termination.

    Calendar months, same day number, clipped to the last day of a shorter month: 30 November + 3 gives 28 February.
    """
    return add_months(last_signature, months)


def last_day_after(effect: date, natural_end: date) -> date:
    """The last day in force of a contract that stops on ``effect``; a natural end that comes before wins."""
    return min(effect - timedelta(days=1), natural_end)


def warning_days(ends_on: date, months: Iterable[int] = (12, 6, 3)) -> tuple[tuple[int, date], ...]:
    """The days on which the parties are told that the end comes, the farthest first."""
    return tuple((one, add_months(ends_on, -one)) for one in months)
