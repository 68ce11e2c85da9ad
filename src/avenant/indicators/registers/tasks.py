"""Jobs of the registers, under the ``system`` role: it alone sees both lists."""

from __future__ import annotations

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("answer_matches", lock="matches")
def answer_matches() -> None:
    """Answer every match that is waiting and whose fund has given its list."""
    from avenant.indicators.registers import services

    services.answer_matches(at=clock.now())
