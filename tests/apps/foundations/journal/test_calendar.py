"""The list of échéances, its export, and the calendar at a secret address."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.test import Client
from icalendar import Calendar
from tests.support.cast import Cast

from avenant.domain.audiences import Role
from avenant.foundations import clock
from avenant.foundations.accounts.models import User
from avenant.foundations.journal import calendar, services
from avenant.foundations.journal.services import Due
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Unit
from avenant.foundations.parties.services import open_circle

pytestmark = pytest.mark.django_db
PARIS, GUADELOUPE = ZoneInfo("Europe/Paris"), ZoneInfo("America/Guadeloupe")
NOW = datetime(2026, 3, 3, 9, tzinfo=PARIS)  # a Tuesday


@pytest.fixture(autouse=True)
def plain(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "whitenoise" not in one]
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": static}
    monkeypatch.setattr(clock, "now", lambda: NOW)


def plan(actor: Actor, label: str, due_at: datetime, *, file: str = "CPOM d’essai", **said: Any) -> None:
    with acting_as(actor):
        circle = open_circle(kind="contract", title=file, members={actor.organisation_id: "partie"})
        services.plan(
            circle,
            Due(
                key=label,
                label=label,
                organisation_id=actor.organisation_id,
                waiting="DREETS PACA",
                due_at=due_at,
                page="/declarations/",
                **said,
            ),
        )


def client(actor: Actor) -> Client:
    signed_in = Client(SERVER_NAME="localhost")
    signed_in.force_login(User.objects.get(pk=actor.person_id))
    return signed_in


def address(actor: Actor) -> str:
    with acting_as(actor):
        return calendar.address_of(calendar.open_address(actor=actor, at=NOW)).removeprefix("http://localhost:8000")


def events(page: str) -> list[Any]:
    response = Client(SERVER_NAME="localhost").get(page)
    assert response.headers["Content-Type"].startswith("text/calendar")
    return list(Calendar.from_ical(response.content).walk("VEVENT"))


def test_the_calendar_gives_my_open_items_on_the_clocks_of_their_zone(cast: Cast) -> None:
    due = datetime(2026, 3, 12, 16, tzinfo=GUADELOUPE)
    plan(cast.service, "À moi", due, zone="America/Guadeloupe", basis="article 6", consequence="On fera sans.")
    plan(cast.service, "À un autre rôle", due, role=Role.ADMINISTRATOR)
    plan(cast.labour, "À une autre organisation", due)
    (event,) = events(address(cast.service))
    assert (str(event["summary"]), event.end) == ("À moi", due)
    assert event["dtend"].params["TZID"] == "America/Guadeloupe"
    assert event.end - event.start == timedelta(minutes=30)
    assert str(event["description"]).splitlines() == [
        "À faire avant le 12 mars 2026 à 16\u202fh\u202f00, heure de Guadeloupe.",
        "Attendu par DREETS PACA.",
        "article 6.",
        "Si rien n’est fait\u202f: On fera sans.",
        "http://localhost:8000/declarations/",
    ]
    with acting_as(cast.service):
        services.close("À moi")
    assert events(address(cast.service)) == []


def test_an_address_answers_until_it_is_changed_or_closed(cast: Cast) -> None:
    browser, anyone = client(cast.service), Client(SERVER_NAME="localhost")
    assert anyone.get("/calendrier/inconnue.ics").status_code == 404
    first = address(cast.service)
    assert anyone.get(first).status_code == 200
    forged = first.replace(first[-6], "A" if first[-6] != "A" else "B")
    assert anyone.get(forged).status_code == 404
    browser.post("/calendrier/ouvrir")
    assert anyone.get(first).status_code == 404
    page = browser.get("/echeances").content.decode()
    second = page.partition('href="http://localhost:8000')[2].partition('"')[0]
    assert anyone.get(second).status_code == 200
    browser.post("/calendrier/fermer")
    assert anyone.get(second).status_code == 404


def test_the_address_of_a_person_who_left_gives_nothing(cast: Cast) -> None:
    page = address(cast.service)
    User.objects.filter(pk=cast.service.person_id).update(is_active=False)
    assert Client(SERVER_NAME="localhost").get(page).status_code == 404


def test_the_list_is_filtered_by_file_moment_and_unit(cast: Cast) -> None:
    unit = Unit.objects.get(pk=cast.labour.unit_id)
    plan(cast.labour, "En retard", NOW, file="Dossier un", unit_id=unit.pk)
    plan(cast.labour, "Dimanche", datetime(2026, 3, 9, tzinfo=PARIS), file="Dossier deux")
    plan(cast.labour, "Plus tard", datetime(2026, 3, 9, 0, 1, tzinfo=PARIS), file="Dossier deux")
    browser = client(cast.labour)

    def shown(question: str) -> list[str]:
        lines = browser.get(f"/echeances.csv?{question}").content.decode("utf-8-sig").splitlines()[1:]
        return [line.split(";")[0] for line in lines]

    assert shown("") == ["En retard", "Dimanche", "Plus tard"]
    assert shown("quand=retard") == ["En retard"]
    assert shown("quand=semaine") == ["Dimanche"]
    assert shown("pour=unite") == ["En retard"]
    assert shown("pour=organisme") == ["Dimanche", "Plus tard"]
    page = browser.get("/echeances?quand=semaine").content.decode()
    assert "1 échéance d’ici à dimanche" in page
    assert "/echeances.csv?quand=semaine" in page


def test_the_export_says_the_last_day_and_the_instant(cast: Cast) -> None:
    plan(cast.labour, "=Calculer", datetime(2026, 3, 12, tzinfo=PARIS), basis="article 6")
    response = client(cast.labour).get("/echeances.csv")
    assert response.headers["Content-Disposition"] == 'attachment; filename="echeances-confidentiel.csv"'
    line = response.content.decode("utf-8-sig").splitlines()[1].split(";")
    assert line[0].startswith("'=")
    assert line[2] == "11 mars 2026"
    assert line[3].startswith("2026-03-12")
    assert line[6] == "article 6"
