"""Backup and restore at a size: five gigabytes, or those of ``BENCH_GIGABYTES``; a fifth in the database, the rest in files.

Files and half of the database cannot be compressed; the other half are rows with two indexes that a restore builds again.
The place on the disk is four times the size: what is kept, its backup, what is restored. All is deleted at the end.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import psycopg

from avenant.config import backup, embedded
from bench.databases import ROOT
from bench.figures import Figure

GIGABYTE = 10**9
FILE, PIECE, LINE = 4_000_000, 8_000, 200
"""Bytes of one file, of one row of pieces, of one line with its indexes."""
TIMES_THE_SIZE = 4
RESTORED = "bench_scratch_restored"
Made = TypeVar("Made")


def measures() -> Iterator[Figure]:
    """The backup, then its restore in an empty database with every table counted again."""
    gigabytes = float(os.environ.get("BENCH_GIGABYTES", "5"))
    size = int(gigabytes * GIGABYTE)
    if shutil.disk_usage(ROOT / "var").free < TIMES_THE_SIZE * size:
        sys.exit(f"{gigabytes:g} GB need {TIMES_THE_SIZE * gigabytes:g} GB free on the disk of {ROOT / 'var'}.")
    cluster, owner = embedded.server(ROOT / "var" / "bench-postgres"), os.environ["BENCH_OWNER_URL"]
    with tempfile.TemporaryDirectory(prefix="bench-backup-", dir=ROOT / "var") as folder:
        place = Path(folder)
        _fill(owner, place / "files", size)
        cluster.drop_database(RESTORED)
        cluster.create_database(RESTORED)
        try:
            yield from _measured(owner, cluster.url("avenant_owner", RESTORED), place, gigabytes)
        finally:
            cluster.drop_database(RESTORED)


def _measured(owner: str, empty: str, place: Path, gigabytes: float) -> Iterator[Figure]:
    programs, files = embedded.programs(), place / "files"
    archive, saved = _timed(
        lambda: backup.back_up(owner, files=files, into=place / "kept", programs=programs, at=datetime.now(UTC))
    )
    yield Figure(name=f"sauvegarde de {gigabytes:g} Go", wall=saved)
    manifest, restored = _timed(
        lambda: backup.restore(archive, owner_url=empty, files=place / "restored", programs=programs)
    )
    rows = sum(manifest.tables.values())
    note = f"{manifest.size / GIGABYTE:.2f} Go gardés, {rows} lignes et {manifest.files} fichiers comptés de nouveau"
    yield Figure(name=f"restauration de {gigabytes:g} Go, comptes comparés", wall=restored, note=note)


def _fill(owner: str, files: Path, size: int) -> None:
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE bench_pieces (id bigint PRIMARY KEY, content bytea STORAGE EXTERNAL NOT NULL)")
        with connection.cursor().copy("COPY bench_pieces FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["int8", "bytea"])
            for number in range(size // 10 // PIECE):
                copy.write_row((number, os.urandom(PIECE)))
        connection.execute(
            """
            CREATE TABLE bench_lines AS
            SELECT n AS id, md5(n::text) AS name, n %% 5000 AS held_by, 'une ligne comme une autre, ' || n AS said
            FROM generate_series(1, %s) AS n
            """,
            [size // 10 // LINE],
        )
        connection.execute("ALTER TABLE bench_lines ADD PRIMARY KEY (id)")
        connection.execute("CREATE INDEX ON bench_lines (name)")
    files.mkdir()
    for number in range(size * 4 // 5 // FILE):
        (files / f"{number:06}").write_bytes(os.urandom(FILE))


def _timed(act: Callable[[], Made]) -> tuple[Made, float]:
    """What ``act`` returns, and its milliseconds."""
    started = time.perf_counter()
    made = act()
    return made, 1000 * (time.perf_counter() - started)
