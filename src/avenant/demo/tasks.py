"""What the demonstration's clock makes due, under the ``system`` role."""

from __future__ import annotations

from avenant.demo import services
from avenant.foundations import clock
from avenant.foundations.jobs import defer_periodic, job


@job("demo_catch_up", lock="demo-clock")
def catch_up() -> None:
    """After a step of the clock: no real institution is late, then every periodic job runs at the new instant."""
    services.postpone_real_deadlines(at=clock.now())
    defer_periodic(at=clock.now())
