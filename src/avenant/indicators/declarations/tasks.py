"""Jobs of the returns, under the ``system`` role: what one party wrote and kept to itself, no other may touch."""

from __future__ import annotations

import uuid

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("hand_over_parts")
def hand_over_parts(*, contract_id: str, former_id: str, successor_id: str) -> None:
    """What a party had still to state is stated by the one that takes its place."""
    from avenant.indicators.declarations.services import succession

    succession.hand_over_parts(
        contract_id=uuid.UUID(contract_id),
        former_id=uuid.UUID(former_id),
        successor_id=uuid.UUID(successor_id),
        at=clock.now(),
    )


@job("start_from_the_last")
def start_from_the_last(*, part_id: str) -> None:
    """Who answers for a reopened part in the place of another starts from what was last handed in."""
    from avenant.indicators.declarations.services import succession

    succession.start_from_the_last(part_id=uuid.UUID(part_id), at=clock.now())
