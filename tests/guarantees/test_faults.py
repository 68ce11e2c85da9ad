"""Faults of the machine: nothing is half done, nothing is lost, and the work goes on by itself."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

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


def test_the_server_restarted_is_found_again_and_what_was_committed_is_there(tmp_path: Path) -> None:
    """A server of its own: the suite's is never touched."""
    cluster = embedded.server(tmp_path / "postgres", server.VERSION)
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
