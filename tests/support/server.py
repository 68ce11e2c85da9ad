"""The PostgreSQL of the tests: its own server, a migrated template, a clone of it for each need.

Loaded as a plugin (``-p tests.support.server``) so that the settings find their environment. The template is made again
only when what it is made of has changed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from avenant.config import embedded

ROOT = Path(__file__).resolve().parents[2]
VERSION = int(os.environ.get("PG", embedded.DEFAULT_VERSION))
CLUSTER = embedded.server(ROOT / "var" / f"test-postgres-{VERSION}", VERSION, fleeting=True)
TESTER = "avenant_test"
DEMONSTRATION_FILES = ROOT / "var" / "test-files" / "demonstration"
CONTROLLER = "PYTEST_XDIST_WORKER" not in os.environ
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


def _fingerprint() -> str:
    """What a template is made of: models, migrations, references, rights and the demonstration's builder."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "src").rglob("*")):
        if path.suffix in {".py", ".toml"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def environment(role: str, database: str) -> dict[str, str]:
    """What a process of ``role`` needs to work on ``database``."""
    return {
        **os.environ,
        "DATABASE_URL": CLUSTER.url(role, database),
        "DJANGO_SETTINGS_MODULE": "avenant.config.settings",
        "AVENANT_SECRET_KEY": "a-key-for-tests-that-is-long-enough-to-be-taken",
        "AVENANT_DEBUG": "1",  # static files from their folders, without collecting them
    }


def template() -> str:
    """Name of the migrated database with its references, made when it is missing; older ones are dropped."""
    name = f"template_{_fingerprint()}"
    with psycopg.connect(CLUSTER.url("postgres", "postgres"), autocommit=True) as connection:
        known = [row[0] for row in connection.execute("SELECT datname FROM pg_database")]
    for stranger in known:
        if stranger.startswith(("template_", "demo_")) and stranger != name and not stranger.endswith(_fingerprint()):
            CLUSTER.drop_database(stranger)
    if name not in known:
        CLUSTER.create_database(name)
        _manage("avenant_owner", name, "prepare_database")
    return name


def demonstration() -> str:
    """Name of a database that holds the demonstration world, made once from the template; others wait for it."""
    with (ROOT / "var" / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _make_demonstration()


def _make_demonstration() -> str:
    name = f"demo_{_fingerprint()}"
    if CLUSTER.create_database(name, template()):
        _manage(
            "avenant_system",
            name,
            "build_demonstration",
            AVENANT_FILES=str(DEMONSTRATION_FILES),
            AVENANT_DEMO="1",
            AVENANT_DEMO_DATE="2026-03-03T09:00:00+01:00",
        )
    return name


def _manage(role: str, database: str, *command: str, **extra: str) -> None:
    """Run a command of ours; without debugging, which keeps every statement sent and takes a seventh more time."""
    result = subprocess.run(  # noqa: S603  our own commands
        [sys.executable, "-m", "django", *command],
        env={**environment(role, database), "AVENANT_DEBUG": "0", **extra},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        CLUSTER.drop_database(database)
        pytest.exit(f"{' '.join(command)} failed:\n{result.stdout}\n{result.stderr}", returncode=3)


def _create_tester() -> None:
    """A login that may become ``app`` or ``system`` and nothing more: tests of both roles share one transaction."""
    with psycopg.connect(CLUSTER.url("postgres", "postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [TESTER]).fetchone():
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN NOINHERIT PASSWORD {}").format(
                    sql.Identifier(TESTER), sql.Literal(CLUSTER.passwords()["avenant_app"])
                )
            )
            connection.execute(sql.SQL("GRANT avenant_app, avenant_system TO {}").format(sql.Identifier(TESTER)))


def tester_url(database: str) -> str:
    return CLUSTER.url("avenant_app", database).replace("//avenant_app:", f"//{TESTER}:")


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_page(address: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(OSError):
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310  our own address
            return
        time.sleep(0.1)
    raise TimeoutError(address)


STARTED = False
if CONTROLLER:
    STARTED = CLUSTER.running_pid() is None
    CLUSTER.start()
    _create_tester()
    os.environ["AVENANT_TEST_TEMPLATE"] = template()

os.environ.update(environment("avenant_app", f"test_{WORKER}") | {"DATABASE_URL": tester_url(f"test_{WORKER}")})
(ROOT / "var" / "static").mkdir(parents=True, exist_ok=True)  # whitenoise warns without it
os.environ["AVENANT_FILES"] = str(ROOT / "var" / "test-files" / WORKER)


def pytest_unconfigure() -> None:
    """Stop the server, if this run started it."""
    if STARTED:
        CLUSTER.stop()
