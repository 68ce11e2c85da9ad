"""Numbers, dates and euros as French readers type them and read them: one parser, one writer, for every surface.

Readers see the narrow no-break space U+202F between thousands and before high punctuation. The source keeps plain
spaces; :func:`typeset` puts the right ones.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from avenant.domain.decision import DomainError

NARROW_SPACE: Final = "\u202f"
NOT_COMPUTABLE: Final = "non calculable"

_SEPARATORS: Final = " \u00a0\u202f"
_MAXIMUM_DIGITS: Final = 15
_QUOTED_LENGTH: Final = 40
_NUMBER: Final = re.compile(
    rf"(?P<sign>[-−]?)[{_SEPARATORS}]?"
    rf"(?P<whole>[0-9]+|[0-9]{{1,3}}(?:[{_SEPARATORS}][0-9]{{3}})+)"
    r"(?:,(?P<decimals>[0-9]+))?"
)
_DAY: Final = re.compile(r"(?P<day>[0-9]{1,2})[/.](?P<month>[0-9]{1,2})[/.](?P<year>[0-9]{4})")
_MONTHS: Final = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
_ZONES: Final = {
    "Europe/Paris": "heure de Paris",
    "America/Guadeloupe": "heure de Guadeloupe",
    "America/Martinique": "heure de Martinique",
    "America/Cayenne": "heure de Guyane",
    "Indian/Reunion": "heure de La Réunion",
    "Indian/Mayotte": "heure de Mayotte",
}


class Unreadable(DomainError):
    """What was typed is not what the field expects; ``message`` says how to write it."""

    def __init__(self, message: str) -> None:
        super().__init__(typeset(message), code="unreadable")


def typeset(text: str) -> str:
    """Put French typography on a plain sentence: curly apostrophes, narrow spaces around « » and before ; : ! ? %."""
    text = text.replace("'", "’")
    text = re.sub(r" (?=[;:!?%»])", NARROW_SPACE, text)
    return text.replace("« ", "«" + NARROW_SPACE)


def quoted(text: str) -> str:
    """What was typed, between guillemets, cut when it is long: « 3,5 »."""
    return f"« {text if len(text) <= _QUOTED_LENGTH else text[:_QUOTED_LENGTH] + '…'} »"


def parse_number(text: str) -> Decimal:
    """Read a decimal number typed in French: « 1 391,5 ». Thousands may be apart by a space, U+00A0 or U+202F.

    A point is refused, never guessed: « 1.391 » is one thousand for some and one for others. Raises Unreadable.
    """
    typed = text.strip(_SEPARATORS + "\t\r\n")
    if re.fullmatch(r"[-−]?[0-9]+\.[0-9]+", typed):
        raise Unreadable(
            f"{quoted(typed)} se lit de deux façons. Écrivez « {typed.replace('.', ',')} » pour un nombre à virgule, "
            f"« {typed.replace('.', ' ')} » pour des milliers."
        )
    found = _NUMBER.fullmatch(typed)
    if not found:
        raise Unreadable(f"{quoted(typed)} n'est pas un nombre. Écrivez par exemple « 1 391 » ou « 12,5 ».")
    whole = re.sub(rf"[{_SEPARATORS}]", "", found["whole"])
    decimals = found["decimals"] or ""
    if len(whole) + len(decimals) > _MAXIMUM_DIGITS:
        raise Unreadable(f"{quoted(typed)} a trop de chiffres : {_MAXIMUM_DIGITS} au plus.")
    number = Decimal(f"{whole}.{decimals}" if decimals else whole)
    return -number if found["sign"] else number


def parse_integer(text: str, *, minimum: int = 0) -> int:
    """Read a whole number of at least ``minimum``; « 1 391 » is 1391, « 3,5 », « 1.391 » and « -1 » are refused."""
    typed = text.strip(_SEPARATORS + "\t\r\n")
    if "." in typed or "," in typed:
        raise Unreadable(
            f"{quoted(typed)} n'est pas un nombre entier. Écrivez-le sans virgule ni point, par exemple « 1 391 »."
        )
    number = int(parse_number(typed))
    if number < minimum:
        raise Unreadable(f"{quoted(typed)} est trop petit : le nombre doit être au moins égal à {minimum}.")
    return number


def parse_date(text: str) -> date:
    """Read « 12/03/2026 », « 12.03.2026 » or the ISO form that browsers send. Raises Unreadable."""
    typed = text.strip()
    found = _DAY.fullmatch(typed)
    try:
        if found:
            return date(int(found["year"]), int(found["month"]), int(found["day"]))
        return date.fromisoformat(typed)
    except ValueError:
        raise Unreadable(f"{quoted(typed)} n'est pas une date. Écrivez par exemple « 12/03/2026 ».") from None


def format_number(value: int | Decimal, *, decimals: int | None = None) -> str:
    """Write a number: « 1 391,5 ». ``decimals`` rounds half up and pads; None keeps the decimals there are."""
    if decimals is not None:
        value = Decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    written = f"{abs(Decimal(value)):,f}".replace(",", NARROW_SPACE).replace(".", ",")
    return f"−{written}" if value < 0 else written


def format_percentage(ratio: Decimal, *, decimals: int = 1) -> str:
    """Write a ratio between 0 and 1 as a percentage: 0.25 gives « 25,0 % »."""
    return f"{format_number(ratio * 100, decimals=decimals)}{NARROW_SPACE}%"


def format_evolution(before: int | Decimal, after: int | Decimal) -> str:
    """Write how a figure moved: « + 15,5 % », « − 12,0 % », « × 3,2 » from three times on, « stable » when it did not.

    From zero there is no rate: « non calculable ».
    """
    if before == after:
        return "stable"
    if before == 0:
        return NOT_COMPUTABLE
    ratio = Decimal(after) / Decimal(before)
    if ratio >= 3:
        return f"×{NARROW_SPACE}{format_number(ratio, decimals=1)}"
    sign = "+" if ratio > 1 else "−"
    return f"{sign}{NARROW_SPACE}{format_percentage(abs(ratio - 1))}"


def format_euros(amount: Decimal) -> str:
    """Write an amount of euros to the cent: « 120 000,00 € »."""
    return f"{format_number(amount, decimals=2)}{NARROW_SPACE}€"


def format_date(day: date) -> str:
    """Write « 12 mars 2026 », and « 1er mars 2026 » on the first."""
    return f"{format_day(day)} {day.year}"


def format_day(day: date) -> str:
    """Write the day of any year: « 12 mars »."""
    return f"{'1er' if day.day == 1 else day.day} {_MONTHS[day.month - 1]}"


def format_time(moment: time) -> str:
    """Write « 16 h 02 »."""
    return f"{moment.hour}{NARROW_SPACE}h{NARROW_SPACE}{moment.minute:02}"


def format_moment(moment: datetime) -> str:
    """Write an aware instant in its own zone: « 6 novembre 2023 à 23 h 59, heure de Guadeloupe »."""
    if moment.tzinfo is None:
        raise ValueError("an instant shown to a reader needs its time zone")
    return f"{format_date(moment)} à {format_time(moment.timetz())}, {zone_name(moment)}"


def format_second(moment: datetime) -> str:
    """Write an aware instant to the second: « 6 novembre 2023 à 23 h 59 min 59 s, heure de Guadeloupe »."""
    day, _, clock = format_moment(moment).partition(",")
    return f"{day}{NARROW_SPACE}min{NARROW_SPACE}{moment.second:02}{NARROW_SPACE}s,{clock}"


def zone_name(moment: datetime) -> str:
    """The zone of an aware instant: « heure de Guadeloupe », « UTC-04:00 » where it has no name."""
    return _ZONES.get(str(moment.tzinfo)) or f"UTC{moment.isoformat()[-6:]}"


_WEEKDAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def format_deadline(last: datetime) -> str:
    """Write the last moment of a deadline in its own zone: « lundi 6 novembre 2023, 23 h 59 (heure de Guadeloupe) »."""
    day, _, zone = format_moment(last).partition(" à ")
    hour, _, named = zone.partition(", ")
    return f"{_WEEKDAYS[last.weekday()]} {day}, {hour} ({named})"


def counted(number: int, noun: str) -> str:
    """Write a number of things, in the singular below two: « 0 séance », « 1 séance », « 16 lignes inscrites »."""
    return f"{format_number(number)} {noun if abs(number) < 2 else ' '.join(map(_plural, noun.split(' ')))}"


def _plural(word: str) -> str:
    return word if word[-1] in "sxz" else f"{word}x" if word.endswith("eau") else f"{word}s"


def enumerate_in_words(items: list[str] | tuple[str, ...]) -> str:
    """Join items as a sentence does: « a, b et c »."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} et {items[-1]}"
