from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from avenant.domain.decision import DomainError
from avenant.domain.french import parse_date, parse_integer
from avenant.domain.identifiers import parse_finess, parse_siret
from avenant.foundations.parties.models import Establishment, Territory
from avenant.foundations.parties.services import DirectoryLine, load_directory

COLUMNS = ("siret", "finess_et", "finess_ej", "nom", "naf", "nomenclature_naf", "effectif", "commune", "departement",
           "regime", "ferme_le")  # fmt: skip


class Command(BaseCommand):
    """Load establishments of a CSV (UTF-8, ``;``). Rejected lines are told, the others are loaded."""

    help = f"Charge des établissements dans l’annuaire. Colonnes : {', '.join(COLUMNS)}."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        with options["file"].open(encoding="utf-8-sig", newline="") as file:
            changed = load_directory(self._lines(csv.DictReader(file, delimiter=";")))
        self.stdout.write(f"{changed} établissements ajoutés ou modifiés.")

    def _lines(self, reader: csv.DictReader[str]) -> Iterator[DirectoryLine]:
        territories = frozenset(Territory.objects.values_list("pk", flat=True))
        for number, row in enumerate(reader, start=2):
            try:
                yield read_line({key: (value or "").strip() for key, value in row.items() if key}, territories)
            except DomainError as error:
                self.stderr.write(f"Ligne {number} écartée. {error.message}")


def read_line(row: dict[str, str], territories: frozenset[str]) -> DirectoryLine:
    """One line of the file. Raises DomainError when a number, a date or the name cannot be what it is said to be."""
    name, siret, finess = (row.get(column, "") for column in ("nom", "siret", "finess_et"))
    if not name:
        raise DomainError("Le nom manque.")
    if not (siret or finess):
        raise DomainError("Il faut un SIRET ou un numéro FINESS.")
    regime, department = row.get("regime", ""), row.get("departement", "")
    if regime and regime not in Establishment.Regime.values:
        raise DomainError(f"Régime inconnu : {regime}.")
    return DirectoryLine(
        name=name[:200],
        siret=parse_siret(siret) if siret else "",
        finess_et=parse_finess(finess) if finess else "",
        finess_ej=parse_finess(row["finess_ej"]) if row.get("finess_ej") else "",
        naf=row.get("naf", "")[:6],
        naf_nomenclature=row.get("nomenclature_naf", "")[:12],
        headcount=parse_integer(row["effectif"]) if row.get("effectif") else None,
        commune=row.get("commune", "")[:80],
        territory=department if department in territories else None,
        regime=regime,
        closed_on=parse_date(row["ferme_le"]) if row.get("ferme_le") else None,
    )
