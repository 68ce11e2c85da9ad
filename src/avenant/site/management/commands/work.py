from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app

from avenant.foundations.jobs import HEARTBEAT
from avenant.foundations.parties.protection import refuse_powerful_role


class Command(BaseCommand):
    help = "Runs the jobs, under the system role, until it is stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_powerful_role()
        with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
            # A long computation may keep a living worker from giving a sign: it is given up after the time that the health
            # page grants it, no sooner.
            worker.run_worker(
                concurrency=2,
                listen_notify=True,
                delete_jobs="successful",
                stalled_worker_timeout=HEARTBEAT.total_seconds(),
            )
