"""Writes about parties. Circles are opened here and nowhere else; the directory is loaded here."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection, transaction

from avenant.domain.folding import fold
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Circle, Organisation


def open_circle(*, kind: str, title: str, members: Mapping[UUID, str], circle_id: UUID | None = None) -> UUID:
    """Open a circle of ``members`` (organisation: its role in it) and return its identifier.

    The acting organisation must be one of them: the database refuses otherwise (``open_circle`` in protection.py).
    """
    circle = circle_id or uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT open_circle(%s, %s, %s, %s::uuid[], %s::text[])",
            [circle, kind, title, [str(member) for member in members], list(members.values())],
        )
    return circle


def admit_to_circle(*, circle_id: UUID, organisation: Organisation, role: str) -> None:
    """Bring ``organisation`` into a circle of which the acting organisation is a member."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT admit_to_circle(%s, %s, %s)", [circle_id, organisation.pk, role])


def own_circle(actor: Actor) -> UUID:
    """The circle of which the actor's organisation is the only member, opened when it is first needed.

    Its identifier follows from the organisation's, so that two people at once cannot open two.
    """
    circle = uuid.uuid5(actor.organisation_id, "own circle")
    if not Circle.objects.filter(pk=circle).exists():
        open_circle(
            kind="own", title=actor.organisation, members={actor.organisation_id: "titulaire"}, circle_id=circle
        )
    return circle


@dataclass(frozen=True, slots=True)
class DirectoryLine:
    """One establishment for the directory; it has a SIRET or a FINESS number, both already checked."""

    name: str
    siret: str = ""
    finess_et: str = ""
    finess_ej: str = ""
    naf: str = ""
    naf_nomenclature: str = ""
    headcount: int | None = None
    commune: str = ""
    territory: str | None = None
    regime: str = ""
    closed_on: date | None = None


_COLUMNS = ("siret", "finess_et", "finess_ej", "name", "folded", "naf", "naf_nomenclature", "headcount", "commune",
            "territory_id", "regime", "closed_on")  # fmt: skip


def load_directory(lines: Iterable[DirectoryLine]) -> int:
    """Bring the directory to what ``lines`` say, of any number, and return how many lines were added or changed.

    Lines go by COPY through a staging table, then in one statement: loading again changes nothing. A FINESS site whose
    SIRET has changed keeps its line. Nothing is deleted: a closed establishment has its date.
    """
    columns = ", ".join(_COLUMNS)
    changes = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE staging ON COMMIT DROP AS "  # noqa: S608  names of this file
            f"SELECT {columns} FROM parties_establishment WITH NO DATA"
        )
        with cursor.copy(f"COPY staging ({columns}) FROM STDIN") as copy:
            for line in lines:
                copy.write_row(
                    (line.siret, line.finess_et, line.finess_ej, line.name, fold(f"{line.name} {line.commune}")[:400],
                     line.naf, line.naf_nomenclature, line.headcount, line.commune, line.territory, line.regime,
                     line.closed_on)
                )  # fmt: skip
        cursor.execute("""
            UPDATE parties_establishment e SET siret = s.siret FROM staging s
            WHERE s.finess_et <> '' AND e.finess_et = s.finess_et AND e.siret <> s.siret
        """)
        cursor.execute(f"""
            INSERT INTO parties_establishment AS e (id, {columns})
            SELECT gen_random_uuid(), {columns} FROM (SELECT DISTINCT ON (siret, finess_et) * FROM staging) AS line
            ON CONFLICT (siret, finess_et) DO UPDATE SET {changes}
            WHERE (e.{", e.".join(_COLUMNS)}) IS DISTINCT FROM (excluded.{", excluded.".join(_COLUMNS)})
        """)  # noqa: S608
        changed: int = cursor.rowcount
        cursor.execute("DROP TABLE staging")
    return changed
