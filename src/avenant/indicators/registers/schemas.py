"""What the API of the neutral counts answers."""

from __future__ import annotations

import uuid
from datetime import datetime

from ninja import Schema


class BlindMessageOut(Schema):
    """A message that a side has brought. ``by`` is ``service`` or ``fund``."""

    by: str
    stage: str
    size: int
    commitment: str
    at: datetime


class BlindCountOut(Schema):
    """A neutral count: its question, its messages that I may read, what my side brings next, what both are told."""

    id: uuid.UUID
    contract: str
    service: str
    fund: str
    kind: str
    strand: str
    year: int
    asked_at: datetime
    answered_at: datetime | None
    told: int | None
    words: str
    side: str
    following: str
    waits: str
    messages: list[BlindMessageOut]
