"""The access matrix: who opens what, by real requests. ``python -m tests.support.access_table --write`` approves it.

Each line of ``docs/reference/access*.md`` is an address and a method: the status that each person of the tests gets in
the world of ``tests/support/world.py``. A change of a table is read and approved by a person.
"""

from __future__ import annotations

import copy
import logging
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from http.cookies import SimpleCookie
from typing import Any
from unittest import mock
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import auth
from django.contrib.auth import middleware
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.template.backends.django import Template
from django.test import Client

from avenant.foundations import doors
from avenant.foundations.accounts import selectors
from avenant.foundations.accounts.middleware import SEEN, STARTED
from avenant.foundations.accounts.models import User
from tests.support.routes import Route, list_routes
from tests.support.world import World

FORM = "application/x-www-form-urlencoded"
WRITES = ("INSERT", "UPDATE", "DELETE", "COPY")
# How a transaction says that it only reads: for the public, for an actor.
READ_ONLY = ("SET TRANSACTION READ ONLY", "set_config('transaction_read_only', 'on', true)")
AHEAD = 1800
"""Seconds: by how much the sessions of a sweep are seen ahead."""


class Part(StrEnum):
    """The three pages of the matrix, each swept by a file of tests of its own."""

    FOUNDATIONS = "access"
    CONTRACTS = "access-contracts"
    FUNDING = "access-funding"

    @property
    def title(self) -> str:
        return {
            self.FOUNDATIONS: "Who opens what",
            self.CONTRACTS: "Who opens what: contracts and indicators",
            self.FUNDING: "Who opens what: calls, dossiers and aids",
        }[self]

    def holds(self, route: Route) -> bool:
        """Is the route of this page; one of an app made tomorrow is of the first."""
        module = route.view.__module__
        if module.startswith("avenant.funding."):
            return self is Part.FUNDING
        return self is (
            Part.CONTRACTS if module.startswith(("avenant.contracts.", "avenant.indicators.")) else Part.FOUNDATIONS
        )

    @property
    def routes(self) -> list[Route]:
        return [one for one in list_routes() if self.holds(one)]


