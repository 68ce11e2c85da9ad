"""Jobs of the registers, under the ``system`` role: it alone sees both lists."""

from __future__ import annotations

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("answer_matches", lock="matches")
def answer_matches() -> None:
    """Answer every match that is waiting and whose fund has given its list."""
    from avenant.indicators.registers import services

    services.answer_matches(at=clock.now())


@job("count_blindly", lock="blind-counts")
def count_blindly() -> None:
    """Count the neutral counts whose two answers are there."""
    from avenant.indicators.registers.services import blind

    blind.count_blindly(at=clock.now())
