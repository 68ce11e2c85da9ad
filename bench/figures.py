"""One figure of a bench."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measure: the median in milliseconds, the queries of one run, and the bar to reach."""

    name: str
    milliseconds: float
    queries: int | None
    bar: str
