"""The directory at the size of the country: a synthetic FINESS file imported in a fresh process, then searched.

``python -m bench.finess write FILE`` makes the file; ``import FILE`` loads it and prints its time and memory;
``search`` prints the time of the searches. ``python -m bench`` runs the three on a database of their own.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from stdnum import luhn

from bench.figures import Figure, measured, spend

FILE_LINES, BROKEN, DIRECTORY = 133_405, 40, 150_000
WORDS = [
    "Résidence",
    "Les",
    "Oliviers",
    "Saint",
    "Jean",
    "Élan",
    "Foyer",
    "Centre",
    "Hospitalier",
    "Maison",
    "Accueil",
    "Œillet",
    "Verdon",
    "Soins",
    "Mimosas",
]
TOWNS = (
    "MARSEILLE",
    "MANOSQUE",
    "GRÉOUX LES BAINS",
    "POINTE A PITRE CEDEX",
    "L’ISLE SUR LA SORGUE",
    "NÎMES",
    "LYON CEDEX 03",
)


def write(path: Path) -> None:
    """The historic shape, Latin-1: 133,405 establishments, some of which share a SIRET, and forty broken lines."""
    chance = random.Random(1_100_502)  # noqa: S311  figures of a bench
    with path.open("w", encoding="latin-1", errors="replace", newline="\n") as file:
        file.write("finess;etalab;synthetique;2026-03-03\n")
        for number in range(FILE_LINES + BROKEN):
            file.write(_line(number, chance, broken=number % 3_000 == 7 and number // 3_000 < BROKEN))


def _line(number: int, chance: random.Random, *, broken: bool) -> str:
    department = ("04", "13", "84", "9A", "2A", "69", "75", "33")[number % 8]
    digits = f"{department[:2] if department.isdigit() else '97'}{number:06}"
    finess = digits + luhn.calc_check_digit(digits)
    siren = f"{800_000_00 + number // 3:08}"
    siren += luhn.calc_check_digit(siren)
    nic = siren + f"{number % 3 + 1:04}"
    siret = nic + ("x" if broken else luhn.calc_check_digit(nic))
    name = " ".join(chance.sample(WORDS, 3)) + f" {number % 997}"
    town = TOWNS[number % len(TOWNS)]
    cells = ["structureet", finess, finess, name[:38], name, "", "", str(number % 200), "R", "DE LA PAIX", "", "", "055",
             department, "DEPARTEMENT", f"13{number % 1000:03} {town}", "0400000000", "", "500", "EHPAD", "4401",
             "Hébergement", siret, "8710A", "", "", "", "", "1998-05-12", "", "2026-01-01", ""]  # fmt: skip
    return ";".join(cells) + "\n"


def load(path: Path) -> dict[str, Any]:
    """Import the file in this process: seconds, peak memory, what was done."""
    from avenant.foundations.parties.directory import FinessLoad, load_finess
    from avenant.foundations.parties.finess_files import FinessFile

    done: list[FinessLoad] = []

    def run() -> None:
        with FinessFile(path) as file:
            done.append(load_finess(file.records(), on=date(2026, 3, 3), write=True))

    wall, spent = spend(run)
    peak, found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, done[0]
    return {"wall": wall, "spent": spent, "peak": peak, "changed": found.added + found.changed + found.closed,
            "set_aside": len(found.set_aside)}  # fmt: skip


def fill() -> None:
    """Bring the directory to 150,000 lines with establishments that have a SIRET only."""
    from tests.support.establishments import make_siret

    from avenant.foundations.parties.directory import DirectoryLine, load_directory

    more = DIRECTORY - FILE_LINES
    load_directory(DirectoryLine(f"Atelier {n} du Luberon", siret=make_siret(n), commune="Apt") for n in range(more))


def search() -> Iterator[Figure]:
    """One search of the directory, by what is typed."""
    from django.db import connection

    from avenant.foundations.parties.selectors import DirectorySearch, browse_directory

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE parties_establishment")
    for typed in ("oeillet verdon", "residence", "greoux", "80000", "130", "introuvable"):
        looked = partial(browse_directory, DirectorySearch(typed))
        yield measured(f"recherche après l’import, « {typed} »", looked, runs=9, bar=100)


def measures(application: Mapping[str, str], owner: Mapping[str, str], folder: Path) -> Iterator[Figure]:
    """The import twice, then the searches, on an empty migrated database."""
    path = folder / "finess.csv"
    write(path)
    for name in (f"import FINESS, {FILE_LINES} lignes", "le même une seconde fois"):
        told = _child(["import", str(path)], application)
        held = Figure(name=name, wall=told["wall"], spent=told["spent"], best=told["spent"], bar=20_000)
        yield replace(
            held, note=f"{told['peak']} Mo (500 au plus), {told['changed']} changés, {told['set_aside']} écartées"
        )
    path.unlink()
    _child(["fill"], owner)
    for one in _child(["search"], owner)["figures"]:
        yield Figure(**one)


def _child(arguments: list[str], environment: Mapping[str, str]) -> dict[str, Any]:
    told = subprocess.run(
        [sys.executable, "-m", "bench.finess", *arguments],
        env={**os.environ, **environment}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(told.stdout or "{}")
    return found


def main() -> None:
    act, *rest = sys.argv[1:]
    if act == "write":
        write(Path(rest[0]))
        return
    import django

    django.setup()
    if act == "fill":
        fill()
    else:
        told = load(Path(rest[0])) if act == "import" else {"figures": [asdict(one) for one in search()]}
        print(json.dumps(told))


if __name__ == "__main__":
    main()
