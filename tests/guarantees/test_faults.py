"""Faults of the machine: nothing is half done, nothing is lost, and the work goes on by itself."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from tests.support import server

from avenant.config import embedded

pytestmark = pytest.mark.slow


@pytest.fixture
def database() -> Iterator[str]:
    """A clone of the demonstration, to be ill-treated."""
    name = f"faults_{server.WORKER}"
    server.CLUSTER.drop_database(name)
    server.CLUSTER.create_database(name, server.demonstration())
    yield name
    server.CLUSTER.drop_database(name)


def manage(database: str, *command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-m", "django", *command], env=server.environment("avenant_system", database)
    )


def wait_for(connection: psycopg.Connection[tuple[object, ...]], query: str, seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while connection.execute(query).fetchone() is None:
        assert time.monotonic() < until, query
        time.sleep(0.2)


def test_a_worker_killed_in_the_middle_of_a_job_leaves_nothing_half_done_and_another_resumes_it(database: str) -> None:
    with psycopg.connect(server.CLUSTER.url("avenant_owner", database), autocommit=True) as owner:
        owner.execute("DELETE FROM procrastinate_jobs")
        campaign, figures = owner.execute(
            "SELECT c.id, (SELECT count(*) FROM consolidation_regionalfigure f WHERE f.campaign_id = c.id) "
            "FROM campaigns_campaign c WHERE year = 2025"
        ).fetchone() or (None, 0)
        assert figures
        stamp = (
            "SELECT max(computed_at) FROM consolidation_regionalfigure f "
            "JOIN campaigns_campaign c ON c.id = campaign_id WHERE year = 2025"
        )
        before = owner.execute(stamp).fetchone()
        with psycopg.connect(server.CLUSTER.url("avenant_owner", database)) as blocker:
            blocker.execute("SELECT 1 FROM campaigns_campaign WHERE id = %s FOR UPDATE", [campaign])
            _defer(database, f"consolidate_campaign.defer(campaign_id='{campaign}')")
            killed = manage(database, "work")
            wait_for(
                owner, "SELECT 1 FROM procrastinate_jobs WHERE task_name = 'consolidate_campaign' AND status = 'doing'"
            )
            killed.kill()
            killed.wait()
        assert owner.execute(stamp).fetchone() == before, "the killed job has written nothing"
        owner.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '10 minutes'")
        _defer(database, "resume_stalled.defer(timestamp=0)", module="avenant.foundations.jobs")
        other = manage(database, "work")
        try:
            wait_for(owner, f"SELECT 1 FROM ({stamp}) AS s (at) WHERE at > '{before[0]}'")  # type: ignore[index]  # noqa: S608
        finally:
            other.kill()
            other.wait()
        assert owner.execute(
            "SELECT count(*) FROM consolidation_regionalfigure WHERE campaign_id = %s", [campaign]
        ).fetchone() == (figures,)


def _defer(database: str, call: str, module: str = "avenant.indicators.consolidation.tasks") -> None:
    code = (
        f"import django; django.setup(); from {module} import {call.split('.')[0]} as job; job.{call.split('.', 1)[1]}"
    )
    subprocess.run(  # noqa: S603  our own code
        [sys.executable, "-c", code], env=server.environment("avenant_system", database), check=True
    )


def test_the_server_restarted_is_found_again_and_what_was_committed_is_there(open_folder: Path) -> None:
    """A server of its own: the suite's is never touched."""
    cluster = embedded.server(open_folder / "postgres", server.VERSION)
    cluster.start()
    try:
        cluster.create_database("essai")
        address = cluster.url("avenant_owner", "essai")
        connection = psycopg.connect(address)
        connection.execute("CREATE TABLE kept (number integer)")
        connection.execute("INSERT INTO kept VALUES (1)")
        connection.commit()
        connection.execute("INSERT INTO kept VALUES (2)")
        cluster.stop()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
        connection.close()
        cluster.start()
        with psycopg.connect(address) as again:
            assert again.execute("SELECT number FROM kept").fetchall() == [(1,)]
    finally:
        cluster.stop()
    assert cluster.running_pid() is None


