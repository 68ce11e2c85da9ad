"""How a contract stands on a day: its recorded state and its dates say it together."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum


class Standing(StrEnum):
    """What a reader is told of a contract on a given day."""

    DRAFT = "draft"
    TO_COME = "to_come"
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    ENDED = "ended"

    @property
    def label(self) -> str:
        return {
            self.DRAFT: "en préparation",
            self.TO_COME: "signé, à venir",
            self.IN_FORCE: "en vigueur",
            self.EXPIRED: "échu",
            self.ENDED: "terminé",
        }[self]

    @property
    def tone(self) -> str:
        """The tone of its mark on a page."""
        return {self.IN_FORCE: "good", self.EXPIRED: "warn"}.get(self, "")


def standing(state: str, starts_on: date | None, ends_on: date | None, today: date) -> Standing:
    """How a contract of recorded ``state`` stands on ``today``; both its first and its last day are in force.

    There is no tacit renewal: the day after the last one it has expired, whether or not somebody recorded it.
    """
    if state not in ("draft", "in_force"):
        return Standing.ENDED
    if state == "draft" or starts_on is None or ends_on is None:
        return Standing.DRAFT
    if today < starts_on:
        return Standing.TO_COME
    return Standing.EXPIRED if today > ends_on else Standing.IN_FORCE


def days_left(ends_on: date | None, today: date) -> int | None:
    """Days still to run, the last one included: 1 on the last day, 0 or less afterwards, None without an end."""
    return None if ends_on is None else (ends_on + timedelta(days=1) - today).days
