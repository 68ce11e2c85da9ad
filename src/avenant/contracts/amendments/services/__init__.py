"""Writes about amendments and the end of a contract."""

from avenant.contracts.amendments.services.amending import (
    AmendmentDraft,
    ChangeDraft,
    change_clause,
    draft_amendment,
    open_amendment,
    replace_party,
    resume_amendment,
    retarget,
    sign_amendment,
    withdraw_amendment,
    withdraw_change,
)
from avenant.contracts.amendments.services.applying import apply_due, follow_ends
from avenant.contracts.amendments.services.ending import (
    LetterDraft,
    denounce,
    note_receipt,
    note_step,
    raise_difficulty,
    settle_difficulty,
)

__all__ = [
    "AmendmentDraft",
    "ChangeDraft",
    "LetterDraft",
    "apply_due",
    "change_clause",
    "denounce",
    "draft_amendment",
    "follow_ends",
    "note_receipt",
    "note_step",
    "open_amendment",
    "raise_difficulty",
    "replace_party",
    "resume_amendment",
    "retarget",
    "settle_difficulty",
    "sign_amendment",
    "withdraw_amendment",
    "withdraw_change",
]