PEOPLE = {
    "anonymous": ("personne", "nobody is signed in: public visitor"),
    "newcomer": ("sans organisme", "signed in, admitted by no organisation"),
    "service": ("service", "SPSTI CPOM manager"),
    "contributor": ("contributrice", "SPSTI PDP cell, occupational health team"),
    "reader": ("lectrice", "a reader of the service"),
    "administrator": ("administratrice", "party administrator, of the service"),
    "social_service": ("service social", "SSAM"),
    "fund": ("caisse", "CPOM correspondent of the fund, prevention department"),
    "labour": ("direction du travail", "DREETS/DEETS CPOM lead"),
    "auditor": ("contrôle", "a body that a party lets read the contract for a time"),
    "other_service": ("autre service", "CPOM manager of another SPSTI of the region"),
    "outsider": ("autre région", "DREETS/DEETS CPOM lead of another region"),
    "partner": ("partenaires sociaux", "social partners, CRPST members"),
    "national": ("national", "national observer: DGCS, CNSA, DGT, CNAM"),
    "platform": ("plateforme", "platform administrator"),
    "officer": ("chargée d’appel", "ARS call officer"),
    "decider": ("décideuse", "ARS decision-maker"),
    "examiner": ("instructeur", "ARS examiner"),
    "funder": ("caisse du territoire", "prevention department, partner of the call"),
    "funding_labour": ("travail du territoire", "Pôle Travail, partner of the call"),
    "director": ("direction d’établissement", "establishment director"),
    "lead": ("chef de projet", "project lead"),
    "staff": ("personnel", "staff representatives of the establishment"),
    "other_director": ("autre direction", "director of another establishment"),
}
"""Each person of the matrix: the French name of the cells, the role of the requirements that they hold."""
GROUPS = {
    "les parties": ("service", "contributor", "reader", "administrator", "social_service", "fund", "labour"),
    "le service": ("service", "contributor", "reader", "administrator"),
    "l’autorité": ("officer", "decider", "examiner"),
    "les partenaires": ("funder", "funding_labour"),
    "l’établissement": ("director", "lead", "staff"),
}
USUAL = {"anonymous": 302, "newcomer": 403}
INTRODUCTION = """\
# {title}

Generated from real requests by `python -m tests.support.access_table --write`, compared by
`tests/guarantees/test_access*.py`. Read each changed line before approving it: it says who gets which status. Who is
not signed in is sent to the sign-in page (302) and who has no organisation is told whom to wait for (403), unless a
line says otherwise; « tous » and « les autres » are the people of an organisation, « tous les autres » and « le public
compris » say that these two are among them.

In the world of these requests a contract joins a service, a fund and a labour directorate; the service's part was sent
back with a question, the review is being written, a note was published to the social partners. A dossier was handed in
to a call of 2023, closed since: its establishment, the authority and its partners read it. Every POST carries the same
few fields, which suit most forms: a 200 or a 422 to a POST is a form to fill again.

200 shown · 302 done, or sent to the sign-in page · 403 refused with its reason ·
404 does not exist for this person · 409 impossible in this state · 422 a form to fill again.
"""
ROLES = """\
## The people

{people}

**les parties**: service, contributrice, lectrice, administratrice, service social, caisse, direction du travail.
**le service**: the first four. **l’autorité**: chargée d’appel, décideuse, instructeur. **les partenaires**: caisse and
direction du travail of the territory of the call. **l’établissement**: its direction, chef de projet, personnel.

Roles of the requirements without an account yet, because their story has not begun: ARS QVT referent, social action
department of the fund, co-funder, enterprise, ARACT and ANACT, other partners of job retention.

The other pages: [contracts and indicators](access-contracts.md), [calls, dossiers and aids](access-funding.md).
"""
FIELDS = {
    "reason": "Une décision motivée.",
    "text": "Un texte.",
    "kind": "improvement",
    "committee_on": "2026-04-20",
    "opens_on": "2027-01-15",
    "year": "2026",
    "rhythm": "daily",
}
DECISION = {"finding": "Un constat.", "decision": "Une décision.", "owner": "service", "due_on": "2099-03-01"}
ITEM = {"owner": "{owner_id}", "progress": "proposed"}
OTHER_FIELDS = {
    "campaigns:prepare": {"year": "2027", "opens_on": "2028-01-15", "committee_on": "2028-04-07"},
    "catalogue:definition": {"applies_from": "2025-01-01", "contracts": "{contract_id}"},
    "commitments:answer-expertise": {"answer": "accepted"},
    "commitments:add-proof": {"type": "ordre du jour", "title": "Ordre du jour"},
    "commitments:ask-expertise": {"asked_of": "carsat-sud-est", "expertise": "ergonomics", "subject": "Caisses"},
    "commitments:exchanges": {
        "giver": "satdl",
        "receiver": "carsat-sud-est",
        "on": "2026-01-12",
        "what": "Liste",
        "purpose": "Suivi",
        "basis": "article 4",
    },
    "commitments:settle-days": {"days": "06-30"},
    "commitments:state": {"status": "held"},
    "consolidation:add-item": ITEM,
    "consolidation:decide": DECISION | {"contracts": "{contract_id}"},
    "consolidation:decide-here": DECISION,
    "consolidation:edit-item": ITEM,
    "consolidation:follow-up": {"progress": "done"},
    "declarations:sections": {"section": "volet-2", "person": "{colleague_id}", "due_on": "2099-03-01"},
    "drafting:add-indicator": {
        "printed_code": "L2",
        "label": "Réunions",
        "strand": "volet-2",
        "kind": "integer",
        "provider": "service",
        "first_year": "2025",
        "last_year": "2029",
    },
    "drafting:remove": {"from_year": "2029"},
    "registers:structure-add": {"contract": "{contract_id}", "name": "Domicile Attentif", "starts_on": "2026-01-05"},
    "registers:structure-transformation": {"on": "2026-01-06", "text": "Des équipes par territoire."},
    "meetings:add-body": {"name": "Réunions", "kind": "technical", "minimum": "0"},
    "meetings:add-item": {"title": "Un point"},
    "meetings:add-representative": {"capacity": "Ingénierie conseil"},
    "meetings:add-seat": {"organisation": "{owner_id}", "capacity": "Médecin coordonnateur"},
    "meetings:add-slots": {
        "first": "2099-03-02",
        "last": "2099-03-03",
        "weekdays": "0",
        "morning": "09:00",
        "minutes": "120",
    },
    "meetings:decide": {"owner": "{owner_id}"},
    "meetings:follow-up": {"progress": "done"},
    "meetings:move": {"day": "2099-04-02", "starts": "09:00", "ends": "11:00"},
    "meetings:plan": {"purpose": "technical", "day": "2099-04-02", "starts": "09:00", "ends": "11:00"},
    "meetings:plannings": {"year": "2028"},
    "meetings:settings": {"name": "Comité", "minimum": "1", "secretariat": "{owner_id}"},
    "registers:add": {"kind": "workshop", "on": "2025-03-12"},
}
"""What some forms ask besides; a value in braces is one of the world's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person got: the status, whether a proxy may keep it; for a GET, what it wrote and if it could have."""

    status: int
    cache: str
    wrote: tuple[str, ...] = ()
    read_only: bool = True


