"""``run``: the figures and profile tables of one year, with the lineage that lets anyone find them again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from avenant.collect.checking import TableCheck, read_manifest, totals
from avenant.collect.counting import compute, records, standing
from avenant.collect.counting.registry import CPOM_FROM
from avenant.collect.counting.run import Progress
from avenant.collect.engine import MEMORY, DuckEngine, connect, find_tables, open_tables
from avenant.collect.profiles import VARIABLES, Profile, compute_profile, compute_stages, variable
from avenant.collect.refusals import CollectError
from avenant.collect.schema import Schema, canonical
from avenant.collect.storage import sha256
from avenant.domain.french import format_date, quoted
from avenant.domain.periods import Period

FORMAT = "avenant-resultat"


@dataclass(frozen=True, slots=True)
class Result:
    """What was counted. It holds small numbers: it stays at the service, and ``protect`` makes what may leave."""

    period: Period
    figures: Mapping[str, int]
    behind: Mapping[str, int]
    tables: Mapping[tuple[str, ...], Mapping[tuple[str, ...], int]]
    stages: Mapping[str, int]
    quality: tuple[str, ...]
    lineage: Mapping[str, Any]
    codes: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)
    """The codes that the service added to the open lists."""

    @property
    def schema(self) -> Schema:
        """The schema of the extract that was counted."""
        return canonical().with_added(self.codes)

    def to_json(self) -> str:
        return dump(
            {
                "format": FORMAT,
                "period": [self.period.start.isoformat(), self.period.end.isoformat()],
                "figures": dict(self.figures),
                "behind": dict(self.behind),
                "tables": [
                    {"variables": list(names), "counts": [[*place, number] for place, number in sorted(counts.items())]}
                    for names, counts in self.tables.items()
                ],
                "stages": dict(self.stages),
                "quality": list(self.quality),
                "lineage": dict(self.lineage),
                "codes": dict(self.codes),
            }
        )


def dump(content: Mapping[str, Any]) -> str:
    """JSON that a person can read, the same for the same content."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def run(
    folder: Path,
    period: Period,
    *,
    crosses: Sequence[Sequence[str]] = (),
    schema: Schema | None = None,
    stages: Sequence[str] = (),
    memory: str = MEMORY,
    threads: int | None = None,
    progress: Progress = lambda _: None,
) -> Result:
    """Count everything of a period on a canonical extract (Parquet or CSV).

    Raises :class:`CollectError` when the folder holds no extract, a file that cannot be read, or nothing of the year.
    """
    schema = schema or _schema_of(folder)
    files = find_tables(folder, schema)
    wanted = [*((one.name,) for one in VARIABLES), *(tuple(variable(name).name for name in names) for names in crosses)]
    with ThreadPoolExecutor(1) as beside, connect(memory=memory, threads=threads) as connection:
        lineage = beside.submit(_lineage, folder, files, schema)
        open_tables(connection, files, schema)
        engine, rows = DuckEngine(connection), records(schema, period)
        _refuse_another_year(connection, files, period)
        figures = compute(engine, rows, progress=progress)
        if not any(one.value for one in figures):
            raise CollectError(
                f"L'extrait ne contient rien du {format_date(period.start)} au {format_date(period.last_day)}. Est-ce le bon ?"
            )
        progress("profil")
        profile = compute_profile(engine, rows, schema)
        found = compute_stages(engine, rows, stages)
        made = lineage.result()
    manifest = made.pop("manifest")
    return Result(
        period,
        {one.key: one.value for one in figures},
        {one.key: one.behind for one in figures if one.behind is not None},
        {names: profile.table([variable(name) for name in names]) for names in wanted},
        found,
        (*_quality(manifest, period), *_early(period)),
        {**made, "definitions": {one.key: one.version for one in standing(period.last_day)}},
        schema.added(canonical()),
    )


def _refuse_another_year(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path], period: Period) -> None:
    """An extract with visits has some of the year: what lasts from former years would be counted all the same.

    Raises :class:`CollectError`.
    """
    if "visits" not in files:
        return
    days = f"DATE '{period.start}' AND DATE '{period.last_day}'"
    if connection.execute(f"SELECT 1 FROM visits WHERE date BETWEEN {days} LIMIT 1").fetchall():
        return
    first, last = connection.execute("SELECT min(date), max(date) FROM visits").fetchall()[0]
    if first:
        raise CollectError(
            f"Aucune visite du {format_date(period.start)} au {format_date(period.last_day)} : celles de l'extrait vont du "
            f"{format_date(first)} au {format_date(last)}. Est-ce la bonne année ?"
        )


def profile_of(folder: Path, period: Period, *, memory: str = MEMORY) -> Profile:
    """The profile alone, for a preview."""
    schema = canonical()
    files = find_tables(folder, schema)
    with connect(memory=memory) as connection:
        open_tables(connection, files, schema)
        _refuse_another_year(connection, files, period)
        return compute_profile(DuckEngine(connection), records(schema, period), schema)


def _schema_of(folder: Path) -> Schema:
    """The schema by which the extract was checked: with the codes that its service added."""
    manifest = read_manifest(folder)
    return canonical().with_added((manifest or {}).get("codes", {}))


def _lineage(folder: Path, files: Mapping[str, Path], schema: Schema) -> dict[str, Any]:
    """Software, schema, and the digest of the extract: the digest of the digests of its files."""
    manifest = read_manifest(folder)
    digests = {path.name: sha256(path) for _, path in sorted(files.items())}
    whole = hashlib.sha256("".join(f"{name} {digest}\n" for name, digest in digests.items()).encode()).hexdigest()
    return {
        "software": version("avenant"),
        "schema": schema.version,
        "extract_sha256": whole,
        "checked": manifest is not None,
        "manifest": manifest,
    }


def _quality(manifest: Mapping[str, Any] | None, period: Period) -> tuple[str, ...]:
    if manifest is None:
        return (
            "L’extrait n’a pas été contrôlé par avenant collect check : ses lignes ont été comptées telles quelles.",
        )
    rejected = tuple(totals(TableCheck(**one)) for one in manifest["tables"] if one["rejected"])
    outside = manifest["outside"] if manifest["year"] == period.last_day.year else ""
    return (*rejected, *((outside,) if outside else ()), *manifest["remarks"])


def _early(period: Period) -> tuple[str, ...]:
    if period.last_day >= CPOM_FROM:
        return ()
    return (f"L’année {period.last_day.year} est comptée selon les définitions de {CPOM_FROM.year}, pour comparer.",)


def read_result(path: Path) -> Result:
    """Read what ``run`` wrote. Raises :class:`CollectError`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise KeyError(content["format"])
        start, end = content["period"]
        return Result(
            Period(date.fromisoformat(start), date.fromisoformat(end)),
            content["figures"],
            content["behind"],
            {
                tuple(one["variables"]): {tuple(line[:-1]): int(line[-1]) for line in one["counts"]}
                for one in content["tables"]
            },
            content["stages"],
            tuple(content["quality"]),
            content["lineage"],
            content.get("codes", {}),
        )
    except FileNotFoundError as error:
        raise CollectError(
            f"Le fichier {quoted(str(path))} n'existe pas. Écrivez-le avec : avenant collect run."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CollectError(f"{quoted(path.name)} n'est pas un résultat de avenant collect run.") from error
