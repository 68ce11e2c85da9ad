"""The one clock. Doors and jobs read it; services are given the instant."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import caches
from django.utils import timezone

SHIFT_KEY = "demo-clock-shift"


def now() -> datetime:
    """The present instant; in the demonstration, the instant at which its world lives."""
    return timezone.now() + shift()


def shift() -> timedelta:
    """How far the demonstration's clock is from the real one; nothing outside the demonstration."""
    if not settings.DEMO_DATE:
        return timedelta()
    moved: float | None = caches["clock"].get(SHIFT_KEY)
    if moved is None:
        set_now(datetime.fromisoformat(settings.DEMO_DATE))
        moved = caches["clock"].get(SHIFT_KEY, 0.0)
    return timedelta(seconds=moved)


def set_now(at: datetime) -> None:
    """Move the demonstration's clock to ``at`` (it then runs at its own pace)."""
    caches["clock"].set(SHIFT_KEY, (at - timezone.now()).total_seconds(), timeout=None)
