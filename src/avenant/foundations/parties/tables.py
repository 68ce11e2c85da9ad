"""The directory as a table to take away."""

from __future__ import annotations

from collections.abc import Iterable

from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet, Value
from avenant.foundations.parties.models import Establishment

COLUMNS = (
    Column("Nom", width=50),
    Column("SIRET", Kind.CODE, 16),
    Column("FINESS de l’établissement", Kind.CODE, 14),
    Column("FINESS de l’entité juridique", Kind.CODE, 14),
    Column("Catégorie", width=30),
    Column("Adresse", width=40),
    Column("Code postal", Kind.CODE, 10),
    Column("Commune", width=26),
    Column("Département ou région", width=26),
    Column("Activité (NAF)", Kind.CODE, 10),
    Column("Effectif", Kind.NUMBER, 10),
    Column("Régime", width=16),
    Column("Fermé le", Kind.DATE, 12),
)


def directory_sheet(establishments: Iterable[Establishment]) -> Sheet:
    """The public facts of the establishments, one a line."""
    return Sheet("Annuaire", COLUMNS, (_cells(one) for one in establishments))


def _cells(one: Establishment) -> tuple[Value, ...]:
    return (
        one.name,
        one.siret,
        one.finess_et,
        one.finess_ej,
        one.category_label,
        one.address,
        one.postcode,
        one.commune,
        str(one.territory) if one.territory else one.department,
        one.naf,
        one.headcount,
        one.get_regime_display(),
        one.closed_on,
    )
