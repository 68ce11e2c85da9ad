"""What changed in the definitions since last year: added, removed, amended; never compared silently."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from avenant.contracts.catalogue.models import DefinitionRecord


@dataclass(frozen=True, slots=True)
class Changes:
    """By stable code. ``known`` is False when last year's return was not handed in: nothing can then be compared."""

    known: bool = False
    added: tuple[DefinitionRecord, ...] = ()
    removed: tuple[DefinitionRecord, ...] = ()
    amended: tuple[tuple[DefinitionRecord, DefinitionRecord], ...] = ()

    @property
    def count(self) -> int:
        return len(self.added) + len(self.removed) + len(self.amended)


def changes_since(former: Iterable[DefinitionRecord], current: Iterable[DefinitionRecord]) -> Changes:
    """Compare the definitions that last year's return answered with those that this part states.

    What another provider answered last year is no removal: only the providers of ``current`` are compared.
    """
    now = {record.code: record for record in current}
    providers = {record.provider for record in now.values()}
    before = {record.code: record for record in former if record.provider in providers or record.code in now}
    if not before:
        return Changes()
    return Changes(
        known=True,
        added=tuple(record for code, record in now.items() if code not in before),
        removed=tuple(record for code, record in before.items() if code not in now),
        amended=tuple(
            (before[code], record) for code, record in now.items() if code in before and before[code].pk != record.pk
        ),
    )
