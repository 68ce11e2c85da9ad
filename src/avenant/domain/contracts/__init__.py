"""A contract as a text: its clauses, what is signed, how it stands on a day, how two states of it differ."""

from avenant.domain.contracts.term import Standing, days_left, standing
from avenant.domain.contracts.text import (
    Annex,
    Clause,
    ClauseKind,
    LegalText,
    Party,
    Promise,
    Version,
    at,
    in_text_order,
)

__all__ = [
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
    "in_text_order",
    "standing",
]
