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
from avenant.contracts.amendments.services.annexing import (
    AnnexDraft,
    change_annex,
    end_indicator,
    leave_annex,
    leave_indicator,
    promise_indicator,
)
from avenant.contracts.amendments.services.applying import apply_due, follow_ends
from avenant.contracts.amendments.services.ending import (
    LetterDraft,
    RulingDraft,
    denounce,
    note_receipt,
    note_ruling,
    note_step,
    raise_difficulty,
    settle_difficulty,
)

__all__ = [
    "AmendmentDraft",
    "AnnexDraft",
    "ChangeDraft",
    "LetterDraft",
    "RulingDraft",
    "apply_due",
    "change_annex",
    "change_clause",
    "denounce",
    "draft_amendment",
    "end_indicator",
    "follow_ends",
    "leave_annex",
    "leave_indicator",
    "note_receipt",
    "note_ruling",
    "note_step",
    "open_amendment",
    "promise_indicator",
    "raise_difficulty",
    "replace_party",
    "resume_amendment",
    "retarget",
    "settle_difficulty",
    "sign_amendment",
    "withdraw_amendment",
    "withdraw_change",
]
