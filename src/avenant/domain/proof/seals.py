"""The chain of seals: each holds the one before it, so that none can be changed or taken away unseen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from avenant.domain.proof.canonical import fingerprint

BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class Seal:
    """One link. ``at`` is an instant in ISO 8601 (UTC, whole seconds), ``count`` the number of events under ``root``."""

    number: int
    at: str
    count: int
    root: str
    previous: str
    chain: str

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def seal_of(*, number: int, at: str, count: int, root: str, previous: str) -> Seal:
    """The seal of ``root`` after the one whose chain hash is ``previous`` (:data:`BEGINNING` for the first)."""
    held = {"number": number, "at": at, "count": count, "root": root, "previous": previous}
    return Seal(**held, chain=fingerprint(held))  # type: ignore[arg-type]


def chained(seals: Iterable[Seal]) -> bool:
    """Does each seal hold what it says and follow the one before it, without a gap."""
    before: Seal | None = None
    for one in seals:
        whole = seal_of(number=one.number, at=one.at, count=one.count, root=one.root, previous=one.previous) == one
        follows = before is None or (one.number == before.number + 1 and one.previous == before.chain)
        if not (whole and follows and (one.number > 1 or one.previous == BEGINNING)):
            return False
        before = one
    return True


def read_seal(content: Mapping[str, Any]) -> Seal:
    """A seal as a proof file writes it. Raises ``TypeError`` or ``KeyError`` on another shape."""
    return Seal(**{name: content[name] for name in Seal.__slots__})
