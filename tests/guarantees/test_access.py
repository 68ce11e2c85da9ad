"""Who opens what: every address, every person of the cast, every method. And no page without a door."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import InternalError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from tests.support.access_sweep import Sweep, answers
from tests.support.access_table import Part
from tests.support.routes import Route, list_routes
from tests.support.world import World

from avenant.foundations.doors import door, public_door
from avenant.foundations.parties.models import Territory

__all__ = ["answers"]

ROUTES = list_routes()
EVERY = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
READS, WRITES = {"GET", "HEAD"}, {"POST", "PUT", "PATCH", "DELETE"}


@EVERY
def test_every_view_is_a_door(route: Route) -> None:
    """A view says what each method does: reads are GET, writes never are."""
    assert route.view.reads | route.view.writes
    assert route.view.reads <= READS
    assert route.view.writes <= WRITES
    assert isinstance(route.view.public, bool)


def test_only_these_pages_are_public() -> None:
    assert {route.name for route in ROUTES if route.view.public} == {
        "account_inactive",
        "account_login",
        "account_logout",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "accounts:accept-invitation",
        "accounts:choose-membership",
        "calls:aid-table",
        "calls:call",
        "calls:call-json",
        "calls:calls",
        "calls:consultants",
        "calls:consultants-export",
        "calls:glossary",
        "calls:model",
        "calls:version",
        "calls:version-json",
        "dossiers:model",
        "mfa_authenticate",
        "proconnect_callback",
        "proconnect_ended",
        "proconnect_login",
        "socialaccount_login_cancelled",
        "socialaccount_login_error",
        "demo:move-clock",
        "demo:sign-in-as",
        "grants:published",
        "journal:calendar",
        "meetings:calendar",
        "site:accessibility",
        "site:health",
        "site:legal",
        "site:metrics",
        "site:policy-report",
        "site:seals",
        "site:security-contact",
    }


class TestFoundations(Sweep):
    part = Part.FOUNDATIONS


def writing(_request: HttpRequest, **_: Any) -> HttpResponse:
    Territory.objects.create(code="R00", kind="region", name="Nulle part")
    return HttpResponse("written")


@pytest.mark.parametrize("declare", [door, public_door])
def test_a_get_that_writes_is_stopped_by_the_database(world: World, declare: Any) -> None:
    request = RequestFactory().get("/")
    request.actor = world.cast.labour  # type: ignore[attr-defined]
    with pytest.raises(InternalError, match="read-only transaction"):
        declare(reads={"GET"})(writing)(request)


def test_nobody_signed_in_is_sent_to_the_sign_in_page() -> None:
    request = RequestFactory().get("/contrats/?tri=titre")
    answer = door(reads={"GET"})(lambda _request: HttpResponse())(request)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/compte/connexion?next=/contrats/%3Ftri%3Dtitre"


@pytest.mark.usefixtures("world")
def test_every_change_of_a_model_has_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
