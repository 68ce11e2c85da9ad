"""How instants, delays and sizes are worded, at the boundaries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from avenant.site import wording
from avenant.site.forms import When
from avenant.site.selectors import next_monday
from avenant.site.templatetags.avenant import pluralize

PARIS, GUADELOUPE = ZoneInfo("Europe/Paris"), ZoneInfo("America/Guadeloupe")
NOW = datetime(2026, 3, 3, 9, 0, tzinfo=PARIS)


def plain(text: str) -> str:
    return text.replace("\u202f", " ")


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (datetime(2026, 3, 13, tzinfo=PARIS), "12 mars 2026"),
        (datetime(2026, 3, 12, 23, 0, tzinfo=UTC), "12 mars 2026"),
        (datetime(2026, 3, 1, tzinfo=PARIS), "28 février 2026"),
        (datetime(2026, 3, 12, 16, 0, tzinfo=PARIS), "12 mars 2026 à 16 h 00"),
        (datetime(2026, 3, 13, tzinfo=GUADELOUPE), "12 mars 2026"),
        (datetime(2026, 3, 12, 16, 0, tzinfo=GUADELOUPE), "12 mars 2026 à 16 h 00, heure de Guadeloupe"),
    ],
)
def test_deadline_tells_the_last_moment_in_time(due: datetime, words: str) -> None:
    assert plain(wording.word_deadline(due)) == words


@pytest.mark.parametrize(
    ("due", "words", "urgency"),
    [
        (datetime(2026, 3, 12, tzinfo=PARIS), "dans 8 jours", ""),
        (datetime(2026, 3, 11, tzinfo=PARIS), "dans 7 jours", "soon"),
        (datetime(2026, 3, 5, tzinfo=PARIS), "demain", "soon"),
        (datetime(2026, 3, 4, tzinfo=PARIS), "aujourd’hui", "soon"),
        (NOW + timedelta(microseconds=1), "aujourd’hui", "soon"),
        (NOW, "en retard", "late"),
        (datetime(2026, 3, 3, tzinfo=PARIS), "en retard de 1 jour", "late"),
        (datetime(2026, 3, 2, tzinfo=PARIS), "en retard de 2 jours", "late"),
    ],
)
def test_days_left_are_counted_to_the_last_day(due: datetime, words: str, urgency: str) -> None:
    assert wording.word_days_left(due, NOW) == words
    assert wording.urgency(due, NOW) == urgency


def test_days_left_follow_the_calendar_of_the_deadline() -> None:
    """At 3 a.m. in Paris the day before is not over in Guadeloupe: its deadline is still of today."""
    now = datetime(2026, 3, 3, 3, 0, tzinfo=PARIS)
    assert wording.word_days_left(datetime(2026, 3, 3, tzinfo=GUADELOUPE), now) == "aujourd’hui"
    assert wording.word_days_left(datetime(2026, 3, 3, tzinfo=PARIS), now) == "en retard de 1 jour"


def test_instant_from_the_database_is_told_on_the_clocks_of_paris() -> None:
    assert plain(wording.word_instant(datetime(2026, 3, 3, 8, 0, tzinfo=UTC))) == "3 mars 2026 à 9 h 00"


@pytest.mark.parametrize(
    ("octets", "words"),
    [(0, "0 octet"), (1, "1 octet"), (999, "999 octets"), (1000, "1,0 Ko"), (1_400_000, "1,4 Mo"), (250_000, "250 Ko")],
)
def test_size(octets: int, words: str) -> None:
    assert plain(wording.word_size(octets)) == words


@pytest.mark.parametrize(
    ("now", "monday"),
    [
        (datetime(2026, 3, 2, 0, 0, tzinfo=PARIS), date(2026, 3, 9)),
        (NOW, date(2026, 3, 9)),
        (datetime(2026, 3, 8, 23, 59, 59, tzinfo=PARIS), date(2026, 3, 9)),
        (datetime(2026, 3, 9, 0, 0, tzinfo=PARIS), date(2026, 3, 16)),
    ],
)
def test_week_ends_when_monday_begins_in_paris(now: datetime, monday: date) -> None:
    assert next_monday(now) == datetime(monday.year, monday.month, monday.day, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("count", "when", "words"),
    [
        (0, None, "Aucune échéance"),
        (1, When.LATE, "1 échéance en retard"),
        (2, When.THIS_WEEK, "2 échéances d’ici à dimanche"),
        (1000, None, "1 000 échéances"),
        (1001, None, "Plus de 1 000 échéances"),
    ],
)
def test_sentence_of_a_list(count: int, when: When | None, words: str) -> None:
    assert plain(wording.word_due_found(count, when)) == words


@pytest.mark.parametrize(("number", "words"), [(None, ""), (0, ""), (1, ""), (-1, ""), (2, "s"), (-2, "s"), (1.9, "")])
def test_a_french_plural_begins_at_two(number: float | None, words: str) -> None:
    assert pluralize(number) == words
    assert pluralize(number, "est,sont") == ("sont" if words else "est")


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Le versement reste bloqué.", "le versement reste bloqué."),
        ("DUERP non reçu.", "DUERP non reçu."),
        ("À revoir.", "à revoir."),
        ("", ""),
    ],
)
def test_a_sentence_after_a_colon_begins_small(sentence: str, words: str) -> None:
    assert wording.within(sentence) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ARS Guadeloupe", "l’ARS Guadeloupe"),
        ("DEETS Guadeloupe", "la DEETS Guadeloupe"),
        ("Clinique du Manguier", "Clinique du Manguier"),
        ("le public", "le public"),
        ("", ""),
    ],
)
def test_an_institution_in_a_sentence_has_its_article(name: str, words: str) -> None:
    assert wording.with_article(name) == words
