"""A party takes the place of another: whoever keeps something in the name of the first is told, and moves it.

The stories above the contracts say here what they keep; the contract does not know them.
"""

from __future__ import annotations

import uuid
from typing import Protocol


class HandOver(Protocol):
    """Queue the handing over of what is kept in the name of a party of a contract; run in the act's transaction."""

    def __call__(self, *, contract_id: uuid.UUID, former_id: uuid.UUID, successor_id: uuid.UUID) -> None: ...


_told: list[HandOver] = []


def register(hand_over: HandOver) -> None:
    """Be told of each party that takes the place of another."""
    _told.append(hand_over)


def tell(*, contract_id: uuid.UUID, former_id: uuid.UUID, successor_id: uuid.UUID) -> None:
    """One party has taken the place of another in a contract."""
    for hand_over in _told:
        hand_over(contract_id=contract_id, former_id=former_id, successor_id=successor_id)
