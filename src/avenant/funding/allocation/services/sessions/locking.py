"""The session's row, locked, and its line in the journal."""

from __future__ import annotations

import uuid
from datetime import datetime

from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation import selectors
from avenant.funding.allocation.models import Examined, Selection


def locked(actor: Actor, selection_id: uuid.UUID) -> Selection:
    """A session, locked; 404 outside its circle."""
    selectors.get_selection(actor, selection_id)
    rows = Selection.objects.select_for_update(of=("self",))
    return rows.select_related(
        "call__owner", "call__call", "envelope__owner", "envelope__territory", "meeting__committee"
    ).get(pk=selection_id)


def locked_line(actor: Actor, line_id: uuid.UUID) -> tuple[Selection, Examined]:
    """A session, locked, and one of its dossiers as it then is; 404 outside its circle."""
    selection = locked(actor, selectors.get_line(actor, line_id).selection_id)
    return selection, selectors.get_line(actor, line_id)


def note(selection: Selection, verb: str, label: str, actor: Actor, at: datetime, reason: str = "") -> None:
    """Write what happened to a session in its journal."""
    record(
        selection.circle_id, verb=verb, label=label, actor=actor, at=at, reason=reason.strip(), page=selection.page(),
        subject=selection.pk,
    )  # fmt: skip
