"""People who act at the same instant, each with a connection of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from avenant.domain.decision import DomainError

PATIENCE = 300
"""Seconds after which somebody waits for ever."""


class Hand(threading.Thread):
    """Somebody who acts. ``answer`` is what the act gave, ``told`` the refusal, empty when it was done."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._act = act
        self._fault: Exception | None = None
        self.answer: object = None
        self.told = ""

    def run(self) -> None:
        try:
            self.answer = self._act()
        except DomainError as refusal:
            self.told = refusal.message
        except Exception as fault:  # noqa: BLE001  told to whoever waits for this hand
            self._fault = fault
        finally:
            connection.close()

    def settle(self) -> str:
        """Wait for the end of the act; what was told. Raises what is no refusal, a deadlock for one."""
        self.join(timeout=PATIENCE)
        assert not self.is_alive(), "this hand waits for ever"
        if self._fault:
            raise self._fault
        return self.told


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Every act starts at the same instant; what each was told, in order."""
    start = threading.Barrier(len(acts))

    def waiting(act: Callable[[], object]) -> Callable[[], object]:
        return lambda: (start.wait(timeout=60), act())

    hands = [Hand(waiting(act)) for act in acts]
    for one in hands:
        one.start()
    return [one.settle() for one in hands]


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[Hand]:
    """Start ``act`` inside an open transaction, and go on once the database has made it wait."""
    hand = Hand(act)
    hand.start()
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                break
        time.sleep(0.1)
    else:
        raise AssertionError("the second hand never waited for the first")
    yield hand
