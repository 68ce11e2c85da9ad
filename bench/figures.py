"""One figure of a bench, and how an act is timed so that a busy machine changes it little."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measure, in milliseconds, beside its bar.

    ``spent`` is the processor time (this process and the database's process that serves it), median, and ``best`` its
    least: what a machine with nothing else to do would take. ``wall`` is what a watch told. ``bar`` is held against
    ``spent``, or against ``wall`` where no processor time is known.
    """

    name: str
    wall: float
    spent: float | None = None
    best: float | None = None
    queries: int | None = None
    bar: float | None = None
    most: int | None = None
    note: str = ""

    @property
    def holds(self) -> bool:
        """Is the bar reached."""
        taken = self.wall if self.spent is None else self.spent
        return (self.bar is None or taken <= self.bar) and (
            self.most is None or self.queries is None or self.queries <= self.most
        )


def database_time(pid: int) -> float:
    """Milliseconds of processor that a process of the local database has taken; 0 where the kernel does not tell."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e6
    return 0.0


def _served_by() -> int:
    """The process of the database that answers this one; 0 when there is none."""
    from django.conf import settings

    if not settings.configured:
        return 0
    from django.db import connection

    return int(connection.connection.info.backend_pid) if connection.connection else 0


def spend(act: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of wall and of processor that ``act`` takes, once."""
    before = _served_by()
    taken, wall, own = database_time(before), time.perf_counter(), time.process_time()
    act()
    own, wall, after = time.process_time() - own, time.perf_counter() - wall, _served_by()
    taken = database_time(after) - (taken if after == before else 0)
    return 1000 * wall, 1000 * own + taken


def measured(
    name: str, act: Callable[[], object], *, runs: int, bar: float | None, most: int | None = None,
    queries: int | None = None, note: str = "",
) -> Figure:  # fmt: skip
    """``act`` run so many times."""
    times = [spend(act) for _ in range(runs)]
    spent = [one for _, one in times]
    return Figure(
        name=name, wall=statistics.median(one for one, _ in times), spent=statistics.median(spent), best=min(spent),
        queries=queries, bar=bar, most=most, note=note,
    )  # fmt: skip
