"""What the door asks of secrecy: has the person acknowledged the notice of the file, and what does an export say.

The file is known from the rows that the view reads (:mod:`avenant.foundations.parties.entered`), so that no page can
forget to ask. The check comes after the view and before the end of its transaction: what it wrote is undone.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.conf import settings
from django.utils import timezone

from avenant.domain.decision import Refused
from avenant.domain.french import format_date
from avenant.foundations.documents.stamping import Stamp, stamping
from avenant.foundations.parties import entered
from avenant.foundations.parties.actors import Actor
from avenant.foundations.secrecy import selectors
from avenant.foundations.secrecy.selectors import Entry

Answer = TypeVar("Answer")


class NoticeAwaited(Refused):
    """The notice of a file is still to be acknowledged: nothing of it is shown, nothing is done in it."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(
            f"Acceptez d’abord la notice de confidentialité du dossier «\u202f{entry.title}\u202f».",
            basis=entry.notice.basis if entry.notice else "",
        )
        self.circle_id = entry.circle_id


class Passage:
    """One request through the door: the files it enters, whose notices it asks, and the stamp of what it exports."""

    def __init__(self, actor: Actor, now: Any, found: entered.Entered, own: uuid.UUID | None) -> None:
        self._actor, self._now, self._found, self._own = actor, now, found, own
        self._entries: list[Entry] | None = None

    @property
    def circles(self) -> list[uuid.UUID]:
        """The circles of the rows that the address names, the address's own first."""
        own = [self._own] if self._own else []
        return list(dict.fromkeys([*own, *self._found.circles]))

    @property
    def space(self) -> uuid.UUID | None:
        """The file that is entered, for the security log."""
        return next(iter(self.circles), None)

    @property
    def purpose(self) -> str:
        """What an export is for."""
        return "; ".join(dict.fromkeys(one.purpose for one in self._entries or ())) or selectors.DEFAULT_PURPOSE

    def checked(self, view: Callable[..., Answer]) -> Callable[..., Answer]:
        """``view``, and then :class:`NoticeAwaited` when the file it has entered asks its notice first."""

        def run(*args: Any, **kwargs: Any) -> Answer:
            answer = view(*args, **kwargs)
            if settings.SECRECY_NOTICE_REQUIRED and self.circles:
                for entry in self._read():
                    if entry.awaited:
                        raise NoticeAwaited(entry)
            return answer

        return run

    def stamp(self) -> Stamp:
        """What an export of this request says of itself."""
        entries = self._read()
        titles = [one.title for one in entries]
        person = ", ".join(part for part in (self._actor.name, self._actor.organisation) if part)
        day = format_date(timezone.localtime(self._now or timezone.now()))
        return Stamp(" ; ".join(titles) or f"dossiers de {self._actor.organisation}", self.purpose, person, day)

    def _read(self) -> list[Entry]:
        if self._entries is None:
            self._entries = selectors.list_entries(self._actor, self.circles) if self.circles else []
        return self._entries


@contextmanager
def passing(actor: Actor, now: Any, named: Mapping[str, Any]) -> Iterator[Passage]:
    """Watch the files that a request enters; ``named`` are the arguments of its address."""
    identifiers = {name: value for name, value in named.items() if name.endswith("_id")}
    with entered.watching(identifiers.values()) as found:
        own = identifiers.get("circle_id")
        passage = Passage(actor, now, found, own if isinstance(own, uuid.UUID) else None)
        with stamping(passage.stamp):
            yield passage
