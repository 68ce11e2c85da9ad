"""When the people of an échéance are reminded of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from avenant.domain.french import format_date, format_moment, typeset

MORNING = 7
"""Hour of the day before which nobody is reminded of anything, on the clocks of the échéance."""


def days_left(due: datetime, now: datetime) -> int:
    """Whole days from today to the last day of ``due``, on the calendar of its zone; negative when it has passed.

    ``due`` is excluded: for midnight of 12 March, the last day is 11 March.
    """
    last_day = (due - timedelta(microseconds=1)).date()
    return (last_day - now.astimezone(due.tzinfo).date()).days


def step_reached(due: datetime, now: datetime, steps: Iterable[int]) -> int | None:
    """The last of ``steps`` (days before ``due``, negative after it) that has come, None before the first.

    The last one only: a platform that was stopped for a week sends one reminder, not three.
    """
    if now.astimezone(due.tzinfo).hour < MORNING:
        now -= timedelta(days=1)
    left = days_left(due, now)
    return min((step for step in steps if left <= step), default=None)


def word_limit(due: datetime) -> str:
    """The last moment in words: « Dernier jour : 11 mars 2026, heure de Paris. » for the midnight that excludes it."""
    moment = format_moment(due)
    if due.timetz().replace(tzinfo=None) != time():
        return f"À faire avant le {moment}."
    last_day = format_date((due - timedelta(microseconds=1)).date())
    return typeset(f"Dernier jour : {last_day}, {moment.rpartition(', ')[2]}.")
