"""What the API of the declarations receives and answers."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from ninja import Field, Schema


class CampaignOut(Schema):
    """A yearly collection of my region."""

    id: uuid.UUID
    territory: str
    year: int
    state: str
    due_at: datetime
    committee_on: date | None


class PartOut(Schema):
    """What one provider states in a declaration."""

    id: uuid.UUID
    provider: str
    owner: str
    state: str
    state_since: datetime


class DeclarationOut(Schema):
    """The return of one contract for one reference year."""

    id: uuid.UUID
    contract: str
    service: str
    year: int
    due_at: datetime
    parts: list[PartOut]


class ValueOut(Schema):
    """One indicator as the reader may see it: handed in, or its own working copy."""

    code: str
    printed_code: str
    label: str
    value: dict[str, Any]
    text: str
    unavailable: str
    comment: str


class FindingOut(Schema):
    """What a rule says of the figures."""

    code: str
    severity: str
    sentence: str
    basis: str
    subjects: list[str]


class SheetOut(Schema):
    """A part with its values and what the rules say of them."""

    part: PartOut
    editable: bool
    values: list[ValueOut]
    findings: list[FindingOut]
    next_number: int = Field(description="the number that the next submission of the part bears")


class EntryIn(Schema):
    """One indicator to keep: its value by component, or why it is not available."""

    code: str
    value: dict[str, Any] = Field(default_factory=dict)
    unavailable: str = ""
    comment: str = ""
    justification: str = ""


class EntriesIn(Schema):
    """Several indicators, kept together or not at all."""

    entries: list[EntryIn]


class SubmissionIn(Schema):
    """The number that the submission should bear: sent twice, the same call gives the same receipt."""

    number: int


class SubmissionOut(Schema):
    """The receipt of a submission."""

    id: uuid.UUID
    receipt: str
    number: int
    at: datetime
    sha256: str
