"""A platform without vendored files nor slow hashes, whose real time a test may hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from tests.support.cast import Cast, actor
from tests.support.roles import as_system

from avenant.domain.audiences import Role
from avenant.foundations.accounts.models import User
from avenant.foundations.parties.actors import Actor

NOON = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
PASSWORD = "une phrase assez longue"
FIXED = "django.contrib.auth.hashers.MD5PasswordHasher"


class Clock:
    """The real time of the platform, held by a test."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture(autouse=True)
def plain(settings: LazySettings) -> Iterator[None]:
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "whitenoise" not in one]
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": static}
    settings.PASSWORD_HASHERS = [FIXED]
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    held = Clock()
    monkeypatch.setattr(timezone, "now", held)
    return held


@pytest.fixture
def person(cast: Cast) -> User:
    return with_password(cast.service)


@pytest.fixture
def administrator(cast: Cast) -> Actor:
    """Who administers the service's accounts."""
    with as_system():
        return actor(cast.organisation("satdl"), "Administratrice", Role.ADMINISTRATOR)


def with_password(who: Actor) -> User:
    user = User.objects.get(pk=who.person_id)
    user.set_password(PASSWORD)
    user.save()
    return user


def signed_in(who: Actor) -> Client:
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(User.objects.get(pk=who.person_id))
    return browser


def sign_in(user: User, password: str = PASSWORD, browser: Client | None = None, **more: Any) -> Any:
    """The answer of the sign-in page; its ``client`` is the browser."""
    browser = browser or Client(SERVER_NAME="localhost")
    return browser.post("/compte/connexion", {"email": user.email, "password": password, **more})
