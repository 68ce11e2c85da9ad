"""The roles of the database that a test takes: its connection is the application's, jobs are another role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def as_system() -> Iterator[None]:
    """Run as the jobs do: the ``system`` role, which sees across circles."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE avenant_system")
        try:
            yield
        finally:
            cursor.execute("SET ROLE avenant_app")
