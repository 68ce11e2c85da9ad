from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from tests.support.roles import as_system

from avenant.demo.building.world import build
from avenant.foundations import clock

LIVES_ON = "2026-03-03T09:00:00+01:00"


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The demonstration's world, built once for a module and taken back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        with as_system():
            assert build()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def open_doors(settings: Any) -> None:
    """The environment of a demonstration, at its first instant."""
    settings.DEMO, settings.DEMO_DATE = True, LIVES_ON
    clock.set_now(datetime.fromisoformat(LIVES_ON))