class Load:
    """People who save and read without pause through a live web process; what it acknowledged, and each error."""

    def __init__(self, port: int, told: dict[str, Any]) -> None:
        self.port, self.told = port, told
        self.headers = {
            "Cookie": f"{told['cookie']}; csrftoken={'a' * 32}",
            "X-CSRFToken": "a" * 32,
            "Content-Type": "application/x-www-form-urlencoded",
            "HX-Request": "true",
        }
        self.acknowledged: dict[str, list[tuple[float, int]]] = {one: [] for one in told["fields"]}
        self.sent = dict.fromkeys(told["fields"], 0)
        self.errors: list[tuple[int, str]] = []
        self.over = threading.Event()
        self.threads = [
            *(threading.Thread(target=self._save, args=(one,)) for one in told["fields"]),
            *(threading.Thread(target=self._read) for _ in range(2)),
        ]

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(timeout=10)

    def _save(self, field: str) -> None:
        definition = field.split(".")[0]
        while not self.over.is_set():
            self.sent[field] += 1
            number = self.sent[field]
            status, text = self.ask("POST", f"{self.told['part']}/saisie/{definition}", urlencode({field: number}))
            if status == 200 and "Enregistré le" in text:
                self.acknowledged[field].append((time.monotonic(), number))

    def _read(self) -> None:
        while not self.over.is_set():
            self.ask("GET", self.told["part"])

    def ask(self, method: str, address: str, body: str | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=10)
        try:
            connection.request(method, address, body, self.headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status != 200:
            self.errors.append((answer.status, text))
            time.sleep(0.05)
        return answer.status, text

    def wait_for_a_save(self, since: float) -> None:
        """Every person has a save acknowledged after ``since``."""
        until = time.monotonic() + 10
        while not all(saves and saves[-1][0] > since for saves in self.acknowledged.values()):
            assert time.monotonic() < until, "the web process does not serve again"
            time.sleep(0.05)


PEOPLE = """
import json, django
django.setup()
from avenant.foundations.accounts.models import User
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.conf import settings
from avenant.foundations.accounts.middleware import SECOND_FACTOR
from avenant.indicators.declarations.models import DraftValue, Part
person = User.objects.get(email="responsable@demo.invalid")
session = SessionStore()
session[SESSION_KEY] = str(person.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[SECOND_FACTOR] = True
session[HASH_SESSION_KEY] = person.get_session_auth_hash()
session.save()
part = Part.objects.get(declaration__service__key="val-issole", declaration__year=2025, provider="service")
drafts = DraftValue.objects.filter(part=part, value__has_key="total").order_by("definition__code")[:4]
print(json.dumps({
    "cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}",
    "part": part.page(),
    "fields": [f"{one.definition_id}.total" for one in drafts],
}))
"""


def test_postgresql_restarted_under_load_loses_no_acknowledged_save_and_the_web_serves_again(open_folder: Path) -> None:
    cluster = embedded.server(open_folder / "postgres", server.VERSION)
    cluster.start()
    web = None
    try:
        _copy_demonstration(cluster)
        place = {
            **{key: value for key, value in os.environ.items() if key != "AVENANT_DEBUG"},
            "AVENANT_FILES": str(server.DEMONSTRATION_FILES),
            "AVENANT_DEMO": "1",
            "AVENANT_DEMO_DATE": "2026-03-03T09:00:00+01:00",
        }
        system = {**place, "DATABASE_URL": cluster.url("avenant_system", "essai")}
        told = json.loads(subprocess.check_output([sys.executable, "-c", PEOPLE], env=system))  # noqa: S603  our own code
        subprocess.run([sys.executable, "-m", "django", "collectstatic", "--noinput", "-v0"], env=system, check=True)
        port = server.free_port()
        web = subprocess.Popen(  # noqa: S603  our own command
            [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--blocking-threads", "4",
             "--log-level", "critical", "avenant.config.wsgi:application"],
            env={**place, "DATABASE_URL": cluster.url("avenant_app", "essai")},
        )  # fmt: skip
        server.wait_for_page(f"http://localhost:{port}/sante")
        with Load(port, told) as load:
            load.wait_for_a_save(time.monotonic())
            cluster.stop()
            time.sleep(0.7)
            cluster.start()
            load.wait_for_a_save(time.monotonic())
        assert web.poll() is None, "the web process is the same"
        assert load.errors, "the outage was met"
        for status, text in load.errors:
            assert status == 503, text[:500]
            assert "La plateforme est momentanément interrompue" in text
            assert "Traceback" not in text
        with psycopg.connect(cluster.url("avenant_owner", "essai")) as owner:
            for field, saves in load.acknowledged.items():
                rows = owner.execute(
                    "SELECT (value ->> 'total')::int FROM declarations_draftvalueevent WHERE definition_id = %s",
                    [field.split(".")[0]],
                )
                assert {number for _, number in saves} <= {row[0] for row in rows}, "every acknowledged save is kept"
    finally:
        if web is not None:
            web.terminate()  # killed, it would leave its own worker behind
            web.wait(timeout=20)
        cluster.stop()


def _copy_demonstration(cluster: embedded.Server) -> None:
    """The suite's demonstration in a server of the test's own."""
    cluster.create_database("essai")
    source = server.CLUSTER.url("postgres", server.demonstration())
    target = cluster.url("postgres", "essai")
    with subprocess.Popen([cluster.bin / "pg_dump", source], stdout=subprocess.PIPE) as dump:  # noqa: S603
        command = [cluster.bin / "psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, target]
        subprocess.run(command, stdin=dump.stdout, check=True)  # noqa: S603
    assert dump.returncode == 0
