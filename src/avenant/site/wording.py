"""How the pages word instants, delays and sizes; numbers and dates themselves are written by ``domain.french``."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from avenant.domain import french, reminders
from avenant.foundations.paging import word_count
from avenant.site.forms import When

SOON: Final = 7
"""Days before an échéance from which it is shown as due soon."""

_ARTICLES: Final = {"ARS": "l’", "Carsat": "la ", "CGSS": "la ", "DEETS": "la ", "DREETS": "la ", "DRIEETS": "la "}

_UNITS: Final = ("octets", "Ko", "Mo", "Go")


def here(moment: datetime) -> datetime:
    """The instant on its reader's clocks: its own zone's, or the site's when it comes in UTC from the database."""
    return timezone.localtime(moment) if moment.utcoffset() == timedelta() else moment


def word_instant(moment: datetime) -> str:
    """« 3 mars 2026 à 9 h 00 »; the zone is told when it is not the site's."""
    moment = here(moment)
    if _is_foreign(moment):
        return french.format_moment(moment)
    return f"{french.format_date(moment)} à {french.format_time(moment.timetz())}"


def word_deadline(moment: datetime) -> str:
    """The last moment at which an act still is in time, from the instant that excludes it.

    Midnight ends the day before: « 12 mars 2026 » for 13 March 00:00, a day of its own zone; elsewhere
    « 12 mars 2026 à 16 h 00 », with the zone when it is not the site's.
    """
    moment = here(moment)
    if moment.timetz().replace(tzinfo=None) != time():
        return word_instant(moment)
    return french.format_date(last_day(moment))


def with_article(name: str) -> str:
    """« l’ARS Guadeloupe », « la DEETS Guadeloupe »: an institution in a sentence; another name stays as it is."""
    return f"{_ARTICLES.get(name.partition(' ')[0], '')}{name}"


def within(sentence: str) -> str:
    """A sentence after a colon: its first letter small, unless it begins an acronym (« DUERP reçu »)."""
    return sentence if sentence[1:2].isupper() else f"{sentence[:1].lower()}{sentence[1:]}"


def last_day(moment: datetime) -> date:
    """The last day on which an act is in time, ``moment`` being excluded."""
    return (here(moment) - timedelta(microseconds=1)).date()


def days_left(due: datetime, now: datetime) -> int:
    """Whole days from today to the last day of ``due``, on the calendar of its zone; negative when it has passed."""
    return reminders.days_left(here(due), now)


def word_days_left(due: datetime, now: datetime) -> str:
    """« dans 9 jours », « demain », « aujourd’hui », « en retard de 3 jours »."""
    days = days_left(due, now)
    if due <= now:
        late = -days
        return f"en retard de {late} jour{'s' if late > 1 else ''}" if late else "en retard"
    return {0: "aujourd’hui", 1: "demain"}.get(days, f"dans {days} jours")


def urgency(due: datetime, now: datetime) -> str:
    """« late », « soon » (a week or less) or nothing."""
    if due <= now:
        return "late"
    return "soon" if days_left(due, now) <= SOON else ""


def word_due_found(count: int, when: When | None) -> str:
    """« 3 échéances en retard »: what a list of échéances shows."""
    moment = {When.LATE: " en retard", When.THIS_WEEK: " d’ici à dimanche", None: ""}[when]
    return f"{word_count(count, 'échéance')}{moment}"


def word_size(octets: int) -> str:
    """« 1,4 Mo »: the size of a file, in powers of a thousand."""
    size, unit = Decimal(octets), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    written = french.format_number(size, decimals=1 if unit and size < 100 else 0)
    name = "octet" if octets < 2 else _UNITS[unit]
    return f"{written}{french.NARROW_SPACE}{name}"


def in_zone(moment: datetime, zone: str) -> datetime:
    """The same instant on the clocks of ``zone`` (« America/Guadeloupe »)."""
    return moment.astimezone(ZoneInfo(zone))


def _is_foreign(moment: datetime) -> bool:
    return str(moment.tzinfo) != timezone.get_current_timezone_name()
