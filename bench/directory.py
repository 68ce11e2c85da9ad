"""Establishments of a directory that looks like the real one: many share a word, each has its numbers. Seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date

from django.db import connection

from avenant.foundations.accounts.models import User
from avenant.foundations.parties.directory import DirectoryLine, load_directory
from avenant.foundations.parties.models import Membership, Organisation

KINDS = ("Résidence", "EHPAD", "Foyer", "Clinique", "Association", "Boulangerie", "Garage", "Transports", "Maçonnerie")
NAMES = ("des Ocres", "du Ventoux", "Les Lavandes", "Saint-Roch", "de la Sorgue", "Les Cèdres", "du Verdon", "Mistral",
         "de l’Étang", "Bellevue", "du Moulin", "Les Oliviers")  # fmt: skip
TOWNS = tuple(f"{first}-{second}" for first in ("Mont", "Val", "Roche", "Pont", "Font", "Château", "Bourg", "Ville")
              for second in ("brun", "clair", "vieux", "neuf", "sec", "bois", "pré", "haut", "rouge", "gris"))  # fmt: skip
FINESS_EVERY = 15
NATION = 1_500_000
READER = "lecture@bench.invalid"


def siret(index: int) -> str:
    return f"{400_000_000 + index // 3:09}{index % 3 + 1:05}"


def finess(index: int) -> str:
    return f"{130_000_000 + index // FINESS_EVERY:09}"


def lines(number: int) -> Iterator[DirectoryLine]:
    """``number`` establishments; one in fifteen has a FINESS number."""
    chance = random.Random(4622)  # noqa: S311  figures of a bench
    for index in range(number):
        name = f"{chance.choice(KINDS)} {chance.choice(NAMES)} {index % 5000}"
        site = finess(index) if index % FINESS_EVERY == 0 else ""
        yield DirectoryLine(
            name, siret=siret(index), finess_et=site, headcount=chance.randint(1, 300), commune=chance.choice(TOWNS)
        )


def build() -> None:
    """The directory of the whole country: a million and a half establishments, once."""
    load_directory(lines(NATION))
    labour = Organisation.objects.filter(kind="labour")[0]
    person = User.objects.create_user(email=READER, name=READER)
    Membership.objects.create(person=person, organisation=labour, roles=["labour_lead"], starts_on=date(2016, 1, 1))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE parties_establishment")
