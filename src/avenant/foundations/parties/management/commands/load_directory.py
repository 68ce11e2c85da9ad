from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from avenant.domain.decision import DomainError
from avenant.domain.finess import SetAside
from avenant.domain.french import parse_date, parse_integer
from avenant.domain.identifiers import parse_finess, parse_siret
from avenant.foundations import clock
from avenant.foundations.parties.directory import DirectoryLine, FinessLoad, load_directory, load_finess
from avenant.foundations.parties.finess_files import FinessFile
from avenant.foundations.parties.models import Establishment, Territory

COLUMNS = ("siret", "finess_et", "finess_ej", "nom", "naf", "nomenclature_naf", "effectif", "commune", "departement",
           "regime", "ferme_le")  # fmt: skip
SHOWN = 50


class Command(BaseCommand):
    """Load establishments: the FINESS file, in either shape, or a CSV (UTF-8, ``;``) with the columns above.

    Each line that is not taken is told. A FINESS file is shown first, and entered once confirmed (``--oui``).
    """

    help = f"Charge le fichier FINESS, ou des établissements d’un CSV. Colonnes du CSV : {', '.join(COLUMNS)}."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--oui", action="store_true", help="enregistre sans demander")
        parser.add_argument("--apercu", action="store_true", help="dit ce que ferait le fichier, n’écrit rien")
        parser.add_argument("--jour", type=date.fromisoformat, help="jour du fichier, AAAA-MM-JJ (aujourd’hui sinon)")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        with path.open("rb") as file:
            own = b"siret" in file.readline().lower() and not path.name.lower().startswith("etalab")
        try:
            if own and self._is_ours(path):
                self._load_lines(path)
            else:
                self._load_finess(path, options)
        except DomainError as error:
            raise CommandError(error.message) from error

    def _is_ours(self, path: Path) -> bool:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return "nom" in (csv.DictReader(file, delimiter=";").fieldnames or ())

    def _load_lines(self, path: Path) -> None:
        with path.open(encoding="utf-8-sig", newline="") as file:
            changed = load_directory(self._lines(csv.DictReader(file, delimiter=";")))
        self.stdout.write(f"{changed} établissements ajoutés ou modifiés.")

    def _lines(self, reader: csv.DictReader[str]) -> Iterator[DirectoryLine]:
        territories = frozenset(Territory.objects.values_list("pk", flat=True))
        for number, row in enumerate(reader, start=2):
            try:
                yield read_line({key: (value or "").strip() for key, value in row.items() if key}, territories)
            except DomainError as error:
                self.stderr.write(f"Ligne {number} écartée. {error.message}")

    def _load_finess(self, path: Path, options: dict[str, Any]) -> None:
        day = options["jour"] or clock.now().date()
        with FinessFile(path) as file:
            self.stdout.write(f"{path.name} : {file.shape.sentence}.")
            if not options["oui"]:
                self._tell(load_finess(file.records(), on=day, write=False))
                if options["apercu"] or input("Enregistrer les autres lignes ? [o/N] ").strip().lower() != "o":
                    self.stdout.write("Rien n’a été enregistré.")
                    return
            found = load_finess(file.records(), on=day, write=True)
        if options["oui"]:
            self._tell(found)
        self.stdout.write("Enregistré.")

    def _tell(self, found: FinessLoad) -> None:
        self._tell_lines("écartée", found.set_aside)
        self._tell_lines("à vérifier", found.doubtful)
        self.stdout.write(
            f"{found.read} lignes lues : {found.added} établissements ajoutés, {found.changed} modifiés, "
            f"{found.closed} fermés ; {len(found.set_aside)} lignes écartées, {len(found.doubtful)} à vérifier."
        )

    def _tell_lines(self, what: str, lines: list[SetAside]) -> None:
        for one in lines[:SHOWN]:
            self.stderr.write(f"Ligne {one.line} {what}. {one.reason}")
        if len(lines) > SHOWN:
            self.stderr.write(f"… et {len(lines) - SHOWN} autres lignes ({what}).")


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
        department=department[:3],
        regime=regime,
        closed_on=parse_date(row["ferme_le"]) if row.get("ferme_le") else None,
    )
