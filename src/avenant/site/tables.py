"""What the pages of the site show, as tables to take away."""

from __future__ import annotations

from collections.abc import Iterable

from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet
from avenant.foundations.journal.models import DueItem
from avenant.site import wording

DUE_COLUMNS = (
    Column("À faire", width=50),
    Column("Dossier", width=40),
    Column("Avant", Kind.TEXT, 32),
    Column("Instant limite", Kind.INSTANT, 18),
    Column("Attendu par", width=24),
    Column("Unité", width=24),
    Column("Fondement", width=32),
    Column("Si rien n’est fait", width=50),
)


def due_sheet(items: Iterable[DueItem]) -> Sheet:
    """Échéances, the last day in words and the excluded instant, on the clocks of each one's zone."""
    local = ((item, wording.in_zone(item.due_at, item.zone)) for item in items)
    return Sheet(
        "Échéances",
        DUE_COLUMNS,
        (
            (
                item.label,
                item.circle.title,
                wording.word_deadline(due),
                due,
                item.waiting,
                item.unit.name if item.unit else "",
                item.basis,
                item.consequence,
            )
            for item, due in local
        ),
    )
