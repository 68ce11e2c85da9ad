"""What is true of the answers of every address, whoever asks: one sweep a file, read by several tests."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from django.conf import settings
from django.test import RequestFactory, override_settings

from tests.support.access_table import (
    Answers,
    Part,
    Visitor,
    each_page_once,
    known_people,
    make_table,
    nothing_logged,
    sweep,
)
from tests.support.routes import Route
from tests.support.world import World

# Written after the answer, outside the transaction of the door: who opened what, and the session.
TRACES = ("accounts_securityentry", "django_session")
# A year of which nothing is known yet has its page, which says so.
EMPTY_PAGES = {("consolidation:benchmark", "year")}
# Identifiers of what everybody may know: no address of theirs is secret.
KNOWN_TO_ALL = {"definition_id", "establishment_id", "callfile_id", "consultant_id", "socle_id"}
STRANGERS = ("outsider", "other_service")


@pytest.fixture(scope="class")
def answers(request: pytest.FixtureRequest, _built: World, django_db_blocker: Any) -> Iterator[Answers]:
    """Every answer of the part of the class, asked once."""
    middleware = [one for one in settings.MIDDLEWARE if "whitenoise" not in one]
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with (
        django_db_blocker.unblock(),
        override_settings(  # the fixtures that say so to each test come after this one
            SECOND_FACTOR_REQUIRED=False,
            SECRECY_NOTICE_REQUIRED=False,
            MIDDLEWARE=middleware,
            STORAGES={**settings.STORAGES, "staticfiles": static},
        ),
    ):
        yield sweep(_built, request.cls.part.routes)


class Sweep:
    """The guarantees of one part of the addresses."""

    part: ClassVar[Part]
    at_work: ClassVar[tuple[str, str]] = ("service", "labour")
    """Two people who open most of the part."""

    def test_the_table_is_the_approved_one(self, answers: Answers, approved: Callable[[str, str], None]) -> None:
        """A new address, or another answer, fails here until somebody has read its line."""
        faults = [asked for asked, line in answers.items() if any(one.status >= 500 for one in line.values())]
        assert faults == []
        approved(f"{self.part}.md", make_table(self.part, answers))

    def test_a_stranger_to_a_file_is_told_that_it_does_not_exist(self, answers: Answers, world: World) -> None:
        """Invisible is 404, whatever the method, for every address that names a file of the contract."""
        files = {name for name in world.arguments if name.endswith("_id")} - KNOWN_TO_ALL
        named = {route.name for route in self.part.routes if files & set(route.arguments)}
        seen = {
            (*asked, stranger): line[stranger].status
            for asked, line in answers.items()
            for stranger in STRANGERS
            if asked[0] in named and line[stranger].status != 404
        }
        assert seen == {}

    def test_reading_writes_nothing(self, answers: Answers) -> None:
        """What each GET sends to the database: no write but its traces, in a transaction that only reads."""
        wrong = []
        for (route, method), line in answers.items():
            for name, answer in line.items():
                if method != "GET" or name in {"anonymous", "newcomer"}:
                    continue
                wrong += [(route, name, sql) for sql in answer.wrote if not any(trace in sql for trace in TRACES)]
                if not answer.read_only:
                    wrong.append((route, name, "not read only"))
        assert wrong == []

    def test_what_is_not_public_is_kept_by_no_proxy_and_no_browser(self, answers: Answers) -> None:
        """A file or a page behind a door says no-store, whoever is answered."""
        public = {route.name for route in self.part.routes if route.view.public}
        kept = {
            (*asked, name): answer.cache
            for asked, line in answers.items()
            for name, answer in line.items()
            if asked[0] not in public and answer.status in {200, 422} and "no-store" not in answer.cache
        }
        assert kept == {}

    def test_an_address_that_names_nothing_is_no_fault(self, world: World) -> None:
        """Each argument in turn names nothing: the answer is that it does not exist, or a refusal that comes first."""
        faults = {}
        for visitor in [Visitor.of(world, name) for name in self.at_work]:
            with each_page_once(), known_people(), nothing_logged():
                for route in self.part.routes:
                    for argument in route.arguments:
                        nothing = replace(world, arguments=_without(world.arguments, route, argument))
                        for method in route.view.reads | route.view.writes:
                            status = visitor.ask(nothing, route, method).status_code
                            if status not in {403, 404, 409} and (route.name, argument) not in EMPTY_PAGES:
                                faults[route.name, argument, method] = status
        assert faults == {}

    def test_other_methods_are_refused(self, world: World) -> None:
        """By the door itself, before anybody is asked who they are."""
        for route in self.part.routes:
            named = {one: world.arguments.get(f"{route.name} {one}", world.arguments[one]) for one in route.arguments}
            for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - route.view.reads - route.view.writes:
                asked = RequestFactory().generic(method, "/")
                assert route.view(asked, **named).status_code == 405, (route.name, method)


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
