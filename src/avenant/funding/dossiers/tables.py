"""Dossiers as tables to take away."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet
from avenant.funding.dossiers.models import Dossier

COLUMNS = (
    Column("Numéro", Kind.CODE, 28),
    Column("Établissement", width=44),
    Column("Territoire", Kind.CODE, 12),
    Column("Statut", width=30),
    Column("Appel", width=44),
    Column("État", width=20),
    Column("Déposé le", Kind.INSTANT, 18),
    Column("Fuseau", width=22),
    Column("Coût total HT", Kind.EUROS, 16),
    Column("Coût éligible HT", Kind.EUROS, 16),
    Column("Aide demandée", Kind.EUROS, 16),
    Column("Aide calculée", Kind.EUROS, 16),
)


def dossier_sheet(rows: Iterable[Dossier]) -> Sheet:
    """The dossiers, instants on the clocks of their call."""
    return Sheet(
        "Dossiers",
        COLUMNS,
        (
            (
                one.number, one.name, one.territory_code, one.get_status_display(), str(one.call), one.state_label,
                one.submitted_at.astimezone(ZoneInfo(one.call.zone)) if one.submitted_at else None,
                one.call.zone, one.total, one.eligible, one.requested, one.grant,
            )
            for one in rows
        ),
    )  # fmt: skip
