"""The directory is brought up to date from files: by COPY through a staging table, in one transaction, deleting nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from avenant.domain.decision import DomainError
from avenant.domain.finess import SetAside, Site
from avenant.domain.folding import fold

MOST_SET_ASIDE: Final = 20_000
"""Beyond it the file is not what it is said to be: it is refused whole."""


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
    department: str = ""
    category: str = ""
    category_label: str = ""
    address: str = ""
    postcode: str = ""
    phone: str = ""
    opened_on: date | None = None
    in_finess: bool = False
    closed_on: date | None = None


@dataclass(slots=True)
class FinessLoad:
    """What a FINESS file does to the directory: lines read, added, changed, closed; what was set aside or is doubtful."""

    read: int = 0
    added: int = 0
    changed: int = 0
    closed: int = 0
    departments: int = 0
    set_aside: list[SetAside] = field(default_factory=list)
    doubtful: list[SetAside] = field(default_factory=list)


_FIELDS: Final = tuple(one.name for one in fields(DirectoryLine))
_COLUMNS: Final = ("folded", *("territory_id" if name == "territory" else name for name in _FIELDS))
_SAYS_NOTHING: Final = {
    name: f"coalesce(nullif(s.{name}, ''), e.{name})"
    for name in ("siret", "finess_et", "finess_ej", "naf", "naf_nomenclature", "commune", "regime", "department", "category",
                 "category_label", "address", "postcode", "phone")
} | {name: f"coalesce(s.{name}, e.{name})" for name in ("headcount", "territory_id", "opened_on")} | {
    "in_finess": "s.in_finess OR e.in_finess"
}  # fmt: skip
"""An empty cell erases nothing: one file does not know what another had said."""
_NEW: Final = ", ".join(_SAYS_NOTHING.get(name, f"s.{name}") for name in _COLUMNS)
_OLD: Final = ", ".join(f"e.{name}" for name in _COLUMNS)
_NAMES: Final = ", ".join(_COLUMNS)
_ONCE: Final = "(SELECT DISTINCT ON (coalesce(nullif(finess_et, ''), siret)) * FROM staging)"
_SAME_SITE: Final = "s.finess_et <> '' AND e.finess_et = s.finess_et"
_ONLY_SIRET: Final = """s.finess_et = '' AND e.siret = s.siret
    AND NOT EXISTS (SELECT 1 FROM parties_establishment o WHERE o.siret = e.siret AND o.id <> e.id)"""


def load_directory(lines: Iterable[DirectoryLine]) -> int:
    """Bring the directory to what ``lines`` say, of any number, and return how many lines were added or changed.

    Lines go by COPY through a staging table, then in three statements: loading again changes nothing. A FINESS site
    whose SIRET has changed keeps its line; one known by its SIRET alone receives its FINESS number. Nothing is deleted:
    a closed establishment has its date.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        _stage(cursor, lines)
        added, changed = _merge(cursor)
        cursor.execute("DROP TABLE staging")
    return added + changed


def load_finess(records: Iterable[Site | SetAside], *, on: date, write: bool) -> FinessLoad:
    """Bring the directory to a FINESS file of day ``on``; without ``write``, only say what it would do.

    A site of the file's departments that the file no longer holds is closed on that day, and reopened when it comes
    back. A line set aside closes nothing: its establishment is still in the file.
    Raises :class:`DomainError` (``too_many_set_aside``) when more than 20,000 lines cannot be read.
    """
    found = FinessLoad()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT code FROM parties_territory")
        territories = frozenset(code for (code,) in cursor.fetchall())
        _stage(cursor, _directory_lines(records, territories, found))
        cursor.execute("CREATE TEMPORARY TABLE kept (finess text PRIMARY KEY) ON COMMIT DROP")
        known = {one.finess_et for one in found.set_aside if one.finess_et}
        cursor.execute("INSERT INTO kept SELECT unnest(%s::text[])", [sorted(known)])
        cursor.execute("SELECT count(DISTINCT department) FROM staging")
        found.departments = cursor.fetchone()[0]
        missing = """
            e.in_finess AND e.closed_on IS NULL
            AND e.department IN (SELECT department FROM staging)
            AND NOT EXISTS (SELECT 1 FROM staging s WHERE s.finess_et = e.finess_et)
            AND NOT EXISTS (SELECT 1 FROM kept k WHERE k.finess = e.finess_et)
        """
        if write:
            cursor.execute(f"UPDATE parties_establishment e SET closed_on = %s WHERE {missing}", [on])  # noqa: S608
            found.closed = cursor.rowcount
            found.added, found.changed = _merge(cursor)
        else:
            cursor.execute(f"SELECT count(*) FROM parties_establishment e WHERE {missing}")  # noqa: S608
            found.closed = cursor.fetchone()[0]
            cursor.execute(f"""
                SELECT count(*) FILTER (WHERE e.id IS NULL),
                       count(*) FILTER (WHERE e.id IS NOT NULL AND ({_OLD}) IS DISTINCT FROM ({_NEW}))
                FROM staging s LEFT JOIN parties_establishment e ON e.finess_et = s.finess_et
            """)  # noqa: S608
            found.added, found.changed = cursor.fetchone()
        cursor.execute("DROP TABLE staging")
        cursor.execute("DROP TABLE kept")
    return found


