"""A page as a signed-in person asks for it: its processor time and its queries."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from avenant.foundations.accounts.middleware import DEMONSTRATION
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Membership
from bench.figures import Figure, measured

RUNS, PAGE, QUERIES = 15, 100, 20
TRANSACTION = {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK"}


def actor(email: str) -> Actor:
    return Actor.of(Membership.objects.select_related("person", "organisation", "unit").get(person__email=email))


def signed_in(email: str) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(get_user_model().objects.get(email=email))
    session = client.session
    session[DEMONSTRATION] = True  # as the buttons of the sign-in page do: no second factor to set up
    session.save()
    return client


def page(name: str, client: Client, address: str, bar: float = PAGE) -> Figure:
    """A page on the server, session and person included."""

    def ask() -> None:
        response = client.get(address)
        if response.status_code != 200:
            raise RuntimeError(f"{name}: {address} answers {response.status_code}")

    ask()
    return measured(name, ask, runs=RUNS, bar=bar, most=QUERIES, queries=queries_of(ask))


def queries_of(act: Callable[[], object]) -> int:
    """Statements that ``act`` sends, those that begin and end a transaction aside."""
    with CaptureQueriesContext(connection) as captured:
        act()
        sent = captured.captured_queries  # read now: the next request empties the log
    return sum(one["sql"].split(maxsplit=1)[0] not in TRANSACTION for one in sent)


def act(name: str, bar: float, doing: Callable[[], object], *, runs: int = 3, note: str = "") -> Figure:
    """An act that writes or computes, its queries counted once more."""
    found = queries_of(doing)
    return measured(name, doing, runs=runs, bar=bar, queries=found, note=note)
