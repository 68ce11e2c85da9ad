"""What can be taken from a spreadsheet. Each app declares its kinds in ``importing.py``; this file knows none of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.http import Http404

from avenant.domain.decision import Decision, DomainError
from avenant.foundations.parties.actors import Actor


@dataclass(frozen=True, slots=True)
class Target:
    """A column that a kind knows: its title in the model file, the other titles that mean the same."""

    key: str
    title: str
    also: tuple[str, ...] = ()
    required: bool = False
    code: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True)
class TakenLine:
    """What a line became."""

    line: int
    subject: uuid.UUID
    label: str


LineReader = Callable[[Mapping[str, str]], Any]


class Kind:
    """A kind of file. ``large``: read and taken by jobs, with progress; its content is not a table of columns."""

    key: ClassVar[str]
    label: ClassVar[str]
    lead: ClassVar[str]
    targets: ClassVar[tuple[Target, ...]] = ()
    rows: ClassVar[int] = 20_000
    large: ClassVar[bool] = False
    agents: ClassVar[tuple[str, ...]] = ()
    """Folded titles that name agents at work: the one case where a file may name people."""

    def may(self, actor: Actor) -> Decision:
        """May this actor take such a file over."""
        raise NotImplementedError

    def reader(self, actor: Actor, at: datetime) -> LineReader:
        """What reads a line, given its cells by target; it raises DomainError with the reason of a refusal."""
        raise NotImplementedError

    def identity(self, line: Any) -> Hashable:
        """Two lines of the same identity are twins: the second is set aside."""
        return line  # type: ignore[no-any-return]

    def say(self, line: Any) -> str:
        """A line as the preview shows it."""
        return str(line)

    def take(self, actor: Actor, lines: Sequence[tuple[int, Any]], *, mark: str, at: datetime) -> Iterable[TakenLine]:
        """Write the lines, each marked."""
        raise NotImplementedError

    def undo(self, actor: Actor, subjects: Sequence[uuid.UUID], *, at: datetime) -> None:
        """Take back what a file of the same day gave. Raises DomainError when something stands on it."""
        raise DomainError("Ce qui vient de ce fichier ne se défait pas.")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A kind that has its own page: where it is, what it takes, and whose it is."""

    label: str
    lead: str
    page: str
    may: Callable[[Actor], Decision]


_kinds: dict[str, Kind] = {}
_elsewhere: list[Elsewhere] = []


def register(kind: Kind) -> None:
    """Declare a kind, once."""
    _kinds[kind.key] = kind


def register_elsewhere(kind: Elsewhere) -> None:
    """Declare a taking over that has its own page."""
    _elsewhere.append(kind)


def find_kind(key: str) -> Kind:
    """The kind of a key. Raises Http404."""
    try:
        return _kinds[key]
    except KeyError:
        raise Http404 from None


def list_kinds(actor: Actor) -> list[Kind]:
    """The kinds that the actor may send."""
    return [kind for kind in _kinds.values() if kind.may(actor).allowed]


def list_elsewhere(actor: Actor) -> list[Elsewhere]:
    """The takings over that have their own page, open to the actor."""
    return [kind for kind in _elsewhere if kind.may(actor).allowed]
