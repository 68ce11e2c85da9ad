"""A line of a journal is told on the clocks of who acted, and says so where they are not those of Paris."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.template.loader import render_to_string

from avenant.foundations.journal.models import Event
from avenant.foundations.parties.models import Organisation, Territory

AT = datetime(2023, 11, 6, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("America/Guadeloupe", "5 novembre 2023 à 22 h 30, heure de Guadeloupe"),
        ("Europe/Paris", "6 novembre 2023 à 3 h 30"),
        (None, "6 novembre 2023 à 3 h 30"),
    ],
)
def test_the_clocks_are_those_of_who_acted(zone: str | None, told: str) -> None:
    acting = Organisation(short_name="ARS", territory=Territory(time_zone=zone)) if zone else None
    event = Event(at=AT, label="Dossier déposé", organisation=acting)
    shown = render_to_string("components/journal_lines.html", {"events": [event]}).replace("\u202f", " ")
    assert f">{told}<" in shown.replace("\u00a0", " ")
