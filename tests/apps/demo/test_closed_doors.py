"""No door of the demonstration without the environment, and none without the mark of its builder."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from tests.support.roles import as_system

from avenant.demo.models import World
from avenant.foundations import clock
from avenant.foundations.accounts.models import User

SIGN_IN, CLOCK = "/demonstration/entrer", "/demonstration/horloge"
pytestmark = pytest.mark.django_db


@pytest.fixture
def marked(db: None) -> None:
    with as_system():
        World.objects.create(pk=1, starts_at=clock.now(), committee_on=date(2026, 4, 10))


def test_without_the_environment(marked: None, settings: Any) -> None:
    settings.DEMO, settings.DEMO_DATE = False, ""
    _everything_is_closed()


def test_without_the_mark_of_the_builder(open_doors: None) -> None:
    User.objects.create_user(email="pilote@demo.invalid", name="Pilote")
    _everything_is_closed()


def test_without_a_date_to_live_on(marked: None, settings: Any) -> None:
    settings.DEMO, settings.DEMO_DATE = True, ""
    _everything_is_closed()


def _everything_is_closed() -> None:
    client = Client()
    assert client.post(SIGN_IN, {"person": "pilote@demo.invalid"}).status_code == 404
    assert client.post(CLOCK, {"pas": "jour"}).status_code == 404
    page = client.get(reverse("account_login")).content.decode()
    assert "Entrer dans la démonstration" not in page
    assert "+1 jour" not in page


def test_a_marked_world_is_one(marked: None) -> None:
    with as_system(), pytest.raises(IntegrityError, match="demo_world_is_one"), transaction.atomic():
        World.objects.create(pk=2, starts_at=clock.now(), committee_on=date(2026, 4, 10))


def test_the_builder_refuses_an_ordinary_database(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="AVENANT_DEMO=1"):
        call_command("build_demonstration")


def test_the_web_cannot_leave_the_mark() -> None:
    with pytest.raises(ProgrammingError, match="permission denied for table demo_world"), transaction.atomic():
        World.objects.create(pk=1, starts_at=clock.now(), committee_on=date(2026, 4, 10))
