"""Which files a request enters: the circles of the rows that its address names, seen when they are read.

An address names its file by an identifier (a contract, a part, a session). No table says which argument names what: the
row whose key the address holds tells its circle as it comes from the database, whatever page reads it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any


class Entered:
    """What the address names, and the circles found so far, in the order in which they were read."""

    __slots__ = ("circles", "named")

    def __init__(self, named: Iterable[Any]) -> None:
        self.named = frozenset(named)
        self.circles: dict[uuid.UUID, None] = {}


_entered: ContextVar[Entered | None] = ContextVar("entered", default=None)


@contextmanager
def watching(named: Iterable[Any]) -> Iterator[Entered]:
    """Watch the rows read inside; ``named`` are the identifiers of the address."""
    found = Entered(named)
    token = _entered.set(found)
    try:
        yield found
    finally:
        _entered.reset(token)


def note(key: Any, circle_id: uuid.UUID) -> None:
    """A row of a circle has come from the database."""
    found = _entered.get()
    if found is not None and key in found.named:
        found.circles[circle_id] = None