Answers = dict[tuple[str, str], dict[str, Answer]]
"""By name of the route and method, then by person."""


def sweep(world: World, routes: Iterable[Route]) -> Answers:
    """Ask every address, with every method, as everybody. Every request is rolled back: one says nothing of another."""
    with transaction.atomic():
        visitors = {name: Visitor.of(world, name) for name in PEOPLE}
        with each_page_once(), known_people(), nothing_logged():
            answers = {
                (route.name, method): {
                    name: _answer(world, route, method, visitor) for name, visitor in visitors.items()
                }
                for route in routes
                for method in sorted(route.view.reads | route.view.writes)
            }
        transaction.set_rollback(True)
    return answers


def make_table(part: Part, answers: Answers) -> str:
    """A page of the matrix as text."""
    introduction = INTRODUCTION.format(title=part.title)
    if part is Part.FOUNDATIONS:
        people = "\n".join(
            ["| in the tables | role |", "|---|---|", *(f"| {one} | {role} |" for one, role in PEOPLE.values())]
        )
        introduction += "\n" + ROLES.format(people=people)
    lines = [introduction, "| address | method | answers |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {method} | {tell({one: answer.status for one, answer in line.items()})} |"
        for (name, method), line in answers.items()
    ]
    return "\n".join(lines) + "\n"


def tell(statuses: dict[str, int]) -> str:
    """One line of the matrix: the rarer answers with their people, then what everybody else gets."""
    told, everybody, others = dict(statuses), "tous, le public compris", "tous les autres"
    if all(told[name] == usual for name, usual in USUAL.items()):
        told = {name: status for name, status in told.items() if name not in USUAL}
        everybody, others = "tous", "les autres"
    counts = {status: list(told.values()).count(status) for status in sorted(set(told.values()))}
    most = max(counts, key=lambda status: counts[status])
    words = [f"{status} {_name([one for one in told if told[one] == status])}" for status in counts if status != most]
    return " · ".join([*words, f"{most} {others if words else everybody}"])


def _name(people: list[str]) -> str:
    left, words = dict.fromkeys(people), list[str]()
    for group, members in GROUPS.items():
        if all(one in left for one in members):
            words.append(group)
            left = {one: None for one in left if one not in members}
    return ", ".join([*words, *(PEOPLE[one][0] for one in left)])


