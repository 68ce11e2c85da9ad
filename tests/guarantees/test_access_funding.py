"""Who opens what, of calls, dossiers and aids: every address, every person, every method."""

from __future__ import annotations

from tests.support.access_sweep import Sweep, answers
from tests.support.access_table import Part

__all__ = ["answers"]


class TestFunding(Sweep):
    part = Part.FUNDING
    at_work = ("officer", "director")
