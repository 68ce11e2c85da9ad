"""The structures followed in the FACT action as a sheet to take away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from avenant.domain.registers import START, TRANSFORMATION
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet, Value
from avenant.indicators.registers.models import Structure

COLUMNS = (
    Column("Structure", width=40),
    Column("SIRET", Kind.CODE, 18),
    Column("Contrat", width=40),
    Column("Accompagnée par", width=28),
    Column("Entrée dans l’action", Kind.DATE, 16),
    Column(START, width=14),
    Column("Version de la grille", Kind.INTEGER, 12),
    Column(TRANSFORMATION, width=14),
    Column("Prise en compte le", Kind.DATE, 16),
)


def structure_sheet(structures: Iterable[Structure]) -> Sheet:
    """One line by structure: its milestones in words, then what validates them."""
    return Sheet("Structures FACT", COLUMNS, (_line(one) for one in structures))


def _line(one: Structure) -> Sequence[Value]:
    start, transformation = ("validé" if step.validated else "non validé" for step in one.milestones)
    version = getattr(one, "version", None)
    return (
        one.name, one.siret, one.circle.title, one.owner.short_name, one.starts_on, start, version, transformation,
        one.transformed_on,
    )  # fmt: skip
