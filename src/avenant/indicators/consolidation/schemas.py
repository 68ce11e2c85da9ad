"""What the API of the consolidation answers."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from ninja import Schema


class FigureOut(Schema):
    """One indicator of a region and year. A partial total says so: contributors, expected, missing."""

    code: str
    printed_code: str
    label: str
    in_dgt_survey: bool
    result: dict[str, Any]
    contributors: int
    expected: int
    missing: list[str]
    computed_at: datetime


class RegionOut(Schema):
    """The figures of a campaign."""

    campaign: uuid.UUID
    territory: str
    year: int
    figures: list[FigureOut]
