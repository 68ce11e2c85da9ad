"""Jobs of the allocation, under the ``system`` role. What they do is imported when they run."""

from __future__ import annotations

import uuid

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("compute_scenario", lock="scenarios")
def compute_scenario(*, scenario_id: str) -> None:
    """Search the best use of an envelope."""
    from avenant.funding.allocation.services import scenarios

    scenarios.compute_for_system(scenario_id=uuid.UUID(scenario_id), at=clock.now())


@job("print_decisions", lock="decisions")
def print_decisions(*, selection_id: str) -> None:
    """Make the letters of the decisions that were notified, then one file of them all."""
    from avenant.funding.allocation import printing

    printing.print_letters_for_system(selection_id=uuid.UUID(selection_id), at=clock.now())


@job("flag_undecided", lock="decisions", cron="40 5 * * *")
def flag_undecided() -> None:
    """Every morning: the dossiers that have no decision after the examination of their call."""
    from avenant.funding.allocation.services import telling

    telling.flag_undecided_for_system(at=clock.now())


@job("release_withdrawn", lock="decisions", cron="*/10 * * * *")
def release_withdrawn() -> None:
    """Give back to the envelopes what they hold for withdrawn dossiers."""
    from avenant.funding.allocation.services import releasing

    releasing.release_withdrawn_for_system(at=clock.now())


@job("tell_consumption", lock="delegations", cron="10 5 * * *")
def tell_consumption() -> None:
    """Every morning: what the envelopes that national bodies delegated have granted and paid."""
    from avenant.funding.allocation.services import delegating

    delegating.tell_consumption_for_system(at=clock.now())
