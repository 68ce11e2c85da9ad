"""Who opens what, of contracts and indicators: every address, every person, every method."""

from __future__ import annotations

from tests.support.access_sweep import Sweep, answers
from tests.support.access_table import Part

__all__ = ["answers"]


class TestContracts(Sweep):
    part = Part.CONTRACTS
