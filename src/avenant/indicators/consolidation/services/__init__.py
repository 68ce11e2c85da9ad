"""Writes of the consolidation, by moment: the job of the figures, the yearly review, the note, the long exports.

Drawing is not among them: :mod:`drawing` is imported by jobs only.
"""

from avenant.indicators.consolidation.services.auditing import ask_audit, run_audit
from avenant.indicators.consolidation.services.exporting import ask_export, make_export
from avenant.indicators.consolidation.services.figures import consolidate_campaign, consolidate_stale_campaigns
from avenant.indicators.consolidation.services.publication import may_publish, publish_note
from avenant.indicators.consolidation.services.review import (
    ItemContent,
    Reorientation,
    StaleText,
    add_item,
    comment_review,
    decide_in_session,
    decide_on_indicator,
    edit_item,
    follow_up_item,
    may_sign_off,
    open_review,
    remove_item,
    reopen_review,
    sign_off_review,
    text_version,
    write_strand,
)

__all__ = [
    "ItemContent",
    "Reorientation",
    "StaleText",
    "add_item",
    "ask_audit",
    "ask_export",
    "comment_review",
    "consolidate_campaign",
    "consolidate_stale_campaigns",
    "decide_in_session",
    "decide_on_indicator",
    "edit_item",
    "follow_up_item",
    "make_export",
    "may_publish",
    "may_sign_off",
    "open_review",
    "publish_note",
    "remove_item",
    "reopen_review",
    "run_audit",
    "sign_off_review",
    "text_version",
    "write_strand",
]
