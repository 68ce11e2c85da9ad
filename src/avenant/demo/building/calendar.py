"""The instants of the demonstration's files are told on Paris clocks."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def paris(moment: datetime) -> datetime:
    """The instant at which a clock of Paris shows ``moment``."""
    return moment.replace(tzinfo=PARIS)
