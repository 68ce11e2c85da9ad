"""Jobs: written in the transaction of the act, run by the worker under the ``system`` role.

This file is the only import of procrastinate: ``@job`` is the seam to change the queue one day. A job takes
identifiers only, and can be run twice without harm: a worker may be killed in the middle.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any, Final, ParamSpec, Protocol, cast

from django.db import connection, transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

Arguments = ParamSpec("Arguments")
HEARTBEAT: Final = timedelta(minutes=2)


class Job(Protocol[Arguments]):
    """A function that can also be put in the queue."""

    def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> None: ...

    def defer(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> int:
        """Queue it; the job exists if and only if the current transaction commits."""


def job(
    name: str, *, lock: str | None = None, retries: int = 5, cron: str = "", atomic: bool = True
) -> Callable[[Callable[Arguments, None]], Job[Arguments]]:
    """Make a job of a function: one transaction, retried with growing delays when it fails.

    ``cron`` (« 5 * * * * », in UTC) makes the worker queue it by itself; such a job takes no argument. A long job that
    shows its progress is not ``atomic``: each of its writes is seen at once.
    """

    def decorate(function: Callable[Arguments, None]) -> Job[Arguments]:
        retry = RetryStrategy(max_attempts=retries, exponential_wait=2)

        def run(*args: Any, **kwargs: Any) -> None:
            if cron:
                kwargs.pop("timestamp", None)  # the queue says for which minute; the job reads the clock
            with transaction.atomic() if atomic else nullcontext():
                function(*args, **kwargs)

        run.__doc__ = function.__doc__
        task = app.task(name=name, lock=lock, retry=retry)(run)
        return cast("Job[Arguments]", app.periodic(cron=cron)(task) if cron else task)

    return decorate


def defer_periodic(*, at: datetime) -> int:
    """Queue every periodic job once, as if its hour had come at ``at``; return how many.

    For the demonstration's clock: the queue's own timetable follows real time, and would sleep through a skipped week.
    """
    due = [periodic.task for periodic in app.periodic_registry.periodic_tasks.values()]
    for task in due:
        task.defer(timestamp=int(at.timestamp()))
    return len(due)


def count_by_status() -> dict[str, int]:
    """How many jobs wait, run, failed: those that succeeded are not kept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1")
        return {"todo": 0, "doing": 0, "failed": 0, **dict(cursor.fetchall())}


def worker_is_alive() -> bool:
    """Did a worker give a sign of life in the last two minutes, by the database's own clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s))",
            [HEARTBEAT.total_seconds()],
        )
        return bool(cursor.fetchone()[0])


@app.periodic(cron="* * * * *")
@app.task(name="resume_stalled")
async def resume_stalled(timestamp: int) -> None:
    """Queue again what a killed worker left behind: the queue calls such a job stalled and does nothing of it."""
    for stalled in await app.job_manager.get_stalled_jobs():
        await app.job_manager.retry_job(stalled)