@contextmanager
def each_page_once() -> Iterator[None]:
    """Render a template of an address for the first person of each kind of organisation, and leave it empty after.

    The status is decided before: by the door, then by the view. A page that could not be drawn for one kind fails.
    """
    drawn: set[tuple[str, str | None, str]] = set()
    render = Template.render

    def once(template: Template, context: Any = None, request: Any = None) -> Any:
        if request is None:
            return render(template, context, request)
        name, actor = template.template.name, getattr(request, "actor", None)
        everywhere = name in {"404.html", "refusal.html"}
        address = "" if everywhere or request.resolver_match is None else request.resolver_match.view_name
        key = (address, name, actor.kind if actor else "")
        if key in drawn:
            return ""
        drawn.add(key)
        return render(template, context, request)

    with mock.patch.object(Template, "render", once):
        yield


@contextmanager
def known_people() -> Iterator[None]:
    """Look up once who each person is and for whom they work, and note no access: none of it decides what opens."""
    people: dict[str | None, Any] = {}
    sessions: dict[str | None, dict[str, Any]] = {}
    load = SessionStore.load

    def get_user(request: HttpRequest) -> Any:
        key = request.session.session_key
        if key not in people:
            people[key] = auth.get_user(request)
        return copy.copy(people[key])

    def load_once(store: SessionStore) -> dict[str, Any]:
        key = store.session_key
        if key not in sessions:
            sessions[key] = load(store)
        return copy.deepcopy(sessions[key])

    with (
        mock.patch.object(selectors, "list_memberships", cache(selectors.list_memberships)),
        mock.patch.object(middleware, "auth", mock.Mock(wraps=auth, get_user=get_user)),
        mock.patch.object(SessionStore, "load", load_once),
        mock.patch.object(doors, "log_access", _forget),
    ):
        yield


def _forget(*_: Any, **__: Any) -> None:
    """What a mock would keep of each call: the request."""


@contextmanager
def nothing_logged() -> Iterator[None]:
    """Thousands are refused on purpose: pytest would keep the line of each, and the request in it."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser that forgets after each request what it was given but its session; "" is nobody's."""

    client: Client
    session: str

    @classmethod
    def of(cls, world: World, name: str) -> Visitor:
        return cls(Client(raise_request_exception=False, SERVER_NAME="localhost"), session_of(world, name))

    def ask(self, world: World, route: Route, method: str) -> HttpResponse:
        """The answer to one request, which leaves no trace."""
        self.client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: self.session} if self.session else None)
        typed = urlencode(_fields(world, route)) if method == "POST" else ""
        with transaction.atomic():
            response = self.client.generic(method, route.address(world.arguments), typed, FORM)
            transaction.set_rollback(True)
        return response  # type: ignore[no-any-return]


def _answer(world: World, route: Route, method: str, visitor: Visitor) -> Answer:
    if method != "GET":
        response = visitor.ask(world, route, method)
        return Answer(response.status_code, response.headers.get("Cache-Control", ""))
    sent: list[str] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        response = visitor.ask(world, route, method)
    return Answer(
        response.status_code,
        response.headers.get("Cache-Control", ""),
        tuple(sql for sql in sent if sql.lstrip().upper().startswith(WRITES)),
        any(mark in sql for sql in sent for mark in READ_ONLY),
    )


def _fields(world: World, route: Route) -> dict[str, str]:
    fields = FIELDS | OTHER_FIELDS.get(route.name, {})
    return {name: value.format_map(world.arguments) for name, value in fields.items()}


def session_of(world: World, name: str) -> str:
    """The session of somebody who has just signed in and was seen a while ahead, so that no request writes it again."""
    person = world.person(name)
    if person is None:
        return ""
    client = Client()
    client.force_login(User.objects.get(pk=person))
    session = client.session
    session[STARTED] = int(time.time())
    session[SEEN] = session[STARTED] + AHEAD
    session.save()
    return client.cookies[settings.SESSION_COOKIE_NAME].value


if __name__ == "__main__":
    written = "--write" in sys.argv
    files = [f"tests/guarantees/test_{part.replace('-', '_')}.py" for part in Part]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-k", "approved", *files]
    sys.exit(subprocess.call([*command, "--write-tables"] if written else command))  # noqa: S603  our own tests
