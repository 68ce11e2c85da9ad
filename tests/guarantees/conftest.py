from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import transaction
from tests.support.cast import make_people
from tests.support.server import ROOT
from tests.support.world import World, build

pytest.register_assert_rewrite("tests.support.access_sweep")


@pytest.fixture(scope="module")
def _built(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The world, made once a file in a transaction that stays open; its tests ask for ``world`` and no other database."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build(make_people())
        transaction.set_rollback(True)


@pytest.fixture
def world(_built: World, django_db_blocker: Any) -> Iterator[World]:
    """The world as it was made: what a test changes goes with its savepoint, what it holds is a copy."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield copy.deepcopy(_built)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def plain_static_files(settings: LazySettings) -> None:
    """Addresses of static files without the manifest and the folder that collectstatic makes."""
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "whitenoise" not in one]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture
def approved(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a generated page of docs/reference with the approved one, or approve it with ``--write-tables``."""

    def compare(name: str, text: str) -> None:
        path: Path = ROOT / "docs" / "reference" / name
        if request.config.getoption("--write-tables"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8").splitlines() == text.splitlines()

    return compare
