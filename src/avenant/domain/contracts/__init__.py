"""A contract as a text: its clauses, what is signed, how it stands on a day, how two states of it differ."""

from avenant.domain.contracts.term import (
    LEAVING,
    Standing,
    days_left,
    earliest_end,
    last_day_after,
    standing,
    warning_days,
)
from avenant.domain.contracts.text import (
    Annex,
    Clause,
    ClauseKind,
    LegalText,
    Party,
    Promise,
    Version,
    at,
    fingerprint_of,
    in_text_order,
)

__all__ = [
    "LEAVING",
    "Annex",
    "Clause",
    "ClauseKind",
    "LegalText",
    "Party",
    "Promise",
    "Standing",
    "Version",
    "at",
    "days_left",
    "earliest_end",
    "fingerprint_of",
    "in_text_order",
    "last_day_after",
    "standing",
    "warning_days",
]
