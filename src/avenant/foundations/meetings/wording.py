"""How the times of committees are written."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from avenant.domain.french import format_date, format_time

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def word_slot(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """« jeudi 12 mars 2026, de 9 h 30 à 12 h 00 »."""
    start, end = start.astimezone(zone), end.astimezone(zone)
    day = f"{_DAYS[start.weekday()]} {format_date(start)}"
    return f"{day}, de {format_time(start.timetz())} à {format_time(end.timetz())}"
