"""What every file that leaves the platform says of itself: which file it comes from, for what, by whom, when, secret.

The door says how to make the stamp; the writers of PDF and spreadsheets ask for it. A job has no door: what it makes is
kept for a whole file, and bears the mention alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

MENTION = "Confidentiel, secret professionnel"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Contract, purpose, person (with their organisation) and date, already in words."""

    contract: str
    purpose: str
    person: str
    date: str

    def facts(self) -> tuple[tuple[str, str], ...]:
        """The mention first, then each fact under its name."""
        return (
            ("Mention", MENTION),
            ("Contrat", self.contract),
            ("Finalité", self.purpose),
            ("Exporté par", self.person),
            ("Date", self.date),
        )

    def line(self) -> str:
        """All of it in one line, for the foot of a page."""
        return f"{MENTION} · {self.contract} · finalité : {self.purpose} · {self.person}, {self.date}"


_stamp: ContextVar[Callable[[], Stamp] | None] = ContextVar("stamp", default=None)


@contextmanager
def stamping(make: Callable[[], Stamp]) -> Iterator[None]:
    """Stamp what is written inside; ``make`` is called when a file is really written."""
    token = _stamp.set(make)
    try:
        yield
    finally:
        _stamp.reset(token)


def current() -> Stamp | None:
    """The stamp of what is being written, when a person exports it."""
    make = _stamp.get()
    return make() if make else None
