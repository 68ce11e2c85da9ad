"""Who opens what: every address, every person of the cast, every method. And no page without a door."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import InternalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from tests.support.access_table import ask, make_table
from tests.support.routes import Route, list_routes
from tests.support.world import CAST, World

from avenant.foundations.accounts.models import User
from avenant.foundations.doors import door, public_door
from avenant.foundations.parties.models import Territory

ROUTES = list_routes()
EVERY = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
READS, WRITES = {"GET", "HEAD"}, {"POST", "PUT", "PATCH", "DELETE"}
# Written after the answer, outside the transaction of the door: who opened what, and the session.
TRACES = ("accounts_securityentry", "django_session")
# How a transaction says that it only reads: for the public, for an actor.
READ_ONLY = ("SET TRANSACTION READ ONLY", "set_config('transaction_read_only', 'on', true)")
# A year of which nothing is known yet has its page, which says so.
EMPTY_PAGES = {("consolidation:benchmark", "year")}


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
        "dossiers:model",
        "mfa_authenticate",
        "proconnect_callback",
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
        "site:seals",
        "site:security-contact",
    }


def test_the_table_is_the_approved_one(world: World, approved: Callable[[str, str], None]) -> None:
    """A new address, or another answer, fails here until somebody has read its line."""
    table = make_table(world)
    assert "| 500" not in table
    approved("access.md", table)


@pytest.mark.parametrize("name", ["outsider", "other_service"])
def test_a_stranger_to_a_file_is_told_that_it_does_not_exist(world: World, name: str) -> None:
    """Invisible is 404, whatever the method, for every address that names a file of the contract."""
    public = {"definition_id", "establishment_id", "callfile_id", "consultant_id", "fundaid_id", "socle_id"}
    files = {name for name in world.arguments if name.endswith("_id")} - public
    session = _session(world, name)
    answers = {
        (route.name, method): ask(world, route, method, session)
        for route in ROUTES
        if files & set(route.arguments)
        for method in route.view.reads | route.view.writes
    }
    assert {asked: status for asked, status in answers.items() if status != 404} == {}


@pytest.mark.parametrize("name", ["service", "labour"])
def test_an_address_that_names_nothing_is_no_fault(world: World, name: str) -> None:
    """Each argument in turn names nothing: the answer is that it does not exist, or a refusal that comes first."""
    session, faults = _session(world, name), {}
    for route in ROUTES:
        for argument in route.arguments:
            nothing = replace(world, arguments=_without(world.arguments, route, argument))
            for method in route.view.reads | route.view.writes:
                status = ask(nothing, route, method, session)
                if status not in {403, 404, 409} and (route.name, argument) not in EMPTY_PAGES:
                    faults[route.name, argument, method] = status
    assert faults == {}


def _without(arguments: dict[str, Any], route: Route, argument: str) -> dict[str, Any]:
    """The same arguments, but for one that names nothing, of the same shape."""
    match arguments[argument]:
        case uuid.UUID():
            nothing: Any = uuid.uuid4()
        case int():
            nothing = 0
        case _:
            nothing = "inconnu"
    return arguments | {argument: nothing, f"{route.name} {argument}": nothing}


def test_other_methods_are_refused(world: World) -> None:
    session = _session(world, "labour")
    for route in ROUTES:
        for method in sorted({"GET", "POST", "PUT", "PATCH", "DELETE"} - route.view.reads - route.view.writes):
            assert ask(world, route, method, session) == 405, (route.name, method)


@pytest.mark.parametrize("name", ["service", "labour"])
def test_reading_writes_nothing(world: World, name: str) -> None:
    """What each GET sends to the database, read one statement at a time."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(pk=world.actor(name).person_id))
    sent: list[str] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, params, many, context)

    for route in ROUTES:
        if "GET" not in route.view.reads:
            continue
        sent.clear()
        with connection.execute_wrapper(listen):
            client.get(route.address(world.arguments))
        writes = [sql for sql in sent if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE", "COPY"))]
        assert [sql for sql in writes if not any(trace in sql for trace in TRACES)] == [], route.name
        assert any(mark in sql for sql in sent for mark in READ_ONLY), route.name


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


def _session(world: World, name: str) -> str:
    assert name in CAST
    client = Client()
    client.force_login(User.objects.get(pk=world.actor(name).person_id))
    return client.cookies[settings.SESSION_COOKIE_NAME].value
