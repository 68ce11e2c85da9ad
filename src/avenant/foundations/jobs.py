"""Jobs: written in the transaction of the act, run by the worker under the ``system`` role.

This file is the only import of procrastinate: ``@job`` is the seam to change the queue one day. A job takes
identifiers only, and can be run twice without harm: a worker may be killed in the middle.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from typing import Any, ParamSpec, Protocol, cast

from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

Arguments = ParamSpec("Arguments")


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


@app.periodic(cron="* * * * *")
@app.task(name="resume_stalled")
async def resume_stalled(timestamp: int) -> None:
    """Queue again what a killed worker left behind: the queue calls such a job stalled and does nothing of it."""
    for stalled in await app.job_manager.get_stalled_jobs():
        await app.job_manager.retry_job(stalled)
