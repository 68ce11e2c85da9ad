"""Where a neutral count stands, as one side sees it: what it has brought, what it brings next."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cached_property

from avenant.domain.neutral_count import Side, Stage
from avenant.indicators.registers.models import BlindCount, BlindMessage


@dataclass(frozen=True)
class BlindProgress:
    """The messages of a count that an organisation may read; the other side's answer is not among them."""

    organisation_id: uuid.UUID
    count: BlindCount
    rows: tuple[BlindMessage, ...]

    @property
    def brought(self) -> list[tuple[uuid.UUID, str]]:
        return [(one.sender_id, one.stage) for one in self.rows]

    @property
    def side(self) -> Side | None:
        """Whose side the organisation is on; None for another party of the contract."""
        return {self.count.owner_id: Side.SERVICE, self.count.counterpart_id: Side.FUND}.get(self.organisation_id)

    @cached_property
    def following(self) -> Stage | None:
        """The message that the organisation brings next; None once all are there, or for another party."""
        mine = {stage for sender, stage in self.brought if sender == self.organisation_id}
        return next((stage for stage in Stage if self.side and stage.value not in mine), None)

    @property
    def promised(self) -> BlindMessage | None:
        """The other side's promise."""
        return self._theirs(Stage.COMMITTED)

    @property
    def received(self) -> BlindMessage | None:
        """The other side's blinded list."""
        return self._theirs(Stage.BLINDED)

    def side_of(self, message: BlindMessage) -> Side:
        return Side.SERVICE if message.sender_id == self.count.owner_id else Side.FUND

    def _theirs(self, stage: Stage) -> BlindMessage | None:
        others = (one for one in self.rows if one.sender_id != self.organisation_id and one.stage == stage.value)
        return next(others, None)