def _directory_lines(
    records: Iterable[Site | SetAside], territories: frozenset[str], found: FinessLoad
) -> Iterator[DirectoryLine]:
    for one in records:
        found.read += 1
        if isinstance(one, SetAside):
            found.set_aside.append(one)
            if len(found.set_aside) > MOST_SET_ASIDE:
                raise DomainError(
                    "Plus de 20\u202f000 lignes ne se lisent pas : ce fichier n’a pas la forme attendue. La première, "
                    f"ligne {found.set_aside[0].line} : {found.set_aside[0].reason} Rien n’a été importé.",
                    code="too_many_set_aside",
                )
            continue
        if one.warning:
            found.doubtful.append(SetAside(one.line, one.name, one.warning, one.finess_et))
        yield DirectoryLine(
            name=one.name, siret=one.siret, finess_et=one.finess_et, finess_ej=one.finess_ej, naf=one.naf,
            commune=one.commune, territory=one.department if one.department in territories else None,
            department=one.department, category=one.category, category_label=one.category_label, address=one.address,
            postcode=one.postcode, phone=one.phone, opened_on=one.opened_on, in_finess=True,
        )  # fmt: skip


def _stage(cursor: CursorWrapper, lines: Iterable[DirectoryLine]) -> None:
    cursor.execute(
        f"CREATE TEMPORARY TABLE staging ON COMMIT DROP AS SELECT {_NAMES} FROM parties_establishment WITH NO DATA"  # noqa: S608
    )
    with cursor.copy(f"COPY staging ({_NAMES}) FROM STDIN") as copy:
        for line in lines:
            copy.write_row(
                (fold(f"{line.name} {line.commune}")[:400], line.name, line.siret, line.finess_et, line.finess_ej,
                 line.naf, line.naf_nomenclature, line.headcount, line.commune, line.territory, line.regime,
                 line.department, line.category, line.category_label, line.address, line.postcode, line.phone,
                 line.opened_on, line.in_finess, line.closed_on)
            )  # fmt: skip
    cursor.execute("CREATE INDEX ON staging (finess_et)")
    cursor.execute("CREATE INDEX ON staging (siret)")
    cursor.execute("ANALYZE staging")
    cursor.execute("""
        UPDATE staging s SET siret = e.siret FROM parties_establishment e
        WHERE s.siret = '' AND s.finess_et <> '' AND e.finess_et = s.finess_et AND e.siret <> ''
    """)


def _merge(cursor: CursorWrapper) -> tuple[int, int]:
    """What is staged enters the directory: how many lines were added, then changed."""
    cursor.execute("""
        UPDATE parties_establishment e SET finess_et = s.finess_et
        FROM (SELECT siret, min(finess_et) AS finess_et FROM staging WHERE siret <> '' AND finess_et <> ''
              GROUP BY siret HAVING count(DISTINCT finess_et) = 1) s
        WHERE e.siret = s.siret AND e.finess_et = ''
          AND NOT EXISTS (SELECT 1 FROM parties_establishment o WHERE o.finess_et = s.finess_et)
    """)
    changed = 0
    for same in (_SAME_SITE, _ONLY_SIRET):
        cursor.execute(f"""
            UPDATE parties_establishment e SET ({_NAMES}) = ROW({_NEW}) FROM {_ONCE} s
            WHERE {same} AND ({_OLD}) IS DISTINCT FROM ({_NEW})
        """)  # noqa: S608
        changed += cursor.rowcount
    cursor.execute(f"""
        INSERT INTO parties_establishment (id, {_NAMES})
        SELECT gen_random_uuid(), {_NAMES} FROM {_ONCE} s
        WHERE CASE WHEN s.finess_et <> ''
              THEN NOT EXISTS (SELECT 1 FROM parties_establishment e WHERE e.finess_et = s.finess_et)
              ELSE NOT EXISTS (SELECT 1 FROM parties_establishment e WHERE e.siret = s.siret) END
    """)  # noqa: S608
    return cursor.rowcount, changed
