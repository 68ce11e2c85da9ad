"""What the API of the counted declarations answers."""

from __future__ import annotations

import uuid
from datetime import datetime

from ninja import Schema


class DifferenceOut(Schema):
    """One indicator whose counted value is not the typed one."""

    code: str
    typed: str
    counted: str


class CountedOut(Schema):
    """A counted declaration, verified and kept beside the part; the working copy has not changed."""

    id: uuid.UUID
    seal: str
    at: datetime
    compared: int
    differences: list[DifferenceOut]
    older_definitions: list[str]
    not_asked: list[str]
    tables: int
